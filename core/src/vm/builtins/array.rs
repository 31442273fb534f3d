//! Builtins on arrays, and what else writes into objects.
//!
//! Null and bounds are checked before anything is charged, allocated or written. Between pieces another thread may
//! collect: addresses are made anew from references that were kept.

use super::control::{Caller, Direction, Stop};
use crate::{
    trap::TrapCode,
    types::{DataIdx, ElemIdx, StorageType, TypeIdx},
    vm::{
        Activation, VmContext,
        gc::{
            layout::{FieldLayout, LENGTH_OFFSET, TYPE_OFFSET, storage_bytes},
            stored,
        },
    },
};
use std::{ops::Range, ptr};

/// Elements written between two polls.
const PIECE_ELEMENTS: u64 = 1 << 16;

impl Caller<'_> {
    /// The address of `offset` in an object.
    fn place(self, object: u64, offset: u64) -> *mut u8 {
        // SAFETY: [heap-access] [heap-objects] The reference names an object that has this offset.
        unsafe { (*self.heap()).base.wrapping_add((object + offset) as usize) }
    }

    /// Writes a field or element.
    pub fn store_field(self, object: u64, offset: u64, storage: StorageType, slots: [u64; 2]) {
        // SAFETY: [heap-objects] Layouts give places that objects of their types have.
        unsafe { stored::store(self.place(object, offset), storage, slots) };
    }

    /// The number of an object's type.
    pub(super) fn object_type(self, object: u64) -> u32 {
        // SAFETY: [heap-objects] An object starts with its header.
        unsafe { self.place(object, TYPE_OFFSET.into()).cast::<u32>().read() }
    }

    fn first(self, ty: TypeIdx) -> FieldLayout {
        self.instance.layout.object(ty).element()
    }

    /// Checks that an array is one and has elements `from..from + len`.
    fn check(self, array: u64, from: u32, len: u32) -> Result<(), Stop> {
        if array == 0 {
            return Err(TrapCode::NullReference.into());
        }
        // SAFETY: [heap-objects] An object starts with its header.
        let available = unsafe { self.place(array, LENGTH_OFFSET.into()).cast::<u32>().read() };
        let fits = u64::from(from) + u64::from(len) <= u64::from(available);
        if fits { Ok(()) } else { Err(TrapCode::ArrayOutOfBounds.into()) }
    }

    /// Gives the elements in `range` of an array the same value; gives the array.
    pub fn fill_array(self, ty: TypeIdx, array: u64, range: Range<u64>, slots: [u64; 2]) -> Result<u64, Stop> {
        let first = self.first(ty);
        let mut kept = [array, slots[0]];
        let references = if first.is_gc() { &mut kept[..] } else { &mut kept[..1] };
        self.in_pieces_with(references, range.end - range.start, PIECE_ELEMENTS, Direction::Forward, |now, piece| {
            let slots = [*now.get(1).unwrap_or(&slots[0]), slots[1]];
            for index in piece {
                self.store_field(now[0], first.at((range.start + index) as u32), first.storage, slots);
            }
            Ok(())
        })?;
        Ok(kept[0])
    }

    /// Copies bytes of a data segment, which have been checked, into elements, of which each has its lowest byte first;
    /// gives the array.
    fn write_data(self, ty: TypeIdx, array: u64, to: u32, bytes: &[u8]) -> Result<u64, Stop> {
        let first = self.first(ty);
        let size = storage_bytes(first.storage) as usize;
        let mut array = [array];
        let len = (bytes.len() / size) as u64;
        self.in_pieces_with(&mut array, len, PIECE_ELEMENTS, Direction::Forward, |array, piece| {
            let source = &bytes[piece.start as usize * size..piece.end as usize * size];
            let target = self.place(array[0], first.at(to + piece.start as u32));
            // SAFETY: [heap-objects] The array has these elements; a module's bytes are not in the heap.
            unsafe { ptr::copy_nonoverlapping(source.as_ptr(), target, source.len()) };
            if cfg!(target_endian = "big") {
                // SAFETY: [heap-objects] As above, and nobody else uses the heap.
                let written = unsafe { std::slice::from_raw_parts_mut(target, source.len()) };
                written.chunks_exact_mut(size).for_each(<[u8]>::reverse);
            }
            Ok(())
        })?;
        Ok(array[0])
    }

    /// Copies elements of an element segment, which have been checked; gives the array.
    fn write_elements(self, ty: TypeIdx, array: u64, to: u32, elem: ElemIdx, from: u32, len: u32) -> Result<u64, Stop> {
        let first = self.first(ty);
        let mut array = [array];
        self.instance.with_elements(elem, |element| {
            self.in_pieces_with(&mut array, len.into(), PIECE_ELEMENTS, Direction::Forward, |array, piece| {
                for index in piece {
                    let value = [element(u64::from(from) + index), 0];
                    self.store_field(array[0], first.at(to + index as u32), first.storage, value);
                }
                Ok(())
            })
        })?;
        Ok(array[0])
    }

    /// An array whose elements in `0..len` are then written by `write`.
    fn new_array(self, ty: u32, len: u32, write: impl FnOnce(u64) -> Result<u64, Stop>) -> u64 {
        self.report_object((|| {
            self.charge(len.into())?;
            write(self.new_object(ty, len)?)
        })())
    }
}

impl<'a> Caller<'a> {
    /// The bytes of a data segment that make `len` elements.
    fn data(self, ty: TypeIdx, data: u32, from: u32, len: u32) -> Result<&'a [u8], Stop> {
        let bytes = u64::from(len) * u64::from(storage_bytes(self.first(ty).storage));
        Ok(self.instance.data_bytes(DataIdx(data), from.into(), bytes)?)
    }
}

pub(super) unsafe extern "C" fn array_new(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    ty: u32,
    len: u32,
    value_low: u64,
    value_high: u64,
) -> u64 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    caller.report_object((|| {
        caller.charge(len.into())?;
        let mut value = [value_low, value_high];
        let kept = usize::from(caller.first(TypeIdx(ty)).is_gc());
        let array = caller.keeping(&mut value[..kept], || caller.new_object(ty, len))?;
        caller.fill_array(TypeIdx(ty), array, 0..len.into(), value)
    })())
}

pub(super) unsafe extern "C" fn array_new_default(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    ty: u32,
    len: u32,
) -> u64 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    caller.new_array(ty, len, Ok)
}

pub(super) unsafe extern "C" fn array_new_data(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    ty: u32,
    data: u32,
    from: u32,
    len: u32,
) -> u64 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    match caller.data(TypeIdx(ty), data, from, len) {
        Ok(bytes) => caller.new_array(ty, len, |array| caller.write_data(TypeIdx(ty), array, 0, bytes)),
        Err(stop) => caller.report_object(Err(stop)),
    }
}

pub(super) unsafe extern "C" fn array_new_elem(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    ty: u32,
    elem: u32,
    from: u32,
    len: u32,
) -> u64 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    let elem = ElemIdx(elem);
    match caller.instance.check_elements(elem, from.into(), len.into()) {
        Ok(()) => caller.new_array(ty, len, |array| caller.write_elements(TypeIdx(ty), array, 0, elem, from, len)),
        Err(code) => caller.report_object(Err(code.into())),
    }
}

pub(super) unsafe extern "C" fn array_fill(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    ty: u32,
    array: u64,
    to: u32,
    value_low: u64,
    value_high: u64,
    len: u32,
) -> u32 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    caller.report((|| {
        caller.check(array, to, len)?;
        caller.charge(len.into())?;
        let range = u64::from(to)..u64::from(to) + u64::from(len);
        caller.fill_array(TypeIdx(ty), array, range, [value_low, value_high]).map(drop)
    })())
}

pub(super) unsafe extern "C" fn array_copy(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    ty: u32,
    to_array: u64,
    to: u32,
    from_array: u64,
    from: u32,
    len: u32,
) -> u32 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    caller.report((|| {
        if from_array == 0 {
            return Err(TrapCode::NullReference.into());
        }
        caller.check(to_array, to, len)?;
        caller.check(from_array, from, len)?;
        caller.charge(len.into())?;
        let first = caller.first(TypeIdx(ty));
        let direction = Direction::of_copy(to.into(), from.into());
        caller.in_pieces_with(&mut [to_array, from_array], len.into(), PIECE_ELEMENTS, direction, |arrays, piece| {
            let source = caller.place(arrays[1], first.at(from + piece.start as u32));
            let target = caller.place(arrays[0], first.at(to + piece.start as u32));
            let bytes = (piece.end - piece.start) as usize * storage_bytes(first.storage) as usize;
            // SAFETY: [heap-objects] Both arrays have these elements, which take as many bytes in both.
            unsafe { ptr::copy(source, target, bytes) };
            Ok(())
        })
    })())
}

pub(super) unsafe extern "C" fn array_init_data(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    ty: u32,
    data: u32,
    array: u64,
    to: u32,
    from: u32,
    len: u32,
) -> u32 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    caller.report((|| {
        caller.check(array, to, len)?;
        let bytes = caller.data(TypeIdx(ty), data, from, len)?;
        caller.charge(len.into())?;
        caller.write_data(TypeIdx(ty), array, to, bytes).map(drop)
    })())
}

pub(super) unsafe extern "C" fn array_init_elem(
    activation: *mut Activation,
    vmctx: *mut VmContext,
    ty: u32,
    elem: u32,
    array: u64,
    to: u32,
    from: u32,
    len: u32,
) -> u32 {
    // SAFETY: [activation-live] [vmctx-live] What engines pass to every builtin.
    let caller = unsafe { Caller::new(activation, vmctx) };
    let elem = ElemIdx(elem);
    caller.report((|| {
        caller.check(array, to, len)?;
        caller.instance.check_elements(elem, from.into(), len.into())?;
        caller.charge(len.into())?;
        caller.write_elements(TypeIdx(ty), array, to, elem, from, len).map(drop)
    })())
}
