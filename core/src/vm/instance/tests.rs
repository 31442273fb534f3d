use super::*;
use crate::{
    module::{ConstExpr, ConstOp, DataSegment, ElementItems, ElementKind, ElementSegment},
    types::{ElemIdx, FuncType, GlobalType, MemoryType, RefType, SubType, TableType, TypeIdx, ValType},
    vm::{fixture::Fixture, layout::offsets},
};

const FUNCREF: RefType = RefType::FUNCREF;

fn i32_const(value: i32) -> ConstExpr {
    ConstExpr(vec![ConstOp::I32(value)])
}

fn table_type(min: u64) -> TableType {
    TableType { element: FUNCREF, min, max: None, table64: false }
}

fn active(table: u32, offset: i32, funcs: &[u32]) -> ElementSegment {
    let kind = ElementKind::Active(TableIdx(table), i32_const(offset));
    let items = ElementItems::Functions(funcs.iter().copied().map(FuncIdx).collect());
    ElementSegment { element: FUNCREF, kind, items }
}

/// Three functions of which 0 and 2 escape, one memory page, one table of four, the bytes `abcdef`.
fn module() -> ModuleInfo {
    ModuleInfo {
        bytes: b"abcdef".as_slice().into(),
        types: vec![SubType::func(FuncType::new([], [])), SubType::func(FuncType::new([ValType::I32], []))],
        functions: vec![TypeIdx(0), TypeIdx(1), TypeIdx(0)],
        escaping: vec![FuncIdx(0), FuncIdx(2)],
        memories: vec![MemoryType::new(1, None)],
        tables: vec![table_type(4)],
        ..ModuleInfo::default()
    }
}

fn with_globals(imported: &[ValType], defined: &[(ValType, ConstOp)]) -> ModuleInfo {
    let types = imported.iter().chain(defined.iter().map(|(ty, _)| ty));
    ModuleInfo {
        globals: types.map(|ty| GlobalType { content: *ty, mutable: true }).collect(),
        imported_globals: imported.len() as u32,
        global_inits: defined.iter().map(|(_, op)| ConstExpr(vec![*op])).collect(),
        ..module()
    }
}

#[test]
fn the_context_holds_what_linking_handed_over() {
    let fixture = Fixture::new(with_globals(&[ValType::I64], &[(ValType::I32, ConstOp::I32(1))]), &[[8, 9]]);
    let instance = &fixture.instance;
    let context = instance.vmctx();
    assert_eq!(context.addr() % 16, 0);
    // SAFETY: [context-layout] The head and the arrays of a live instance.
    unsafe {
        let head = &*context;
        assert_eq!((head.kind, head.owner, head.generation, head.reserved), (ContextKind::Interpreted, 5, 6, 0));
        assert_eq!(head.instance, &raw const **instance);
        assert_eq!(std::slice::from_raw_parts(head.signature_ids, 2), [1, 2]);
        assert_eq!(head.func_refs, instance.func_ref(FuncIdx(0)).unwrap());
        let memory = &*instance.at::<VmMemory>(instance.layout.memory(MemoryIdx(0)));
        assert_eq!((memory.base, memory.def), (instance.memories[0].base(), &raw const *instance.memories[0].def));
        let table = &*instance.at::<VmTable>(instance.layout.table(TableIdx(0)));
        assert_eq!((table.base, table.def), (instance.tables[0].def.base, &raw const *instance.tables[0].def));
        let word = context.cast::<u8>().add(offsets::CONTEXT_BUILTINS as usize).cast::<*const Builtins>();
        assert_eq!(word.read(), &raw const *fixture.builtins);
    }
    assert_eq!((fixture.global(0), fixture.global(1)), ([8, 9], [0, 0]));
    assert_eq!(instance.global(GlobalIdx(1)).addr() % 16, 0);
}

#[test]
fn only_escaping_functions_have_references_and_those_name_the_context() {
    let fixture = Fixture::new(module(), &[]);
    assert!(fixture.instance.func_ref(FuncIdx(1)).is_none());
    for index in [0, 2] {
        // SAFETY: [vmctx-live] The instance is alive.
        let func = unsafe { &*fixture.instance.func_ref(FuncIdx(index)).unwrap() };
        assert_eq!((func.index, func.vmctx), (index, fixture.instance.vmctx()));
    }
}

#[test]
fn constant_expressions_give_raw_slots_with_zero_upper_halves() {
    let mut fixture = Fixture::new(with_globals(&[ValType::V128], &[]), &[[3, 4]]);
    let caller = fixture.caller();
    let value = |op| caller.instance.evaluate(caller, &ConstExpr(vec![op])).unwrap();
    assert_eq!(value(ConstOp::I32(-1)), [0xffff_ffff, 0]);
    assert_eq!(value(ConstOp::I64(-1)), [u64::MAX, 0]);
    assert_eq!(value(ConstOp::F32(0x8000_0000)), [0x8000_0000, 0]);
    assert_eq!(value(ConstOp::F64(1 << 63)), [1 << 63, 0]);
    assert_eq!(value(ConstOp::GlobalGet(GlobalIdx(0))), [3, 4]);
    assert_eq!(value(ConstOp::RefNull(RefType::EXTERNREF)), [0, 0]);
    assert_eq!(value(ConstOp::RefFunc(FuncIdx(2))), [fixture.func(2), 0]);
}

#[test]
fn globals_are_initialized_in_order_so_that_later_ones_read_earlier_ones() {
    let defined = [
        (ValType::I32, ConstOp::GlobalGet(GlobalIdx(0))),
        (ValType::FUNCREF, ConstOp::RefFunc(FuncIdx(0))),
        (ValType::I32, ConstOp::GlobalGet(GlobalIdx(1))),
    ];
    let mut fixture = Fixture::new(with_globals(&[ValType::I32], &defined), &[[7, 0]]);
    assert_eq!(fixture.initialize(), Ok(()));
    assert_eq!([1, 2, 3].map(|index| fixture.global(index)[0]), [7, fixture.func(0), 7]);
}

#[test]
fn active_and_declared_segments_are_copied_and_dropped_passive_ones_stay() {
    let declared = ElementSegment { kind: ElementKind::Declared, ..active(0, 0, &[0]) };
    let passive = ElementSegment { kind: ElementKind::Passive, ..active(0, 0, &[0]) };
    let expressions = vec![ConstExpr(vec![ConstOp::RefNull(FUNCREF)]), ConstExpr(vec![ConstOp::RefFunc(FuncIdx(2))])];
    let computed = ElementSegment { items: ElementItems::Expressions(expressions), ..active(0, 2, &[]) };
    let info = ModuleInfo {
        elements: vec![active(0, 1, &[0, 2]), declared, passive, computed],
        data: vec![
            DataSegment { active: Some((MemoryIdx(0), i32_const(3))), range: 0..3 },
            DataSegment { active: None, range: 3..6 },
        ],
        ..module()
    };
    let mut fixture = Fixture::new(info, &[]);
    assert_eq!(fixture.initialize(), Ok(()));
    let instance = &fixture.instance;
    assert_eq!(fixture.elements(0), [0, fixture.func(0), 0, fixture.func(2)]);
    assert_eq!(fixture.bytes(2, 5), b"\0abc\0");
    let left = |index| instance.segments.elements_len(&instance.info, ElemIdx(index));
    assert_eq!([0, 1, 2, 3].map(left), [0, 0, 1, 0]);
    assert_eq!(instance.data_bytes(DataIdx(0), 0, 1), Err(TrapCode::MemoryOutOfBounds));
    assert_eq!(instance.data_bytes(DataIdx(1), 1, 2), Ok(b"ef".as_slice()));
}

#[test]
fn a_segment_that_does_not_fit_stops_instantiation_and_keeps_earlier_writes() {
    let data = vec![DataSegment { active: Some((MemoryIdx(0), i32_const(0))), range: 0..3 }];
    let info = ModuleInfo { elements: vec![active(0, 0, &[2]), active(0, 3, &[0, 0])], data, ..module() };
    let mut fixture = Fixture::new(info, &[]);
    assert_eq!(fixture.initialize(), Err(TrapCode::TableOutOfBounds));
    assert_eq!(fixture.elements(0), [fixture.func(2), 0, 0, 0]);
    assert_eq!(fixture.bytes(0, 3), [0; 3]);

    let data = [(0, 0..3), (65534, 0..3)];
    let data = data.map(|(at, range)| DataSegment { active: Some((MemoryIdx(0), i32_const(at))), range });
    let mut fixture = Fixture::new(ModuleInfo { data: data.into(), ..module() }, &[]);
    assert_eq!(fixture.initialize(), Err(TrapCode::MemoryOutOfBounds));
    assert_eq!((fixture.bytes(0, 3), fixture.bytes(65533, 3)), (b"abc".to_vec(), vec![0; 3]));
}

#[test]
fn offsets_are_unsigned_and_empty_segments_still_need_a_valid_one() {
    for (at, expected) in
        [(65536, Ok(())), (65537, Err(TrapCode::MemoryOutOfBounds)), (-1, Err(TrapCode::MemoryOutOfBounds))]
    {
        let data = vec![DataSegment { active: Some((MemoryIdx(0), i32_const(at))), range: 0..0 }];
        assert_eq!(Fixture::new(ModuleInfo { data, ..module() }, &[]).initialize(), expected);
    }
    for (at, expected) in [(4, Ok(())), (5, Err(TrapCode::TableOutOfBounds)), (-1, Err(TrapCode::TableOutOfBounds))] {
        let elements = vec![active(0, at, &[])];
        assert_eq!(Fixture::new(ModuleInfo { elements, ..module() }, &[]).initialize(), expected);
    }
}
