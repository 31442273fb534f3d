"""Threads, processes and signals."""

from __future__ import annotations

import concurrent.futures
import hashlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest

import wasmrt

from .conftest import Instantiate, run_script, succeed

COUNT = """(module (import "env" "wait" (func $wait (param i32)))
  (func (export "count") (param $n i64) (result i64) (local $sum i64)
    (loop (local.set $sum (i64.add (local.get $sum) (local.get $n)))
      (br_if 0 (i64.ne (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0))))
    (local.get $sum))
  (func (export "wait") (param i32) (call $wait (local.get 0))))"""

LOOP = '(module (func (export "loop") (loop (br 0))) (func (export "one") (result i32) i32.const 1))'


def test_eight_threads_run_one_instance_at_once(instantiate: Instantiate) -> None:
    gate = threading.Event()
    seen = []

    def wait(value: int) -> None:
        if value == 0:
            assert gate.wait(30)
        else:
            gate.set()
        seen.append(value)

    exports = instantiate(COUNT, {"env": {"wait": wait}})

    def work(number: int) -> int:
        if number == 0:
            exports.wait(0)
        total: int = sum(exports.count(n + 1) for n in range(200))
        if number == 7:
            exports.wait(1)
        return total

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        totals = list(pool.map(work, range(8)))
    assert totals == [sum(n * (n + 1) // 2 for n in range(1, 201))] * 8
    assert sorted(seen) == [0, 1]


def test_other_python_threads_run_while_a_guest_does(engine: wasmrt.Engine) -> None:
    store = wasmrt.Store(engine)
    exports = wasmrt.Instance(store, wasmrt.Module(engine, LOOP)).exports
    stopped = threading.Event()

    def spin() -> None:
        with pytest.raises(wasmrt.InterruptedError):
            exports.loop()
        stopped.set()

    thread = threading.Thread(target=spin)
    thread.start()
    handle = store.interrupt_handle()
    while not stopped.wait(0.01):
        assert exports.one() == 1
        handle.interrupt()
    thread.join()


def test_a_store_does_not_wait_for_another(engine: wasmrt.Engine) -> None:
    spin = """(module (memory (export "memory") 1)
      (func (export "wait") (loop (br_if 0 (i32.eqz (i32.load (i32.const 0)))))))"""
    waiting, other = (
        wasmrt.Instance(wasmrt.Store(engine), wasmrt.Module(engine, text)).exports for text in (spin, LOOP)
    )
    waiting.memory.store.set_timeout(30)
    thread = threading.Thread(target=waiting.wait)
    thread.start()
    assert sum(other.one() for _ in range(1000)) == 1000
    assert thread.is_alive()
    memoryview(waiting.memory)[0] = 1
    thread.join(20)
    assert not thread.is_alive()


def processors_used(work: Callable[[], object]) -> float:
    """Processor time over time on the wall while two threads work."""
    processor, wall = time.process_time(), time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: work(), range(2)))
    return (time.process_time() - processor) / (time.monotonic() - wall)


def test_two_stores_use_two_processors(engine: wasmrt.Engine) -> None:
    module = wasmrt.Module(engine, COUNT)
    amount = 200_000_000 if engine.strategy == "jit" else 10_000_000
    data = bytes(100_000_000)

    def guest() -> int:
        store = wasmrt.Store(engine)
        count: Callable[[int], int] = wasmrt.Instance(
            store, module, {"env": {"wait": lambda value: None}}
        ).exports.count
        return count(amount)

    measured = []
    for _ in range(10):
        # Hashing works outside the interpreter lock, too: it shows what the machine has to give at the moment.
        measured.append((processors_used(guest), processors_used(lambda: hashlib.sha256(data).digest())))
        if measured[-1][0] > 0.75 * measured[-1][1]:
            return
    raise AssertionError(f"processors used by guests and by hashing: {measured}")


def test_a_thread_with_a_small_stack_may_call(engine: wasmrt.Engine) -> None:
    module = wasmrt.Module(
        engine, '(module (func $r (export "r") (call $r)) (func (export "f") (result i32) i32.const 5))'
    )
    exports = wasmrt.Instance(wasmrt.Store(engine), module).exports
    results: list[object] = []

    def work() -> None:
        results.append(exports.f())
        try:
            exports.r()
        except wasmrt.Trap as trap:
            results.append(trap.code)
        results.append(exports.f())

    before = threading.stack_size(128 * 1024)
    try:
        thread = threading.Thread(target=work)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join(30)
    assert results == [5, wasmrt.TrapCode.STACK_OVERFLOW, 5]


INTERRUPTED = f"""
import sys, time, wasmrt
engine = wasmrt.Engine(wasmrt.Config(strategy=sys.argv[1]))
exports = wasmrt.Instance(wasmrt.Store(engine), wasmrt.Module(engine, '''{LOOP}''')).exports
if sys.argv[2] == "busy":
    # Another thread polls in the same store, too, and must not swallow what is meant for the main thread.
    import threading
    threading.Thread(target=exports.loop, daemon=True).start()
if sys.argv[2] == "idle":
    # Let the ticker fall asleep.
    exports.one(); time.sleep(1.5)
for _ in range(2):
    print("ready", flush=True)
    try:
        exports.loop()
    except KeyboardInterrupt:
        print("stopped", exports.one(), flush=True)
sys.stdout.flush()
import os; os._exit(0)
"""


@pytest.mark.parametrize("situation", ["alone", "busy", "idle"])
def test_ctrl_c_stops_a_guest_with_keyboard_interrupt(strategy: str, situation: str) -> None:
    command = [sys.executable, "-c", INTERRUPTED, strategy, situation]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(2):
            assert process.stdout.readline() == "ready\n"
            time.sleep(0.2)
            process.send_signal(signal.SIGINT)
            assert process.stdout.readline() == "stopped 1\n"
        assert process.wait(30) == 0


def test_a_signal_handler_may_raise_anything(engine: wasmrt.Engine) -> None:
    class Alarm(Exception):
        pass

    def handle(*_: object) -> None:
        raise Alarm

    exports = wasmrt.Instance(wasmrt.Store(engine), wasmrt.Module(engine, LOOP)).exports
    before = signal.signal(signal.SIGALRM, handle)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(Alarm):
            exports.loop()
    finally:
        signal.signal(signal.SIGALRM, before)
    assert exports.one() == 1


def test_importing_and_running_installs_no_handler_for_ctrl_c() -> None:
    succeed(
        "import signal\nbefore = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGALRM)\n"
        "import wasmrt\nwasmrt.Module(wasmrt.Engine(), '(module)')\n"
        "assert before == (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGALRM))\n"
    )


FORK = f"""
import os, sys, threading, wasmrt
config = wasmrt.Config(strategy=sys.argv[1])
engine = wasmrt.Engine(config)
exports = wasmrt.Instance(wasmrt.Store(engine), wasmrt.Module(engine, '''{LOOP}''')).exports
assert exports.one() == 1

def child():
    assert exports.one() == 1
    text = '(module (func (export "loop") (loop br 0))' + '(func (result i32) i32.const 1)' * 5000 + ')'
    for own in (engine, wasmrt.Engine(config)):
        store = wasmrt.Store(own)
        store.set_timeout(0.05)
        guest = wasmrt.Instance(store, wasmrt.Module(own, text)).exports
        try:
            guest.loop()
        except wasmrt.InterruptedError:
            continue
        os._exit(3)
    import signal
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    signal.signal(signal.SIGALRM, lambda *_: sys.exit(7))
    try:
        exports.loop()
    except SystemExit:
        os._exit(0)

def fork():
    pid = os.fork()
    if pid == 0:
        child()
        os._exit(4)
    _, status = os.waitpid(pid, 0)
    print(os.waitstatus_to_exitcode(status))

fork()
thread = threading.Thread(target=fork)
thread.start()
thread.join()
assert exports.one() == 1
"""


def test_a_forked_child_compiles_runs_and_is_interrupted(strategy: str) -> None:
    assert succeed(FORK, strategy).split() == ["0", "0"]


FAULTS = """
import faulthandler, sys, threading, wasmrt
moments = sys.argv[2].split(",")

def enable(moment):
    if moment in moments:
        faulthandler.enable()

enable("before")
engine = wasmrt.Engine(wasmrt.Config(strategy=sys.argv[1]))
enable("between")
module = wasmrt.Module(engine, '''(module (memory 1) (func (export "f") (param i32) (result i32) local.get 0 i32.load)
  (func $r (export "r") call $r))''')
exports = wasmrt.Instance(wasmrt.Store(engine), module).exports

def work():
    for function, args in [(exports.f, (-1,)), (exports.r, ()), (exports.f, (65535,))] * 20:
        try:
            function(*args)
        except wasmrt.Trap:
            continue
        raise SystemExit("no trap")
    assert exports.f(0) == 0

work()
enable("after")
# Those who install their handler later come first; a new engine or module puts things right.
wasmrt.Module(engine, "(module)")
threads = [threading.Thread(target=work) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
work()
print("fine", flush=True)
if len(sys.argv) > 3:
    import ctypes
    ctypes.string_at(int(sys.argv[3]))
"""


@pytest.mark.parametrize("moments", ["never", "before", "between", "after", "before,between,after"])
def test_traps_and_faulthandler_live_together(strategy: str, moments: str) -> None:
    done = run_script(FAULTS, strategy, moments)
    assert (done.returncode, done.stdout, done.stderr) == (0, "fine\n", "")


@pytest.mark.parametrize("moments", ["before", "between", "after"])
def test_faulthandler_still_dumps_a_real_crash(strategy: str, moments: str) -> None:
    done = run_script(FAULTS, strategy, moments, "8")
    assert done.stdout == "fine\n"
    assert done.returncode == -signal.SIGSEGV
    assert "Fatal Python error: Segmentation fault" in done.stderr
    assert "string_at" in done.stderr
