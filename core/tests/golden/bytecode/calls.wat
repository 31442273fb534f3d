(module
  (import "" "log" (func $log (param i32)))
  (type $unary (func (param i64) (result i64)))
  (table 1 funcref)
  (func $fib (param i64) (result i64)
    (if (result i64) (i64.lt_s (local.get 0) (i64.const 2))
      (then (local.get 0))
      (else
        (i64.add
          (call $fib (i64.sub (local.get 0) (i64.const 1)))
          (call $fib (i64.sub (local.get 0) (i64.const 2)))))))
  (func (param i32 i64) (result i64)
    (call $log (local.get 0))
    (call_indirect (type $unary) (local.get 1) (local.get 0)))
  (elem declare func $fib)
  (func (result i32) (ref.is_null (ref.func $fib))))
