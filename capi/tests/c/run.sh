#!/usr/bin/env bash
# Usage: run.sh OUT    where OUT has lib/ and include/ as link.sh leaves them.
#
# Checks the form of the libraries, compiles the programs in this directory and the examples, runs them on every engine
# and compares what they print. WASMRT_TEST_ENGINES lists the engines that the library must have, no more and no less.
# WASMRT_SOAK=1 runs the long form, WASMRT_VALGRIND=1 the programs under valgrind.
set -euo pipefail

out=$(cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here/../../..
examples=$root/examples/c
engines=${WASMRT_TEST_ENGINES:-jit interpreter}
strict="-std=c11 -O1 -g -Wall -Wextra -Wpedantic -Werror"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bin=$work/bin
mkdir "$bin"
"$root/.ci/require" cc c++ make pkg-config readelf timeout ${WASMRT_VALGRIND:+valgrind}
export PKG_CONFIG_PATH=$out/lib/pkgconfig

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# run NAME COMMAND…: the command must succeed in time; what it prints is kept in $work/NAME.
run() {
    local name=$1 log=$work/$1
    shift
    timeout "${WASMRT_TEST_SECONDS:-600}" "$@" >"$log" 2>"$log.err" ||
        fail "$name: exit code $? of $*"$'\n'"$(tail --lines=50 "$log" "$log.err")"
    grep '^cycles: .* KiB' "$log.err" || true
    echo "ok $name"
}

# compile NAME LIBRARY…
compile() {
    local name=$1
    shift
    cc $strict $(pkg-config --cflags wasmrt) -o "$bin/$name" "$here/$name.c" "$@" -lpthread -ldl
}

form_of_the_libraries() {
    local shared=$out/lib/libwasmrt.so
    readelf --dynamic --wide "$shared" >"$work/dynamic"
    ! grep -q 'STATIC_TLS\|TEXTREL' "$work/dynamic" || fail "libwasmrt.so cannot be loaded late: $(cat "$work/dynamic")"
    grep -q 'SONAME.*\[libwasmrt\.so\.[0-9]*\]' "$work/dynamic" || fail "libwasmrt.so has no SONAME"
    # Defined symbols that others see, without the version's own.
    defined() { awk '($5 == "GLOBAL" || $5 == "WEAK") && $7 != "UND" && $7 != "ABS" { sub("@.*", "", $8); print $8 }' | sort -u; }
    sed -n 's/^\(wasmrt_[a-z0-9_]*\) = .*/\1/p' "$here/../surface.toml" | sort >"$work/listed"
    readelf --dyn-syms --wide "$shared" | defined | diff "$work/listed" - || fail "libwasmrt.so exports something else"
    readelf --symbols --wide "$out/lib/libwasmrt.a" | defined | diff "$work/listed" - || fail "libwasmrt.a exports something else"
    echo "ok exports, SONAME and thread-local storage"
}

header_in_every_language() {
    local standard
    for standard in c99 c11 c17; do
        cc -fsyntax-only -x c -std=$standard -Wall -Wextra -Wpedantic -Werror "$out/include/wasmrt.h"
    done
    for standard in c++11 c++17; do
        c++ -fsyntax-only -x c++ -std=$standard -Wall -Wextra -Wpedantic -Werror "$out/include/wasmrt.h"
    done
    echo "ok header as C and C++"
}

# The C programs under valgrind, on the interpreter: valgrind sees every access of the library's own.
under_valgrind() {
    local valgrind="valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite,indirect"
    run valgrind-runaway $valgrind "$bin/runaway" interpreter
    run valgrind-small_stack $valgrind "$bin/small_stack" interpreter
    run valgrind-cycles $valgrind "$bin/cycles" interpreter 200
    # A child has lost what the parent's other threads held, which is no leak of anybody's.
    run valgrind-fork $valgrind --leak-check=no "$bin/fork" interpreter 2
    run valgrind-hello $valgrind "$bin/examples/run_wasi" --interpreter "$root/examples/wat/hello.wat"
    run valgrind-cat $valgrind "$bin/examples/run_wasi" --interpreter "$root/examples/wat/cat.wat" <"$here/run.sh"
    cmp "$here/run.sh" "$work/valgrind-cat" || fail "cat.wat changed what it read"
}

programs() {
    local engine cycles=5000 rounds=100 forks=10 stack_kib=128
    # Without the system's help the library takes a stack to be as large as the smallest default one.
    [[ $engines == *jit* ]] || stack_kib=512
    [[ -z ${WASMRT_SOAK:-} ]] || { cycles=100000 rounds=5000 forks=200; }
    run engines "$bin/engines" $engines
    for engine in $engines; do
        run "runaway-$engine" "$bin/runaway" $engine
        run "small_stack-$engine" "$bin/small_stack" $engine $stack_kib
        run "signals-$engine" "$bin/signals" $engine $rounds
        run "signals-late-$engine" "$bin/signals" $engine $rounds late
        run "fork-$engine" "$bin/fork" $engine $forks
        run "cycles-$engine" "$bin/cycles" $engine $cycles
    done
    run late_load "$bin/late_load" "$out/lib/libwasmrt.so"
}

example_programs() {
    local example
    for example in hello limits threads; do
        run "example-$example" "$bin/examples/$example"
        diff "$examples/$example.expected" "$work/example-$example" || fail "examples/c/$example printed something else"
    done
    cc $strict -I"$out/include" -o "$bin/static" "$examples/hello.c" "$out/lib/libwasmrt.a" \
        $(sed -n 's/^Libs.private: //p' "$out/lib/pkgconfig/wasmrt.pc")
    run example-hello-static "$bin/static"
    diff "$examples/hello.expected" "$work/example-hello-static" || fail "hello, linked statically, printed something else"
    run_wasi_programs
}

run_wasi_programs() {
    local engine code timing='compile_ms=[0-9]*\.[0-9]* run_ms=[0-9]*\.[0-9]*'
    for engine in "" --interpreter; do
        run "example-run_wasi$engine" "$bin/examples/run_wasi" $engine "$root/examples/wat/hello.wat"
        echo 'Hello from WebAssembly!' | diff - "$work/example-run_wasi$engine" || fail "run_wasi printed something else"
        grep -qx "$timing" "$work/example-run_wasi$engine.err" || fail "run_wasi said nothing about times"
        code=0
        "$bin/examples/run_wasi" $engine "$here/exit.wat" 2>"$work/err" || code=$?
        [[ $code == 7 ]] || fail "run_wasi: exit code $code in place of 7"
        code=0
        "$bin/examples/run_wasi" $engine "$here/trap.wat" 2>"$work/err" || code=$?
        [[ $code == 134 ]] && grep -q 'unreachable' "$work/err" || fail "run_wasi: exit code $code in place of 134"
    done
    echo "ok exit codes of run_wasi"
}

for program in engines runaway small_stack signals fork cycles; do
    compile $program $(pkg-config --libs wasmrt) -Wl,-rpath,"$out/lib"
done
compile late_load
make --silent -C "$examples" OUT="$bin/examples"
if [[ -n ${WASMRT_VALGRIND:-} ]]; then
    under_valgrind
else
    form_of_the_libraries
    header_in_every_language
    programs
    example_programs
fi
echo "capi: all passed"
