use crate::{
    module::{DataSegment, ElementItems, ElementKind, ElementSegment, ModuleInfo},
    trap::TrapCode::{self, *},
    types::{FuncIdx, FuncType, MemoryType, RefType, SubType, TableType, TypeIdx},
    vm::{STATUS_RAISE, fixture::Fixture},
};
use std::sync::atomic::Ordering;

const PAGE: u64 = 65536;
const BEYOND: u64 = u64::MAX;

/// 64 pages of memory, a table of functions (4) and one of handles (200 000), the bytes `abcdef` and three functions
/// in passive segments.
fn fixture() -> Fixture {
    let table = |element, min| TableType { element, min, max: None, table64: false };
    let items = ElementItems::Functions((0..3).map(FuncIdx).collect());
    Fixture::new(
        ModuleInfo {
            bytes: b"abcdef".as_slice().into(),
            types: vec![SubType::func(FuncType::new([], []))],
            functions: vec![TypeIdx(0); 3],
            escaping: (0..3).map(FuncIdx).collect(),
            memories: vec![MemoryType::new(64, Some(66))],
            tables: vec![table(RefType::FUNCREF, 4), table(RefType::EXTERNREF, 200_000)],
            elements: vec![ElementSegment { element: RefType::FUNCREF, kind: ElementKind::Passive, items }],
            data: vec![DataSegment { active: None, range: 0..6 }],
            ..ModuleInfo::default()
        },
        &[],
    )
}

/// Calls a builtin as the engines do and answers what it returns.
macro_rules! call {
    ($fixture:ident.$builtin:ident($($arg:expr),*)) => {{
        let builtin = $fixture.builtins.$builtin;
        // SAFETY: [activation-live] [vmctx-live] Both belong to the fixture, which is alive.
        unsafe { builtin(&raw mut *$fixture.activation, $fixture.instance.vmctx() $(, $arg)*) }
    }};
}

/// Calls a builtin that answers a status and gives its outcome.
macro_rules! run {
    ($fixture:ident.$builtin:ident($($arg:expr),*)) => {{
        let status = call!($fixture.$builtin($($arg),*));
        $fixture.outcome(status)
    }};
}

#[test]
fn growing_a_memory_answers_the_old_size_or_all_ones() {
    let mut fixture = fixture();
    assert_eq!(call!(fixture.memory_grow(0, 2)), 64);
    assert_eq!(call!(fixture.memory_grow(0, 1)), u64::MAX);
    assert_eq!(call!(fixture.memory_grow(0, u64::MAX)), u64::MAX);
    assert_eq!(call!(fixture.memory_grow(0, 0)), 66);
}

#[test]
fn copies_overlap_like_a_move() {
    let mut fixture = fixture();
    fixture.write(0, b"abcdef");
    assert_eq!(run!(fixture.memory_copy(0, 0, 2, 0, 4)), Ok(()));
    assert_eq!(fixture.bytes(0, 6), b"ababcd");
    assert_eq!(run!(fixture.memory_copy(0, 0, 0, 1, 5)), Ok(()));
    assert_eq!(fixture.bytes(0, 6), b"babcdd");
}

#[test]
fn copies_of_many_pieces_overlap_like_a_move_too() {
    let len = 3 * (1 << 20) + 17;
    let pattern: Vec<u8> = (0..len).map(|position: u32| (position % 251) as u8).collect();
    for (to, from) in [(1000, 0), (0, 1000)] {
        let mut fixture = fixture();
        fixture.write(from, &pattern);
        assert_eq!(run!(fixture.memory_copy(0, 0, to, from, len.into())), Ok(()));
        assert!(fixture.bytes(to, pattern.len()) == pattern);
    }
}

#[test]
fn memory_builtins_check_bounds_without_overflow_before_they_write() {
    let mut fixture = fixture();
    let end = 64 * PAGE;
    fixture.write(end - 1, b"z");
    for (to, from, len) in [
        (end, 0, 1),
        (0, end, 1),
        (end - 1, 0, 2),
        (0, end - 1, 2),
        (BEYOND, 0, 1),
        (0, BEYOND, 2),
        (1, 1, BEYOND),
        (BEYOND, BEYOND, BEYOND),
        (end + 1, 0, 0),
    ] {
        assert_eq!(run!(fixture.memory_copy(0, 0, to, from, len)), Err(MemoryOutOfBounds), "{to} {from} {len}");
    }
    for (to, len) in [(end - 1, 2), (end + 1, 0), (BEYOND, 1), (1, BEYOND), (BEYOND, BEYOND)] {
        assert_eq!(run!(fixture.memory_fill(0, to, 1, len)), Err(MemoryOutOfBounds), "{to} {len}");
    }
    for (to, from, len) in
        [(end - 1, 0, 2), (BEYOND, 0, 1), (0, 6, 1), (0, 7, 0), (0, u32::MAX, u32::MAX), (end + 1, 0, 0)]
    {
        assert_eq!(run!(fixture.memory_init(0, 0, to, from, len)), Err(MemoryOutOfBounds), "{to} {from} {len}");
    }
    assert_eq!(fixture.bytes(end - 1, 1), b"z");
    assert_eq!(run!(fixture.memory_copy(0, 0, end, end, 0)), Ok(()));
    assert_eq!(run!(fixture.memory_fill(0, end, 1, 0)), Ok(()));
    assert_eq!(run!(fixture.memory_init(0, 0, end, 6, 0)), Ok(()));
}

#[test]
fn filling_uses_the_low_byte_and_initializing_copies_the_segment() {
    let mut fixture = fixture();
    assert_eq!(run!(fixture.memory_fill(0, 1, 0x1ff, 2)), Ok(()));
    assert_eq!(fixture.bytes(0, 4), [0, 255, 255, 0]);
    assert_eq!(run!(fixture.memory_init(0, 0, 10, 2, 4)), Ok(()));
    assert_eq!(fixture.bytes(9, 6), b"\0cdef\0");
}

#[test]
fn a_dropped_segment_is_empty() {
    let mut fixture = fixture();
    call!(fixture.data_drop(0));
    call!(fixture.data_drop(0));
    assert_eq!(run!(fixture.memory_init(0, 0, 0, 0, 1)), Err(MemoryOutOfBounds));
    assert_eq!(run!(fixture.memory_init(0, 0, 0, 0, 0)), Ok(()));
    call!(fixture.elem_drop(0));
    assert_eq!(run!(fixture.table_init(0, 0, 0, 0, 1)), Err(TableOutOfBounds));
    assert_eq!(run!(fixture.table_init(0, 0, 4, 0, 0)), Ok(()));
}

#[test]
fn elements_are_read_and_written_one_by_one() {
    let mut fixture = fixture();
    let (func, mut out) = (fixture.func(1), 1);
    assert_eq!(run!(fixture.table_get(0, 3, &raw mut out)), Ok(()));
    assert_eq!(out, 0);
    assert_eq!(run!(fixture.table_set(0, 3, func)), Ok(()));
    assert_eq!(run!(fixture.table_get(0, 3, &raw mut out)), Ok(()));
    assert_eq!(out, func);
    for index in [4, BEYOND] {
        assert_eq!(run!(fixture.table_get(0, index, &raw mut out)), Err(TableOutOfBounds));
        assert_eq!(run!(fixture.table_set(0, index, func)), Err(TableOutOfBounds));
    }
    assert_eq!(out, func);
    assert_eq!((call!(fixture.table_grow(0, 1, func)), call!(fixture.table_grow(0, BEYOND, 0))), (4, u64::MAX));
    assert_eq!(fixture.elements(0), [0, 0, 0, func, func]);
}

#[test]
fn table_builtins_check_bounds_without_overflow_before_they_write() {
    let mut fixture = fixture();
    let func = fixture.func(0);
    for (to, len) in [(4, 1), (5, 0), (3, 2), (BEYOND, 1), (1, BEYOND)] {
        assert_eq!(run!(fixture.table_fill(0, to, func, len)), Err(TableOutOfBounds), "{to} {len}");
    }
    for (to, from, len) in [(4, 0, 1), (0, 4, 1), (BEYOND, 0, 1), (0, BEYOND, 2), (2, 2, BEYOND), (0, 5, 0)] {
        assert_eq!(run!(fixture.table_copy(0, 0, to, from, len)), Err(TableOutOfBounds), "{to} {from} {len}");
    }
    for (to, from, len) in [(2, 0, 3), (0, 1, 3), (0, 4, 0), (5, 0, 0), (BEYOND, 0, 1), (0, u32::MAX, u32::MAX)] {
        assert_eq!(run!(fixture.table_init(0, 0, to, from, len)), Err(TableOutOfBounds), "{to} {from} {len}");
    }
    assert_eq!(fixture.elements(0), [0; 4]);
    assert_eq!(run!(fixture.table_init(0, 0, 1, 1, 2)), Ok(()));
    assert_eq!(run!(fixture.table_copy(0, 0, 2, 1, 2)), Ok(()));
    assert_eq!(fixture.elements(0), [0, fixture.func(1), fixture.func(1), fixture.func(2)]);
}

#[test]
fn handles_of_many_pieces_are_copied_in_both_directions() {
    for (to, from) in [(7, 0), (0, 7)] {
        let mut fixture = fixture();
        let table = &fixture.instance.tables[1];
        table.write(from, 150_000, |position| position + 1).unwrap();
        assert_eq!(run!(fixture.table_copy(1, 1, to, from, 150_000)), Ok(()));
        let elements = fixture.elements(1);
        assert!(elements[to as usize..].iter().take(150_000).copied().eq(1..=150_000));
    }
}

#[test]
fn the_slow_path_of_an_indirect_call_names_what_is_wrong() {
    let mut fixture = fixture();
    let func = fixture.func(1);
    assert_eq!(run!(fixture.table_set(0, 0, func)), Ok(()));
    assert_eq!(call!(fixture.call_indirect_slow(0, 0, 2)).addr() as u64, func);
    for (index, signature, expected) in [
        (0, 1, IndirectCallTypeMismatch),
        (1, 1, UninitializedElement),
        (4, 1, UndefinedElement),
        (BEYOND, 1, UndefinedElement),
    ] {
        assert!(call!(fixture.call_indirect_slow(0, index, signature)).is_null());
        assert_eq!(fixture.activation.take_trap(), Some(expected));
    }
}

#[test]
fn bulk_operators_pay_before_they_work_and_only_if_in_bounds() {
    let mut fixture = fixture();
    fixture.set_fuel(10);
    assert_eq!(run!(fixture.memory_fill(0, 0, 1, BEYOND)), Err(MemoryOutOfBounds));
    assert_eq!(fixture.activation.fuel, 10);
    assert_eq!(run!(fixture.memory_fill(0, 0, 1, 65)), Ok(()));
    assert_eq!(run!(fixture.memory_copy(0, 0, 0, 1, 64)), Ok(()));
    assert_eq!(run!(fixture.memory_init(0, 0, 0, 0, 1)), Ok(()));
    assert_eq!(fixture.activation.fuel, 6);
    assert_eq!(run!(fixture.memory_fill(0, 0, 7, 6 * 64 + 1)), Err(OutOfFuel));
    assert_eq!((fixture.activation.fuel, fixture.bytes(0, 1)[0]), (6, b'a'));
    assert_eq!(run!(fixture.table_fill(1, 0, 1, 2)), Ok(()));
    assert_eq!(run!(fixture.table_copy(1, 1, 0, 1, 2)), Ok(()));
    assert_eq!(run!(fixture.table_init(0, 0, 0, 0, 3)), Err(OutOfFuel));
    assert_eq!(run!(fixture.table_init(0, 0, 0, 0, 2)), Ok(()));
    assert_eq!(run!(fixture.memory_fill(0, 0, 7, 0)), Ok(()));
    assert_eq!(fixture.activation.fuel, 0);
}

/// Calls `$builtin` with an interrupt word that raises at the second poll.
macro_rules! interrupted {
    ($fixture:ident.$builtin:ident($($arg:expr),*)) => {{
        $fixture.interrupt.store(2, Ordering::Relaxed);
        assert_eq!(call!($fixture.$builtin($($arg),*)), STATUS_RAISE);
        assert_eq!($fixture.activation.trap, 0);
        assert!($fixture.activation.error.take().is_some());
    }};
}

#[test]
fn long_operators_are_interrupted_between_pieces() {
    let mut fixture = fixture();
    interrupted!(fixture.memory_fill(0, 0, 1, 3 << 20));
    assert_eq!(fixture.bytes((2 << 20) - 1, 2), [1, 0]);
    interrupted!(fixture.memory_copy(0, 0, 1 << 20, 0, 3 << 20));
    interrupted!(fixture.table_fill(1, 0, 9, 200_000));
    assert_eq!(fixture.elements(1)[(2 << 16) - 1..][..2], [9, 0]);
    interrupted!(fixture.table_copy(1, 1, 0, 1, 199_999));
}

#[test]
fn short_operators_do_not_poll() {
    let mut fixture = fixture();
    fixture.interrupt.store(1, Ordering::Relaxed);
    let outcome: Result<(), TrapCode> = run!(fixture.memory_fill(0, 0, 1, 1 << 20));
    assert_eq!(outcome, Ok(()));
    assert_eq!(run!(fixture.table_fill(1, 0, 1, 1 << 16)), Ok(()));
    assert_eq!(fixture.interrupt.load(Ordering::Relaxed), 1);
}
