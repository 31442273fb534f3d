use crate::{engines, instantiate};
use wasmrt::{ErrorKind, Instance, Linker, Module, Store, StoreLimits};

const SMALL: &str = r#"(module (memory (export "m") 1) (table 10 funcref) (elem (i32.const 0) func $f)
    (func $f (export "f") (result i32) (i32.const 3)))"#;

#[test]
fn a_closed_instance_answers_every_use_with_a_usage_error() {
    for engine in engines(|config| config) {
        let (mut store, instance) = instantiate(&engine, SMALL);
        let f = instance.get_typed_func::<(), i32>(&store, "f").unwrap();
        assert_eq!(f.call(&mut store, ()).unwrap(), 3);
        let memory = instance.get_memory(&store, "m").unwrap();
        instance.close(&store).unwrap();
        assert_eq!(f.call(&mut store, ()).unwrap_err().kind(), &ErrorKind::Usage);
        assert_eq!(memory.size(&store).unwrap_err().kind(), &ErrorKind::Usage);
        assert!(instance.get_export(&store, "f").is_none());
        assert_eq!(instance.close(&store).unwrap_err().kind(), &ErrorKind::Usage);
    }
}

#[test]
fn closing_frees_so_that_a_limit_on_instances_is_never_reached() {
    for engine in engines(|config| config) {
        let module = Module::new(&engine, SMALL).unwrap();
        let mut store = Store::new(&engine, ());
        store.set_limits(StoreLimits { instances: Some(2), memories: Some(2), ..Default::default() });
        for _ in 0..1000 {
            let instance = Instance::new(&mut store, &module, &[]).unwrap();
            let f = instance.get_typed_func::<(), i32>(&store, "f").unwrap();
            assert_eq!(f.call(&mut store, ()).unwrap(), 3);
            instance.close(&store).unwrap();
        }
    }
}

#[test]
fn a_closed_instance_lives_on_behind_those_that_import_from_it() {
    let user = r#"(module (import "p" "f" (func $f (result i32))) (import "p" "m" (memory 1))
        (func (export "g") (result i32) (i32.store (i32.const 0) (call $f)) (i32.load (i32.const 0))))"#;
    for engine in engines(|config| config) {
        let (mut store, provider) = instantiate(&engine, SMALL);
        let mut linker = Linker::new(&engine);
        linker.instance(&store, "p", provider).unwrap();
        let user = linker.instantiate(&mut store, &Module::new(&engine, user).unwrap()).unwrap();
        provider.close(&store).unwrap();
        let g = user.get_typed_func::<(), i32>(&store, "g").unwrap();
        assert_eq!(g.call(&mut store, ()).unwrap(), 3);
        store.set_limits(StoreLimits { instances: Some(1), ..Default::default() });
        user.close(&store).unwrap();
        let module = Module::new(&engine, SMALL).unwrap();
        Instance::new(&mut store, &module, &[]).unwrap();
    }
}

#[test]
fn a_function_left_in_a_foreign_table_keeps_its_closed_instance() {
    let holder = r#"(module (type $i (func (result i32))) (table (export "t") 1 funcref)
        (func (export "call") (result i32) (call_indirect (type $i) (i32.const 0))))"#;
    let lender = r#"(module (import "h" "t" (table 1 funcref)) (global $g (mut i32) (i32.const 40))
        (func $f (result i32) (global.set $g (i32.add (global.get $g) (i32.const 1))) (global.get $g))
        (elem (i32.const 0) func $f))"#;
    for engine in engines(|config| config) {
        let (mut store, holder) = instantiate(&engine, holder);
        let mut linker = Linker::new(&engine);
        linker.instance(&store, "h", holder).unwrap();
        let lender = linker.instantiate(&mut store, &Module::new(&engine, lender).unwrap()).unwrap();
        lender.close(&store).unwrap();
        let call = holder.get_typed_func::<(), i32>(&store, "call").unwrap();
        assert_eq!([(); 2].map(|()| call.call(&mut store, ()).unwrap()), [41, 42]);
        store.set_limits(StoreLimits { instances: Some(2), ..Default::default() });
        let module = Module::new(&engine, SMALL).unwrap();
        let next = Instance::new(&mut store, &module, &[]);
        assert_eq!(next.unwrap_err().kind(), &ErrorKind::Limit);
        let table = holder.get_table(&store, "t").unwrap();
        table.set(&mut store, 0, wasmrt::Val::FuncRef(None)).unwrap();
        Instance::new(&mut store, &module, &[]).unwrap();
        holder.close(&store).unwrap();
        Instance::new(&mut store, &module, &[]).unwrap();
    }
}

#[test]
fn a_failed_start_leaves_what_it_wrote_into_imports_and_nothing_else() {
    let failing = r#"(module (import "p" "m" (memory 1)) (data (i32.const 5) "x") (func $s unreachable) (start $s))"#;
    for engine in engines(|config| config) {
        let (mut store, provider) = instantiate(&engine, SMALL);
        let mut linker = Linker::new(&engine);
        linker.instance(&store, "p", provider).unwrap();
        let module = Module::new(&engine, failing).unwrap();
        store.set_limits(StoreLimits { instances: Some(2), ..Default::default() });
        for _ in 0..3 {
            let error = linker.instantiate(&mut store, &module).unwrap_err();
            assert_eq!(error.trap_code(), Some(wasmrt::TrapCode::Unreachable));
        }
        assert_eq!(provider.get_memory(&store, "m").unwrap().data(&store).unwrap()[5], b'x');
    }
}
