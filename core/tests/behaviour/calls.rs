use crate::{engines, instantiate};
use wasmrt::{
    Caller, Error, ErrorKind, Extern, Func, FuncType, Instance, Linker, Module, Store, TrapCode, Val, ValType,
};

#[test]
fn arguments_and_results_of_every_number_type_pass_unchanged() {
    for engine in engines(|config| config) {
        let (mut store, instance) = instantiate(
            &engine,
            r#"(module (func (export "turn") (param i32 i64 f32 f64) (result f64 f32 i64 i32)
                 local.get 3 local.get 2 local.get 1 local.get 0))"#,
        );
        let turn = instance.get_typed_func::<(i32, i64, f32, f64), (f64, f32, i64, i32)>(&store, "turn").unwrap();
        let results = turn.call(&mut store, (-1, i64::MIN, 1.5, -0.0)).unwrap();
        assert_eq!(results, (-0.0, 1.5, i64::MIN, -1));
        assert!(results.0.is_sign_negative());
    }
}

#[test]
fn more_results_than_registers_arrive_in_order() {
    let types = "i64 ".repeat(20);
    let values: String = (0..20).map(|value| format!("i64.const {value} ")).collect();
    let drops = "drop ".repeat(19);
    let text = format!(
        r#"(module (func $many (export "many") (result {types}) {values})
             (func (export "first") (result i64) call $many {drops}))"#
    );
    for engine in engines(|config| config) {
        let (mut store, instance) = instantiate(&engine, &text);
        let mut results = vec![Val::I64(0); 20];
        let many = instance.get_func(&store, "many").unwrap();
        many.call(&mut store, &[], &mut results).unwrap();
        assert!(results.iter().enumerate().all(|(position, value)| value.i64() == Some(position as i64)));
        assert_eq!(instance.get_typed_func::<(), i64>(&store, "first").unwrap().call(&mut store, ()).unwrap(), 0);
    }
}

#[test]
fn wrong_arguments_are_usage_errors_that_say_what_is_expected() {
    for engine in engines(|config| config) {
        let (mut store, instance) =
            instantiate(&engine, r#"(module (func (export "f") (param i32) (result i32) local.get 0))"#);
        let f = instance.get_func(&store, "f").unwrap();
        let count = f.call(&mut store, &[], &mut [Val::I32(0)]).unwrap_err();
        assert_eq!((count.kind(), count.message()), (&ErrorKind::Usage, "expected 1 parameters, but got 0"));
        let ty = f.call(&mut store, &[Val::I64(1)], &mut [Val::I32(0)]).unwrap_err();
        assert_eq!((ty.kind(), ty.message()), (&ErrorKind::Usage, "parameter 0 has type i64, but i32 is expected"));
        let typed = instance.get_typed_func::<i64, i32>(&store, "f").unwrap_err();
        assert_eq!(typed.message(), "the function has type [i32] -> [i32], not [i64] -> [i32]");
        f.call(&mut store, &[Val::I32(7)], &mut [Val::I32(0)]).unwrap();
    }
}

#[test]
fn a_missing_import_names_itself_and_what_was_expected() {
    for engine in engines(|config| config) {
        let module = Module::new(&engine, r#"(module (import "env" "f" (func (param i32))))"#).unwrap();
        let mut linker = Linker::new(&engine);
        let missing = linker.instantiate(&mut Store::new(&engine, ()), &module).unwrap_err();
        assert_eq!(missing.kind(), &ErrorKind::Link { module: "env".into(), name: "f".into() });
        assert_eq!(missing.message(), "unknown import `env.f`: expected func [i32] -> [], but nothing was defined");
        linker.func_wrap("env", "f", || ()).unwrap();
        let mismatch = linker.instantiate(&mut Store::new(&engine, ()), &module).unwrap_err();
        let expected = "incompatible import type for `env.f`: expected func [i32] -> [], found func [] -> []";
        assert_eq!(mismatch.message(), expected);
    }
}

const CALLS_HOST: &str = r#"(module $guest (import "host" "f" (func $f (param i32) (result i32)))
    (memory (export "memory") 1)
    (func $inner (param i32) (result i32) (call $f (local.get 0)))
    (func (export "run") (param i32) (result i32) (i32.add (call $inner (local.get 0)) (i32.const 1))))"#;

#[test]
fn a_host_function_sees_the_data_and_the_memory_of_its_caller() {
    for engine in engines(|config| config) {
        let module = Module::new(&engine, CALLS_HOST).unwrap();
        let mut linker = Linker::<u32>::new(&engine);
        let body = |mut caller: Caller<'_, u32>, value: i32| -> wasmrt::Result<i32> {
            *caller.data_mut() += 1;
            let memory = caller.get_export("memory").and_then(Extern::into_memory).unwrap();
            memory.write(&mut caller, 3, &[value as u8])?;
            Ok(value * 2)
        };
        linker.func_wrap("host", "f", body).unwrap();
        let mut store = Store::new(&engine, 0);
        let instance = linker.instantiate(&mut store, &module).unwrap();
        let run = instance.get_typed_func::<i32, i32>(&store, "run").unwrap();
        assert_eq!(run.call(&mut store, 20).unwrap(), 41);
        assert_eq!(run.call(&mut store, 21).unwrap(), 43);
        assert_eq!(*store.data(), 2);
        assert_eq!(instance.get_memory(&store, "memory").unwrap().data(&store).unwrap()[3], 21);
    }
}

#[test]
fn errors_and_panics_of_the_host_reach_the_caller_with_the_guests_frames() {
    for engine in engines(|config| config) {
        let module = Module::new(&engine, CALLS_HOST).unwrap();
        let mut linker = Linker::<()>::new(&engine);
        let body = |value: i32| -> wasmrt::Result<i32> {
            if value == 0 { Err(Error::host(std::fmt::Error)) } else { panic!("value {value}") }
        };
        linker.func_wrap("host", "f", body).unwrap();
        let mut store = Store::new(&engine, ());
        let run = linker.instantiate(&mut store, &module).unwrap().get_typed_func::<i32, i32>(&store, "run").unwrap();
        let error = run.call(&mut store, 0).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Host);
        assert!(error.downcast_ref::<std::fmt::Error>().is_some());
        let names: Vec<_> = error.backtrace().iter().map(|frame| frame.func_name.clone()).collect();
        assert_eq!(names, [Some("inner".to_owned()), None], "{:?}", engine.strategy());
        assert_eq!(error.backtrace()[0].module_name.as_deref(), Some("guest"));
        let panic = run.call(&mut store, 5).unwrap_err();
        assert_eq!((panic.kind(), panic.message()), (&ErrorKind::Host, "host function panicked: value 5"));
    }
}

#[test]
fn traps_carry_code_message_and_the_frames_of_nested_calls() {
    let text = r#"(module $m (import "host" "again" (func $again (param funcref)))
        (func $divide (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))
        (func $boom (drop (call $divide (i32.const 0))))
        (elem declare func $boom)
        (func $outer (export "run") (call $again (ref.func $boom))))"#;
    for engine in engines(|config| config) {
        let module = Module::new(&engine, text).unwrap();
        let mut linker = Linker::<()>::new(&engine);
        let body = |mut caller: Caller<'_, ()>, func: Option<Func>| func.unwrap().call(&mut caller, &[], &mut []);
        linker.func_wrap("host", "again", body).unwrap();
        let mut store = Store::new(&engine, ());
        let run = linker.instantiate(&mut store, &module).unwrap().get_typed_func::<(), ()>(&store, "run").unwrap();
        for _ in 0..3 {
            let trap = run.call(&mut store, ()).unwrap_err();
            assert_eq!(trap.trap_code(), Some(TrapCode::IntegerDivideByZero));
            assert_eq!(trap.message(), "integer divide by zero");
            let names: Vec<_> = trap.backtrace().iter().filter_map(|frame| frame.func_name.as_deref()).collect();
            assert_eq!(names, ["divide", "boom", "outer"], "{:?}", engine.strategy());
            assert!(trap.backtrace().iter().all(|frame| frame.module_offset.is_some()));
        }
    }
}

#[test]
fn host_functions_over_values_are_checked_on_the_way_out() {
    for engine in engines(|config| config) {
        let mut store = Store::new(&engine, ());
        let ty = FuncType::new([], [ValType::I32]);
        let wrong = Func::new(&mut store, ty, |_, _, results| {
            results[0] = Val::F64(0);
            Ok(())
        });
        let module =
            Module::new(&engine, r#"(module (import "" "f" (func (result i32))) (export "f" (func 0)))"#).unwrap();
        let instance = Instance::new(&mut store, &module, &[wrong.unwrap().into()]).unwrap();
        let f = instance.get_typed_func::<(), i32>(&store, "f").unwrap();
        let error = f.call(&mut store, ()).unwrap_err();
        assert_eq!(error.message(), "result 0 has type f64, but i32 is expected");
    }
}
