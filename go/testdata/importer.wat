(module $importer
  (import "math" "add" (func $add (param i32 i32) (result i32)))
  (import "memory" "memory" (memory 1 3))
  (export "add" (func $add))
  (export "shared" (memory 0))
  (func (export "peek") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "add_one") (param i32) (result i32) (call $add (local.get 0) (i32.const 1))))
