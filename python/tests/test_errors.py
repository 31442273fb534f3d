"""Errors: classes, data, traces."""

from __future__ import annotations

import pickle
import traceback

import pytest

import wasmrt
from wasmrt import _wasmrt

from .conftest import ALL_STRATEGIES, STRATEGIES, Instantiate


def test_the_trap_codes_are_the_cores() -> None:
    def screaming(name: str) -> str:
        return "".join(f"_{char}" if char.isupper() and index else char for index, char in enumerate(name)).upper()

    core = {number: screaming(name) for number, name, _ in _wasmrt.trap_codes()}
    assert {int(code): code.name for code in wasmrt.TrapCode} == core


def test_a_trap_has_code_message_and_frames(instantiate: Instantiate) -> None:
    exports = instantiate(
        "(module $m (func $inner (result i32) i32.const 1 i32.const 0 i32.div_s)"
        ' (func $outer (export "f") (result i32) call $inner))'
    )
    with pytest.raises(wasmrt.Trap) as caught:
        exports.f()
    error = caught.value
    assert (error.kind, error.code) == ("Trap", wasmrt.TrapCode.INTEGER_DIVIDE_BY_ZERO)
    assert str(error) == error.message == "integer divide by zero"
    assert [frame.func_name for frame in error.frames] == ["inner", "outer"]
    assert error.frames[0].module_name == "m"
    shown = "".join(traceback.format_exception(error))
    assert "wasm backtrace:\n  0: m.inner" in shown


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("unreachable", wasmrt.TrapCode.UNREACHABLE),
        ("i32.const -1 i32.load drop", wasmrt.TrapCode.MEMORY_OUT_OF_BOUNDS),
        ("i32.const 9 table.get 0 drop", wasmrt.TrapCode.TABLE_OUT_OF_BOUNDS),
        ("i32.const 9 call_indirect", wasmrt.TrapCode.UNDEFINED_ELEMENT),
        ("i32.const 0 call_indirect", wasmrt.TrapCode.UNINITIALIZED_ELEMENT),
        ("f32.const nan i32.trunc_f32_s drop", wasmrt.TrapCode.INVALID_CONVERSION_TO_INTEGER),
        ("call 0", wasmrt.TrapCode.STACK_OVERFLOW),
    ],
)
def test_a_store_works_on_after_every_trap(instantiate: Instantiate, body: str, code: wasmrt.TrapCode) -> None:
    exports = instantiate(
        f'(module (memory 1) (table 1 funcref) (func (export "f") {body}) (func (export "g") (result i32) i32.const 1))'
    )
    for _ in range(3):
        with pytest.raises(wasmrt.Trap) as caught:
            exports.f()
        assert caught.value.code is code
        assert exports.g() == 1


def test_errors_pickle() -> None:
    trap = pickle.loads(pickle.dumps(wasmrt.Trap("unreachable", wasmrt.TrapCode.UNREACHABLE)))
    assert (str(trap), trap.code) == ("unreachable", wasmrt.TrapCode.UNREACHABLE)
    assert pickle.loads(pickle.dumps(wasmrt.ExitError(3))).code == 3


def test_what_a_proposal_lacks_is_named(engine: wasmrt.Engine) -> None:
    small = wasmrt.Engine(wasmrt.Config(strategy=engine.strategy, features=["mutable_global"]))  # type: ignore[arg-type]
    with pytest.raises(wasmrt.Error):
        wasmrt.Module(small, "(module (func (result i32 i32) i32.const 1 i32.const 2))")


@pytest.mark.parametrize("strategy", ALL_STRATEGIES)
def test_an_engine_is_there_if_it_is_under_test_and_refused_if_not(strategy: str) -> None:
    config = wasmrt.Config(strategy=strategy)  # type: ignore[arg-type]
    if strategy in STRATEGIES:
        assert wasmrt.Engine(config).strategy == strategy
        return
    with pytest.raises(wasmrt.UnsupportedError) as caught:
        wasmrt.Engine(config)
    assert caught.value.feature == strategy == "jit"
    assert str(caught.value) == "this build has no JIT for this system; use the interpreter"


@pytest.mark.parametrize("settings", [{"strategy": "magic"}, {"opt_level": "most"}, {"features": ["telepathy"]}])
def test_unknown_settings_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(wasmrt.UsageError):
        wasmrt.Config(**settings)  # type: ignore[arg-type]
