"""Runs a WASI program: run_wasi.py [--interpreter] [--dir HOST[::GUEST]] [--env NAME=VALUE] PROGRAM [ARGUMENT...]

The guest's exit code is this program's; a trap ends it with 134. Standard error gets one line with what compiling and
running took.
"""

import argparse
import os
import sys
import time

import wasmrt


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs a WASI program.")
    parser.add_argument("--interpreter", action="store_true", help="interpret rather than compile to machine code")
    parser.add_argument("--dir", action="append", default=[], metavar="HOST[::GUEST]", help="grant a directory")
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE", help="set a variable")
    parser.add_argument("program")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()

    preopens = {}
    for granted in options.dir:
        host, _, guest = granted.partition("::")
        preopens[guest or host] = host
    wasi = wasmrt.WasiConfig(
        args=[options.program, *options.arguments],
        env=dict(variable.split("=", 1) for variable in options.env),
        stdin="inherit",
        stdout="inherit",
        stderr="inherit",
        preopens=preopens,
    )
    engine = wasmrt.Engine(wasmrt.Config(strategy="interpreter" if options.interpreter else None))
    linker = wasmrt.Linker(engine)
    linker.define_wasi(wasi)

    begin = time.perf_counter()
    module = wasmrt.Module.from_file(engine, options.program)
    compiled = time.perf_counter()
    code = 0
    try:
        linker.instantiate(wasmrt.Store(engine), module).exports["_start"]()
    except wasmrt.ExitError as exit_error:
        code = exit_error.code
    except wasmrt.Trap as trap:
        print(f"run_wasi.py: {trap}", *trap.__notes__, sep="\n", file=sys.stderr)
        code = 134
    ended = time.perf_counter()
    print(f"compile_ms={(compiled - begin) * 1e3:.3f} run_ms={(ended - compiled) * 1e3:.3f}", file=sys.stderr)
    return code


if __name__ == "__main__":
    status = main()
    # Exit codes are 32 bits to a guest; the system keeps the lowest 8.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status & 0xFF)
