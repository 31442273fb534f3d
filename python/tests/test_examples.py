"""The examples of `examples/python` do what they say."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

import wasmrt

EXAMPLES = Path(__file__).parents[2] / "examples" / "python"
GUESTS = EXAMPLES.parent / "wat"


def run(*command: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = (sys.executable, *command)
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.expected")), ids=lambda path: path.stem)
def test_an_example_prints_what_is_expected(path: Path) -> None:
    done = run(path.with_suffix(".py"))
    assert (done.returncode, done.stdout, done.stderr) == (0, path.read_text(), "")


@pytest.mark.parametrize("options", [[], ["--interpreter"]], ids=["default", "interpreter"])
def test_run_wasi_runs_programs(options: list[str], tmp_path: Path) -> None:
    script = EXAMPLES / "run_wasi.py"
    done = run(script, *options, GUESTS / "hello.wat")
    assert (done.returncode, done.stdout) == (0, "Hello from WebAssembly!\n")
    assert re.fullmatch(r"compile_ms=\d+\.\d{3} run_ms=\d+\.\d{3}\n", done.stderr)
    exits = tmp_path / "exits.wat"
    exits.write_text(
        '(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))) (memory (export "memory") 1)'
        ' (func (export "_start") (call $exit (i32.const 7))))'
    )
    assert run(script, *options, "--dir", f"{tmp_path}::/", "--env", "A=B", exits, "--dir").returncode == 7
    traps = tmp_path / "traps.wat"
    traps.write_text('(module (memory (export "memory") 1) (func $boom (export "_start") unreachable))')
    done = run(script, *options, traps)
    assert done.returncode == 134
    assert "unreachable" in done.stderr
    assert "boom" in done.stderr


def test_run_wasi_passes_its_input_on() -> None:
    done = run(EXAMPLES / "run_wasi.py", GUESTS / "cat.wat", stdin="some\ninput\n")
    assert (done.returncode, done.stdout) == (0, "some\ninput\n")


def test_the_examples_in_the_documentation_work() -> None:
    assert doctest.testmod(wasmrt).failed == 0
    readme = Path(__file__).parents[1] / "README.md"
    results = doctest.testfile(str(readme), module_relative=False)
    assert results.failed == 0
    assert results.attempted > 0
