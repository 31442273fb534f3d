"""Host functions: types, exceptions, callers, lifetimes."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest

import wasmrt
from wasmrt import i32, i64

from .conftest import Instantiate

CALLS_F = '(module (import "env" "f" (func $f)) (func (export "g") call $f) (func $start) (memory (export "memory") 1))'


def test_the_type_of_a_defined_function_is_given_or_annotated(store: wasmrt.Store) -> None:
    def annotated(first: i32, second: i64) -> i64:
        return first + second

    def pair(caller: wasmrt.Caller, value: i32) -> tuple[i32, wasmrt.f64]:
        assert caller.instance is not None
        return value, value / 2

    def nothing(value: wasmrt.externref) -> None: ...

    linker = wasmrt.Linker(store.engine)
    linker.define_func("env", "annotated", annotated)
    linker.define_func("env", "pair", pair)
    linker.define_func("env", "nothing", nothing)
    linker.define_func("env", "given", lambda *args: sum(args), wasmrt.FuncType(["i32", "i32"], ["i32"]))
    text = """(module (import "env" "annotated" (func (param i32 i64) (result i64)))
      (import "env" "pair" (func (param i32) (result i32 f64)))
      (import "env" "nothing" (func (param externref)))
      (import "env" "given" (func (param i32 i32) (result i32)))
      (export "a" (func 0)) (export "p" (func 1))
      (func (export "ap") (param i32) (result i32 f64) local.get 0 call 1)
      (func (export "ag") (param i32 i64) (result i64) local.get 0 local.get 1 call 0)
      (func (export "gg") (result i32) i32.const 3 i32.const 4 call 3))"""
    exports = linker.instantiate(store, wasmrt.Module(store.engine, text)).exports
    assert exports.ag(1, 2**40) == 2**40 + 1
    assert exports.ap(3) == (3, 1.5)
    assert exports.gg() == 7
    assert linker.get(store, "env", "given")(5, 6) == 11


@pytest.mark.parametrize(
    "function", [lambda value: value, len, lambda: None], ids=["unannotated", "builtin", "without result"]
)
def test_a_function_without_annotations_needs_a_type(engine: wasmrt.Engine, function: Callable[..., Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        wasmrt.Linker(engine).define_func("env", "f", function)


@pytest.mark.parametrize(
    "error", [RuntimeError("mine"), KeyError(5), SystemExit(3), KeyboardInterrupt(), StopIteration()]
)
def test_an_exception_comes_back_as_the_same_object(instantiate: Instantiate, error: BaseException) -> None:
    def fail() -> None:
        raise error

    exports = instantiate(CALLS_F, {"env": {"f": fail}})
    for _ in range(2):
        with pytest.raises(type(error)) as caught:
            exports.g()
        assert caught.value is error


def test_an_exception_passes_through_nested_guests(store: wasmrt.Store) -> None:
    module = wasmrt.Module(store.engine, CALLS_F)
    error = ZeroDivisionError("deep")

    def fail() -> None:
        raise error

    function: Any = fail
    for _ in range(5):
        function = wasmrt.Instance(store, module, {"env": {"f": function}}).exports.g
    with pytest.raises(ZeroDivisionError) as caught:
        function()
    assert caught.value is error


def test_a_trap_of_an_inner_guest_reaches_the_outer_caller(store: wasmrt.Store, instantiate: Instantiate) -> None:
    inner = instantiate('(module (func $boom (export "f") unreachable))').f
    outer = instantiate(CALLS_F, {"env": {"f": lambda: inner()}}).g
    with pytest.raises(wasmrt.Trap) as caught:
        outer()
    assert caught.value.frames[0].func_name == "boom"


def test_wrong_results_are_errors(instantiate: Instantiate) -> None:
    text = (
        '(module (import "env" "f" (func (result i32 i64))) (export "f" (func 0)) (func (export "g") call 0 drop drop))'
    )
    for wrong in (None, 5, (1,), (1, 2, 3), (1, "x")):
        with pytest.raises(wasmrt.ArgumentError):
            instantiate(text, {"env": {"f": lambda wrong=wrong: wrong}}).g()
    assert instantiate(text, {"env": {"f": lambda: [1, 2]}}).g() is None
    with pytest.raises(wasmrt.ArgumentError, match="expected 0 results"):
        instantiate(CALLS_F, {"env": {"f": lambda: 5}}).g()


def test_a_caller_shows_the_calling_instance(store: wasmrt.Store) -> None:
    seen: list[wasmrt.Caller] = []

    def f(caller: wasmrt.Caller) -> None:
        seen.append(caller)
        caller.check()
        assert caller.store is store
        caller.get_export("memory").write(0, b"host")
        assert caller.get_export("nothing") is None

    linker = wasmrt.Linker(store.engine)
    linker.define_func("env", "f", f)
    instance = linker.instantiate(store, wasmrt.Module(store.engine, CALLS_F))
    instance.exports.g()
    assert instance.exports.memory.read(0, 4) == b"host"
    assert seen[0].instance == instance
    assert hash(seen[0].instance) == hash(instance)


def test_a_host_function_may_end_its_guest(instantiate: Instantiate) -> None:
    def leave() -> None:
        raise wasmrt.ExitError(3)

    with pytest.raises(wasmrt.ExitError, match="exit with code 3") as caught:
        instantiate(CALLS_F, {"env": {"f": leave}}).g()
    assert caught.value.code == 3


class Owner:
    """Something with a host function that refers to everything."""

    def __init__(self, store: wasmrt.Store, imports: str) -> None:
        module = wasmrt.Module(store.engine, CALLS_F)
        self.store = store
        self.linker = wasmrt.Linker(store.engine)
        if imports == "linker":
            self.linker.define_func("env", "f", self.f, wasmrt.FuncType([], []))
            self.instance = self.linker.instantiate(store, module)
        elif imports == "mapping":
            self.instance = wasmrt.Instance(store, module, {"env": {"f": self.f}})
        else:
            self.func = wasmrt.Func(store, wasmrt.FuncType([], []), self.f)
            self.instance = wasmrt.Instance(store, module, [self.func])
        self.exports = self.instance.exports
        self.table = wasmrt.Table(store, wasmrt.TableType("externref", 1), self)
        self.wasi = wasmrt.WasiConfig(stdout=self.write)
        self.linker.define_wasi(self.wasi)
        self.calls = 0

    def f(self) -> None:
        self.calls += 1

    def write(self, data: bytes) -> None: ...


@pytest.mark.parametrize("imports", ["linker", "mapping", "list"])
def test_cycles_through_host_functions_are_collected(engine: wasmrt.Engine, imports: str) -> None:
    owner = Owner(wasmrt.Store(engine), imports)
    owner.exports.g()
    assert owner.calls == 1
    gc.collect()
    owner.exports.g()
    references: list[weakref.ref[Any]] = [weakref.ref(thing) for thing in (owner, owner.store, owner.linker)]
    del owner
    gc.collect()
    assert [reference() for reference in references] == [None, None, None]


def test_a_store_outlives_its_variables_while_something_needs_it(engine: wasmrt.Engine) -> None:
    called = []
    module = wasmrt.Module(engine, CALLS_F)
    g = wasmrt.Instance(wasmrt.Store(engine), module, {"env": {"f": lambda: called.append(1)}}).exports.g
    gc.collect()
    g()
    assert called == [1]
