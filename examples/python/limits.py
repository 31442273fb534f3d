"""Guests that would recurse, loop or grow for ever, each stopped by a limit, and the error that says so."""

import wasmrt

GUEST = """
(module $greedy (memory 1)
  (func $loop (export "loop") (loop (br 0)))
  (func $recurse (export "recurse") (call $recurse) (call $recurse))
  (func (export "grow") (result i32)
    (loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
    (memory.size)))
"""

engine = wasmrt.Engine(wasmrt.Config(consume_fuel=True, max_stack_bytes=64 << 10))
store = wasmrt.Store(engine)
store.set_limits(memory_bytes=16 * 65536, instances=1)
store.fuel = 1_000_000
exports = wasmrt.Instance(store, wasmrt.Module(engine, GUEST)).exports


def tell(what: str, function_name: str) -> None:
    try:
        print(f"{what}: {exports[function_name]()}")
    except wasmrt.Error as error:
        code = f" {error.code.name}" if isinstance(error, wasmrt.Trap) else ""
        print(f"{what}: {error.kind}{code} in {error.frames[0].func_name}: {error.message}")


tell("out of fuel", "loop")
store.fuel = 1 << 60
store.set_timeout(0.05)
tell("out of time", "loop")
tell("out of stack", "recurse")
tell("out of memory, in pages", "grow")
