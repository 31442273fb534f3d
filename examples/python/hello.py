"""A guest calls a function of the host, and the host one of the guest."""

import wasmrt

GUEST = """
(module
  (import "host" "print" (func $print (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "Hello from WebAssembly!")
  (func (export "hello") (call $print (i32.const 0) (i32.const 23)))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
"""


def print_text(caller: wasmrt.Caller, offset: wasmrt.i32, length: wasmrt.i32) -> None:
    print(caller.get_export("memory").read(offset, length).decode())


engine = wasmrt.Engine()
linker = wasmrt.Linker(engine)
linker.define_func("host", "print", print_text)
with wasmrt.Store(engine) as store:
    exports = linker.instantiate(store, wasmrt.Module(engine, GUEST)).exports
    exports.hello()
    print("2 + 3 =", exports.add(2, 3))
