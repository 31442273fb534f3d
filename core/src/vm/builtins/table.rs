//! Builtins on tables and element segments. References are raw (`[raw-ref]`).
//!
//! Bounds are checked before anything is charged or written. Growing is neither charged nor interrupted: what all
//! growth of a table can write is bounded by the table's reservation.

use super::control::{Caller, Direction, Stop};
use crate::{
    trap::TrapCode,
    types::{ElemIdx, TableIdx},
    vm::{Activation, STATUS_OK, Table, VmContext},
};

/// Elements written between two polls.
const PIECE_ELEMENTS: u64 = 1 << 16;

fn table<'a>(caller: Caller<'a>, table: u32) -> &'a Table {
    &caller.instance.tables[TableIdx(table).index()]
}

fn check(table: &Table, index: u64, len: u64) -> Result<(), Stop> {
    if table.contains(index, len) { Ok(()) } else { Err(TrapCode::TableOutOfBounds.into()) }
}

pub(super) unsafe extern "C" fn table_get(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    index: u32,
    element: u64,
    out: *mut u64,
) -> u32 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    match table(caller, index).get_raw(element) {
        Some(reference) => {
            // SAFETY: [activation-live] The engine passes a place of its own for the result.
            unsafe { out.write(reference) };
            STATUS_OK
        }
        None => caller.report(Err(TrapCode::TableOutOfBounds.into())),
    }
}

pub(super) unsafe extern "C" fn table_set(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    index: u32,
    element: u64,
    reference: u64,
) -> u32 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    let is_written = table(caller, index).set_raw(element, reference);
    caller.report(if is_written { Ok(()) } else { Err(TrapCode::TableOutOfBounds.into()) })
}

pub(super) unsafe extern "C" fn table_grow(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    index: u32,
    delta: u64,
    reference: u64,
) -> u64 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    table(caller, index).grow(delta, reference, &*caller.instance.limiter).unwrap_or(u64::MAX)
}

pub(super) unsafe extern "C" fn table_fill(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    index: u32,
    to: u64,
    reference: u64,
    len: u64,
) -> u32 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    caller.report((|| {
        let table = table(caller, index);
        check(table, to, len)?;
        caller.charge(len)?;
        let mut kept = [reference];
        let known = if table.ty().element.is_gc() { &mut kept[..] } else { &mut [] };
        caller.in_pieces_with(known, len, PIECE_ELEMENTS, Direction::Forward, |now, piece| {
            let reference = now.first().copied().unwrap_or(reference);
            table.fill(to + piece.start, reference, piece.end - piece.start)
        })
    })())
}

pub(super) unsafe extern "C" fn table_copy(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    to_table: u32,
    from_table: u32,
    to: u64,
    from: u64,
    len: u64,
) -> u32 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    caller.report((|| {
        let (target, source) = (table(caller, to_table), table(caller, from_table));
        check(target, to, len)?;
        check(source, from, len)?;
        caller.charge(len)?;
        caller.in_pieces(len, PIECE_ELEMENTS, Direction::of_copy(to, from), |piece| {
            Table::copy(target, to + piece.start, source, from + piece.start, piece.end - piece.start)
        })
    })())
}

pub(super) unsafe extern "C" fn table_init(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    index: u32,
    elem: u32,
    to: u64,
    from: u32,
    len: u32,
) -> u32 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    let (len, from, elem) = (u64::from(len), u64::from(from), ElemIdx(elem));
    caller.report((|| {
        check(table(caller, index), to, len)?;
        caller.instance.check_elements(elem, from, len)?;
        caller.charge(len)?;
        caller.in_pieces(len, PIECE_ELEMENTS, Direction::Forward, |piece| {
            let (start, count) = (piece.start, piece.end - piece.start);
            caller.instance.write_elements(TableIdx(index), elem, to + start, from + start, count)
        })
    })())
}

pub(super) unsafe extern "C" fn elem_drop(activation: *mut Activation, vmctx: *mut VmContext, elem: u32) {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    caller.instance.segments.drop_element(ElemIdx(elem));
}
