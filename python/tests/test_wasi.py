"""WASI: what a guest is granted, and nothing else."""

from __future__ import annotations

import io
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

import wasmrt

HEAD = """(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $env_sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $env (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_dir_name" (func $dir (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func $put (param $fd i32) (param $at i32) (param $len i32) (result i32)
    (i32.store (i32.const 0) (local.get $at)) (i32.store (i32.const 4) (local.get $len))
    (call $write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
"""

CAT = (
    HEAD
    + """
  (func (export "_start") (local $len i32)
    (loop $more
      (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 100))
      (if (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (then (call $exit (i32.const 9))))
      (local.set $len (i32.load (i32.const 8)))
      (if (local.get $len) (then
        (drop (call $put (i32.const 1) (i32.const 1024) (local.get $len)))
        (drop (call $put (i32.const 2) (i32.const 1024) (i32.const 1)))
        (br $more))))
    (call $exit (i32.const 4))))"""
)

ARGS = (
    HEAD
    + """
  (func (export "_start")
    (drop (call $args_sizes (i32.const 16) (i32.const 20)))
    (drop (call $args (i32.const 100) (i32.const 1024)))
    (drop (call $put (i32.const 1) (i32.const 1024) (i32.load (i32.const 20))))
    (drop (call $env_sizes (i32.const 16) (i32.const 20)))
    (drop (call $env (i32.const 100) (i32.const 1024)))
    (drop (call $put (i32.const 1) (i32.const 1024) (i32.load (i32.const 20))))))"""
)

FILE = (
    HEAD
    + """
  (data (i32.const 2048) "file.txt")
  (func (export "_start")
    (if (call $dir (i32.const 3) (i32.const 1024) (i32.const 4)) (then (call $exit (i32.const 20))))
    (drop (call $put (i32.const 1) (i32.const 1024) (i32.const 4)))
    (if (call $open (i32.const 3) (i32.const 0) (i32.const 2048) (i32.const 8) (i32.const 9)
          (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 16))
      (then (call $exit (i32.const 21))))
    (drop (call $put (i32.load (i32.const 16)) (i32.const 2048) (i32.const 4)))))"""
)

RANDOM = (
    HEAD
    + """
  (func (export "_start")
    (drop (call $random (i32.const 1024) (i32.const 16)))
    (drop (call $put (i32.const 1) (i32.const 1024) (i32.const 16)))))"""
)

Run = Callable[..., int]


@pytest.fixture
def run(engine: wasmrt.Engine) -> Run:
    """Runs a program and gives its exit code."""

    def run(text: str, wasi: wasmrt.WasiConfig) -> int:
        linker = wasmrt.Linker(engine)
        linker.define_wasi(wasi)
        instance = linker.instantiate(wasmrt.Store(engine), wasmrt.Module(engine, text))
        try:
            instance.exports._start()
        except wasmrt.ExitError as exit_error:
            return exit_error.code
        return 0

    return run


def test_by_default_there_is_no_input_and_output_goes_nowhere(run: Run) -> None:
    wasi = wasmrt.WasiConfig()
    assert run(CAT, wasi) == 4
    assert wasi.captured_stdout is None


def test_bytes_go_in_and_are_captured(run: Run) -> None:
    wasi = wasmrt.WasiConfig(stdin=b"x" * 250, stdout="capture", stderr="capture")
    assert run(CAT, wasi) == 4
    assert wasi.captured_stdout == b"x" * 250
    assert wasi.captured_stderr == b"xxx"


def test_files_of_python_are_streams(run: Run) -> None:
    stdout, stderr = io.BytesIO(), io.BytesIO()
    assert run(CAT, wasmrt.WasiConfig(stdin=io.BytesIO(b"hello"), stdout=stdout, stderr=stderr)) == 4
    assert (stdout.getvalue(), stderr.getvalue()) == (b"hello", b"h")


def test_functions_are_streams(run: Run) -> None:
    inputs = iter([b"one", b"two", b""])
    outputs: list[bytes] = []
    assert run(CAT, wasmrt.WasiConfig(stdin=lambda length: next(inputs), stdout=outputs.append)) == 4
    assert outputs == [b"one", b"two"]


def test_descriptors_are_streams_and_stay_open(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "out"
    reader, writer = os.pipe()
    os.write(writer, b"piped")
    os.close(writer)
    with path.open("wb") as file:
        assert run(CAT, wasmrt.WasiConfig(stdin=reader, stdout=file.fileno())) == 4
        os.fstat(reader)
        file.write(b"!")
    os.close(reader)
    assert path.read_bytes() == b"piped!"


def test_an_exception_of_a_stream_comes_back_as_itself(run: Run) -> None:
    error = RuntimeError("disk on fire")

    def write(data: bytes) -> None:
        raise error

    with pytest.raises(RuntimeError) as caught:
        run(CAT, wasmrt.WasiConfig(stdin=b"x", stdout=write))
    assert caught.value is error


def test_arguments_and_environment_arrive(run: Run) -> None:
    wasi = wasmrt.WasiConfig(args=["prog", b"\xff", Path("a/b")], env={"A": "1", "B": "ö"}, stdout="capture")
    assert run(ARGS, wasi) == 0
    assert wasi.captured_stdout == b"prog\0\xff\0a/b\0A=1\0B=\xc3\xb6\0"


def test_nothing_of_this_process_leaks_in(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "value")
    wasi = wasmrt.WasiConfig(stdout="capture")
    run(ARGS, wasi)
    assert wasi.captured_stdout == b""
    assert run(FILE, wasi) == 20


def test_a_directory_is_granted_by_name(run: Run, tmp_path: Path) -> None:
    wasi = wasmrt.WasiConfig(preopens={"/dir": tmp_path}, stdout="capture")
    assert run(FILE, wasi) == 0
    assert wasi.captured_stdout == b"/dir"
    assert (tmp_path / "file.txt").read_bytes() == b"file"


def test_a_read_only_directory_stays_as_it_is(run: Run, tmp_path: Path) -> None:
    assert run(FILE, wasmrt.WasiConfig(read_only_preopens={"/dir": tmp_path})) == 21
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_granted_is_refused(tmp_path: Path) -> None:
    with pytest.raises(wasmrt.HostError, match="cannot open the directory"):
        wasmrt.WasiConfig(preopens={"/": tmp_path / "missing"})
    with pytest.raises(wasmrt.UsageError):
        wasmrt.WasiConfig(args=["a\0b"])
    with pytest.raises(wasmrt.ArgumentError, match="cannot be a stream"):
        wasmrt.WasiConfig(stdout=object())  # type: ignore[arg-type]
    with pytest.raises(OSError):
        wasmrt.WasiConfig(stdin=987654)


def test_a_deterministic_world_repeats_itself(run: Run) -> None:
    def random_bytes(deterministic: bool) -> bytes | None:
        wasi = wasmrt.WasiConfig(stdout="capture", deterministic=deterministic)
        run(RANDOM, wasi)
        return wasi.captured_stdout

    assert random_bytes(True) == random_bytes(True)
    assert random_bytes(False) != random_bytes(False)


CLOCKS = """(module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "now") (param i32) (result i64)
    (drop (call $time (local.get 0) (i64.const 1) (i32.const 0))) (i64.load (i32.const 0)))
  (func (export "sleep") (param $nanoseconds i64) (result i32)
    (i32.store (i32.const 116) (i32.const 1))
    (i64.store (i32.const 124) (local.get $nanoseconds))
    (call $poll (i32.const 100) (i32.const 200) (i32.const 1) (i32.const 300))))"""


def test_clocks_random_bytes_and_sleep_come_from_functions(run: Run, engine: wasmrt.Engine) -> None:
    slept: list[float] = []
    wasi = wasmrt.WasiConfig(
        stdout="capture",
        wall_clock=lambda: 5,
        monotonic_clock=iter([10, 20, 30, 40, 50]).__next__,
        random=lambda length: b"r" * length,
        sleep=slept.append,
    )
    run(RANDOM, wasi)
    assert wasi.captured_stdout == b"r" * 16
    linker = wasmrt.Linker(engine)
    linker.define_wasi(wasi)
    exports = linker.instantiate(wasmrt.Store(engine), wasmrt.Module(engine, CLOCKS)).exports
    assert (exports.now(0), exports.now(1), exports.now(1)) == (5, 10, 20)
    assert exports.sleep(1_500_000_000) == 0
    assert slept == [1.5]
    generator = wasmrt.WasiConfig(stdout="capture", random=random.Random(1))
    run(RANDOM, generator)
    assert generator.captured_stdout == random.Random(1).randbytes(16)
    with pytest.raises(wasmrt.UsageError, match="random bytes"):
        run(RANDOM, wasmrt.WasiConfig(random=lambda length: b""))
