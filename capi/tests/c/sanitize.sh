#!/usr/bin/env bash
# Usage: sanitize.sh LIBRARY    with libwasmrt.a as a build under AddressSanitizer leaves it.
#
# Compiles the C programs and examples with the sanitizer and runs them on both engines. Without fork.c: the compiler's
# sanitizer loses its own locks when a program with threads forks.
set -euo pipefail

library=$(realpath "$1")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here/../../..
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
export ASAN_OPTIONS=detect_stack_use_after_return=0:detect_odr_violation=0

compile() {
    cc -std=c11 -O1 -g -fsanitize=address -I"$root/include" -o "$bin/$(basename "$1" .c)" "$1" "$library" -lpthread -ldl -lm
}

run() {
    timeout 600 "$bin/$1" "${@:2}" >/dev/null
    echo "ok sanitized $*"
}

for program in runaway small_stack signals cycles; do compile "$here/$program.c"; done
for example in hello limits threads run_wasi; do compile "$root/examples/c/$example.c"; done
for engine in jit interpreter; do
    run runaway $engine
    run small_stack $engine
    run signals $engine 20
    run signals $engine 20 late
    run cycles $engine 200
done
for example in hello limits threads; do run $example; done
run run_wasi "$root/examples/wat/hello.wat"
run run_wasi --interpreter "$root/examples/wat/hello.wat"
