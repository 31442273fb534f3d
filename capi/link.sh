#!/usr/bin/env bash
# Usage: link.sh ARCHIVE OUT VERSION [--strip]
#
# Makes both C libraries from the static archive that cargo built, below OUT: lib/, include/ and a pkg-config file that
# finds them wherever OUT is moved. Everything but the functions in tests/surface.toml becomes local first, so neither
# library clashes with another copy of Rust's runtime in the same program, and the shared one does not depend on the
# linker that rustc picks.
set -euo pipefail

archive=$1 out=$2 version=$3 strip=${4:-}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$here/../.ci/require" cc ld objcopy ar readelf

abi=$(sed -n 's/^const ABI_VERSION: u32 = \([0-9]*\);$/\1/p' "$here/src/version.rs")
exports=$(sed -n 's/^\(wasmrt_[a-z0-9_]*\) = .*/\1/p' "$here/tests/surface.toml")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Only what an exported function can reach. Groups are dissolved because the names they go by become local, too.
printf -- '-u %s\n' $exports >"$work/roots"
ld -r --gc-sections --force-group-allocation -o "$work/wasmrt.o" @"$work/roots" "$archive"
printf '%s\n' $exports >"$work/exports"
# ld forgets that what it collected was referred to weakly.
readelf --wide --symbols "$archive" | awk '$5 == "WEAK" && $7 == "UND" { print $8 }' | sort -u >"$work/weak"
# The compiler's own bitcode is of no use to others, and older tools fail on it.
objcopy --keep-global-symbols="$work/exports" --weaken-symbols="$work/weak" \
    --remove-section=.llvmbc --remove-section=.llvmcmd ${strip:+--strip-debug} "$work/wasmrt.o"

mkdir -p "$out/lib/pkgconfig" "$out/include"
rm -f "$out"/lib/libwasmrt.*
ar crsD "$out/lib/libwasmrt.a" "$work/wasmrt.o"

shared=libwasmrt.so.$version soname=libwasmrt.so.$abi
{ echo "WASMRT_$abi { global:"; printf '  %s;\n' $exports; echo '  local: *; };'; } >"$work/exports.map"
# Never unloaded: a signal handler stays behind, and threads that it gave signal stacks.
cc -shared -o "$out/lib/$shared" ${strip:+-Wl,--strip-all} \
    -Wl,-soname,"$soname" -Wl,--version-script="$work/exports.map" -Wl,-z,defs,-z,now,-z,relro,-z,nodelete \
    -Wl,--whole-archive "$out/lib/libwasmrt.a" -Wl,--no-whole-archive -lm -lpthread -ldl
ln -s "$shared" "$out/lib/$soname"
ln -s "$soname" "$out/lib/libwasmrt.so"

cp "$here/../include/wasmrt.h" "$out/include/"
sed "s/@VERSION@/$version/" "$here/wasmrt.pc.in" >"$out/lib/pkgconfig/wasmrt.pc"
