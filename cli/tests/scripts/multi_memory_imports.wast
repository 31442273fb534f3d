;; Several imported memories: in another order than exported, one of them twice, beside a memory of the module's own.

(module $a
  (memory (export "first") 1 4)
  (memory (export "second") 2 2)
  (data (memory 0) (i32.const 0) "a")
  (data (memory 1) (i32.const 0) "b")
  (func (export "at") (param i32) (result i32) (i32.load8_u 0 (local.get 0))))
(register "a" $a)

(module $b
  (memory $second (import "a" "second") 1)
  (memory $first (import "a" "first") 1)
  (memory $again (import "a" "first") 1 4)
  (memory $own 1 2)
  (data $abcdef "abcdef")
  (func (export "second") (param i32) (result i32) (i32.load8_u $second (local.get 0)))
  (func (export "first") (param i32) (result i32) (i32.load8_u $first (local.get 0)))
  (func (export "again") (param i32) (result i32) (i32.load8_u $again (local.get 0)))
  (func (export "own") (param i32) (result i32) (i32.load8_u $own (local.get 0)))
  (func (export "sizes") (result i32 i32 i32 i32)
    (memory.size $second) (memory.size $first) (memory.size $again) (memory.size $own))
  (func (export "grow_again") (param i32) (result i32) (memory.grow $again (local.get 0)))
  (func (export "grow_second") (param i32) (result i32) (memory.grow $second (local.get 0)))
  (func (export "init") (memory.init $first $abcdef (i32.const 16) (i32.const 0) (i32.const 6)))
  (func (export "up") (memory.copy $again $first (i32.const 17) (i32.const 16) (i32.const 5)))
  (func (export "down") (memory.copy $first $again (i32.const 16) (i32.const 17) (i32.const 5)))
  (func (export "fill_own") (memory.fill $own (i32.const 0) (i32.const 7) (i32.const 65536)))
  (func (export "own_to_second") (memory.copy $second $own (i32.const 131071) (i32.const 5) (i32.const 1)))
  (func (export "too_far") (memory.copy $second $own (i32.const 131071) (i32.const 0) (i32.const 2)))
  (func (export "exchange") (param i32 i32) (result i32)
    (i32.store8 $second (local.get 0) (i32.load8_u $first (local.get 1)))
    (i32.store8 $own (local.get 0) (i32.load8_u $second (local.get 1)))
    (i32.load8_u $second (local.get 0))))

(assert_return (invoke "first" (i32.const 0)) (i32.const 97))
(assert_return (invoke "again" (i32.const 0)) (i32.const 97))
(assert_return (invoke "second" (i32.const 0)) (i32.const 98))
(assert_return (invoke "own" (i32.const 0)) (i32.const 0))
(assert_return (invoke "sizes") (i32.const 2) (i32.const 1) (i32.const 1) (i32.const 1))

;; A memory that has two names overlaps with itself
(invoke "init")
(invoke "up")
(assert_return (invoke "first" (i32.const 16)) (i32.const 97))
(assert_return (invoke "first" (i32.const 17)) (i32.const 97))
(assert_return (invoke "again" (i32.const 18)) (i32.const 98))
(assert_return (invoke "again" (i32.const 21)) (i32.const 101))
(invoke "down")
(assert_return (invoke "first" (i32.const 16)) (i32.const 97))
(assert_return (invoke "first" (i32.const 20)) (i32.const 101))
(assert_return (invoke $a "at" (i32.const 20)) (i32.const 101))

;; Growth is seen under both names and by the module that defines the memory
(assert_trap (invoke "first" (i32.const 65536)) "out of bounds memory access")
(assert_return (invoke "grow_again" (i32.const 2)) (i32.const 1))
(assert_return (invoke "sizes") (i32.const 2) (i32.const 3) (i32.const 3) (i32.const 1))
(assert_return (invoke "first" (i32.const 196607)) (i32.const 0))
(assert_return (invoke $a "at" (i32.const 196607)) (i32.const 0))
(assert_trap (invoke $a "at" (i32.const 196608)) "out of bounds memory access")
(assert_return (invoke "grow_again" (i32.const 2)) (i32.const -1))
(assert_return (invoke "grow_second" (i32.const 0)) (i32.const 2))
(assert_return (invoke "grow_second" (i32.const 1)) (i32.const -1))

;; What is done to one memory is not done to the others
(invoke "fill_own")
(assert_return (invoke "own" (i32.const 65535)) (i32.const 7))
(assert_return (invoke "first" (i32.const 1)) (i32.const 0))
(assert_return (invoke "second" (i32.const 1)) (i32.const 0))
(invoke "own_to_second")
(assert_return (invoke "second" (i32.const 131071)) (i32.const 7))
(assert_trap (invoke "too_far") "out of bounds memory access")
(assert_return (invoke "exchange" (i32.const 3) (i32.const 0)) (i32.const 97))
(assert_return (invoke "own" (i32.const 3)) (i32.const 98))

;; The limits of each import are checked against its own memory
(assert_unlinkable
  (module (memory (import "a" "second") 1) (memory (import "a" "first") 4)) "incompatible import type")
(assert_unlinkable
  (module (memory (import "a" "first") 1 4) (memory (import "a" "second") 1 1)) "incompatible import type")

;; Active segments: those before the one that does not fit stay written
(assert_trap
  (module
    (memory $first (import "a" "first") 1)
    (memory $second (import "a" "second") 1)
    (data (memory $first) (i32.const 100) "z")
    (data (memory $second) (i32.const 131072) "z"))
  "out of bounds memory access")
(assert_return (invoke $b "first" (i32.const 100)) (i32.const 122))

;; Many memories, each with an index of its own in code
(module
  (memory 1) (memory 1) (memory 1) (memory 1) (memory 1) (memory 1) (memory 1) (memory 1) (memory 1) (memory 1)
  (data (memory 0) (i32.const 0) "\00") (data (memory 1) (i32.const 0) "\01") (data (memory 2) (i32.const 0) "\02")
  (data (memory 3) (i32.const 0) "\03") (data (memory 4) (i32.const 0) "\04") (data (memory 5) (i32.const 0) "\05")
  (data (memory 6) (i32.const 0) "\06") (data (memory 7) (i32.const 0) "\07") (data (memory 8) (i32.const 0) "\08")
  (data (memory 9) (i32.const 0) "\09")
  (func (export "sum") (param i32) (result i32)
    (i32.load 0 (local.get 0)) (i32.load 1 (local.get 0)) (i32.load 2 (local.get 0)) (i32.load 3 (local.get 0))
    (i32.load 4 (local.get 0)) (i32.load 5 (local.get 0)) (i32.load 6 (local.get 0)) (i32.load 7 (local.get 0))
    (i32.load 8 (local.get 0)) (i32.load 9 (local.get 0))
    i32.add i32.add i32.add i32.add i32.add i32.add i32.add i32.add i32.add))
(assert_return (invoke "sum" (i32.const 0)) (i32.const 45))
(assert_trap (invoke "sum" (i32.const 65533)) "out of bounds memory access")
