use super::*;
use crate::{
    error::ErrorKind,
    types::RefType,
    vm::{Activation, SignatureId, Unlimited},
};
use std::{num::NonZeroU32, sync::atomic::AtomicBool};

fn ty(element: RefType, min: u64, max: Option<u64>) -> TableType {
    TableType { element, min, max, table64: false }
}

fn functions(min: u64) -> Table {
    Table::new(&ty(RefType::FUNCREF, min, None), u64::MAX).unwrap()
}

fn handles(min: u64, max: Option<u64>) -> Table {
    Table::new(&ty(RefType::EXTERNREF, min, max), u64::MAX).unwrap()
}

unsafe extern "C" fn never_called(_: *const FuncRef, _: *mut Activation, _: *mut u64) -> u32 {
    unreachable!("tables only hold it")
}

/// A function whose words all tell which one it is.
fn func(number: u32) -> FuncRef {
    let address = number as usize * 16;
    FuncRef {
        code: std::ptr::without_provenance(address),
        vmctx: std::ptr::without_provenance_mut(address),
        signature: SignatureId(NonZeroU32::new(number).unwrap()),
        index: number,
        array_entry: never_called,
    }
}

fn raw(func: &FuncRef) -> u64 {
    (&raw const *func).expose_provenance() as u64
}

#[test]
fn both_kinds_of_table_start_null_and_keep_what_is_set() {
    let func = func(1);
    for (table, value) in [(functions(2), raw(&func)), (handles(2, None), 77)] {
        assert_eq!((table.get_raw(0), table.get_raw(1), table.get_raw(2)), (Some(0), Some(0), None));
        assert!(table.set_raw(1, value));
        assert_eq!((table.get_raw(0), table.get_raw(1)), (Some(0), Some(value)));
        assert!(table.set_raw(1, 0));
        assert_eq!(table.get_raw(1), Some(0));
        assert!(!table.set_raw(2, value) && !table.set_raw(u64::MAX, value));
    }
}

#[test]
fn an_entry_repeats_its_function_and_its_version_stays_even() {
    let (table, func) = (functions(1), func(3));
    assert!(table.set_raw(0, raw(&func)));
    let Slot::Func(entry) = table.slot(0) else { panic!("a table of functions") };
    assert_eq!(entry.code.load(Ordering::Relaxed).cast_const(), func.code);
    assert_eq!(entry.vmctx.load(Ordering::Relaxed), func.vmctx);
    assert_eq!((entry.signature.load(Ordering::Relaxed), entry.version.load(Ordering::Relaxed)), (3, 2));
    assert!(table.set_raw(0, 0));
    assert!(entry.code.load(Ordering::Relaxed).is_null() && entry.vmctx.load(Ordering::Relaxed).is_null());
    assert_eq!((entry.signature.load(Ordering::Relaxed), entry.version.load(Ordering::Relaxed)), (0, 4));
}

#[test]
fn looking_up_tells_null_from_missing() {
    let (table, func) = (functions(2), func(1));
    table.set_raw(1, raw(&func));
    assert_eq!(table.lookup(0), Ok(None));
    assert_eq!(table.lookup(1), Ok(Some(&raw const func)));
    assert_eq!(table.lookup(2), Err(TrapCode::UndefinedElement));
    assert_eq!(table.lookup(u64::MAX), Err(TrapCode::UndefinedElement));
}

#[test]
fn growing_fills_the_new_elements_and_respects_type_and_limit() {
    let func = func(1);
    for (table, value) in [(functions(1), raw(&func)), (handles(1, None), 5)] {
        let base = table.def.base;
        assert_eq!(table.grow(0, value, &Unlimited), Some(1));
        assert_eq!(table.grow(2, value, &Unlimited), Some(1));
        assert_eq!(table.grow(1, 0, &Unlimited), Some(3));
        assert_eq!(
            (0..5).map(|index| table.get_raw(index)).collect::<Vec<_>>(),
            [0, value, value, 0].map(Some).into_iter().chain([None]).collect::<Vec<_>>()
        );
        assert_eq!((table.len(), table.def.base), (4, base));
        assert_eq!(table.grow(u64::MAX, 0, &Unlimited), None);
        assert_eq!(table.grow(u64::MAX - 4, 0, &Unlimited), None);
    }
    let bounded = handles(1, Some(2));
    assert_eq!((bounded.grow(2, 0, &Unlimited), bounded.grow(1, 0, &Unlimited)), (None, Some(1)));
    let limited = Table::new(&ty(RefType::FUNCREF, 1, None), 3).unwrap();
    assert_eq!((limited.grow(3, 0, &Unlimited), limited.grow(2, 0, &Unlimited)), (None, Some(1)));
}

#[test]
fn the_limiter_can_refuse_growth() {
    #[derive(Debug)]
    struct Never;
    impl GrowthLimiter for Never {
        fn memory_growing(&self, _: u64, _: u64) -> bool {
            unreachable!("a table grows here")
        }
        fn table_growing(&self, current: u64, desired: u64) -> bool {
            assert_eq!((current, desired), (1, 3));
            false
        }
    }
    let table = handles(1, None);
    assert_eq!(table.grow(2, 0, &Never), None);
    assert_eq!(table.len(), 1);
}

#[test]
fn a_minimum_beyond_limit_or_address_space_is_a_limit_error() {
    let huge = TableType { table64: true, ..ty(RefType::FUNCREF, 1 << 50, None) };
    let overflowing = TableType { table64: true, ..ty(RefType::EXTERNREF, u64::MAX, None) };
    assert_eq!(*Table::new(&huge, u64::MAX).unwrap_err().kind(), ErrorKind::Limit);
    assert_eq!(*Table::new(&overflowing, u64::MAX).unwrap_err().kind(), ErrorKind::Limit);
    assert_eq!(*Table::new(&ty(RefType::FUNCREF, 11, None), 10).unwrap_err().kind(), ErrorKind::Limit);
}

#[test]
fn filling_writes_all_or_nothing() {
    let table = handles(4, None);
    assert_eq!(table.fill(1, 6, 2), Ok(()));
    assert_eq!((0..4).filter_map(|index| table.get_raw(index)).collect::<Vec<_>>(), [0, 6, 6, 0]);
    for (to, len) in [(3, 2), (5, 0), (u64::MAX, 1), (1, u64::MAX)] {
        assert_eq!(table.fill(to, 9, len), Err(TrapCode::TableOutOfBounds));
    }
    assert_eq!(table.fill(4, 9, 0), Ok(()));
    assert_eq!((0..4).filter_map(|index| table.get_raw(index)).collect::<Vec<_>>(), [0, 6, 6, 0]);
}

#[test]
fn copies_within_one_table_may_overlap_in_both_directions() {
    for (to, from, expected) in [(1, 0, [0, 0, 1, 2, 4]), (0, 1, [1, 2, 3, 3, 4]), (2, 2, [0, 1, 2, 3, 4])] {
        let table = handles(5, None);
        table.write(0, 5, |position| position).unwrap();
        Table::copy(&table, to, &table, from, 3).unwrap();
        assert_eq!((0..5).filter_map(|index| table.get_raw(index)).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn copies_between_tables_check_both_ends_first() {
    let (to, from) = (functions(2), functions(3));
    let funcs = [func(1), func(2), func(3)];
    from.write(0, 3, |position| raw(&funcs[position as usize])).unwrap();
    assert_eq!(Table::copy(&to, 0, &from, 1, 3), Err(TrapCode::TableOutOfBounds));
    assert_eq!(Table::copy(&to, 1, &from, 0, 2), Err(TrapCode::TableOutOfBounds));
    assert_eq!(Table::copy(&to, 0, &from, u64::MAX, 2), Err(TrapCode::TableOutOfBounds));
    assert_eq!((to.get_raw(0), to.get_raw(1)), (Some(0), Some(0)));
    assert_eq!(Table::copy(&to, 0, &from, 1, 2), Ok(()));
    assert_eq!((to.lookup(0), to.lookup(1)), (Ok(Some(&raw const funcs[1])), Ok(Some(&raw const funcs[2]))));
}

/// Reads as compiled code does; the words of an entry that belong together, or `None` to try again.
fn read_by_version(entry: &TableEntry) -> Option<(usize, usize, u32)> {
    let before = entry.version.load(Ordering::Acquire);
    let signature = entry.signature.load(Ordering::Relaxed);
    let code = entry.code.load(Ordering::Relaxed).addr();
    let vmctx = entry.vmctx.load(Ordering::Relaxed).addr();
    fence(Ordering::Acquire);
    let after = entry.version.load(Ordering::Relaxed);
    (before == after && before.is_multiple_of(2)).then_some((code, vmctx, signature))
}

#[test]
fn readers_never_see_words_of_two_functions() {
    let (table, funcs) = (functions(1), [func(1), func(2)]);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let Slot::Func(entry) = table.slot(0) else { panic!("a table of functions") };
            let mut consistent = 0u64;
            while !is_over.load(Ordering::Relaxed) || consistent == 0 {
                if let Some((code, vmctx, signature)) = read_by_version(entry) {
                    assert_eq!((code, vmctx), (signature as usize * 16, signature as usize * 16));
                    consistent += 1;
                }
            }
        });
        for round in 0..200_000 {
            table.set_raw(0, if round % 3 == 2 { 0 } else { raw(&funcs[round % 3]) });
        }
        is_over.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
}

#[test]
fn threads_that_grow_at_once_each_get_their_own_elements() {
    let table = handles(0, None);
    std::thread::scope(|scope| {
        for value in 1..=4 {
            let table = &table;
            scope.spawn(move || {
                for _ in 0..1000 {
                    let old = table.grow(1, value, &Unlimited).unwrap();
                    assert_eq!(table.get_raw(old), Some(value));
                }
            });
        }
    });
    assert_eq!(table.len(), 4000);
}
