(module $table
  (type $nullary (func (result i32)))
  (table (export "table") 3 funcref)
  (elem (i32.const 0) $one $other)
  (func $one (result i32) (i32.const 1))
  (func $other (param i32))
  (func (export "call") (param i32) (result i32) (call_indirect (type $nullary) (local.get 0))))
