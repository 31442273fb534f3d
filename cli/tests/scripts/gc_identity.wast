;; Types are what their recursion groups say, whichever module defines them, and objects keep their identity.

(module $maker
  (rec
    (type $node (sub (struct (field $value (mut i32)) (field $next (ref null $node)))))
    (type $leaf (sub $node (struct (field (mut i32)) (field (ref null $node)) (field i64)))))
  (type $bytes (array (mut i8)))
  (type $single (sub (struct (field (mut i32)) (field (ref null $node)))))
  (func (export "node") (param i32) (result (ref $node)) (struct.new $node (local.get 0) (ref.null $node)))
  (func (export "leaf") (param i32) (result (ref $node))
    (struct.new $leaf (local.get 0) (call $node (i32.const 1)) (i64.const 64)))
  (func $node (param i32) (result (ref $node)) (struct.new $node (local.get 0) (ref.null $node)))
  (func (export "single") (result anyref) (struct.new $single (i32.const 1) (ref.null $node)))
  (func (export "bytes") (param i32) (result anyref) (array.new $bytes (i32.const 0xab) (local.get 0)))
  (func (export "value") (param (ref $node)) (result i32) (struct.get $node $value (local.get 0)))
  (func (export "int") (param i32) (result anyref) (ref.i31 (local.get 0)))
  (func (export "same") (param eqref eqref) (result i32) (ref.eq (local.get 0) (local.get 1)))
  (global (export "kept") (mut anyref) (ref.null any))
  (table (export "table") 4 anyref))
(register "maker" $maker)

(module $user
  ;; The same group under other names
  (rec
    (type $a (sub (struct (field (mut i32)) (field (ref null $a)))))
    (type $b (sub $a (struct (field (mut i32)) (field (ref null $a)) (field i64)))))
  ;; The same shapes, but each in a group of its own
  (type $lonely (sub (struct (field (mut i32)) (field (ref null $lonely)))))
  ;; The same group with a final type
  (rec
    (type $c (sub (struct (field (mut i32)) (field (ref null $c)))))
    (type $d (sub final $c (struct (field (mut i32)) (field (ref null $c)) (field i64)))))
  (type $octets (array (mut i8)))
  (type $constant (array i8))
  (func $node (import "maker" "node") (param i32) (result (ref $a)))
  (func $leaf (import "maker" "leaf") (param i32) (result (ref $a)))
  (func $single (import "maker" "single") (result anyref))
  (func $bytes (import "maker" "bytes") (param i32) (result anyref))
  (func $value (import "maker" "value") (param (ref $a)) (result i32))
  (func $int (import "maker" "int") (param i32) (result anyref))
  (func $same (import "maker" "same") (param eqref eqref) (result i32))
  (global $kept (import "maker" "kept") (mut anyref))
  (table $table (import "maker" "table") 4 anyref)

  (func (export "leaf_is_b") (result i32) (ref.test (ref $b) (call $leaf (i32.const 1))))
  (func (export "node_is_b") (result i32) (ref.test (ref $b) (call $node (i32.const 1))))
  (func (export "leaf_is_lonely") (result i32) (ref.test (ref $lonely) (call $leaf (i32.const 1))))
  (func (export "leaf_is_c") (result i32) (ref.test (ref $c) (call $leaf (i32.const 1))))
  (func (export "leaf_is_d") (result i32) (ref.test (ref $d) (call $leaf (i32.const 1))))
  (func (export "single_is_a") (result i32) (ref.test (ref $a) (call $single)))
  (func (export "bytes_are_octets") (result i32) (ref.test (ref $octets) (call $bytes (i32.const 3))))
  (func (export "bytes_are_constant") (result i32) (ref.test (ref $constant) (call $bytes (i32.const 3))))
  (func (export "third_field") (result i64) (struct.get $b 2 (ref.cast (ref $b) (call $leaf (i32.const 1)))))
  (func (export "wrong_cast") (result i64) (struct.get $b 2 (ref.cast (ref $b) (call $node (i32.const 1)))))
  (func (export "octet") (param i32) (result i32)
    (array.get_u $octets (ref.cast (ref $octets) (call $bytes (i32.const 3))) (local.get 0)))
  (func (export "signed_octet") (result i32)
    (array.get_s $octets (ref.cast (ref $octets) (call $bytes (i32.const 3))) (i32.const 0)))

  ;; Written here, read there
  (func (export "shared_field") (result i32)
    (local $object (ref $a))
    (local.set $object (call $node (i32.const 1)))
    (struct.set $a 0 (local.get $object) (i32.const 99))
    (call $value (local.get $object)))
  (func (export "made_here") (result i32)
    (call $value (struct.new $b (i32.const 17) (ref.null $a) (i64.const 0))))

  ;; Identity, also through tables, globals and conversions to extern and back
  (func (export "same") (param i32) (result i32)
    (local $object (ref $a)) (local $other anyref)
    (local.set $object (call $node (i32.const 1)))
    (local.set $other (local.get $object))
    (if (i32.eq (local.get 0) (i32.const 1)) (then
      (table.set $table (i32.const 2) (local.get $object))
      (local.set $other (table.get $table (i32.const 2)))))
    (if (i32.eq (local.get 0) (i32.const 2)) (then
      (global.set $kept (local.get $object))
      (local.set $other (global.get $kept))))
    (if (i32.eq (local.get 0) (i32.const 3)) (then
      (local.set $other (any.convert_extern (extern.convert_any (local.get $object))))))
    (if (i32.eq (local.get 0) (i32.const 4)) (then
      (local.set $other (call $node (i32.const 1)))))
    (call $same (local.get $object) (ref.cast eqref (local.get $other))))
  (func (export "integers_are_equal") (param i32 i32) (result i32)
    (call $same (ref.cast eqref (call $int (local.get 0))) (ref.i31 (local.get 1))))
  (func (export "int") (param i32) (result i32 i32)
    (i31.get_s (ref.cast i31ref (call $int (local.get 0))))
    (i31.get_u (ref.cast i31ref (call $int (local.get 0)))))
  (func (export "any") (param i32) (result anyref) (call $int (local.get 0)))
  (func (export "structure") (result structref) (call $node (i32.const 1)))
  (func (export "array") (result anyref) (call $bytes (i32.const 1)))
  (func (export "nothing") (result anyref) (ref.null none))
  (func (export "function") (result funcref) (ref.null nofunc)))

(assert_return (invoke "leaf_is_b") (i32.const 1))
(assert_return (invoke "node_is_b") (i32.const 0))
(assert_return (invoke "leaf_is_lonely") (i32.const 0))
(assert_return (invoke "leaf_is_c") (i32.const 0))
(assert_return (invoke "leaf_is_d") (i32.const 0))
(assert_return (invoke "single_is_a") (i32.const 0))
(assert_return (invoke "bytes_are_octets") (i32.const 1))
(assert_return (invoke "bytes_are_constant") (i32.const 0))
(assert_return (invoke "third_field") (i64.const 64))
(assert_trap (invoke "wrong_cast") "cast failure")
(assert_return (invoke "octet" (i32.const 2)) (i32.const 0xab))
(assert_trap (invoke "octet" (i32.const 3)) "out of bounds array access")
(assert_return (invoke "signed_octet") (i32.const 0xffff_ffab))
(assert_return (invoke "shared_field") (i32.const 99))
(assert_return (invoke "made_here") (i32.const 17))
(assert_return (invoke "same" (i32.const 0)) (i32.const 1))
(assert_return (invoke "same" (i32.const 1)) (i32.const 1))
(assert_return (invoke "same" (i32.const 2)) (i32.const 1))
(assert_return (invoke "same" (i32.const 3)) (i32.const 1))
(assert_return (invoke "same" (i32.const 4)) (i32.const 0))
(assert_return (invoke "integers_are_equal" (i32.const 5) (i32.const 5)) (i32.const 1))
(assert_return (invoke "integers_are_equal" (i32.const 5) (i32.const 0x8000_0005)) (i32.const 1))
(assert_return (invoke "integers_are_equal" (i32.const 5) (i32.const 6)) (i32.const 0))
(assert_return (invoke "int" (i32.const -1)) (i32.const -1) (i32.const 0x7fff_ffff))
(assert_return (invoke "any" (i32.const 1)) (ref.i31))
(assert_return (invoke "any" (i32.const 1)) (ref.eq))
(assert_return (invoke "any" (i32.const 1)) (ref.any))
(assert_return (invoke "structure") (ref.struct))
(assert_return (invoke "array") (ref.array))
(assert_return (invoke "nothing") (ref.null any))
(assert_return (invoke "nothing") (ref.null none))
(assert_return (invoke "nothing") (ref.null))
(assert_return (invoke "function") (ref.null func))

;; Linking: functions of types from equal groups fit, others do not
(module
  (rec
    (type $x (sub (struct (field (mut i32)) (field (ref null $x)))))
    (type $y (sub $x (struct (field (mut i32)) (field (ref null $x)) (field i64)))))
  (func (import "maker" "node") (param i32) (result (ref $x))))
;; Function types are final unless they say otherwise
(assert_unlinkable
  (module (func (import "maker" "node") (param i32) (result structref))) "incompatible import type")
(assert_unlinkable
  (module
    (type $x (sub (struct (field (mut i32)) (field (ref null $x)))))
    (func (import "maker" "node") (param i32) (result (ref $x))))
  "incompatible import type")
(assert_unlinkable
  (module
    (rec
      (type $x (sub (struct (field (mut i32)) (field (ref null $x)))))
      (type $y (sub $x (struct (field (mut i32)) (field (ref null $x)) (field i64)))))
    (func (import "maker" "node") (param i32) (result (ref $y))))
  "incompatible import type")
