//! Objects in the hands of the host.

use super::{all_engines, instantiate};
use wasmrt::{
    AnyRef, ArrayRef, ConcreteType, ErrorKind, ExternRef, FuncType, Global, GlobalType, HeapType, Instance, RefType,
    Store, StructRef, Table, TableType, Val, ValType,
};

const TYPES: &str = r#"(module
    (type $point (sub (struct (field $x (mut i32)) (field $y f64) (field $tag (mut i8)))))
    (type $named (sub $point (struct (field $x (mut i32)) (field $y f64) (field $tag (mut i8)) (field externref))))
    (type $points (array (mut (ref null $point))))
    (type $bytes (array i8))
    (func (export "point") (param i32) (result (ref $point))
        (struct.new $point (local.get 0) (f64.const 0.5) (i32.const 0x1ff)))
    (func (export "named") (param externref) (result (ref $named))
        (struct.new $named (i32.const 1) (f64.const 1.5) (i32.const 2) (local.get 0)))
    (func (export "points") (param i32) (result (ref $points)) (array.new_default $points (local.get 0)))
    (func (export "bytes") (result (ref $bytes)) (array.new_fixed $bytes 3 (i32.const 1) (i32.const -1) (i32.const 3)))
    (func (export "x") (param (ref $point)) (result i32) (struct.get $point $x (local.get 0)))
    (func (export "same") (param eqref eqref) (result i32) (ref.eq (local.get 0) (local.get 1)))
    (func (export "pass") (param anyref) (result anyref) (local.get 0))
    (func (export "pass_extern") (param externref) (result externref) (local.get 0))
    (func (export "i31") (param i31ref) (result i32) (i31.get_s (local.get 0)))
    (table (export "table") 4 (ref null $point))
    (global (export "global") (mut (ref null $points)) (ref.null $points))
    (global (export "any") (mut anyref) (ref.null any)))"#;

fn call(store: &mut Store<()>, instance: Instance, name: &str, params: &[Val]) -> wasmrt::Result<Val> {
    let mut results = [Val::I32(0)];
    instance.get_func(&*store, name).unwrap().call(store, params, &mut results)?;
    let [result] = results;
    Ok(result)
}

fn any(value: Val) -> AnyRef {
    let Val::AnyRef(Some(reference)) = value else { panic!("{value:?}") };
    reference
}

fn type_of_result(store: &Store<()>, instance: Instance, name: &str) -> ConcreteType {
    let ty = instance.get_func(store, name).unwrap().ty(store).unwrap();
    match ty.results()[0] {
        ValType::Ref(RefType { heap: HeapType::Concrete(ty), .. }) => ty,
        other => panic!("{other}"),
    }
}

#[test]
fn the_host_reads_and_writes_fields_and_elements() {
    for engine in all_engines() {
        let (mut store, instance) = instantiate(&engine, TYPES);
        let point = any(call(&mut store, instance, "point", &[Val::I32(7)]).unwrap()).as_struct().unwrap();
        assert_eq!((point.field_count(), point.ty()), (3, type_of_result(&store, instance, "point")));
        assert_eq!(point.field(&store, 0).unwrap().i32(), Some(7));
        assert_eq!(point.field(&store, 1).unwrap().f64(), Some(0.5));
        assert_eq!(point.field(&store, 2).unwrap().i32(), Some(0xff), "packed fields are zero-extended");
        point.set_field(&mut store, 0, &Val::I32(8)).unwrap();
        point.set_field(&mut store, 2, &Val::I32(0x105)).unwrap();
        assert_eq!(point.field(&store, 2).unwrap().i32(), Some(5));
        for (index, value) in [(1, Val::F64(0)), (0, Val::I64(1)), (9, Val::I32(1))] {
            assert_eq!(point.set_field(&mut store, index, &value).unwrap_err().kind(), &ErrorKind::Usage);
        }
        assert_eq!(point.field(&store, 3).unwrap_err().message(), "field 3 of a struct with 3");
        assert_eq!(call(&mut store, instance, "x", &[point.to_any().into()]).unwrap().i32(), Some(8));

        let points = any(call(&mut store, instance, "points", &[Val::I32(5)]).unwrap()).as_array().unwrap();
        assert_eq!(points.len(&store).unwrap(), 5);
        assert!(matches!(points.get(&store, 4).unwrap(), Val::AnyRef(None)));
        points.set(&mut store, 2, &point.clone().into()).unwrap();
        assert_eq!(any(points.get(&store, 2).unwrap()), point.to_any());
        assert_eq!(points.get(&store, 5).unwrap_err().message(), "element 5 is outside the array of 5 elements");
        let wrong = points.set(&mut store, 0, &points.to_any().into()).unwrap_err();
        assert_eq!(wrong.kind(), &ErrorKind::Usage, "an array is no point");

        let bytes = any(call(&mut store, instance, "bytes", &[]).unwrap()).as_array().unwrap();
        let values: Vec<_> = (0..3).map(|index| bytes.get(&store, index).unwrap().i32().unwrap()).collect();
        assert_eq!(values, [1, 255, 3]);
        assert_eq!(bytes.set(&mut store, 0, &Val::I32(1)).unwrap_err().message(), "the array is immutable");
        assert!(point.to_any().as_array().is_none() && points.to_any().as_struct().is_none());
    }
}

#[test]
fn the_host_makes_objects_that_guests_use() {
    for engine in all_engines() {
        let (mut store, instance) = instantiate(&engine, TYPES);
        let ty = type_of_result(&store, instance, "point");
        let made: Vec<StructRef> = (0..200)
            .map(|x| StructRef::new(&mut store, ty, &[Val::I32(x), Val::F64(0), Val::I32(1)]).unwrap())
            .collect();
        for (x, point) in (0..).zip(&made) {
            assert_eq!(call(&mut store, instance, "x", &[point.clone().into()]).unwrap().i32(), Some(x));
        }
        let array = type_of_result(&store, instance, "points");
        let elements: Vec<Val> = made.iter().map(|point| point.clone().into()).collect();
        let points = ArrayRef::new(&mut store, array, &elements).unwrap();
        drop((made, elements));
        store.gc().unwrap();
        assert_eq!(points.len(&store).unwrap(), 200);
        let last = any(points.get(&store, 199).unwrap()).as_struct().unwrap();
        assert_eq!(last.field(&store, 0).unwrap().i32(), Some(199));

        let error = StructRef::new(&mut store, ty, &[Val::I32(1)]).unwrap_err();
        assert_eq!(error.message(), "expected 3 fields, but got 1");
        let error = StructRef::new(&mut store, ty, &[Val::I32(1), Val::I32(1), Val::I32(1)]).unwrap_err();
        assert_eq!(error.message(), "the value has type i32, but the field holds f64");
        assert_eq!(StructRef::new(&mut store, array, &[]).unwrap_err().kind(), &ErrorKind::Usage);
        assert_eq!(ArrayRef::new(&mut store, ty, &[]).unwrap_err().kind(), &ErrorKind::Usage);
    }
}

#[test]
fn a_reference_fits_where_what_it_refers_to_does() {
    for engine in all_engines() {
        let (mut store, instance) = instantiate(&engine, TYPES);
        let named = call(&mut store, instance, "named", &[Val::ExternRef(None)]).unwrap();
        assert_eq!(call(&mut store, instance, "x", &[named.clone()]).unwrap().i32(), Some(1), "a subtype");
        let points = call(&mut store, instance, "points", &[Val::I32(1)]).unwrap();
        for (name, value) in
            [("x", points.clone()), ("x", Val::AnyRef(None)), ("x", AnyRef::i31(1).into()), ("i31", points.clone())]
        {
            let error = call(&mut store, instance, name, &[value]).unwrap_err();
            assert_eq!(error.kind(), &ErrorKind::Usage);
            assert!(error.message().starts_with("parameter 0 has type"), "{error}");
        }
        let table = instance.get_table(&store, "table").unwrap();
        table.set(&mut store, 3, named.clone()).unwrap();
        assert_eq!(any(table.get(&store, 3).unwrap()), any(named.clone()));
        assert_eq!(table.set(&mut store, 0, points.clone()).unwrap_err().kind(), &ErrorKind::Usage);
        let global = instance.get_global(&store, "global").unwrap();
        global.set(&mut store, points.clone()).unwrap();
        assert_eq!(any(global.get(&store).unwrap()), any(points));
        assert_eq!(global.set(&mut store, named.clone()).unwrap_err().kind(), &ErrorKind::Usage);
        let typed = instance.get_typed_func::<Option<AnyRef>, i32>(&store, "x").unwrap();
        assert_eq!(typed.call(&mut store, Some(any(named))).unwrap(), 1);
        assert_eq!(typed.call(&mut store, None).unwrap_err().kind(), &ErrorKind::Usage);
    }
}

#[test]
fn small_integers_need_no_object() {
    for engine in all_engines() {
        let (mut store, instance) = instantiate(&engine, TYPES);
        for value in [0, 1, -1, (1 << 30) - 1, -(1 << 30)] {
            let reference = AnyRef::i31(value);
            assert_eq!((reference.as_i31(), reference.ty()), (Some(value), HeapType::I31));
            assert_eq!(call(&mut store, instance, "i31", &[reference.clone().into()]).unwrap().i32(), Some(value));
            assert_eq!(any(call(&mut store, instance, "pass", &[reference.clone().into()]).unwrap()), reference);
        }
        assert_eq!(AnyRef::i31(i32::MIN).as_i31(), Some(0), "the low 31 bits");
        assert_eq!(store.heap_stats().used_bytes, 0);
    }
}

#[test]
fn host_objects_and_objects_are_converted_into_each_other_and_back() {
    for engine in all_engines() {
        let (mut store, instance) = instantiate(&engine, TYPES);
        let host = ExternRef::new(5u8);
        let as_any = AnyRef::from_extern(&host);
        let back = any(call(&mut store, instance, "pass", &[as_any.clone().into()]).unwrap());
        assert_eq!((back.ty(), &back), (HeapType::Any, &as_any));
        assert_eq!(back.to_extern().data().downcast_ref::<u8>(), Some(&5));
        let point = any(call(&mut store, instance, "point", &[Val::I32(3)]).unwrap());
        let Val::ExternRef(Some(passed)) =
            call(&mut store, instance, "pass_extern", &[point.to_extern().into()]).unwrap()
        else {
            panic!("an externref");
        };
        assert!(passed.ptr_eq(&point.to_extern()) && !passed.ptr_eq(&host));
        assert_eq!(passed.data().downcast_ref::<AnyRef>(), Some(&point));
        assert_eq!(AnyRef::from_extern(&passed).as_struct().unwrap().field(&store, 0).unwrap().i32(), Some(3));
    }
}

#[test]
fn references_are_compared_by_identity() {
    for engine in all_engines() {
        let (mut store, instance) = instantiate(&engine, TYPES);
        let [one, other] = [3, 3].map(|x| any(call(&mut store, instance, "point", &[Val::I32(x)]).unwrap()));
        let again = any(call(&mut store, instance, "pass", &[one.clone().into()]).unwrap());
        assert!(one == again && one != other);
        for (left, right, same) in [(&one, &again, 1), (&one, &other, 0)] {
            let answer = call(&mut store, instance, "same", &[left.clone().into(), right.clone().into()]);
            assert_eq!(answer.unwrap().i32(), Some(same));
        }
    }
}

#[test]
fn references_of_another_store_are_refused() {
    for engine in all_engines() {
        let (mut store, instance) = instantiate(&engine, TYPES);
        let (mut other, other_instance) = instantiate(&engine, TYPES);
        let point = call(&mut store, instance, "point", &[Val::I32(3)]).unwrap();
        let error = call(&mut other, other_instance, "pass", &[point.clone()]).unwrap_err();
        assert_eq!(error.message(), "the reference belongs to another store");
        let extern_point = Val::ExternRef(Some(any(point.clone()).to_extern()));
        assert!(call(&mut other, other_instance, "pass_extern", &[extern_point]).is_err());
        let structure = any(point.clone()).as_struct().unwrap();
        assert_eq!(structure.field(&other, 0).unwrap_err().kind(), &ErrorKind::Usage);
        let global = other_instance.get_global(&other, "any").unwrap();
        assert_eq!(global.set(&mut other, point).unwrap_err().kind(), &ErrorKind::Usage);
        drop(store);
        drop(structure);
    }
}

#[test]
fn call_slots_hand_references_over_once() {
    for engine in all_engines() {
        let (mut store, instance) = instantiate(&engine, TYPES);
        let pass = instance.get_func(&store, "pass").unwrap();
        let point = any(call(&mut store, instance, "point", &[Val::I32(3)]).unwrap());
        let token = point.to_raw(&store).unwrap();
        assert_eq!(token >> 63, 1);
        let mut slots = [token];
        pass.call_slots(&mut store, &mut slots).unwrap();
        assert_eq!(AnyRef::from_raw(&store, slots[0]).unwrap(), Some(point.clone()));
        for stale in [token, slots[0], 16, 1 << 63, 77 << 2 | 2] {
            let error = pass.call_slots(&mut store, &mut [stale]).unwrap_err();
            assert_eq!(error.kind(), &ErrorKind::Usage, "{stale:#x}");
        }
        let mut integer = [AnyRef::i31(5).to_raw(&store).unwrap()];
        assert_eq!(integer, [11]);
        pass.call_slots(&mut store, &mut integer).unwrap();
        assert_eq!(integer, [11]);
        drop(point);
        store.gc().unwrap();
        assert_eq!(store.heap_stats().live_bytes, 0, "what was handed over is not held");
    }
}

#[test]
fn globals_and_tables_of_the_host_hold_objects() {
    for engine in all_engines() {
        let (mut store, instance) = instantiate(&engine, TYPES);
        let point = call(&mut store, instance, "point", &[Val::I32(3)]).unwrap();
        let eq = RefType::null(HeapType::Eq);
        let ty = GlobalType { content: ValType::Ref(eq), mutable: true };
        let global = Global::new(&mut store, ty.clone(), point.clone()).unwrap();
        let ty = TableType { element: eq, min: 2, max: None, table64: false };
        let table = Table::new(&mut store, ty, point.clone()).unwrap();
        table.grow(&mut store, 1, AnyRef::i31(4).into()).unwrap();
        let point = any(point);
        store.gc().unwrap();
        assert_eq!(any(global.get(&store).unwrap()), point);
        assert_eq!(any(table.get(&store, 1).unwrap()), point);
        assert_eq!(any(table.get(&store, 2).unwrap()).as_i31(), Some(4));
        let host = AnyRef::from_extern(&ExternRef::new(()));
        assert_eq!(global.set(&mut store, host.into()).unwrap_err().kind(), &ErrorKind::Usage, "not comparable");
        drop(point);
        global.set(&mut store, Val::AnyRef(None)).unwrap();
        store.gc().unwrap();
        assert_eq!(any(table.get(&store, 0).unwrap()).as_struct().unwrap().field(&store, 0).unwrap().i32(), Some(3));
    }
}

#[test]
fn typed_functions_take_what_the_signature_says() {
    for engine in all_engines() {
        let (mut store, instance) = instantiate(&engine, TYPES);
        assert!(instance.get_typed_func::<Option<AnyRef>, Option<AnyRef>>(&store, "pass").is_ok());
        assert!(instance.get_typed_func::<Option<ExternRef>, Option<AnyRef>>(&store, "pass").is_err());
        assert!(instance.get_typed_func::<i32, Option<AnyRef>>(&store, "point").is_ok());
        assert!(instance.get_typed_func::<i32, Option<ExternRef>>(&store, "point").is_err());
        let module = r#"(module (import "h" "f" (func $f (param anyref) (result anyref)))
            (func (export "run") (param anyref) (result anyref) (call $f (local.get 0))))"#;
        let module = wasmrt::Module::new(&engine, module).unwrap();
        let host = wasmrt::Func::wrap(&mut store, |reference: Option<AnyRef>| reference).unwrap();
        let any = ValType::Ref(RefType::ANYREF);
        assert_eq!(host.ty(&store).unwrap(), FuncType::new([any], [any]));
        let guest = Instance::new(&mut store, &module, &[host.into()]).unwrap();
        let run = guest.get_typed_func::<Option<AnyRef>, Option<AnyRef>>(&store, "run").unwrap();
        assert_eq!(run.call(&mut store, Some(AnyRef::i31(5))).unwrap(), Some(AnyRef::i31(5)));
        assert_eq!(run.call(&mut store, None).unwrap(), None);
    }
}
