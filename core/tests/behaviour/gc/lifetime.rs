//! What keeps an object, and what does not.

use super::{Counted, all_engines, engines, instantiate};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use wasmrt::{AnyRef, Caller, Engine, ErrorKind, ExternRef, Func, Instance, Linker, Module, Store, StoreLimits, Val};

/// A list of numbers, and garbage made on the way.
const LIST: &str = r#"(module
    (type $node (struct (field $value i32) (field $next (ref null $node))))
    (type $bytes (array (mut i8)))
    (func $waste (param i32)
        (loop $again
            (drop (array.new_default $bytes (i32.const 1000)))
            (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
    (func (export "waste") (param i32) (call $waste (local.get 0)))
    (func $list (export "list") (param $len i32) (result (ref null $node)) (local $list (ref null $node))
        (loop $again
            (if (local.get $len) (then
                (local.set $list (struct.new $node (local.get $len) (local.get $list)))
                (call $waste (i32.const 2))
                (local.set $len (i32.sub (local.get $len) (i32.const 1)))
                (br $again))))
        (local.get $list))
    (func (export "sum") (param $list (ref null $node)) (result i32) (local $sum i32)
        (block $end
            (loop $again
                (br_if $end (ref.is_null (local.get $list)))
                (local.set $sum (i32.add (local.get $sum) (struct.get $node $value (local.get $list))))
                (local.set $list (struct.get $node $next (local.get $list)))
                (br $again)))
        (local.get $sum))
    ;; Every frame has an object of its own while the ones above make garbage.
    (func $deep (export "deep") (param $depth i32) (result i32) (local $mine (ref null $node))
        (local.set $mine (struct.new $node (local.get $depth) (ref.null $node)))
        (if (i32.eqz (local.get $depth)) (then (call $waste (i32.const 50)) (return (i32.const 0))))
        (i32.add
            (call $deep (i32.sub (local.get $depth) (i32.const 1)))
            (struct.get $node $value (local.get $mine))))
    ;; References on the operand stack, not in locals.
    (func (export "operands") (result i32) (local $third i32)
        (struct.get $node $value (struct.new $node (i32.const 1) (ref.null $node)))
        (struct.new $node (i32.const 10) (struct.new $node (i32.const 20) (ref.null $node)))
        (struct.new $node (i32.const 300) (call $list (i32.const 3)))
        (call $waste (i32.const 30))
        (struct.get $node $value)
        (call $waste (i32.const 30))
        (local.set $third)
        (struct.get $node $next)
        (struct.get $node $value)
        (i32.add)
        (i32.add (local.get $third))))"#;

#[test]
fn lists_survive_garbage_and_their_sum_is_right() {
    for engine in all_engines() {
        let (mut store, instance) = instantiate(&engine, LIST);
        let list = instance.get_typed_func::<i32, Option<AnyRef>>(&store, "list").unwrap();
        let sum = instance.get_typed_func::<Option<AnyRef>, i32>(&store, "sum").unwrap();
        let made = list.call(&mut store, 600).unwrap();
        let other = list.call(&mut store, 10).unwrap();
        assert_eq!(sum.call(&mut store, made.clone()).unwrap(), 600 * 601 / 2);
        store.gc().unwrap();
        assert_eq!(sum.call(&mut store, other).unwrap(), 55);
        assert_eq!(sum.call(&mut store, made).unwrap(), 600 * 601 / 2);
        assert_eq!(sum.call(&mut store, None).unwrap(), 0);
        store.gc().unwrap();
        assert_eq!(store.heap_stats().live_bytes, 0, "nobody refers to them any more");
    }
}

#[test]
fn frames_and_operand_stacks_keep_what_they_hold() {
    for engine in all_engines() {
        let (mut store, instance) = instantiate(&engine, LIST);
        let deep = instance.get_typed_func::<i32, i32>(&store, "deep").unwrap();
        assert_eq!(deep.call(&mut store, 1000).unwrap(), 1000 * 1001 / 2);
        let operands = instance.get_typed_func::<(), i32>(&store, "operands").unwrap();
        assert_eq!(operands.call(&mut store, ()).unwrap(), 321);
    }
}

#[test]
fn the_heap_stays_in_proportion_to_what_is_live() {
    for engine in engines(|config| config) {
        let (mut store, instance) = instantiate(&engine, LIST);
        let list = instance.get_typed_func::<i32, Option<AnyRef>>(&store, "list").unwrap();
        let kept = list.call(&mut store, 40_000).unwrap();
        let waste = instance.get_typed_func::<i32, ()>(&store, "waste").unwrap();
        waste.call(&mut store, 100_000).unwrap();
        let stats = store.heap_stats();
        assert!(stats.collections > 10 && stats.live_bytes >= 40_000 * 16, "{stats:?}");
        assert!(stats.capacity_bytes <= 3 * (40_000 * 16) + (2 << 20), "{stats:?}");
        drop(kept);
    }
}

/// Objects that refer to each other and to a host object, held by one place at a time.
const CYCLES: &str = r#"(module
    (type $node (struct (field $next (mut (ref null $node))) (field $host externref) (field $any anyref)))
    (table $table (export "table") 4 anyref)
    (global $global (export "global") (mut anyref) (ref.null any))
    (elem $passive (ref null $node) (ref.null $node))
    (func $cycle (param externref) (result (ref $node)) (local $first (ref null $node)) (local $second (ref null $node))
        (local.set $first (struct.new $node (ref.null $node) (local.get 0) (any.convert_extern (local.get 0))))
        (local.set $second (struct.new $node (local.get $first) (ref.null extern) (local.get $first)))
        (struct.set $node $next (local.get $first) (local.get $second))
        (ref.as_non_null (local.get $second)))
    (func (export "into_table") (param externref) (table.set (i32.const 2) (call $cycle (local.get 0))))
    (func (export "into_global") (param externref) (global.set $global (call $cycle (local.get 0))))
    (func (export "into_nothing") (param externref) (drop (call $cycle (local.get 0))))
    (func (export "host_of_table") (result externref)
        (struct.get $node $host (struct.get $node $next (ref.cast (ref $node) (table.get (i32.const 2))))))
    (func (export "clear") (table.fill (i32.const 0) (ref.null any) (i32.const 4)) (global.set $global (ref.null any))))"#;

fn call_with(store: &mut Store<()>, instance: Instance, name: &str, object: ExternRef) {
    instance.get_typed_func::<Option<ExternRef>, ()>(&*store, name).unwrap().call(store, Some(object)).unwrap();
}

#[test]
fn cycles_go_with_the_last_place_that_held_them_and_take_host_objects_along() {
    for engine in all_engines() {
        let (mut store, instance) = instantiate(&engine, CYCLES);
        let gone = Arc::new(AtomicUsize::new(0));
        let counted = || ExternRef::new(Counted(gone.clone()));
        let count = |store: &mut Store<()>| {
            // What crossed a door lately is spared once.
            (0..2).for_each(|_| store.gc().unwrap());
            gone.load(Ordering::SeqCst)
        };
        call_with(&mut store, instance, "into_nothing", counted());
        assert_eq!(count(&mut store), 1);
        call_with(&mut store, instance, "into_table", counted());
        call_with(&mut store, instance, "into_global", counted());
        assert_eq!(count(&mut store), 1);
        let host = instance.get_typed_func::<(), Option<ExternRef>>(&store, "host_of_table").unwrap();
        assert!(host.call(&mut store, ()).unwrap().unwrap().data().is::<Counted>());
        instance.get_typed_func::<(), ()>(&store, "clear").unwrap().call(&mut store, ()).unwrap();
        assert_eq!(count(&mut store), 3);
        call_with(&mut store, instance, "into_table", counted());
        let held = instance.get_table(&store, "table").unwrap().get(&store, 2).unwrap();
        instance.get_typed_func::<(), ()>(&store, "clear").unwrap().call(&mut store, ()).unwrap();
        assert_eq!(count(&mut store), 3, "the host holds it");
        drop(held);
        assert_eq!(count(&mut store), 4);
        call_with(&mut store, instance, "into_global", counted());
        drop(store);
        assert_eq!(gone.load(Ordering::SeqCst), 5);
    }
}

#[test]
fn a_full_heap_is_a_limit_and_leaves_a_healthy_store() {
    for engine in engines(|config| config) {
        let (mut store, instance) = instantiate(&engine, LIST);
        store.set_limits(StoreLimits { heap_bytes: Some(4 << 20), ..StoreLimits::default() });
        let list = instance.get_typed_func::<i32, Option<AnyRef>>(&store, "list").unwrap();
        let error = list.call(&mut store, i32::MAX).unwrap_err();
        assert_eq!(
            (error.kind(), error.message()),
            (&ErrorKind::Limit, "the heap is full: its limit is 4194304 bytes")
        );
        assert_eq!(error.backtrace().last().and_then(|frame| frame.func_name.as_deref()), Some("list"));
        assert!(store.heap_stats().capacity_bytes <= 4 << 20);
        let made = list.call(&mut store, 1000).unwrap();
        let sum = instance.get_typed_func::<Option<AnyRef>, i32>(&store, "sum").unwrap();
        assert_eq!(sum.call(&mut store, made).unwrap(), 500_500);
    }
}

#[test]
fn objects_stay_while_host_functions_are_between_the_frames_that_hold_them() {
    let text = r#"(module
        (type $node (struct (field i32)))
        (import "host" "between" (func $between (param i32 anyref externref) (result anyref)))
        (func $run (export "run") (param $depth i32) (result i32) (local $mine (ref null $node))
            (local.set $mine (struct.new $node (local.get $depth)))
            (if (i32.eqz (local.get $depth)) (then (return (i32.const 0))))
            (i32.add
                (struct.get $node 0 (ref.cast (ref $node)
                    (call $between (i32.sub (local.get $depth) (i32.const 1)) (local.get $mine)
                        (extern.convert_any (struct.new $node (i32.const 1))))))
                (struct.get $node 0 (local.get $mine)))))"#;
    for engine in all_engines() {
        let module = Module::new(&engine, text).unwrap();
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        // Goes on in the guest, collects, and hands the same object back.
        let between = |mut caller: Caller<'_, ()>, depth: i32, mine: Option<AnyRef>, other: Option<ExternRef>| {
            let run = caller.get_export("run").and_then(|export| export.into_func()).unwrap();
            run.typed::<i32, i32>(&caller)?.call(&mut caller, depth)?;
            let other = other.unwrap();
            let other = other.data().downcast_ref::<AnyRef>().and_then(AnyRef::as_struct).expect("a converted struct");
            assert_eq!(other.field(&caller, 0)?.i32(), Some(1));
            assert_eq!(mine.as_ref().and_then(AnyRef::as_struct).unwrap().field(&caller, 0)?.i32(), Some(depth + 1));
            wasmrt::Result::Ok(mine)
        };
        linker.func_wrap("host", "between", between).unwrap();
        let instance = linker.instantiate(&mut store, &module).unwrap();
        let run = instance.get_typed_func::<i32, i32>(&store, "run").unwrap();
        assert_eq!(run.call(&mut store, 12).unwrap(), 24);
        store.gc().unwrap();
        assert_eq!(store.heap_stats().live_bytes, 0, "no reference was left behind at a door");
    }
}

#[test]
fn exceptions_keep_their_values_on_the_way() {
    let text = r#"(module
        (type $node (struct (field i32)))
        (type $bytes (array i8))
        (tag $tag (export "tag") (param (ref $node) i64 anyref))
        (func $throw (param i32)
            (throw $tag (struct.new $node (local.get 0)) (i64.const 5) (struct.new $node (i32.const 77))))
        (func $through (param i32) (local $mine (ref null $node))
            (local.set $mine (struct.new $node (i32.const 3)))
            (block $caught (result exnref)
                (try_table (catch_all_ref $caught) (call $throw (local.get 0)))
                (return))
            (drop (array.new_default $bytes (i32.const 100)))
            (throw_ref))
        (func (export "run") (param i32) (result i32)
            (local $node (ref null $node)) (local $number i64) (local $any anyref)
            (block $caught (result (ref $node) i64 anyref)
                (try_table (catch $tag $caught) (call $through (local.get 0)))
                (return (i32.const -1)))
            (local.set $any) (local.set $number) (local.set $node)
            (drop (array.new_default $bytes (i32.const 100)))
            (i32.add (struct.get $node 0 (local.get $node))
                (i32.add (i32.wrap_i64 (local.get $number))
                    (struct.get $node 0 (ref.cast (ref $node) (local.get $any))))))
        (func (export "uncaught") (call $through (i32.const 8))))"#;
    for engine in all_engines() {
        let (mut store, instance) = instantiate(&engine, text);
        let run = instance.get_typed_func::<i32, i32>(&store, "run").unwrap();
        assert_eq!(run.call(&mut store, 100).unwrap(), 182);
        let uncaught = instance.get_typed_func::<(), ()>(&store, "uncaught").unwrap();
        let error = uncaught.call(&mut store, ()).unwrap_err();
        store.gc().unwrap();
        let values = error.exception().expect("an exception").values(&store).unwrap();
        let Val::AnyRef(Some(node)) = &values[0] else { panic!("{values:?}") };
        assert_eq!(node.as_struct().unwrap().field(&store, 0).unwrap().i32(), Some(8));
        assert_eq!(values[1].i64(), Some(5));
    }
}

#[test]
fn an_object_keeps_the_instance_of_a_function_that_it_refers_to() {
    let text = r#"(module
        (type $f (func (result i32)))
        (type $holder (struct (field (ref $f))))
        (memory 1)
        (data (i32.const 0) "\2a")
        (func $answer (type $f) (i32.load (i32.const 0)))
        (elem declare func $answer)
        (func (export "make") (result (ref $holder)) (struct.new $holder (ref.func $answer))))"#;
    for engine in all_engines() {
        let module = Module::new(&engine, text).unwrap();
        let mut store = Store::new(&engine, ());
        let one = StoreLimits { instances: Some(1), ..StoreLimits::default() };
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        let make = instance.get_typed_func::<(), Option<AnyRef>>(&store, "make").unwrap();
        let holder = make.call(&mut store, ()).unwrap().unwrap().as_struct().unwrap();
        instance.close(&store).unwrap();
        store.set_limits(one);
        assert_eq!(Instance::new(&mut store, &module, &[]).unwrap_err().kind(), &ErrorKind::Limit, "still there");
        store.gc().unwrap();
        let Val::FuncRef(Some(answer)) = holder.field(&store, 0).unwrap() else { panic!("a function") };
        assert_eq!(answer.ty(&store).unwrap().results().len(), 1);
        drop(holder);
        Instance::new(&mut store, &module, &[]).expect("the closed one is gone");
    }
}

#[test]
fn constant_expressions_and_segments_keep_what_they_made() {
    let text = r#"(module
        (type $node (struct (field i32)))
        (type $nodes (array (ref $node)))
        (global $first (ref $node) (struct.new $node (i32.const 1)))
        (global $nodes (ref $nodes) (array.new_fixed $nodes 3 (global.get $first)
            (struct.new $node (i32.const 2)) (struct.new $node (i32.const 3))))
        (table $table 2 (ref $node) (struct.new $node (i32.const 4)))
        (elem $passive (ref $node) (item (struct.new $node (i32.const 50))) (item (struct.new $node (i32.const 600))))
        (elem (table $table) (i32.const 1) (ref $node) (item (struct.new $node (i32.const 7000))))
        (func $of (param i32) (result i32) (struct.get $node 0 (array.get $nodes (global.get $nodes) (local.get 0))))
        (func $at (param i32) (result i32) (struct.get $node 0 (table.get $table (local.get 0))))
        (func (export "run") (result i32) (local $made (ref null $nodes))
            (local.set $made (array.new_elem $nodes $passive (i32.const 0) (i32.const 2)))
            (i32.add (i32.add (call $of (i32.const 0)) (i32.add (call $of (i32.const 1)) (call $of (i32.const 2))))
                (i32.add (i32.add (call $at (i32.const 0)) (call $at (i32.const 1)))
                    (i32.add (struct.get $node 0 (array.get $nodes (local.get $made) (i32.const 0)))
                        (struct.get $node 0 (array.get $nodes (local.get $made) (i32.const 1))))))))"#;
    for engine in all_engines() {
        let (mut store, instance) = instantiate(&engine, text);
        let run = instance.get_typed_func::<(), i32>(&store, "run").unwrap();
        for _ in 0..3 {
            assert_eq!(run.call(&mut store, ()).unwrap(), 7660);
            store.gc().unwrap();
        }
    }
}

/// Numbers look like references wherever a frame keeps both in the same place.
#[test]
fn numbers_are_not_taken_for_references() {
    let text = r#"(module
        (type $node (struct (field i64)))
        (func $waste (param i32 i64 f64) (result i64)
            (drop (struct.new $node (local.get 1)))
            (i64.add (local.get 1) (i64.extend_i32_u (local.get 0))))
        (func (export "run") (param $n i32) (result i64) (local $sum i64) (local $node (ref null $node))
            (loop $again (param) (result)
                (local.set $node (struct.new $node (i64.const 16)))
                (i64.const 0x7fffffffffffff00)
                (drop)
                (call $waste (i32.const 24) (i64.extend_i32_u (local.get $n)) (f64.const 1e300))
                (local.set $sum (i64.add (local.get $sum)))
                (local.set $sum (i64.add (local.get $sum) (struct.get $node 0 (local.get $node))))
                (local.set $n (i32.sub (local.get $n) (i32.const 1)))
                (br_if $again (local.get $n)))
            (local.get $sum)))"#;
    for engine in all_engines() {
        let (mut store, instance) = instantiate(&engine, text);
        let run = instance.get_typed_func::<i32, i64>(&store, "run").unwrap();
        assert_eq!(run.call(&mut store, 1000).unwrap(), 500_500 + 1000 * 40);
    }
}

#[test]
fn a_collection_in_the_middle_of_a_host_function_is_harmless() {
    for engine in all_engines() {
        let collect = |mut caller: Caller<'_, Engine>, slots: &mut [u64]| {
            let held = AnyRef::from_raw(&caller, slots[0])?.unwrap();
            let again = AnyRef::from_raw(&caller, slots[0]).unwrap_err();
            assert_eq!(again.kind(), &ErrorKind::Usage, "a slot gives its reference up once");
            let ty = held.as_struct().unwrap().ty();
            // Twice as much as is left in any heap of these tests, so that everything moves.
            for value in 0..3000 {
                wasmrt::StructRef::new(&mut caller, ty, &[Val::I64(value)])?;
            }
            slots[0] = held.to_raw(&caller)?;
            Ok(())
        };
        let text = r#"(module
            (type $node (struct (field i64)))
            (import "host" "collect" (func $collect (param anyref) (result anyref)))
            (func (export "run") (result i64) (local $mine (ref null $node))
                (local.set $mine (struct.new $node (i64.const 9)))
                (i64.add
                    (struct.get $node 0 (ref.cast (ref $node) (call $collect (local.get $mine))))
                    (struct.get $node 0 (local.get $mine)))))"#;
        let mut store = Store::new(&engine, engine.clone());
        let any = wasmrt::ValType::Ref(wasmrt::RefType::ANYREF);
        let ty = wasmrt::FuncType::new([any], [any]);
        let collect = Func::new_unchecked(&mut store, ty, collect).unwrap();
        let module = Module::new(&engine, text).unwrap();
        let instance = Instance::new(&mut store, &module, &[collect.into()]).unwrap();
        let run = instance.get_typed_func::<(), i64>(&store, "run").unwrap();
        assert_eq!(run.call(&mut store, ()).unwrap(), 18);
    }
}
