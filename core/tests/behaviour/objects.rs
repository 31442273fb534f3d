//! Structs, arrays, `i31` and casts: what the corners of their operators do, on every engine.

use crate::{engines, instantiate};
use wasmrt::{Engine, ErrorKind, ExternRef, Instance, Linker, Module, Store, TrapCode};

/// The answer of an exported function without parameters, or its trap.
fn answer(store: &mut Store<()>, instance: Instance, name: &str) -> Result<i64, TrapCode> {
    let func = instance.get_typed_func::<(), i64>(&*store, name).expect(name);
    func.call(store, ()).map_err(|error| error.trap_code().unwrap_or_else(|| panic!("{name}: {error:?}")))
}

/// Checks what the exports of a module answer, on every engine, also if every allocation moves all objects.
fn check(text: &str, expected: &[(&str, Result<i64, TrapCode>)]) {
    for is_stressed in [false, true] {
        for engine in engines(|config| config.gc_stress(is_stressed)) {
            let (mut store, instance) = instantiate(&engine, text);
            for (name, expected) in expected {
                let context = format!("{name} {:?}, stressed: {is_stressed}", engine.strategy());
                assert_eq!(answer(&mut store, instance, name), *expected, "{context}");
            }
        }
    }
}

#[test]
fn every_kind_of_field_keeps_its_value_and_packed_ones_are_extended_as_asked() {
    check(
        r#"(module
            (type $f (func (result i64)))
            (type $all (struct (field $a (mut i8)) (field $b (mut i16)) (field $v (mut v128)) (field $c (mut i32))
                (field $d (mut f32)) (field $f (mut funcref)) (field $e (mut f64)) (field $g (mut (ref null $all)))
                (field $h (mut i64)) (field $i (mut i8))))
            (func $seven (type $f) (i64.const 7))
            (elem declare func $seven)
            (global $o (mut (ref null $all)) (ref.null $all))
            (func $fill
                (global.set $o (struct.new $all (i32.const 0x1ff) (i32.const 0x18000) (v128.const i64x2 3 4)
                    (i32.const -1) (f32.const 1.5) (ref.func $seven) (f64.const -2.5) (ref.null $all)
                    (i64.const -9) (i32.const -128)))
                (struct.set $all $g (global.get $o) (global.get $o)))
            (start $fill)
            (func (export "i8 signed") (result i64) (i64.extend_i32_s (struct.get_s $all $a (global.get $o))))
            (func (export "i8 unsigned") (result i64) (i64.extend_i32_s (struct.get_u $all $a (global.get $o))))
            (func (export "i16 signed") (result i64) (i64.extend_i32_s (struct.get_s $all $b (global.get $o))))
            (func (export "i16 unsigned") (result i64) (i64.extend_i32_s (struct.get_u $all $b (global.get $o))))
            (func (export "v128") (result i64) (i64x2.extract_lane 1 (struct.get $all $v (global.get $o))))
            (func (export "i32") (result i64) (i64.extend_i32_s (struct.get $all $c (global.get $o))))
            (func (export "f32") (result i64) (i64.trunc_f32_s (f32.mul (f32.const 2) (struct.get $all $d (global.get $o)))))
            (func (export "func") (result i64)
                (call_ref $f (ref.cast (ref $f) (struct.get $all $f (global.get $o)))))
            (func (export "f64") (result i64) (i64.trunc_f64_s (f64.mul (f64.const 2) (struct.get $all $e (global.get $o)))))
            (func (export "self") (result i64)
                (i64.extend_i32_u (ref.eq (global.get $o) (struct.get $all $g (struct.get $all $g (global.get $o))))))
            (func (export "i64") (result i64) (struct.get $all $h (global.get $o)))
            (func (export "last") (result i64) (i64.extend_i32_s (struct.get_s $all $i (global.get $o))))
            (func (export "changed") (result i64)
                (struct.set $all $v (global.get $o) (v128.const i64x2 5 6))
                (struct.set $all $b (global.get $o) (i32.const 0x17fff))
                (struct.set $all $f (global.get $o) (ref.null func))
                (struct.set $all $e (global.get $o) (f64.const 8))
                (i64.add (i64.extend_i32_s (struct.get_s $all $b (global.get $o)))
                  (i64.add (i64.extend_i32_u (ref.is_null (struct.get $all $f (global.get $o))))
                    (i64.add (i64.trunc_f64_s (struct.get $all $e (global.get $o)))
                      (i64x2.extract_lane 0 (struct.get $all $v (global.get $o)))))))
            (func (export "default") (result i64) (local $new (ref $all))
                (local.set $new (struct.new_default $all))
                (i64.add (i64.extend_i32_u (i32.add (ref.is_null (struct.get $all $g (local.get $new)))
                        (ref.is_null (struct.get $all $f (local.get $new)))))
                    (i64x2.extract_lane 1 (struct.get $all $v (local.get $new))))))"#,
        &[
            ("i8 signed", Ok(-1)),
            ("i8 unsigned", Ok(255)),
            ("i16 signed", Ok(-32768)),
            ("i16 unsigned", Ok(32768)),
            ("v128", Ok(4)),
            ("i32", Ok(-1)),
            ("f32", Ok(3)),
            ("func", Ok(7)),
            ("f64", Ok(-5)),
            ("self", Ok(1)),
            ("i64", Ok(-9)),
            ("last", Ok(-128)),
            ("changed", Ok(32767 + 1 + 8 + 5)),
            ("default", Ok(2)),
        ],
    );
}

/// Tests of `$x` for every type of the hierarchy of `any`, one bit each, null accepted in the upper half.
const LOOK: &str = r#"
    (func $look (param $x anyref) (result i64)
        (local $bits i32)
        (local.set $bits (ref.test (ref any) (local.get $x)))
        (local.set $bits (i32.or (local.get $bits) (i32.shl (ref.test (ref eq) (local.get $x)) (i32.const 1))))
        (local.set $bits (i32.or (local.get $bits) (i32.shl (ref.test (ref i31) (local.get $x)) (i32.const 2))))
        (local.set $bits (i32.or (local.get $bits) (i32.shl (ref.test (ref struct) (local.get $x)) (i32.const 3))))
        (local.set $bits (i32.or (local.get $bits) (i32.shl (ref.test (ref array) (local.get $x)) (i32.const 4))))
        (local.set $bits (i32.or (local.get $bits) (i32.shl (ref.test (ref $s) (local.get $x)) (i32.const 5))))
        (local.set $bits (i32.or (local.get $bits) (i32.shl (ref.test (ref $t) (local.get $x)) (i32.const 6))))
        (local.set $bits (i32.or (local.get $bits) (i32.shl (ref.test (ref $a) (local.get $x)) (i32.const 7))))
        (local.set $bits (i32.or (local.get $bits) (i32.shl (ref.test (ref none) (local.get $x)) (i32.const 8))))
        (local.set $bits (i32.or (local.get $bits) (i32.shl (ref.test (ref null any) (local.get $x)) (i32.const 16))))
        (local.set $bits (i32.or (local.get $bits) (i32.shl (ref.test (ref null eq) (local.get $x)) (i32.const 17))))
        (local.set $bits (i32.or (local.get $bits) (i32.shl (ref.test (ref null i31) (local.get $x)) (i32.const 18))))
        (local.set $bits (i32.or (local.get $bits) (i32.shl (ref.test (ref null struct) (local.get $x)) (i32.const 19))))
        (local.set $bits (i32.or (local.get $bits) (i32.shl (ref.test (ref null array) (local.get $x)) (i32.const 20))))
        (local.set $bits (i32.or (local.get $bits) (i32.shl (ref.test (ref null $s) (local.get $x)) (i32.const 21))))
        (local.set $bits (i32.or (local.get $bits) (i32.shl (ref.test (ref null $t) (local.get $x)) (i32.const 22))))
        (local.set $bits (i32.or (local.get $bits) (i32.shl (ref.test (ref null $a) (local.get $x)) (i32.const 23))))
        (local.set $bits (i32.or (local.get $bits) (i32.shl (ref.test (ref null none) (local.get $x)) (i32.const 24))))
        (i64.extend_i32_u (local.get $bits)))"#;

#[test]
fn tests_tell_all_types_of_the_hierarchy_of_any_apart() {
    let text = format!(
        r#"(module
            (type $s (sub (struct (field i32)))) (type $t (sub final $s (struct (field i32) (field i64))))
            (type $a (array i8)) (type $other (sub (struct (field i32)))) (type $words (array i32))
            {LOOK}
            (func (export "null") (result i64) (call $look (ref.null none)))
            (func (export "i31") (result i64) (call $look (ref.i31 (i32.const 0))))
            (func (export "s") (result i64) (call $look (struct.new $s (i32.const 1))))
            (func (export "t") (result i64) (call $look (struct.new $t (i32.const 1) (i64.const 1))))
            (func (export "other") (result i64) (call $look (array.new_default $words (i32.const 0))))
            (func (export "a") (result i64) (call $look (array.new_default $a (i32.const 0)))))"#
    );
    let both = |bits: i64| Ok(bits | bits << 16);
    check(
        &text,
        &[
            ("null", Ok(0x1ff << 16)),
            ("i31", both(0b1_11)),
            ("s", both(0b10_1011)),
            ("t", both(0b110_1011)),
            ("other", both(0b1_0011)),
            ("a", both(0b1001_0011)),
        ],
    );
}

#[test]
fn functions_are_cast_along_their_declared_types() {
    check(
        r#"(module
            (type $f (sub (func (result i64)))) (type $g (sub $f (func (result i64)))) (type $h (sub final $g (func (result i64))))
            (type $alike (sub (func (result i64) (result i64))))
            (func $one (type $f) (i64.const 1)) (func $two (type $g) (i64.const 2)) (func $three (type $h) (i64.const 3))
            (table $t funcref (elem $one $two $three))
            (func $look (param $x funcref) (result i64)
                (i64.extend_i32_u
                    (i32.add (ref.test (ref $f) (local.get $x))
                      (i32.add (i32.mul (i32.const 10) (ref.test (ref $g) (local.get $x)))
                        (i32.add (i32.mul (i32.const 100) (ref.test (ref $h) (local.get $x)))
                          (i32.add (i32.mul (i32.const 1000) (ref.test (ref func) (local.get $x)))
                            (i32.add (i32.mul (i32.const 10000) (ref.test (ref nofunc) (local.get $x)))
                              (i32.add (i32.mul (i32.const 100000) (ref.test (ref null $h) (local.get $x)))
                                (i32.mul (i32.const 1000000) (ref.test (ref $alike) (local.get $x)))))))))))
            (func (export "one") (result i64) (call $look (table.get $t (i32.const 0))))
            (func (export "two") (result i64) (call $look (table.get $t (i32.const 1))))
            (func (export "three") (result i64) (call $look (table.get $t (i32.const 2))))
            (func (export "null") (result i64) (call $look (ref.null nofunc)))
            (func (export "call subtype") (result i64) (call_indirect (type $f) (i32.const 2)))
            (func (export "call supertype") (result i64) (call_indirect (type $h) (i32.const 1)))
            (func (export "cast up") (result i64) (drop (ref.cast (ref $f) (table.get $t (i32.const 1)))) (i64.const 5))
            (func (export "cast down") (result i64) (drop (ref.cast (ref $g) (table.get $t (i32.const 0)))) (i64.const 5)))"#,
        &[
            ("one", Ok(1001)),
            ("two", Ok(1011)),
            ("three", Ok(101_111)),
            ("null", Ok(100_000)),
            ("call subtype", Ok(3)),
            ("call supertype", Err(TrapCode::IndirectCallTypeMismatch)),
            ("cast up", Ok(5)),
            ("cast down", Err(TrapCode::CastFailure)),
        ],
    );
}

#[test]
fn host_objects_pass_through_the_hierarchy_of_any_and_back() {
    let text = r#"(module
        (func (export "look") (param $x externref) (result i32) (local $y anyref)
            (local.set $y (any.convert_extern (local.get $x)))
            (i32.add (ref.test (ref any) (local.get $y))
              (i32.add (i32.mul (i32.const 10) (ref.test (ref eq) (local.get $y)))
                (i32.add (i32.mul (i32.const 100) (ref.test (ref null struct) (local.get $y)))
                  (i32.add (i32.mul (i32.const 1000) (ref.test (ref i31) (local.get $y)))
                    (i32.add (i32.mul (i32.const 10000) (ref.test (ref extern) (local.get $x)))
                      (i32.add (i32.mul (i32.const 100000) (ref.test (ref noextern) (local.get $x)))
                        (i32.mul (i32.const 1000000) (ref.test (ref null noextern) (local.get $x))))))))))
        (func (export "back") (param $x externref) (result externref)
            (extern.convert_any (ref.cast (ref any) (any.convert_extern (local.get $x)))))
        (func (export "number") (result externref) (extern.convert_any (ref.i31 (i32.const 9)))))"#;
    for engine in engines(|config| config) {
        let (mut store, instance) = instantiate(&engine, text);
        let look = instance.get_typed_func::<Option<ExternRef>, i32>(&store, "look").unwrap();
        let back = instance.get_typed_func::<Option<ExternRef>, Option<ExternRef>>(&store, "back").unwrap();
        let object = ExternRef::new("thing");
        assert_eq!(look.call(&mut store, Some(object.clone())).unwrap(), 10_001);
        assert_eq!(look.call(&mut store, None).unwrap(), 1_000_100);
        assert!(back.call(&mut store, Some(object.clone())).unwrap().unwrap().ptr_eq(&object));
        assert_eq!(back.call(&mut store, None).unwrap_err().trap_code(), Some(TrapCode::CastFailure));
        let number = instance.get_typed_func::<(), Option<ExternRef>>(&store, "number").unwrap();
        let number = number.call(&mut store, ()).unwrap();
        assert_eq!(look.call(&mut store, number).unwrap(), 11_011);
    }
}

#[test]
fn exceptions_are_cast_within_their_own_hierarchy() {
    check(
        r#"(module (tag $t (param i64))
            (func $caught (result exnref)
                (block $h (result exnref) (try_table (result exnref) (catch_all_ref $h) (throw $t (i64.const 3)))))
            (func $look (param $x exnref) (result i64)
                (i64.extend_i32_u (i32.add (ref.test (ref exn) (local.get $x))
                    (i32.add (i32.mul (i32.const 10) (ref.test (ref noexn) (local.get $x)))
                        (i32.mul (i32.const 100) (ref.test (ref null noexn) (local.get $x)))))))
            (func (export "caught") (result i64) (call $look (call $caught)))
            (func (export "null") (result i64) (call $look (ref.null noexn)))
            (func (export "cast") (result i64) (drop (ref.cast (ref null noexn) (call $caught))) (i64.const 0)))"#,
        &[("caught", Ok(1)), ("null", Ok(100)), ("cast", Err(TrapCode::CastFailure))],
    );
}

#[test]
fn casts_and_their_branches_carry_values_and_keep_the_reference() {
    check(
        r#"(module
            (type $s (sub (struct (field i64)))) (type $t (sub $s (struct (field i64) (field i64))))
            (func $pick (param $x anyref) (result i64)
                (block $number (result i64 (ref i31))
                    (block $object (result i64 (ref $s))
                        (br_on_cast $object anyref (ref $s) (i64.const 10) (local.get $x))
                        (br_on_cast $number anyref (ref i31))
                        (drop) (return))
                    (struct.get $s 0) (i64.add) (return))
                (i32.const 1) (drop) (i31.get_s) (i64.extend_i32_s) (i64.add))
            (func $reject (param $x anyref) (result i64)
                (block $other (result anyref)
                    (return (struct.get $t 1 (br_on_cast_fail $other anyref (ref $t) (local.get $x)))))
                (i64.extend_i32_u (ref.is_null)) (i64.sub (i64.const -5)))
            (func $null (param $x anyref) (result i64)
                (block $nothing (result (ref null none))
                    (drop (br_on_cast $nothing anyref nullref (local.get $x))) (return (i64.const 1)))
                (drop) (i64.const 2))
            (func (export "pick s") (result i64) (call $pick (struct.new $s (i64.const 4))))
            (func (export "pick t") (result i64) (call $pick (struct.new $t (i64.const 5) (i64.const 6))))
            (func (export "pick i31") (result i64) (call $pick (ref.i31 (i32.const -3))))
            (func (export "pick null") (result i64) (call $pick (ref.null none)))
            (func (export "reject t") (result i64) (call $reject (struct.new $t (i64.const 5) (i64.const 6))))
            (func (export "reject s") (result i64) (call $reject (struct.new $s (i64.const 5))))
            (func (export "reject null") (result i64) (call $reject (ref.null none)))
            (func (export "null") (result i64) (call $null (ref.null any)))
            (func (export "no null") (result i64) (call $null (ref.i31 (i32.const 0))))
            (func (export "cast null") (result i64) (drop (ref.cast (ref $s) (ref.null any))) (i64.const 0))
            (func (export "cast nullable") (result i64) (drop (ref.cast (ref null $s) (ref.null any))) (i64.const 3)))"#,
        &[
            ("pick s", Ok(14)),
            ("pick t", Ok(15)),
            ("pick i31", Ok(7)),
            ("pick null", Ok(10)),
            ("reject t", Ok(6)),
            ("reject s", Ok(5)),
            ("reject null", Ok(6)),
            ("null", Ok(2)),
            ("no null", Ok(1)),
            ("cast null", Err(TrapCode::CastFailure)),
            ("cast nullable", Ok(3)),
        ],
    );
}

#[test]
fn null_comes_before_bounds_and_array_bounds_before_those_of_segments() {
    check(
        r#"(module
            (type $s (struct (field (mut i64)))) (type $a (array (mut i32))) (type $r (array (mut funcref)))
            (data $d "0123456789") (elem $e func)
            (global $a (ref $a) (array.new_default $a (i32.const 4)))
            (func (export "struct.get") (result i64) (struct.get $s 0 (ref.null $s)))
            (func (export "struct.set") (result i64) (struct.set $s 0 (ref.null $s) (i64.const 1)) (i64.const 0))
            (func (export "array.get") (result i64) (i64.extend_i32_s (array.get $a (ref.null $a) (i32.const 9))))
            (func (export "array.set") (result i64) (array.set $a (ref.null $a) (i32.const 9) (i32.const 0)) (i64.const 0))
            (func (export "array.len") (result i64) (i64.extend_i32_u (array.len (ref.null array))))
            (func (export "i31.get") (result i64) (i64.extend_i32_u (i31.get_u (ref.null i31))))
            (func (export "fill") (result i64)
                (array.fill $a (ref.null $a) (i32.const 9) (i32.const 0) (i32.const 9)) (i64.const 0))
            (func (export "copy from null") (result i64)
                (array.copy $a $a (global.get $a) (i32.const 9) (ref.null $a) (i32.const 0) (i32.const 9)) (i64.const 0))
            (func (export "copy to null") (result i64)
                (array.copy $a $a (ref.null $a) (i32.const 0) (global.get $a) (i32.const 9) (i32.const 9)) (i64.const 0))
            (func (export "init null") (result i64)
                (array.init_data $a $d (ref.null $a) (i32.const 9) (i32.const 99) (i32.const 9)) (i64.const 0))
            (func (export "init array") (result i64)
                (array.init_data $a $d (global.get $a) (i32.const 3) (i32.const 99) (i32.const 2)) (i64.const 0))
            (func (export "init data") (result i64)
                (array.init_data $a $d (global.get $a) (i32.const 0) (i32.const 3) (i32.const 2)) (i64.const 0))
            (func (export "init elem") (result i64)
                (array.init_elem $r $e (array.new_default $r (i32.const 1)) (i32.const 0) (i32.const 0) (i32.const 1))
                (i64.const 0))
            (func (export "get beyond") (result i64) (i64.extend_i32_s (array.get $a (global.get $a) (i32.const 4))))
            (func (export "get far") (result i64) (i64.extend_i32_s (array.get $a (global.get $a) (i32.const -1))))
            (func (export "set beyond") (result i64)
                (array.set $a (global.get $a) (i32.const 4) (i32.const 1)) (i64.const 0))
            (func (export "fill beyond") (result i64)
                (array.fill $a (global.get $a) (i32.const 4) (i32.const 1) (i32.const 1)) (i64.const 0))
            (func (export "fill nothing at the end") (result i64)
                (array.fill $a (global.get $a) (i32.const 4) (i32.const 1) (i32.const 0)) (i64.const 1))
            (func (export "wrapping") (result i64)
                (array.fill $a (global.get $a) (i32.const 2) (i32.const 1) (i32.const -1)) (i64.const 0))
            (func (export "new data") (result i64) (drop (array.new_data $a $d (i32.const 3) (i32.const 2))) (i64.const 0))
            (func (export "new huge data") (result i64) (drop (array.new_data $a $d (i32.const 0) (i32.const -1))) (i64.const 0))
            (func (export "new elem") (result i64) (drop (array.new_elem $r $e (i32.const 0) (i32.const 1))) (i64.const 0))
            (func (export "new huge") (result i64) (drop (array.new_default $r (i32.const -1))) (i64.const 0)))"#,
        &[
            ("struct.get", Err(TrapCode::NullReference)),
            ("struct.set", Err(TrapCode::NullReference)),
            ("array.get", Err(TrapCode::NullReference)),
            ("array.set", Err(TrapCode::NullReference)),
            ("array.len", Err(TrapCode::NullReference)),
            ("i31.get", Err(TrapCode::NullReference)),
            ("fill", Err(TrapCode::NullReference)),
            ("copy from null", Err(TrapCode::NullReference)),
            ("copy to null", Err(TrapCode::NullReference)),
            ("init null", Err(TrapCode::NullReference)),
            ("init array", Err(TrapCode::ArrayOutOfBounds)),
            ("init data", Err(TrapCode::MemoryOutOfBounds)),
            ("init elem", Err(TrapCode::TableOutOfBounds)),
            ("get beyond", Err(TrapCode::ArrayOutOfBounds)),
            ("get far", Err(TrapCode::ArrayOutOfBounds)),
            ("set beyond", Err(TrapCode::ArrayOutOfBounds)),
            ("fill beyond", Err(TrapCode::ArrayOutOfBounds)),
            ("fill nothing at the end", Ok(1)),
            ("wrapping", Err(TrapCode::ArrayOutOfBounds)),
            ("new data", Err(TrapCode::MemoryOutOfBounds)),
            ("new huge data", Err(TrapCode::MemoryOutOfBounds)),
            ("new elem", Err(TrapCode::TableOutOfBounds)),
            ("new huge", Err(TrapCode::AllocationTooLarge)),
        ],
    );
}

#[test]
fn arrays_of_every_width_are_filled_copied_and_read_from_segments() {
    check(
        r#"(module
            (type $b (array (mut i8))) (type $h (array (mut i16))) (type $v (array (mut v128))) (type $f (array (mut f64)))
            (type $o (array (mut anyref)))
            (data $d "\01\02\03\04\05\06\07\08\f9\0a\0b\0c\0d\0e\0f\10\11\12\13\14")
            (func $sum (param $a (ref $b)) (result i64) (local $i i32) (local $sum i64)
                (loop $next
                    (local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 10))
                        (i64.extend_i32_u (array.get_u $b (local.get $a) (local.get $i)))))
                    (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (array.len (local.get $a)))))
                (local.get $sum))
            (func $digits (result (ref $b))
                (array.new_fixed $b 6 (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6)))
            (func (export "copy up") (result i64) (local $a (ref $b)) (local.set $a (call $digits))
                (array.copy $b $b (local.get $a) (i32.const 2) (local.get $a) (i32.const 0) (i32.const 4))
                (call $sum (local.get $a)))
            (func (export "copy down") (result i64) (local $a (ref $b)) (local.set $a (call $digits))
                (array.copy $b $b (local.get $a) (i32.const 0) (local.get $a) (i32.const 2) (i32.const 4))
                (call $sum (local.get $a)))
            (func (export "fill") (result i64) (local $a (ref $b)) (local.set $a (call $digits))
                (array.fill $b (local.get $a) (i32.const 1) (i32.const 0x107) (i32.const 3)) (call $sum (local.get $a)))
            (func (export "halves") (result i64)
                (i64.extend_i32_s (array.get_s $h (array.new_data $h $d (i32.const 7) (i32.const 2)) (i32.const 0))))
            (func (export "vectors") (result i64) (local $a (ref $v))
                (local.set $a (array.new $v (v128.const i64x2 1 2) (i32.const 3)))
                (array.fill $v (local.get $a) (i32.const 2) (v128.const i64x2 30 40) (i32.const 1))
                (array.init_data $v $d (local.get $a) (i32.const 0) (i32.const 4) (i32.const 1))
                (array.set $v (local.get $a) (i32.const 1) (i64x2.add (array.get $v (local.get $a) (i32.const 1))
                    (array.get $v (local.get $a) (i32.const 2))))
                (i64.add (i64x2.extract_lane 1 (array.get $v (local.get $a) (i32.const 1)))
                    (i64x2.extract_lane 1 (array.get $v (local.get $a) (i32.const 0)))))
            (func (export "floats") (result i64)
                (i64.trunc_f64_s (array.get $f (array.new $f (f64.const 2.75) (i32.const 70000)) (i32.const 69999))))
            (func (export "objects") (result i64) (local $a (ref $o)) (local $i i32)
                (local.set $a (array.new $o (ref.i31 (i32.const 5)) (i32.const 9)))
                (array.set $o (local.get $a) (i32.const 3) (call $digits))
                (array.copy $o $o (local.get $a) (i32.const 4) (local.get $a) (i32.const 3) (i32.const 2))
                (i64.add (call $sum (ref.cast (ref $b) (array.get $o (local.get $a) (i32.const 4))))
                    (i64.extend_i32_s (i31.get_s (ref.cast (ref i31) (array.get $o (local.get $a) (i32.const 5))))))))"#,
        &[
            ("copy up", Ok(121_234)),
            ("copy down", Ok(345_656)),
            ("fill", Ok(177_756)),
            ("halves", Ok(i64::from(0xf908_u16 as i16))),
            ("vectors", Ok(42 + 0x1413_1211_100f_0e0d)),
            ("floats", Ok(2)),
            ("objects", Ok(123_456 + 5)),
        ],
    );
}

#[test]
fn numbers_of_31_bits_wrap_and_are_equal_by_value_objects_by_identity() {
    check(
        r#"(module (type $s (struct))
            (func (export "high") (result i64) (i64.extend_i32_s (i31.get_s (ref.i31 (i32.const 0x7fffffff)))))
            (func (export "unsigned") (result i64) (i64.extend_i32_u (i31.get_u (ref.i31 (i32.const -1)))))
            (func (export "low") (result i64) (i64.extend_i32_s (i31.get_s (ref.i31 (i32.const 0x40000000)))))
            (func (export "equal") (result i64)
                (i64.extend_i32_u (ref.eq (ref.i31 (i32.const 0x80000001)) (ref.i31 (i32.const 1)))))
            (func (export "zero is not null") (result i64)
                (i64.extend_i32_u (ref.eq (ref.i31 (i32.const 0)) (ref.null i31))))
            (func (export "distinct") (result i64) (i64.extend_i32_u (ref.eq (struct.new $s) (struct.new $s))))
            (func (export "branch on equality") (result i64) (local $x (ref null $s))
                (local.set $x (struct.new $s))
                (if (result i64) (ref.eq (local.get $x) (local.get $x)) (then (i64.const 1)) (else (i64.const 2)))))"#,
        &[
            ("high", Ok(-1)),
            ("unsigned", Ok(0x7fff_ffff)),
            ("low", Ok(-0x4000_0000)),
            ("equal", Ok(1)),
            ("zero is not null", Ok(0)),
            ("distinct", Ok(0)),
            ("branch on equality", Ok(1)),
        ],
    );
}

#[test]
fn constant_expressions_make_objects_once_for_globals_tables_and_segments() {
    check(
        r#"(module
            (type $leaf (struct (field i8) (field i64) (field v128))) (type $pair (struct (field (ref $leaf)) (field anyref)))
            (type $list (array (ref $pair))) (type $bytes (array (mut i8)))
            (global $leaf (ref $leaf) (struct.new $leaf (i32.const -1) (i64.const 6) (v128.const i64x2 7 8)))
            (global $pair (ref $pair) (struct.new $pair (global.get $leaf) (ref.i31 (i32.const 11))))
            (global $list (ref $list) (array.new_fixed $list 2
                (struct.new $pair (struct.new_default $leaf) (ref.null none)) (global.get $pair)))
            (global $filled (ref $bytes) (array.new $bytes (i32.const 0x155) (i32.const 3)))
            (global $host externref (extern.convert_any (ref.i31 (i32.const 3))))
            (table $same 3 (ref $bytes) (array.new_default $bytes (i32.const 2)))
            (table $copied 4 (ref null $leaf))
            (elem (table $copied) (offset (i32.const 1)) (ref null $leaf)
                (item (struct.new_default $leaf)) (item (global.get $leaf)) (item (ref.null $leaf)))
            (elem $passive (ref $leaf) (item (struct.new_default $leaf)))
            (type $leaves (array (ref $leaf)))
            (func (export "nested") (result i64)
                (i64.add (struct.get $leaf 1 (struct.get $pair 0 (array.get $list (global.get $list) (i32.const 1))))
                    (i64.extend_i32_u (struct.get_u $leaf 0 (global.get $leaf)))))
            (func (export "vector") (result i64) (i64x2.extract_lane 1 (struct.get $leaf 2 (global.get $leaf))))
            (func (export "filled") (result i64)
                (i64.extend_i32_u (i32.add (array.get_u $bytes (global.get $filled) (i32.const 2)) (array.len (global.get $filled)))))
            (func (export "number") (result i64)
                (i64.extend_i32_u (i31.get_u (ref.cast (ref i31) (struct.get $pair 1 (global.get $pair))))))
            (func (export "converted") (result i64)
                (i64.extend_i32_u (i31.get_u (ref.cast (ref i31) (any.convert_extern (global.get $host))))))
            (func (export "one for all elements") (result i64)
                (i64.extend_i32_u (ref.eq (table.get $same (i32.const 0)) (table.get $same (i32.const 2)))))
            (func (export "copied") (result i64)
                (i64.extend_i32_u (i32.add (ref.eq (table.get $copied (i32.const 2)) (global.get $leaf))
                    (i32.add (ref.is_null (table.get $copied (i32.const 3))) (ref.is_null (table.get $copied (i32.const 1)))))))
            (func (export "evaluated once") (result i64)
                (i64.extend_i32_u (ref.eq
                    (array.get $leaves (array.new_elem $leaves $passive (i32.const 0) (i32.const 1)) (i32.const 0))
                    (array.get $leaves (array.new_elem $leaves $passive (i32.const 0) (i32.const 1)) (i32.const 0)))))
            (func (export "dropped") (result i64) (elem.drop $passive)
                (drop (array.new_elem $leaves $passive (i32.const 0) (i32.const 1))) (i64.const 0)))"#,
        &[
            ("nested", Ok(6 + 255)),
            ("vector", Ok(8)),
            ("filled", Ok(0x55 + 3)),
            ("number", Ok(11)),
            ("converted", Ok(3)),
            ("one for all elements", Ok(1)),
            ("copied", Ok(2)),
            ("evaluated once", Ok(1)),
            ("dropped", Err(TrapCode::TableOutOfBounds)),
        ],
    );
}

/// Instances of two modules, of which the second imports from the first as `a`.
fn linked(engine: &Engine, first: &str, second: &str) -> Result<(Store<()>, Instance), wasmrt::Error> {
    let mut store = Store::new(engine, ());
    let mut linker = Linker::<()>::new(engine);
    let provider = linker.instantiate(&mut store, &Module::new(engine, first)?)?;
    linker.instance(&mut store, "a", provider)?;
    let instance = linker.instantiate(&mut store, &Module::new(engine, second)?)?;
    Ok((store, instance))
}

#[test]
fn objects_of_equal_groups_are_the_same_in_other_modules_and_others_are_not() {
    let group =
        "(rec (type $p (sub (struct (field i64)))) (type $q (sub $p (struct (field i64) (field (ref null $p))))))";
    let first = format!(
        r#"(module {group} (type $alone (sub (struct (field i64))))
            (func (export "p") (result (ref $p)) (struct.new $p (i64.const 3)))
            (func (export "q") (result (ref $q)) (struct.new $q (i64.const 4) (call 0)))
            (func (export "alone") (result anyref) (struct.new $alone (i64.const 5))))"#
    );
    let second = format!(
        r#"(module (type (func)) {group}
            (import "a" "p" (func $p (result (ref $p)))) (import "a" "q" (func $q (result (ref $q))))
            (import "a" "alone" (func $alone (result anyref)))
            (func (export "read") (result i64) (i64.add (struct.get $p 0 (call $p)) (struct.get $p 0 (call $q))))
            (func $wide (result (ref $p)) (call $q))
            (func (export "cast") (result i64) (struct.get $p 0 (struct.get $q 1 (ref.cast (ref $q) (call $wide)))))
            (func (export "fail") (result i64) (struct.get $p 0 (ref.cast (ref $p) (call $alone)))))"#
    );
    let wrong = r#"(module (type $p (sub (struct (field i64)))) (import "a" "p" (func (result (ref $p)))))"#;
    for engine in engines(|config| config) {
        let (mut store, instance) = linked(&engine, &first, &second).unwrap();
        assert_eq!(answer(&mut store, instance, "read"), Ok(7));
        assert_eq!(answer(&mut store, instance, "cast"), Ok(3));
        assert_eq!(answer(&mut store, instance, "fail"), Err(TrapCode::CastFailure));
        let error = linked(&engine, &first, wrong).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Link { .. }), "{error:?}");
    }
}

#[test]
fn imports_match_by_subtyping_where_that_is_sound() {
    let types = "(type $s (sub (struct))) (type $t (sub $s (struct (field i32)))) (type $f (sub (func (param (ref null $t)) (result (ref null $s)))))
        (type $g (sub $f (func (param (ref null $s)) (result (ref null $t))))) (type $alike (func (param (ref null $s)) (result (ref null $t))))";
    let first = format!(
        r#"(module {types}
            (func (export "g") (type $g) (ref.null $t)) (func (export "f") (type $f) (ref.null $s))
            (global (export "constant") (ref $t) (struct.new_default $t))
            (global (export "variable") (mut (ref null $t)) (ref.null $t))
            (table (export "table") 1 (ref null $t)))"#
    );
    let matching = [
        r#"(import "a" "g" (func (type $f)))"#,
        r#"(import "a" "g" (func (type $g)))"#,
        r#"(import "a" "constant" (global (ref null $s)))"#,
        r#"(import "a" "constant" (global anyref))"#,
        r#"(import "a" "variable" (global (mut (ref null $t))))"#,
        r#"(import "a" "table" (table 1 (ref null $t)))"#,
    ];
    let failing = [
        r#"(import "a" "f" (func (type $g)))"#,
        r#"(import "a" "g" (func (type $alike)))"#,
        r#"(import "a" "constant" (global (mut (ref $t))))"#,
        r#"(import "a" "variable" (global (mut (ref null $s))))"#,
        r#"(import "a" "variable" (global (ref null $t)))"#,
        r#"(import "a" "table" (table 1 (ref null $s)))"#,
    ];
    for engine in engines(|config| config) {
        for (imports, is_ok) in [(matching, true), (failing, false)] {
            for import in imports {
                let outcome = linked(&engine, &first, &format!("(module {types} {import})"));
                assert_eq!(outcome.is_ok(), is_ok, "{import} {:?}", outcome.err());
            }
        }
    }
}

#[test]
fn both_engines_charge_the_same_for_objects_and_stop_at_the_same_place() {
    let text = r#"(module (type $a (array (mut i32))) (type $s (struct (field (mut (ref null $a)))))
        (data $d "0123456789abcdef")
        (global $at (export "at") (mut i64) (i64.const 0))
        (func (export "run") (local $a (ref $a)) (local $s (ref $s)) (local $i i32)
            (loop $again
                (local.set $a (array.new $a (i32.const 1) (i32.const 50)))
                (global.set $at (i64.add (global.get $at) (i64.const 1)))
                (array.fill $a (local.get $a) (i32.const 0) (i32.const 3) (i32.const 20))
                (global.set $at (i64.add (global.get $at) (i64.const 1)))
                (array.copy $a $a (local.get $a) (i32.const 0) (local.get $a) (i32.const 1) (i32.const 49))
                (global.set $at (i64.add (global.get $at) (i64.const 1)))
                (array.init_data $a $d (local.get $a) (i32.const 0) (i32.const 0) (i32.const 4))
                (local.set $s (struct.new $s (local.get $a)))
                (struct.set $s 0 (local.get $s) (array.new_fixed $a 2 (i32.const 1) (i32.const 2)))
                (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100))))))"#;
    let mut seen = Vec::new();
    for engine in engines(|config| config.consume_fuel(true)) {
        let mut states = Vec::new();
        for fuel in [0, 10, 60, 75, 130, 200, 1000, 5000, 1_000_000] {
            let (mut store, instance) = instantiate(&engine, text);
            store.set_fuel(fuel).unwrap();
            let outcome = instance.get_typed_func::<(), ()>(&store, "run").unwrap().call(&mut store, ());
            let at = instance.get_global(&store, "at").unwrap().get(&store).unwrap().i64().unwrap();
            let trap = outcome.err().map(|error| error.trap_code());
            states.push((fuel, trap, at, store.fuel().unwrap()));
        }
        seen.push(states);
    }
    let ends: Vec<_> = seen[0].iter().map(|state| state.1).collect();
    assert_eq!(ends.iter().filter(|trap| trap.is_none()).count(), 1, "{:?}", seen[0]);
    assert!(seen.iter().all(|states| *states == seen[0]), "{seen:?}");
}

#[test]
fn many_objects_stay_what_they_are() {
    check(
        r#"(module (type $node (struct (field i32) (field (ref null $node))))
            (func $build (param $n i32) (result (ref null $node)) (local $list (ref null $node))
                (loop $more
                    (local.set $list (struct.new $node (local.get $n) (local.get $list)))
                    (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                (local.get $list))
            (func (export "sum") (result i64) (local $list (ref null $node)) (local $sum i64)
                (local.set $list (call $build (i32.const 3000)))
                (block $done
                    (loop $next
                        (br_if $done (ref.is_null (local.get $list)))
                        (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (struct.get $node 0 (local.get $list)))))
                        (local.set $list (struct.get $node 1 (local.get $list)))
                        (br $next)))
                (local.get $sum)))"#,
        &[("sum", Ok(3_000 * 3_001 / 2))],
    );
}
