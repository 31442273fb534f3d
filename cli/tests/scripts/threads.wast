;; Threads with stores of their own on one shared memory: what one writes all see, nobody's count is lost, and who waits
;; is woken.

(module $shared
  (memory (export "memory") 1 2 shared))

(thread $first (shared (module $shared))
  (register "shared" $shared)
  (module
    (memory (import "shared" "memory") 1 2 shared)
    (func (export "wait") (result i32)
      (i32.atomic.store (i32.const 4) (i32.const 1))
      (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
    (func (export "count")
      (local $left i32)
      (local.set $left (i32.const 1000))
      (loop
        (drop (i32.atomic.rmw.add (i32.const 8) (i32.const 1)))
        (br_if 0 (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))))
  (assert_return (invoke "wait") (i32.const 0))
  (assert_return (invoke "count")))

(thread $second (shared (module $shared))
  (register "shared" $shared)
  (module
    (memory (import "shared" "memory") 1 2 shared)
    (func (export "wake") (result i32)
      (local $woken i32)
      (loop (br_if 0 (i32.eqz (i32.atomic.load (i32.const 4)))))
      (loop
        (local.set $woken (memory.atomic.notify (i32.const 0) (i32.const -1)))
        (br_if 0 (i32.eqz (local.get $woken))))
      (local.get $woken))
    (func (export "count")
      (local $left i32)
      (local.set $left (i32.const 1000))
      (loop
        (drop (i32.atomic.rmw.add (i32.const 8) (i32.const 1)))
        (br_if 0 (local.tee $left (i32.sub (local.get $left) (i32.const 1))))))
    (func (export "grow") (result i32) (memory.grow (i32.const 1))))
  (assert_return (invoke "wake") (i32.const 1))
  (assert_return (invoke "count"))
  (assert_return (invoke "grow") (i32.const 1)))

(wait $first)
(wait $second)

(register "shared" $shared)
(module
  (memory (import "shared" "memory") 2 2 shared)
  (func (export "total") (result i32) (i32.atomic.load (i32.const 8)))
  (func (export "size") (result i32) (memory.size)))
(assert_return (invoke "total") (i32.const 2000))
(assert_return (invoke "size") (i32.const 2))
