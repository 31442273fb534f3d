;; Arithmetic in constant expressions, wherever they may stand, over imported globals and those defined before.

(module $constants
  (global (export "ten") i32 (i32.const 10))
  (global (export "wide") i64 (i64.const 0x1_0000_0000))
  (global (export "variable") (mut i32) (i32.const 1)))
(register "constants" $constants)

(module
  (global $ten (import "constants" "ten") i32)
  (global $wide (import "constants" "wide") i64)
  (global (export "sum") i32 (i32.add (global.get $ten) (i32.const 32)))
  (global (export "difference") i32 (i32.sub (i32.const 3) (global.get $ten)))
  (global (export "product") i32 (i32.mul (global.get $ten) (global.get $ten)))
  (global $nested (export "nested") i32
    (i32.mul (i32.sub (i32.const 1) (i32.add (global.get $ten) (i32.const 2))) (i32.add (global.get $ten) (i32.const -3))))
  (global (export "of_own") i32 (i32.add (global.get $nested) (i32.const 1)))
  (global (export "wraps") i32 (i32.add (i32.const 0x7fff_ffff) (i32.const 1)))
  (global (export "wraps64") i64 (i64.sub (i64.const 0x8000_0000_0000_0000) (i64.const 1)))
  (global (export "product64") i64 (i64.mul (global.get $wide) (global.get $wide)))
  (global (export "sum64") i64 (i64.add (global.get $wide) (i64.const -1)))
  (global (export "changing") (mut i64) (i64.add (global.get $wide) (global.get $wide))))
(assert_return (get "sum") (i32.const 42))
(assert_return (get "difference") (i32.const -7))
(assert_return (get "product") (i32.const 100))
(assert_return (get "nested") (i32.const -77))
(assert_return (get "of_own") (i32.const -76))
(assert_return (get "wraps") (i32.const 0x8000_0000))
(assert_return (get "wraps64") (i64.const 0x7fff_ffff_ffff_ffff))
(assert_return (get "product64") (i64.const 0))
(assert_return (get "sum64") (i64.const 0xffff_ffff))
(assert_return (get "changing") (i64.const 0x2_0000_0000))

;; Offsets of segments
(module
  (global $ten (import "constants" "ten") i32)
  (global $wide (import "constants" "wide") i64)
  (memory $narrow 1)
  (memory $far i64 1)
  (table $small 16 funcref)
  (data (memory $narrow) (offset (i32.sub (global.get $ten) (i32.const 9))) "x")
  (data (memory $far) (offset (i64.sub (global.get $wide) (i64.const 0xffff_fffd))) "y")
  (elem (table $small) (offset (i32.add (global.get $ten) (i32.const 5))) func $f)
  (func $f (result i32) (i32.const 5))
  (func (export "narrow") (result i32) (i32.load $narrow (i32.const 0)))
  (func (export "far") (result i32) (i32.load $far (i64.const 0)))
  (func (export "call") (param i32) (result i32) (call_indirect $small (result i32) (local.get 0))))
(assert_return (invoke "narrow") (i32.const 0x7800))
(assert_return (invoke "far") (i32.const 0x7900_0000))
(assert_return (invoke "call" (i32.const 15)) (i32.const 5))
(assert_trap (invoke "call" (i32.const 14)) "uninitialized element")
(assert_trap
  (module (memory 1) (data (offset (i32.sub (i32.const 0) (i32.const 1))) "x")) "out of bounds memory access")
(assert_trap
  (module (table 4 funcref) (func $f) (elem (offset (i32.mul (i32.const 2) (i32.const 2))) func $f))
  "out of bounds table access")

(assert_invalid (module (global i32 (i32.div_u (i32.const 4) (i32.const 2)))) "constant expression required")
(assert_invalid
  (module (global (import "constants" "variable") (mut i32)) (global i32 (i32.add (global.get 0) (i32.const 1))))
  "constant expression required")
(assert_invalid (module (global i32 (i32.add (global.get 1) (i32.const 1))) (global i32 (i32.const 1))) "unknown global")
(assert_invalid (module (global i32 (i64.add (i64.const 1) (i64.const 1)))) "type mismatch")
(assert_invalid (module (global i32 (i32.add (i32.const 1)))) "type mismatch")
