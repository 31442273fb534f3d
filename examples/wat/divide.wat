;; Traps when the divisor is 0, and shows the backtrace: wasmrt run --invoke divide examples/wat/divide.wat 7 0
(module $divide
  (func $quotient (param $dividend i32) (param $divisor i32) (result i32)
    (i32.div_s (local.get $dividend) (local.get $divisor)))

  (func $divide (export "divide") (param $dividend i32) (param $divisor i32) (result i32)
    (call $quotient (local.get $dividend) (local.get $divisor))))
