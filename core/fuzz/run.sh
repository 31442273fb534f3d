#!/bin/sh
# Builds the fuzz targets with coverage instrumentation and AddressSanitizer, and runs each for so many seconds.
# Findings go to target/fuzz/artifacts; a file from there that is put into core/tests/corpus is tested ever after.
set -eu
cd "$(dirname "$0")/../.."
.ci/require cargo c++
seconds=${1:?usage: core/fuzz/run.sh SECONDS [TARGET…]}
shift
[ $# -gt 0 ] || set -- decode differential fuel
triple=$(rustc -vV | sed -n 's/^host: //p')
out=target/fuzz
WASMRT_SEEDS=$PWD/$out/corpus/decode cargo test --quiet --locked --workspace --test malformed seeds
# What cargo-fuzz would say; the flags reach nothing that runs while building, since a target is named.
export RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$out
export RUSTFLAGS="--cfg fuzzing -Zsanitizer=address -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1"
export ASAN_OPTIONS=detect_stack_use_after_return=0:detect_odr_violation=0:handle_segv=0:handle_sigill=0:detect_leaks=0
for target in "$@"; do
    cargo build --locked --manifest-path core/fuzz/Cargo.toml --target "$triple" --bin "$target"
    mkdir -p "$out/corpus/$target" "$out/artifacts"
    "$out/$triple/debug/$target" -max_total_time="$seconds" -rss_limit_mb=4096 -timeout=60 -max_len=8192 \
        -artifact_prefix="$out/artifacts/$target-" "$out/corpus/$target"
done
