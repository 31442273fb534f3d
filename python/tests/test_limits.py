"""Guests that take more than they may are stopped, and their stores work on."""

from __future__ import annotations

import datetime
import threading
import time
from collections.abc import Callable

import pytest

import wasmrt

GREEDY = """(module (memory (export "memory") 1) (table (export "table") 1 funcref)
  (func (export "loop") (loop (br 0)))
  (func $recurse (export "recurse") (call $recurse))
  (func (export "grow") (result i32) (memory.grow (i32.const 1)))
  (func (export "grow_table") (result i32) (table.grow (ref.null func) (i32.const 1)))
  (func (export "answer") (result i32) (i32.const 42)))"""

MakeConfig = Callable[..., wasmrt.Config]


def greedy(engine: wasmrt.Engine) -> tuple[wasmrt.Store, wasmrt.Exports]:
    store = wasmrt.Store(engine)
    return store, wasmrt.Instance(store, wasmrt.Module(engine, GREEDY)).exports


@pytest.mark.parametrize("timeout", [0.05, datetime.timedelta(milliseconds=50)])
def test_a_timeout_stops_a_loop(engine: wasmrt.Engine, timeout: float | datetime.timedelta) -> None:
    store, exports = greedy(engine)
    store.set_timeout(timeout)
    begin = time.monotonic()
    with pytest.raises(wasmrt.InterruptedError, match="deadline exceeded") as caught:
        exports.loop()
    assert 0.04 < time.monotonic() - begin < 5
    assert caught.value.kind == "Interrupted"
    store.set_timeout(None)
    assert exports.answer() == 42


@pytest.mark.parametrize("timeout", [-1, float("nan"), "soon"])
def test_timeouts_make_sense(store: wasmrt.Store, timeout: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        store.set_timeout(timeout)  # type: ignore[arg-type]


def test_a_handle_stops_a_loop_from_another_thread(engine: wasmrt.Engine) -> None:
    store, exports = greedy(engine)
    timer = threading.Timer(0.05, store.interrupt_handle().interrupt)
    timer.start()
    with pytest.raises(wasmrt.InterruptedError, match="interrupted"):
        exports.loop()
    timer.join()
    assert exports.answer() == 42


def test_an_epoch_stops_a_loop(engine: wasmrt.Engine) -> None:
    store, exports = greedy(engine)
    store.set_epoch_deadline(2)
    engine.increment_epoch()
    assert exports.answer() == 42
    timer = threading.Timer(0.05, engine.increment_epoch)
    timer.start()
    with pytest.raises(wasmrt.InterruptedError, match="epoch"):
        exports.loop()
    timer.join()
    store.set_epoch_deadline(2**63)
    assert exports.answer() == 42


def test_fuel_stops_a_loop_and_is_counted(config: MakeConfig) -> None:
    store, exports = greedy(wasmrt.Engine(config(consume_fuel=True)))
    store.fuel = 10_000
    assert exports.answer() == 42
    assert store.fuel == 9_999
    with pytest.raises(wasmrt.Trap) as caught:
        exports.loop()
    assert caught.value.code is wasmrt.TrapCode.OUT_OF_FUEL
    store.fuel = 100
    assert exports.answer() == 42


def test_fuel_needs_an_engine_that_meters_it(store: wasmrt.Store) -> None:
    with pytest.raises(wasmrt.UsageError, match="fuel is not metered"):
        _ = store.fuel
    with pytest.raises(wasmrt.UsageError):
        store.fuel = 5


def test_the_stack_limit_stops_recursion(config: MakeConfig) -> None:
    _, exports = greedy(wasmrt.Engine(config(max_stack_bytes=64 << 10)))
    for _ in range(3):
        with pytest.raises(wasmrt.Trap) as caught:
            exports.recurse()
        assert caught.value.code is wasmrt.TrapCode.STACK_OVERFLOW
        assert caught.value.frames
        assert exports.answer() == 42


def test_recursion_through_host_functions_is_stopped(engine: wasmrt.Engine) -> None:
    text = '(module (import "env" "f" (func)) (func (export "g") call 0) (func (export "ok") (result i32) i32.const 1))'
    exports = wasmrt.Instance(
        wasmrt.Store(engine), wasmrt.Module(engine, text), {"env": {"f": lambda: exports.g()}}
    ).exports
    for _ in range(2):
        with pytest.raises((wasmrt.Trap, RecursionError)):
            exports.g()
        assert exports.ok() == 1


def test_limits_stop_growth(engine: wasmrt.Engine) -> None:
    store, exports = greedy(engine)
    store.set_limits(memory_bytes=3 * 65536, table_elements=2)
    assert [exports.grow() for _ in range(4)] == [1, 2, -1, -1]
    assert [exports.grow_table() for _ in range(3)] == [1, -1, -1]
    with pytest.raises(wasmrt.LimitError):
        exports.memory.grow(1)
    with pytest.raises(wasmrt.LimitError):
        exports.table.grow(1)
    store.set_limits()
    assert exports.grow() == 3


def test_limits_count_instances(store: wasmrt.Store) -> None:
    module = wasmrt.Module(store.engine, '(module (memory 1) (func (export "f")))')
    store.set_limits(instances=2)
    first = wasmrt.Instance(store, module)
    wasmrt.Instance(store, module)
    with pytest.raises(wasmrt.LimitError):
        wasmrt.Instance(store, module)
    first.close()
    wasmrt.Instance(store, module)


def test_without_interruption_deadlines_wait_for_the_guest(config: MakeConfig) -> None:
    store, exports = greedy(wasmrt.Engine(config(interruption=False)))
    store.set_timeout(10)
    assert exports.answer() == 42


def test_without_signals_everything_is_checked(config: MakeConfig) -> None:
    _, exports = greedy(wasmrt.Engine(config(signals=False)))
    with pytest.raises(wasmrt.Trap):
        exports.recurse()
    assert exports.answer() == 42
