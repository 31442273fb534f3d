use crate::{engines, instantiate};
use std::sync::Arc;
use wasmrt::{ErrorKind, ExternRef, Func, Instance, Module, Store, TrapCode, Val};

#[test]
fn host_objects_come_back_as_themselves_from_globals_tables_and_calls() {
    let text = r#"(module (table $t (export "t") 3 externref) (global $g (export "g") (mut externref) (ref.null extern))
        (func (export "keep") (param externref) (result externref i32)
          (global.set $g (local.get 0)) (table.set $t (i32.const 1) (local.get 0))
          (table.get $t (i32.const 1)) (ref.is_null (table.get $t (i32.const 2)))))"#;
    for engine in engines(|config| config) {
        let (mut store, instance) = instantiate(&engine, text);
        let keep = instance.get_typed_func::<Option<ExternRef>, (Option<ExternRef>, i32)>(&store, "keep").unwrap();
        let object = ExternRef::new("thing");
        let (back, null) = keep.call(&mut store, Some(object.clone())).unwrap();
        assert!(back.unwrap().ptr_eq(&object));
        assert_eq!(null, 1);
        let Val::ExternRef(Some(held)) = instance.get_global(&store, "g").unwrap().get(&store).unwrap() else {
            panic!()
        };
        assert_eq!(held.data().downcast_ref::<&str>(), Some(&"thing"));
        assert!(keep.call(&mut store, None).unwrap().0.is_none());
    }
}

#[test]
fn host_objects_that_no_guest_holds_are_dropped() {
    let text = r#"(module (global $g (mut externref) (ref.null extern))
        (func (export "keep") (param externref) (global.set $g (local.get 0))))"#;
    for engine in engines(|config| config) {
        let (mut store, instance) = instantiate(&engine, text);
        let keep = instance.get_typed_func::<Option<ExternRef>, ()>(&store, "keep").unwrap();
        let counted = Arc::new(());
        for _ in 0..20_000 {
            keep.call(&mut store, Some(ExternRef::new(counted.clone()))).unwrap();
        }
        assert!(Arc::strong_count(&counted) < 5_000, "{}", Arc::strong_count(&counted));
        drop(store);
        assert_eq!(Arc::strong_count(&counted), 1);
    }
}

#[test]
fn functions_of_another_instance_are_called_through_a_shared_table() {
    let provider = r#"(module (table (export "t") 2 funcref) (func $seven (result i32) (i32.const 7))
        (elem (i32.const 0) func $seven))"#;
    let user = r#"(module (type $i (func (result i32))) (type $l (func (result i64)))
        (import "p" "t" (table 2 funcref))
        (func (export "call") (param i32) (result i32) (call_indirect (type $i) (local.get 0)))
        (func (export "wrong") (result i64) (call_indirect (type $l) (i32.const 0))))"#;
    for engine in engines(|config| config) {
        let (mut store, provider) = instantiate(&engine, provider);
        let table = provider.get_table(&store, "t").unwrap();
        let module = Module::new(&engine, user).unwrap();
        let user = Instance::new(&mut store, &module, &[table.into()]).unwrap();
        let call = user.get_typed_func::<i32, i32>(&store, "call").unwrap();
        assert_eq!(call.call(&mut store, 0).unwrap(), 7);
        let trap = |result: wasmrt::Result<i32>| result.unwrap_err().trap_code().unwrap();
        assert_eq!(trap(call.call(&mut store, 1)), TrapCode::UninitializedElement);
        assert_eq!(trap(call.call(&mut store, 2)), TrapCode::UndefinedElement);
        let wrong = user.get_typed_func::<(), i64>(&store, "wrong").unwrap().call(&mut store, ()).unwrap_err();
        assert_eq!(wrong.trap_code(), Some(TrapCode::IndirectCallTypeMismatch));
        let host = Func::wrap(&mut store, || 9).unwrap();
        table.set(&mut store, 1, host.into()).unwrap();
        assert_eq!(call.call(&mut store, 1).unwrap(), 9);
    }
}

#[test]
fn a_reference_of_another_store_is_refused() {
    for engine in engines(|config| config) {
        let (mut store, instance) = instantiate(&engine, r#"(module (func (export "f") (param funcref)))"#);
        let mut other = Store::new(&engine, ());
        let foreign = Func::wrap(&mut other, || ()).unwrap();
        let f = instance.get_func(&store, "f").unwrap();
        let error = f.call(&mut store, &[foreign.into()], &mut []).unwrap_err();
        assert_eq!((error.kind(), error.message()), (&ErrorKind::Usage, "the function belongs to another store"));
    }
}
