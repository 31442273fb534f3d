"""The four faces of wasmrt, built once and each as the command that runs a WASI program.

One cargo invocation builds the command `wasmrt`, the C library and the Python module, so that Cranelift is compiled
once for all of them; Go links the C library's archive. Everything made lands in cargo's target directory, and the
archive where Go's package looks for it.
"""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Failed(Exception):
    """A step that the demo needs did not work."""


@dataclasses.dataclass(frozen=True)
class Face:
    """One way to use wasmrt."""

    name: str
    start: list[str]
    environment: dict[str, str] = dataclasses.field(default_factory=dict)

    def command(self, interpret: bool, directory: pathlib.Path, env: dict[str, str], guest: list[str]) -> list[str]:
        """What runs the module `guest[0]` with arguments. All faces take the same options but the engine's."""
        options = ["--dir", f"{directory}::/"]
        for name, value in env.items():
            options += ["--env", f"{name}={value}"]
        if self.name == "CLI":
            engine = ["--engine", "interpreter" if interpret else "jit"]
        else:
            engine = ["--interpreter"] if interpret else []
        return [*self.start, *engine, *options, *guest]


def step(title: str, command: list[str | pathlib.Path], cwd: pathlib.Path = ROOT, **environment: str) -> None:
    """Runs one step of the build, which prints as it likes."""
    print(f"==> {title}", file=sys.stderr, flush=True)
    started = time.monotonic()
    ran = subprocess.run(command, cwd=cwd, env={**os.environ, **environment}, stdout=sys.stderr, check=False)
    if ran.returncode != 0:
        raise Failed(f"{title}: `{' '.join(map(str, command))}` ended with {ran.returncode}")
    print(f"    {time.monotonic() - started:.1f} s", file=sys.stderr, flush=True)


def build() -> list[Face]:
    """Builds all faces."""
    target, version = _target_and_version()
    packages = ["wasmrt-cli", "wasmrt-capi-artifact", "wasmrt-python"]
    chosen = [f"--package={package}" for package in packages]
    step(
        "building the command, the C library and the Python module",
        ["cargo", "build", "--locked", *chosen, "--features=wasmrt-python/extension-module"],
    )
    built, out = target / "debug", target / "demo"
    out.mkdir(exist_ok=True)
    return [
        Face("CLI", [str(built / "wasmrt"), "run", "--time"]),
        _c(built, out, version),
        _python(built, out),
        _go(out),
    ]


def _target_and_version() -> tuple[pathlib.Path, str]:
    asked = ["cargo", "metadata", "--locked", "--no-deps", "--format-version=1"]
    metadata = json.loads(subprocess.run(asked, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout)
    return pathlib.Path(metadata["target_directory"]), metadata["packages"][0]["version"]


def _c(built: pathlib.Path, out: pathlib.Path, version: str) -> Face:
    library, programs = out / "c", out / "c/bin"
    step("linking the C library", ["capi/link.sh", built / "libwasmrt.a", library, version])
    command = ["make", "--silent", "--always-make", "-C", ROOT / "examples/c", f"OUT={programs}", programs / "run_wasi"]
    step("building the C example", command, PKG_CONFIG_PATH=str(library / "lib/pkgconfig"))
    return Face("C", [str(programs / "run_wasi")])


def _python(built: pathlib.Path, out: pathlib.Path) -> Face:
    package = out / "python/wasmrt"
    shutil.rmtree(package, ignore_errors=True)
    shutil.copytree(ROOT / "python/wasmrt", package, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    shutil.copyfile(built / "lib_wasmrt.so", package / "_wasmrt.abi3.so")
    return Face("Python", [sys.executable, str(ROOT / "examples/python/run_wasi.py")], {"PYTHONPATH": str(package.parent)})


def _go(out: pathlib.Path) -> Face:
    step("giving Go the C library", ["make", "--silent", "-C", ROOT / "go", "place", f"BUILT={out / 'c'}"])
    program = out / "run_wasi_go"
    step("building the Go example", ["go", "build", "-o", program, "./run_wasi"], cwd=ROOT / "examples/go")
    return Face("Go", [str(program)])
