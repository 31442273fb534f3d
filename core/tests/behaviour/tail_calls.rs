//! Tail calls: they replace their caller, whatever they go to.

use crate::{engines, instantiate};
use wasmrt::{Engine, ErrorKind, Func, FuncType, Instance, Linker, Module, Store, TrapCode, Val, ValType};

/// Rounds that would use up any stack if a round kept anything on it.
const ROUNDS: i64 = if cfg!(debug_assertions) { 10_000_000 } else { 100_000_000 };

/// Counts down by turns in `$even` and `$odd`, which have different numbers of parameters.
fn countdown(even_to_odd: &str, odd_to_even: &str) -> String {
    format!(
        r#"(module
             (type $even (func (param i64) (result i64)))
             (type $odd (func (param i64 i64 i64 i64 i64 i64 i64 i64 i64 i64) (result i64)))
             (table funcref (elem $even $odd))
             (elem declare func $even $odd)
             (func $even (export "run") (type $even)
               (if (i64.eqz (local.get 0)) (then (return (i64.const 7))))
               (i64.sub (local.get 0) (i64.const 1))
               (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5) (i64.const 6) (i64.const 7)
               (i64.const 8) (i64.const 9)
               {even_to_odd})
             (func $odd (type $odd)
               (if (i64.eqz (local.get 0)) (then (return (local.get 9))))
               (i64.sub (local.get 0) (i64.const 1))
               {odd_to_even}))"#
    )
}

fn runs_in_constant_stack(text: &str) {
    for engine in engines(|config| config.max_stack_bytes(64 << 10)) {
        let (mut store, instance) = instantiate(&engine, text);
        let run = instance.get_typed_func::<i64, i64>(&store, "run").unwrap();
        assert_eq!(run.call(&mut store, ROUNDS).unwrap(), 7);
        assert_eq!(run.call(&mut store, 1).unwrap(), 9);
    }
}

#[test]
fn direct_tail_calls_run_in_constant_stack() {
    runs_in_constant_stack(&countdown("return_call $odd", "return_call $even"));
}

#[test]
fn tail_calls_through_a_table_run_in_constant_stack() {
    runs_in_constant_stack(&countdown(
        "i32.const 1 return_call_indirect (type $odd)",
        "i32.const 0 return_call_indirect (type $even)",
    ));
}

#[test]
fn tail_calls_through_references_run_in_constant_stack() {
    runs_in_constant_stack(&countdown("ref.func $odd return_call_ref $odd", "ref.func $even return_call_ref $even"));
}

#[test]
fn tail_calls_between_instances_run_in_constant_stack() {
    for engine in engines(|config| config.max_stack_bytes(64 << 10)) {
        let mut store = Store::new(&engine, ());
        let first = r#"(module (type $f (func (param i64) (result i64))) (table (export "table") 1 funcref)
            (func (export "run") (type $f)
              (if (i64.eqz (local.get 0)) (then (return (i64.const 7))))
              (return_call_indirect (type $f) (i64.sub (local.get 0) (i64.const 1)) (i32.const 0))))"#;
        let second = r#"(module (type $f (func (param i64) (result i64)))
            (import "first" "table" (table 1 funcref)) (import "first" "run" (func $run (type $f)))
            (elem (i32.const 0) $back)
            (func $back (type $f) (return_call $run (local.get 0))))"#;
        let mut linker = Linker::new(&engine);
        let first = linker.instantiate(&mut store, &Module::new(&engine, first).unwrap()).unwrap();
        linker.instance(&store, "first", first).unwrap();
        linker.instantiate(&mut store, &Module::new(&engine, second).unwrap()).unwrap();
        let run = first.get_typed_func::<i64, i64>(&store, "run").unwrap();
        assert_eq!(run.call(&mut store, ROUNDS / 10).unwrap(), 7);
    }
}

/// An instance whose only import is `host.f`, of this type.
fn with_host(engine: &Engine, text: &str, ty: FuncType, results: Vec<Val>) -> (Store<Vec<usize>>, Instance) {
    let mut store = Store::new(engine, Vec::new());
    let mut linker = Linker::<Vec<usize>>::new(engine);
    linker
        .func_new("host", "f", ty, move |mut caller, params, out| {
            let frames = caller.backtrace().len();
            caller.data_mut().push(frames);
            caller.data_mut().push(params.len());
            out.clone_from_slice(&results);
            Ok(())
        })
        .unwrap();
    let instance = linker.instantiate(&mut store, &Module::new(engine, text).unwrap()).unwrap();
    (store, instance)
}

#[test]
fn a_tail_call_of_a_host_function_leaves_no_frame_and_hands_its_results_on() {
    let text = r#"(module
        (type $f (func (param i32 i64 f64 i32 i32 i32 i32 i32) (result i64 i32 f32 f64 i32 i64)))
        (import "host" "f" (func $f (type $f))) (table funcref (elem $f)) (elem declare func $f)
        (func $direct (param i32) (result i64 i32 f32 f64 i32 i64)
          (i32.const 1) (i64.const 2) (f64.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7) (i32.const 8)
          return_call $f)
        (func $indirect (param i32) (result i64 i32 f32 f64 i32 i64)
          (i32.const 1) (i64.const 2) (f64.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7) (i32.const 8)
          i32.const 0 return_call_indirect (type $f))
        (func $reference (param i32) (result i64 i32 f32 f64 i32 i64)
          (i32.const 1) (i64.const 2) (f64.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7) (i32.const 8)
          ref.func $f return_call_ref $f)
        (func (export "run") (param i32) (result i64 i32 f32 f64 i32 i64)
          (block (block (br_table 0 1 1 (local.get 0)))
            (call $direct (i32.const 9)) return)
          (if (i32.eq (local.get 0) (i32.const 1)) (then (call $indirect (i32.const 9)) return))
          (call $reference (i32.const 9))))"#;
    let ty = FuncType::new(
        [ValType::I32, ValType::I64, ValType::F64].into_iter().chain([ValType::I32; 5]),
        [ValType::I64, ValType::I32, ValType::F32, ValType::F64, ValType::I32, ValType::I64],
    );
    let expected: Vec<Val> = vec![1i64.into(), 2i32.into(), 3f32.into(), 4f64.into(), 5i32.into(), 6i64.into()];
    for engine in engines(|config| config) {
        let (mut store, instance) = with_host(&engine, text, ty.clone(), expected.clone());
        let run = instance.get_func(&store, "run").unwrap();
        for way in 0..3 {
            let mut results = vec![Val::I32(0); 6];
            store.data_mut().clear();
            run.call(&mut store, &[Val::I32(way)], &mut results).unwrap();
            assert_eq!(format!("{results:?}"), format!("{expected:?}"));
            assert_eq!(store.data()[..], [1, 8], "the caller of the function that is gone, and all parameters");
        }
    }
}

#[test]
fn a_failing_host_function_in_tail_position_reports_the_frames_that_are_left() {
    let text = r#"(module (import "host" "f" (func $f)) (func $gone return_call $f)
        (func $kept (call $gone)) (func (export "run") (call $kept)))"#;
    for engine in engines(|config| config) {
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        linker.func_new("host", "f", FuncType::new([], []), |_, _, _| Err(wasmrt::Error::host("no"))).unwrap();
        let instance = linker.instantiate(&mut store, &Module::new(&engine, text).unwrap()).unwrap();
        let run = instance.get_typed_func::<(), ()>(&store, "run").unwrap();
        let error = run.call(&mut store, ()).unwrap_err();
        let frames: Vec<u32> = error.backtrace().iter().map(|frame| frame.func_index).collect();
        assert_eq!((error.kind(), frames), (&ErrorKind::Host, vec![2, 3]));
    }
}

#[test]
fn a_trap_behind_a_tail_call_does_not_mention_the_function_that_is_gone() {
    let text = r#"(module (func $trap unreachable) (func $gone return_call $trap)
        (func (export "run") (call $gone)))"#;
    for engine in engines(|config| config) {
        let (mut store, instance) = instantiate(&engine, text);
        let run = instance.get_typed_func::<(), ()>(&store, "run").unwrap();
        let error = run.call(&mut store, ()).unwrap_err();
        let frames: Vec<u32> = error.backtrace().iter().map(|frame| frame.func_index).collect();
        assert_eq!((error.trap_code(), frames), (Some(TrapCode::Unreachable), vec![0, 2]));
    }
}

#[test]
fn an_endless_chain_of_tail_calls_can_be_interrupted_and_runs_out_of_fuel() {
    let text = r#"(module (func $a (export "run") (return_call $b (i32.const 1) (i32.const 2)))
        (func $b (param i32 i32) return_call $a))"#;
    for engine in engines(|config| config.interruption(true)) {
        let (mut store, instance) = instantiate(&engine, text);
        store.set_timeout(Some(std::time::Duration::from_millis(20)));
        let run = instance.get_typed_func::<(), ()>(&store, "run").unwrap();
        assert_eq!(run.call(&mut store, ()).unwrap_err().kind(), &ErrorKind::Interrupted);
    }
    let left: Vec<u64> = engines(|config| config.consume_fuel(true))
        .iter()
        .map(|engine| {
            let (mut store, instance) = instantiate(engine, text);
            store.set_fuel(1001).unwrap();
            let run = instance.get_typed_func::<(), ()>(&store, "run").unwrap();
            assert_eq!(run.call(&mut store, ()).unwrap_err().trap_code(), Some(TrapCode::OutOfFuel));
            store.fuel().unwrap()
        })
        .collect();
    assert!(left.iter().all(|left| *left == 1), "{left:?}");
}

#[test]
fn a_tail_call_of_a_function_with_a_large_frame_checks_the_stack() {
    let locals = "i64 ".repeat(30_000);
    let text = format!(
        r#"(module (func $large (result i64) (local {locals}) (call $nothing) (local.get 29999)) (func $nothing)
             (func (export "run") (result i64) return_call $large))"#
    );
    for engine in engines(|config| config.max_stack_bytes(64 << 10)) {
        let (mut store, instance) = instantiate(&engine, &text);
        let run: Func = instance.get_func(&store, "run").unwrap();
        let error = run.call(&mut store, &[], &mut [Val::I64(0)]);
        // Compiled code does not keep locals that nobody uses.
        assert!(error.is_ok() || error.unwrap_err().trap_code() == Some(TrapCode::StackOverflow));
    }
}

#[test]
fn a_host_function_in_tail_position_may_let_objects_move() {
    let text = r#"(module (type $s (struct (field i32))) (type $f (func (param i32) (result i32)))
        (import "host" "f" (func $f (type $f)))
        (func (export "make") (result i32) (struct.get $s 0 (struct.new $s (i32.const 5))))
        (func $tail (type $f) (local (ref null $s))
          (local.set 1 (struct.new $s (i32.const 100)))
          (return_call $f (local.get 0)))
        (func (export "run") (result i32) (local $kept (ref null $s))
          (local.set $kept (struct.new $s (i32.const 7)))
          (i32.add (call $tail (i32.const 1)) (struct.get $s 0 (local.get $kept)))))"#;
    for engine in engines(|config| config.gc_stress(true)) {
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        linker
            .func_wrap("host", "f", |mut caller: wasmrt::Caller<'_, ()>, number: i32| {
                let make = caller.get_export("make").and_then(wasmrt::Extern::into_func).unwrap();
                let made = make.typed::<(), i32>(&caller).unwrap().call(&mut caller, ()).unwrap();
                made + number
            })
            .unwrap();
        let instance = linker.instantiate(&mut store, &Module::new(&engine, text).unwrap()).unwrap();
        assert_eq!(instance.get_typed_func::<(), i32>(&store, "run").unwrap().call(&mut store, ()).unwrap(), 13);
    }
}
