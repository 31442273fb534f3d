"""Memory stays flat however often things are made and dropped."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from pathlib import Path

import pytest

import wasmrt

CYCLES = int(os.environ.get("WASMRT_LEAK_CYCLES", "3000"))
"""How often; `make soak` asks for more."""

TEXT = """(module (import "env" "f" (func (param externref) (result i32)))
  (memory (export "memory") 2) (data (i32.const 0) "some data")
  (table (export "table") 10 funcref) (elem (i32.const 0) 0 1)
  (func (export "g") (param externref) (result i32) local.get 0 call 0))"""


def resident_kib() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    raise AssertionError("no VmRSS")


def stays_flat(cycle: Callable[[], None]) -> None:
    for _ in range(max(CYCLES // 5, 300)):
        cycle()
    gc.collect()
    before = resident_kib()
    for _ in range(CYCLES):
        cycle()
    gc.collect()
    assert resident_kib() - before < 4096


@pytest.fixture
def module(engine: wasmrt.Engine) -> wasmrt.Module:
    return wasmrt.Module(engine, TEXT)


def test_stores_are_freed(engine: wasmrt.Engine, module: wasmrt.Module) -> None:
    def cycle() -> None:
        store = wasmrt.Store(engine)
        exports = wasmrt.Instance(store, module, {"env": {"f": lambda thing: len(thing)}}).exports
        assert exports.g("four") == 4
        memoryview(exports.memory)[5] = 1

    stays_flat(cycle)


def test_stores_in_cycles_are_freed(engine: wasmrt.Engine, module: wasmrt.Module) -> None:
    def cycle() -> None:
        kept: list[object] = []
        store = wasmrt.Store(engine)
        linker = wasmrt.Linker(engine)
        linker.define_func("env", "f", lambda thing: len(kept), wasmrt.FuncType(["externref"], ["i32"]))
        exports = linker.instantiate(store, module).exports
        kept += [store, linker, exports]
        assert exports.g(kept) == 3

    stays_flat(cycle)


def test_closed_instances_of_one_store_are_freed(store: wasmrt.Store, module: wasmrt.Module) -> None:
    def cycle() -> None:
        with wasmrt.Instance(store, module, {"env": {"f": lambda thing: len(thing)}}) as instance:
            assert instance.exports.g([]) == 0

    stays_flat(cycle)


def test_modules_are_freed(engine: wasmrt.Engine) -> None:
    binary = wasmrt.Module(engine, TEXT).binary

    def cycle() -> None:
        wasmrt.Module(engine, binary)

    stays_flat(cycle)


def test_errors_are_freed(store: wasmrt.Store, module: wasmrt.Module) -> None:
    def fail(thing: object) -> int:
        raise ValueError(thing)

    exports = wasmrt.Instance(store, module, {"env": {"f": fail}}).exports

    def cycle() -> None:
        with pytest.raises(ValueError):
            exports.g("x")

    stays_flat(cycle)
