;; Tail calls into other modules and hosts, with any number of arguments and results, in constant space.

(module $even
  (type $step (func (param i32) (result i32)))
  (table (export "table") 2 funcref)
  (func (export "even") (type $step)
    (if (result i32) (i32.eqz (local.get 0))
      (then (i32.const 1))
      (else (return_call_indirect (type $step) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))))
  (func (export "not_set") (type $step) (return_call_indirect (type $step) (local.get 0) (i32.const 1)))
  (func (export "outside") (type $step) (return_call_indirect (type $step) (local.get 0) (i32.const 2)))
  (func (export "mismatch") (param i64) (result i64)
    (return_call_indirect (param i64) (result i64) (local.get 0) (i32.const 0))))
(register "even" $even)

(module $odd
  (type $step (func (param i32) (result i32)))
  (import "even" "even" (func $even (type $step)))
  (import "even" "table" (table 2 funcref))
  (func $odd (export "odd") (type $step)
    (if (result i32) (i32.eqz (local.get 0))
      (then (i32.const 0))
      (else (return_call $even (i32.sub (local.get 0) (i32.const 1))))))
  (elem (i32.const 0) func $odd))

(assert_return (invoke $odd "odd" (i32.const 1000001)) (i32.const 1))
(assert_return (invoke $odd "odd" (i32.const 1000000)) (i32.const 0))
(assert_return (invoke $even "even" (i32.const 1000000)) (i32.const 1))
(assert_trap (invoke $even "not_set" (i32.const 1)) "uninitialized element")
(assert_trap (invoke $even "outside" (i32.const 1)) "undefined element")
(assert_trap (invoke $even "mismatch" (i64.const 1)) "indirect call type mismatch")

;; Host functions as targets
(module
  (import "spectest" "print_i32" (func $print_i32 (param i32)))
  (import "spectest" "print_f64_f64" (func $print_f64_f64 (param f64 f64)))
  (table funcref (elem $print_i32 $print_f64_f64))
  (func (export "direct") (return_call $print_i32 (i32.const 1)))
  (func (export "indirect") (param f64)
    (return_call_indirect (param f64 f64) (local.get 0) (local.get 0) (i32.const 1)))
  (func (export "loop") (param i32)
    (call $direct (local.get 0)) (if (local.get 0) (then (return_call $loop (i32.sub (local.get 0) (i32.const 1))))))
  (func $loop (param i32)
    (call $direct (local.get 0)) (if (local.get 0) (then (return_call $loop (i32.sub (local.get 0) (i32.const 1))))))
  (func $direct (param i32) (return_call $print_i32 (local.get 0))))
(assert_return (invoke "direct"))
(assert_return (invoke "indirect" (f64.const 1)))
(assert_return (invoke "loop" (i32.const 100000)))

;; Functions with few and many parameters, of all types, calling each other in turn
(module $arity
  (func $none (export "none") (result i64) (return_call $many
    (i32.const 1) (i64.const 2) (f32.const 3) (f64.const 4) (i32.const 5) (i64.const 6) (f32.const 7) (f64.const 8)
    (i32.const 9) (i64.const 10) (f32.const 11) (f64.const 12) (i32.const 13) (i64.const 14) (f32.const 15)
    (f64.const 16) (i32.const 17) (i64.const 18) (f32.const 19) (f64.const 20)))
  (func $many (param i32 i64 f32 f64 i32 i64 f32 f64 i32 i64 f32 f64 i32 i64 f32 f64 i32 i64 f32 f64) (result i64)
    (return_call $some
      (local.get 19) (local.get 18) (local.get 17) (local.get 16) (local.get 15) (local.get 14) (local.get 13)
      (local.get 12) (local.get 11) (local.get 10) (local.get 9)
      (i64.add (local.get 1) (i64.extend_i32_u (i32.add (local.get 0) (local.get 8))))))
  (func $some (param f64 f32 i64 i32 f64 f32 i64 i32 f64 f32 i64 i64) (result i64)
    (return_call $one
      (i64.add
        (i64.add (i64.trunc_f64_s (local.get 0)) (i64.trunc_f32_s (local.get 1)))
        (i64.add (i64.add (local.get 2) (local.get 6)) (i64.add (local.get 10) (local.get 11))))))
  (func $one (param i64) (result i64) (local.get 0)))
(assert_return (invoke "none") (i64.const 93))

;; A callee with more parameters than its caller, again and again, must not use the stack up
(module
  (func $narrow (export "narrow") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 7))))
    (return_call $wide (i32.sub (local.get 0) (i32.const 1))
      (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5) (i64.const 6) (i64.const 7) (i64.const 8)
      (i64.const 9) (i64.const 10) (i64.const 11)))
  (func $wide (param i32 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64) (result i32)
    (if (i64.ne (local.get 11) (i64.const 11)) (then unreachable))
    (return_call $narrow (local.get 0))))
(assert_return (invoke "narrow" (i32.const 1000000)) (i32.const 7))

;; Many results come back through any number of tail calls, and an ordinary call sees them in order
(module
  (type $results (func (param i32) (result i32 i64 f32 f64 i32 i64 f32 f64 i32 i64)))
  (func $down (type $results)
    (if (local.get 0) (then (return_call $down (i32.sub (local.get 0) (i32.const 1)))))
    (i32.const 1) (i64.const 2) (f32.const 3) (f64.const 4) (i32.const 5) (i64.const 6) (f32.const 7) (f64.const 8)
    (i32.const 9) (i64.const 10))
  (func (export "down") (type $results) (return_call $down (local.get 0)))
  (func (export "last") (param i32) (result i64)
    (local i64)
    (call $down (local.get 0)) (local.set 1)
    drop drop drop drop drop drop drop drop drop (local.get 1)))
(assert_return (invoke "down" (i32.const 1000))
  (i32.const 1) (i64.const 2) (f32.const 3) (f64.const 4) (i32.const 5) (i64.const 6) (f32.const 7) (f64.const 8)
  (i32.const 9) (i64.const 10))
(assert_return (invoke "last" (i32.const 100000)) (i64.const 10))

;; Traps after a tail call; ordinary recursion still ends
(module
  (func $trap (unreachable))
  (func (export "trap") (return_call $trap))
  (func $deep (export "deep") (call $deeper))
  (func $deeper (call $deep) (return_call $deep)))
(assert_trap (invoke "trap") "unreachable")
(assert_exhaustion (invoke "deep") "call stack exhausted")

;; Calls through references
(module
  (type $step (func (param i64) (result i64)))
  (elem declare func $count)
  (func $count (type $step)
    (if (result i64) (i64.eqz (local.get 0))
      (then (i64.const 3))
      (else (return_call_ref $step (i64.sub (local.get 0) (i64.const 1)) (ref.func $count)))))
  (func (export "count") (param i64) (result i64) (return_call_ref $step (local.get 0) (ref.func $count)))
  (func (export "null") (result i64) (return_call_ref $step (i64.const 0) (ref.null $step))))
(assert_return (invoke "count" (i64.const 1000000)) (i64.const 3))
(assert_trap (invoke "null") "null function reference")
