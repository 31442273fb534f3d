;; Exceptions between modules and instances.

(module $thrower
  (type $pair (func (param i32 f64)))
  (tag $e (export "e") (type $pair))
  (tag $f (export "f") (param i32 f64))
  (tag $empty (export "empty"))
  (func (export "throw_e") (param i32) (throw $e (local.get 0) (f64.const 0.5)))
  (func (export "throw_f") (param i32) (throw $f (local.get 0) (f64.const 0.25)))
  (func (export "throw_empty") (throw $empty))
  (func (export "trap") (unreachable))
  (func (export "maybe") (param i32) (result i32)
    (if (local.get 0) (then (throw $e (local.get 0) (f64.const 1))))
    (i32.const 100)))
(register "thrower" $thrower)

(assert_exception (invoke "throw_e" (i32.const 1)))
(assert_exception (invoke "throw_empty"))
(assert_return (invoke "maybe" (i32.const 0)) (i32.const 100))

(module $catcher
  (tag $e (import "thrower" "e") (param i32 f64))
  (tag $f (import "thrower" "f") (param i32 f64))
  (tag $own (param i32 f64))
  (func $throw_e (import "thrower" "throw_e") (param i32))
  (func $throw_f (import "thrower" "throw_f") (param i32))
  (func $throw_empty (import "thrower" "throw_empty"))
  (func $trap (import "thrower" "trap"))
  (func $maybe (import "thrower" "maybe") (param i32) (result i32))
  (table funcref (elem $throw_e $throw_f))

  (func (export "e") (param i32) (result i32 f64)
    (block $caught (result i32 f64)
      (try_table (catch $e $caught) (call $throw_e (local.get 0)))
      (i32.const -1) (f64.const -1)))

  ;; The same type does not make the same tag
  (func (export "own_does_not_catch") (param i32) (result i32 f64)
    (block $caught (result i32 f64)
      (try_table (catch $own $caught) (call $throw_e (local.get 0)))
      (i32.const -1) (f64.const -1)))

  ;; The first clause that fits wins
  (func (export "order") (param i32) (result i32)
    (block $e (result i32 f64)
      (block $f (result i32 f64)
        (block $all
          (try_table (catch $f $f) (catch_all $all) (catch $e $e)
            (call_indirect (param i32) (i32.const 9) (local.get 0)))
          (return (i32.const 0)))
        (return (i32.const 3)))
      (drop) (drop) (return (i32.const 2)))
    (drop) (drop) (i32.const 1))

  ;; An inner handler that does not fit lets the exception pass to the outer one, and code between is left out
  (func (export "passes") (result i32)
    (local i32)
    (block $outer (result i32 f64)
      (try_table (catch $e $outer)
        (block $inner (result i32 f64)
          (try_table (catch $f $inner) (call $throw_e (i32.const 5)))
          (local.set 0 (i32.const 1)) (i32.const 0) (f64.const 0))
        (drop) (drop) (local.set 0 (i32.const 2)))
      (i32.const -1) (f64.const -1))
    (drop) (i32.mul (i32.const 10)) (i32.add (local.get 0)))

  ;; catch_ref, throw_ref: the same exception goes on, and can be caught again and again
  (func (export "rethrow") (param i32) (result i32)
    (local $exception exnref) (local $count i32)
    (local.set $exception (call $keep (local.get 0)))
    (loop $next
      (block $caught (result exnref)
        (try_table (catch_all_ref $caught) (throw_ref (local.get $exception)))
        unreachable)
      (local.set $exception)
      (local.set $count (i32.add (local.get $count) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $count) (i32.const 1000))))
    (block $caught (result i32 f64)
      (try_table (catch $e $caught) (throw_ref (local.get $exception)))
      unreachable)
    (drop) (i32.add (local.get $count)))
  (func $keep (param i32) (result exnref)
    (block $caught (result exnref)
      (try_table (catch_all_ref $caught) (call $throw_e (local.get 0)))
      unreachable))
  (func (export "rethrow_null") (throw_ref (ref.null exn)))

  (func (export "all") (result i32)
    (block $caught (try_table (catch_all $caught) (call $throw_empty)) (return (i32.const 0)))
    (i32.const 1))
  (func (export "no_trap_is_caught") (result i32)
    (block $caught (try_table (catch_all $caught) (call $trap)) (return (i32.const 0)))
    (i32.const 1))
  (func $forever (export "no_exhaustion_is_caught") (result i32)
    (block $caught (try_table (catch_all $caught) (drop (call $forever))) (return (i32.const 0)))
    (i32.const 1))

  ;; Results of the body when nothing is thrown; values below it on the stack stay
  (func (export "maybe") (param i32) (result i32)
    (i32.const 1000)
    (block $caught (result i32 f64)
      (try_table (result i32) (catch $e $caught) (call $maybe (local.get 0)))
      (f64.const 0))
    (drop) (i32.add))

  ;; Locals keep what they had when the exception was thrown
  (func (export "locals") (param i32) (result i32)
    (local i32)
    (block $caught (result i32 f64)
      (try_table (catch $e $caught)
        (local.set 1 (i32.const 1))
        (drop (call $maybe (i32.const 0)))
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (drop (call $maybe (local.get 0)))
        (local.set 1 (i32.add (local.get 1) (i32.const 1))))
      (i32.const 0) (f64.const 0))
    (drop) (drop) (local.get 1))

  ;; Many frames are left at once
  (func $down (param i32)
    (if (i32.eqz (local.get 0)) (then (call $throw_f (i32.const 77))))
    (call $down (i32.sub (local.get 0) (i32.const 1))))
  (func (export "deep") (result i32)
    (block $caught (result i32 f64)
      (try_table (catch $f $caught) (call $down (i32.const 1000)))
      unreachable)
    (drop)))

(assert_return (invoke "e" (i32.const 3)) (i32.const 3) (f64.const 0.5))
(assert_exception (invoke "own_does_not_catch" (i32.const 3)))
(assert_return (invoke "order" (i32.const 0)) (i32.const 3))
(assert_return (invoke "order" (i32.const 1)) (i32.const 2))
(assert_return (invoke "passes") (i32.const 50))
(assert_return (invoke "rethrow" (i32.const 5)) (i32.const 1005))
(assert_trap (invoke "rethrow_null") "null exception reference")
(assert_return (invoke "all") (i32.const 1))
(assert_trap (invoke "no_trap_is_caught") "unreachable")
(assert_exhaustion (invoke "no_exhaustion_is_caught") "call stack exhausted")
(assert_return (invoke "maybe" (i32.const 0)) (i32.const 1100))
(assert_return (invoke "maybe" (i32.const 5)) (i32.const 1005))
(assert_return (invoke "locals" (i32.const 0)) (i32.const 3))
(assert_return (invoke "locals" (i32.const 1)) (i32.const 2))
(assert_return (invoke "deep") (i32.const 77))

;; Each instance has tags of its own
(module definition $definition
  (tag $t (export "t"))
  (func (export "throw") (throw $t)))
(module instance $one $definition)
(module instance $two $definition)
(register "one" $one)
(register "two" $two)
(module
  (tag $one (import "one" "t"))
  (tag $two (import "two" "t"))
  (func $throw_one (import "one" "throw"))
  (func $throw_two (import "two" "throw"))
  (func (export "which") (param i32) (result i32)
    (block $caught_one
      (block $caught_two
        (try_table (catch $two $caught_two) (catch $one $caught_one)
          (if (local.get 0) (then (call $throw_two)) (else (call $throw_one))))
        (return (i32.const 0)))
      (return (i32.const 2)))
    (i32.const 1)))
(assert_return (invoke "which" (i32.const 0)) (i32.const 1))
(assert_return (invoke "which" (i32.const 1)) (i32.const 2))

;; Linking compares the types of tags
(assert_unlinkable (module (tag (import "thrower" "e") (param i32))) "incompatible import type")
(assert_unlinkable (module (func (import "thrower" "e"))) "incompatible import type")
(module (tag (import "thrower" "e") (param i32 f64)))

;; A start function that throws
(assert_exception
  (module (tag $t) (func $start (throw $t)) (start $start)))
