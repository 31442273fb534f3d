;; Parts of a script on threads of their own, which share memories with the script that starts them.

(module $shared
  (memory (export "memory") 1 1 shared)
  (memory (export "private") 1 1)
  (func (export "at") (param i32) (result i32) (i32.atomic.load (local.get 0))))

(thread $waiter (shared (module $shared))
  (register "shared" $shared)
  (assert_unlinkable (module (memory (import "shared" "private") 1 1)) "unknown import")
  (module $own
    (memory (import "shared" "memory") 1 1 shared)
    (func (export "run") (result i32)
      (drop (i32.atomic.rmw.add (i32.const 8) (i32.const 1)))
      (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
      (i32.atomic.load (i32.const 4))))
  (assert_return (invoke "run") (i32.const 42)))

(thread $waker (shared (module $shared))
  (register "shared" $shared)
  (module
    (memory (import "shared" "memory") 1 1 shared)
    (func (export "run")
      (drop (i32.atomic.rmw.add (i32.const 8) (i32.const 1)))
      (i32.atomic.store (i32.const 4) (i32.const 42))
      (i32.atomic.store (i32.const 0) (i32.const 1))
      (drop (memory.atomic.notify (i32.const 0) (i32.const -1)))))
  (invoke "run"))

(wait $waker)
(wait $waiter)
(assert_return (invoke $shared "at" (i32.const 8)) (i32.const 2))

;; A thread without anything shared, not waited for
(thread $alone
  (module (func (export "one") (result i32) (i32.const 1)))
  (assert_return (invoke "one") (i32.const 1)))
