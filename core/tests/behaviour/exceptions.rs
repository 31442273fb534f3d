//! Exceptions: across frames, instances and host functions, and what is not an exception.

use crate::{engines, instantiate};
use wasmrt::{
    Caller, Config, Engine, Error, ErrorKind, ExnRef, Extern, FuncType, Instance, Linker, Module, OptLevel, Store, Tag,
    TrapCode, Val, ValType,
};

/// A guest that throws, and one that catches what a host function between them lets through.
const GUEST: &str = r#"(module
    (import "host" "between" (func $between (param i32)))
    (tag $even (export "even") (param i32 i64))
    (tag $odd (export "odd") (param f64))
    (func $throw (export "throw") (param i32)
      (if (i32.eqz (local.get 0)) (then return))
      (if (i32.and (local.get 0) (i32.const 1)) (then (throw $odd (f64.const 2.5))))
      (throw $even (local.get 0) (i64.const -3)))
    (func (export "uncaught") (param i32) (call $between (local.get 0)))
    (func (export "caught") (param i32) (result i32 i64)
      (block $h (result i32 i64)
        (try_table (catch $even $h) (call $between (local.get 0)))
        (i32.const -1) (i64.const -1))))"#;

type Between = fn(Caller<'_, ()>, Result<(), Error>) -> Result<(), Error>;

/// An instance of `GUEST` whose host function calls `throw` and answers what `between` makes of the outcome.
fn guest(engine: &Engine, between: Between) -> (Store<()>, Instance) {
    let mut store = Store::new(engine, ());
    let mut linker = Linker::new(engine);
    linker
        .func_wrap("host", "between", move |mut caller: Caller<'_, ()>, number: i32| {
            let throw = caller.get_export("throw").and_then(Extern::into_func).unwrap();
            let outcome = throw.call(&mut caller, &[Val::I32(number)], &mut []);
            between(caller, outcome)
        })
        .unwrap();
    let instance = linker.instantiate(&mut store, &Module::new(engine, GUEST).unwrap()).unwrap();
    (store, instance)
}

fn exported_tag(store: &mut Store<()>, instance: Instance, name: &str) -> Tag {
    instance.get_export(store, name).and_then(Extern::into_tag).unwrap()
}

fn frames(error: &Error) -> Vec<u32> {
    error.backtrace().iter().map(|frame| frame.func_index).collect()
}

#[test]
fn an_uncaught_exception_is_an_error_with_tag_values_and_the_frames_of_the_throw() {
    for engine in engines(|config| config) {
        let (mut store, instance) = guest(&engine, |_, outcome| outcome);
        let error = instance.get_func(&store, "throw").unwrap().call(&mut store, &[Val::I32(4)], &mut []).unwrap_err();
        assert_eq!((error.kind(), error.message()), (&ErrorKind::Exception, "uncaught exception"));
        assert_eq!(frames(&error), [1]);
        let exception = error.exception().unwrap();
        assert_eq!(exception.tag(&store).unwrap(), exported_tag(&mut store, instance, "even"));
        assert_eq!(format!("{:?}", exception.values(&store).unwrap()), "[I32(4), I64(-3)]");
    }
}

#[test]
fn an_exception_passes_through_a_host_function_to_the_guest_or_the_host_behind_it() {
    for engine in engines(|config| config) {
        let (mut store, instance) = guest(&engine, |_, outcome| outcome);
        let uncaught = instance.get_func(&store, "uncaught").unwrap();
        let error = uncaught.call(&mut store, &[Val::I32(3)], &mut []).unwrap_err();
        assert_eq!((error.kind(), frames(&error)), (&ErrorKind::Exception, vec![1, 2]));
        assert_eq!(error.exception().unwrap().values(&store).unwrap()[0].f64(), Some(2.5));
        let caught = instance.get_typed_func::<i32, (i32, i64)>(&store, "caught").unwrap();
        assert_eq!(caught.call(&mut store, 8).unwrap(), (8, -3));
        assert_eq!(caught.call(&mut store, 0).unwrap(), (-1, -1));
        let error = caught.call(&mut store, 3).unwrap_err();
        assert_eq!(frames(&error), [1, 3], "a landing pad that does not want it does not change where it came from");
    }
}

#[test]
fn a_host_function_may_catch_what_its_guest_throws() {
    for engine in engines(|config| config) {
        let (mut store, instance) = guest(&engine, |caller, outcome| {
            let values = outcome.err().and_then(|error| error.exception()).unwrap().values(&caller).unwrap();
            if values.len() == 1 { Ok(()) } else { Err(Error::host("two values")) }
        });
        let caught = instance.get_typed_func::<i32, (i32, i64)>(&store, "caught").unwrap();
        assert_eq!(caught.call(&mut store, 1).unwrap(), (-1, -1));
        let error = caught.call(&mut store, 2).unwrap_err();
        assert_eq!((error.kind(), error.message()), (&ErrorKind::Host, "two values"), "which no clause catches");
    }
}

#[test]
fn a_host_function_may_throw_another_exception_instead() {
    for engine in engines(|config| config) {
        let (mut store, instance) = guest(&engine, |mut caller, outcome| {
            outcome.unwrap_err();
            let tag = caller.get_export("even").and_then(Extern::into_tag).unwrap();
            let wrong = ExnRef::new(&mut caller, tag, &[Val::I32(1)]).unwrap_err();
            assert_eq!((wrong.kind(), wrong.message()), (&ErrorKind::Usage, "expected 2 values, but got 1"));
            Err(Error::throw(ExnRef::new(&mut caller, tag, &[Val::I32(11), Val::I64(i64::MAX)])?))
        });
        let caught = instance.get_typed_func::<i32, (i32, i64)>(&store, "caught").unwrap();
        assert_eq!(caught.call(&mut store, 1).unwrap(), (11, i64::MAX));
        let uncaught = instance.get_func(&store, "uncaught").unwrap();
        let error = uncaught.call(&mut store, &[Val::I32(3)], &mut []).unwrap_err();
        assert_eq!((error.kind(), frames(&error)), (&ErrorKind::Exception, vec![2]));
    }
}

#[test]
fn a_tag_of_the_host_is_told_from_another_of_the_same_type() {
    let text = r#"(module (import "a" "tag" (tag $a (param i32))) (import "b" "tag" (tag $b (param i32)))
        (func (export "a") (throw $a (i32.const 1)))
        (func (export "which") (param i32) (result i32)
          (block $b (result i32) (block $a (result i32)
              (try_table (catch $a $a) (catch $b $b)
                (if (local.get 0) (then (throw $b (i32.const 20))))
                (throw $a (i32.const 10)))
              (unreachable))
            (i32.add (i32.const 1)) (return))
          (i32.add (i32.const 2))))"#;
    for engine in engines(|config| config) {
        let mut store = Store::new(&engine, ());
        let ty = FuncType::new([ValType::I32], []);
        let (a, b) = (Tag::new(&mut store, ty.clone()).unwrap(), Tag::new(&mut store, ty.clone()).unwrap());
        assert_eq!((a.ty(&store).unwrap(), a == b), (ty, false));
        let results = FuncType::new([], [ValType::I32]);
        assert_eq!(Tag::new(&mut store, results).unwrap_err().kind(), &ErrorKind::Usage);
        let module = Module::new(&engine, text).unwrap();
        for (first, second, expected) in [(a, b, (11, 22)), (b, a, (11, 22)), (a, a, (11, 21))] {
            let instance = Instance::new(&mut store, &module, &[first.into(), second.into()]).unwrap();
            let which = instance.get_typed_func::<i32, i32>(&store, "which").unwrap();
            assert_eq!((which.call(&mut store, 0).unwrap(), which.call(&mut store, 1).unwrap()), expected);
            let throw = instance.get_typed_func::<(), ()>(&store, "a").unwrap();
            let error = throw.call(&mut store, ()).unwrap_err();
            assert_eq!(error.exception().unwrap().tag(&store).unwrap(), first);
        }
        let wrong = Tag::new(&mut store, FuncType::new([ValType::I64], [])).unwrap();
        let error = Instance::new(&mut store, &module, &[wrong.into(), a.into()]).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Link { .. }), "{error:?}");
    }
}

#[test]
fn an_exception_of_another_store_is_not_caught_but_passed_on() {
    for engine in engines(|config| config) {
        let mut other = Store::new(&engine, ());
        let tag = Tag::new(&mut other, FuncType::new([], [])).unwrap();
        let foreign = ExnRef::new(&mut other, tag, &[]).unwrap();
        let mut linker = Linker::new(&engine);
        let thrown = foreign.clone();
        linker.func_wrap("host", "f", move || Err::<(), Error>(Error::throw(thrown.clone()))).unwrap();
        let text = r#"(module (import "host" "f" (func $f))
            (func (export "run") (block $h (try_table (catch_all $h) (call $f)))))"#;
        let mut store = Store::new(&engine, ());
        let instance = linker.instantiate(&mut store, &Module::new(&engine, text).unwrap()).unwrap();
        let run = instance.get_typed_func::<(), ()>(&store, "run").unwrap();
        let error = run.call(&mut store, ()).unwrap_err();
        assert!(error.exception().unwrap().ptr_eq(&foreign));
        assert_eq!(foreign.tag(&store).unwrap_err().kind(), &ErrorKind::Usage);
    }
}

#[test]
fn an_exception_passes_many_frames_and_instances() {
    let thrower = r#"(module (tag $e (export "e") (param i32 i32))
        (func $dive (export "dive") (param i32 i32)
          (if (local.get 0)
            (then (call $dive (i32.sub (local.get 0) (i32.const 1)) (local.get 1)) (return)))
          (throw $e (local.get 0) (local.get 1))))"#;
    let catcher = r#"(module (import "t" "e" (tag $e (param i32 i32))) (import "t" "dive" (func $dive (param i32 i32)))
        (func (export "run") (param i32) (result i32) (local $round i32)
          (loop $again
            (block $h (result i32 i32)
              (try_table (catch $e $h) (call $dive (local.get 0) (local.get $round)))
              unreachable)
            drop drop
            (br_if $again (i32.lt_u (local.tee $round (i32.add (local.get $round) (i32.const 1))) (i32.const 50))))
          (local.get $round)))"#;
    for engine in engines(|config| config) {
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        let first = linker.instantiate(&mut store, &Module::new(&engine, thrower).unwrap()).unwrap();
        linker.instance(&store, "t", first).unwrap();
        let second = linker.instantiate(&mut store, &Module::new(&engine, catcher).unwrap()).unwrap();
        let run = second.get_typed_func::<i32, i32>(&store, "run").unwrap();
        assert_eq!(run.call(&mut store, 2000).unwrap(), 50);
    }
}

#[test]
fn values_of_every_type_come_out_as_they_went_in() {
    let text = r#"(module
        (type $f (func (result i32)))
        (tag $e (param i32 i64 f32 f64 funcref (ref null $f) externref i32 i32 i64))
        (elem declare func $g) (func $g (type $f) (i32.const 5))
        (func (export "run") (param externref) (result i32 i64 f32 f64 funcref externref i32 i32 i64)
          (local $f (ref null $f))
          (block $h (result i32 i64 f32 f64 funcref (ref null $f) externref i32 i32 i64)
            (try_table (catch $e $h)
              (throw $e (i32.const -1) (i64.const -2) (f32.const 3.5) (f64.const 4.5) (ref.func $g) (ref.func $g)
                (local.get 0) (i32.const 6) (i32.const 7) (i64.const 8)))
            unreachable)
          (return_call $order))
        (func $order (param i32 i64 f32 f64 funcref (ref null $f) externref i32 i32 i64)
          (result i32 i64 f32 f64 funcref externref i32 i32 i64)
          (i32.add (local.get 0) (call_ref $f (local.get 5)))
          local.get 1 local.get 2 local.get 3 local.get 4 local.get 6 local.get 7 local.get 8 local.get 9))"#;
    for engine in engines(|config| config) {
        let (mut store, instance) = instantiate(&engine, text);
        let run = instance.get_func(&store, "run").unwrap();
        let mut results = vec![Val::I32(0); 9];
        run.call(&mut store, &[Val::ExternRef(Some(wasmrt::ExternRef::new("host")))], &mut results).unwrap();
        assert_eq!((results[0].i32(), results[1].i64()), (Some(4), Some(-2)));
        assert_eq!((results[2].f32(), results[3].f64()), (Some(3.5), Some(4.5)));
        assert!(matches!(&results[4], Val::FuncRef(Some(_))));
        let Val::ExternRef(Some(object)) = &results[5] else { panic!("{:?}", results[5]) };
        assert_eq!(object.data().downcast_ref::<&str>(), Some(&"host"));
        assert_eq!((results[6].i32(), results[7].i32(), results[8].i64()), (Some(6), Some(7), Some(8)));
    }
}

#[test]
fn traps_exhaustion_and_exits_are_never_caught() {
    let text = r#"(module (import "host" "exit" (func $exit)) (memory 1)
        (func $deep (call $deep))
        (func $bad (drop (i32.load (i32.const -1))))
        (func $zero (param i32) (drop (i32.div_u (i32.const 1) (local.get 0))))
        (func (export "run") (param i32)
          (block $h
            (try_table (catch_all $h)
              (block $exit (block $deep (block $bad (block $zero (block $here
                (br_table $here $zero $bad $deep $exit (local.get 0)))
                unreachable)
                (call $zero (i32.const 0)) (return))
                (call $bad) (return))
                (call $deep) (return))
                (call $exit)))))"#;
    for engine in engines(|config| config) {
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        linker.func_wrap("host", "exit", || Err::<(), Error>(Error::exit(3))).unwrap();
        let instance = linker.instantiate(&mut store, &Module::new(&engine, text).unwrap()).unwrap();
        let run = instance.get_typed_func::<i32, ()>(&store, "run").unwrap();
        let traps = [
            TrapCode::Unreachable,
            TrapCode::IntegerDivideByZero,
            TrapCode::MemoryOutOfBounds,
            TrapCode::StackOverflow,
        ];
        for (number, trap) in (0..).zip(traps) {
            assert_eq!(run.call(&mut store, number).unwrap_err().trap_code(), Some(trap));
        }
        assert_eq!(run.call(&mut store, 4).unwrap_err().exit_code(), Some(3));
    }
}

#[test]
fn a_tail_call_out_of_a_try_table_leaves_its_clauses_behind() {
    let text = r#"(module (tag $e) (func $throw (throw $e))
        (func $leaves (block $h (try_table (catch_all $h) (return_call $throw))))
        (func (export "run") (result i32)
          (block $h (try_table (catch $e $h) (call $leaves)) (return (i32.const 0)))
          (i32.const 1)))"#;
    for engine in engines(|config| config) {
        let (mut store, instance) = instantiate(&engine, text);
        assert_eq!(instance.get_typed_func::<(), i32>(&store, "run").unwrap().call(&mut store, ()).unwrap(), 1);
    }
}

#[test]
fn locals_and_operands_have_their_values_of_the_throw_in_the_landing_pad() {
    let text = r#"(module (tag $e (param i32)) (func $throw (param i32) (throw $e (local.get 0)))
        (func (export "run") (param $a i32) (param $b f64) (result i32 f64 i64) (local $c i64)
          (i32.const 1000)
          (block $outer (result i32)
            (block $h (result i32)
              (try_table (catch $e $h)
                (local.set $c (i64.const 1))
                (local.set $b (f64.mul (local.get $b) (f64.const 2)))
                (call $throw (i32.const 7))
                (local.set $c (i64.const 2)))
              (br $outer (i32.const -1)))
            (i32.add (local.get $a)))
          i32.add local.get $b local.get $c))"#;
    for engine in engines(|config| config) {
        let (mut store, instance) = instantiate(&engine, text);
        let run = instance.get_typed_func::<(i32, f64), (i32, f64, i64)>(&store, "run").unwrap();
        assert_eq!(run.call(&mut store, (50, 1.5)).unwrap(), (1057, 3.0, 1));
    }
}

#[test]
fn throwing_costs_the_same_fuel_in_both_engines() {
    let text = r#"(module (tag $e) (func $throw (param i32) (if (local.get 0) (then (throw $e))))
        (func (export "run") (param i32)
          (block $h (try_table (catch $e $h) (call $throw (local.get 0)) (call $throw (i32.const 0)) nop nop))))"#;
    for argument in [0, 1] {
        let left: Vec<u64> = engines(|config| config.consume_fuel(true))
            .iter()
            .map(|engine| {
                let (mut store, instance) = instantiate(engine, text);
                store.set_fuel(100).unwrap();
                instance.get_typed_func::<i32, ()>(&store, "run").unwrap().call(&mut store, argument).unwrap();
                store.fuel().unwrap()
            })
            .collect();
        let expected = [100 - 8, 100 - 5][argument as usize];
        assert!(left.iter().all(|left| *left == expected), "{left:?}");
    }
}

#[test]
fn exceptions_do_not_depend_on_how_code_is_compiled() {
    let text = r#"(module (memory 1) (tag $e (param i32 f64))
        (func $throw (param i32) (result i32)
          (if (i32.ge_u (i32.load (local.get 0)) (i32.const 10))
            (then (throw $e (i32.load (local.get 0)) (f64.convert_i32_u (local.get 0)))))
          (i32.load offset=4 (local.get 0)))
        (func (export "run") (param $n i32) (result i32 f64) (local $sum f64) (local $count i32)
          (i32.store (i32.const 64) (i32.const 11)) (i32.store (i32.const 128) (i32.const 12))
          (loop $next
            (block $h (result i32 f64)
              (try_table (catch $e $h)
                (drop (call $throw (i32.mul (local.get $n) (i32.const 64)))))
              (local.set $n (i32.sub (local.get $n) (i32.const 1)))
              (br $next))
            (local.set $sum (f64.add (local.get $sum)))
            (local.set $count (i32.add (local.get $count)))
            (br_if $next (i32.gt_u (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 0))))
          (local.get $count) (local.get $sum)))"#;
    let variants: [fn(&mut Config) -> &mut Config; 5] = [
        |config| config.opt_level(OptLevel::None),
        |config| config.opt_level(OptLevel::SpeedAndSize),
        |config| config.signals(false),
        |config| config.consume_fuel(true).interruption(true),
        |config| config.spectre_mitigations(false).memory_reservation_bytes(0),
    ];
    for engine in variants.iter().flat_map(engines) {
        let (mut store, instance) = instantiate(&engine, text);
        store.set_fuel(1_000_000).ok();
        let run = instance.get_typed_func::<i32, (i32, f64)>(&store, "run").unwrap();
        assert_eq!(run.call(&mut store, 5).unwrap(), (23, 192.0));
    }
}

#[test]
fn a_host_holds_exceptions_as_long_as_it_likes_and_throws_them_when_it_likes() {
    let text = r#"(module (import "host" "swap" (func $swap (param exnref) (result exnref)))
        (tag $e (export "e") (param i32))
        (global (export "last") (mut exnref) (ref.null exn))
        (func (export "run") (param i32) (result i32)
          (block $h (result i32)
            (try_table (catch $e $h)
              (block $r (result exnref)
                (try_table (catch_all_ref $r) (throw $e (local.get 0)))
                unreachable)
              (global.set 0 (call $swap))
              (throw_ref (global.get 0)))
            unreachable)))"#;
    for engine in engines(|config| config) {
        let mut store = Store::new(&engine, Vec::<ExnRef>::new());
        let mut linker = Linker::<Vec<ExnRef>>::new(&engine);
        let exnref = ValType::EXNREF;
        linker
            .func_new("host", "swap", FuncType::new([exnref], [exnref]), |mut caller, params, results| {
                let Val::ExnRef(Some(exception)) = &params[0] else { panic!("{params:?}") };
                caller.data_mut().push(exception.clone());
                results[0] = Val::ExnRef(Some(caller.data()[0].clone()));
                Ok(())
            })
            .unwrap();
        let instance = linker.instantiate(&mut store, &Module::new(&engine, text).unwrap()).unwrap();
        let run = instance.get_typed_func::<i32, i32>(&store, "run").unwrap();
        for number in 5..2000 {
            assert_eq!(run.call(&mut store, number).unwrap(), 5);
        }
        let held = store.data().clone();
        assert_eq!(held[700].values(&store).unwrap()[0].i32(), Some(705));
        assert!(!held[0].ptr_eq(&held[1]));
        let last = instance.get_export(&mut store, "last").and_then(Extern::into_global).unwrap();
        let Val::ExnRef(Some(exception)) = last.get(&store).unwrap() else { panic!("an exception") };
        assert!(exception.ptr_eq(&held[0]));
        last.set(&mut store, Val::ExnRef(Some(held[9].clone()))).unwrap();
        assert_eq!(last.set(&mut store, Val::FuncRef(None)).unwrap_err().kind(), &ErrorKind::Usage);
        let Val::ExnRef(Some(exception)) = last.get(&store).unwrap() else { panic!("an exception") };
        assert_eq!(exception.values(&store).unwrap()[0].i32(), Some(14));
    }
}
