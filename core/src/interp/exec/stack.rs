//! The stack of guest calls, off the host stack: slots grow up from the bottom, call frames down from the top of one
//! allocation that never moves.
//!
//! Each `start` puts an [`Entry`] among the frames, which `Activation::interp_frames` names; it says where execution
//! stands whenever the loop is not running. What is always true here (`[interp-stack]`): `top <= frames`, both inside the allocation.

use super::super::{bytecode::Unit, code::Func};
use crate::vm::VmContext;
use std::{
    alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error},
    ptr,
};

/// A call in progress.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// The function that runs in this frame; null when it has gone and left a tail call out in its place.
    pub func: *const Func,
    /// The caller's instance.
    pub caller_vmctx: *mut VmContext,
    /// Where the caller goes on.
    pub return_pc: *const Unit,
    /// The caller's slots.
    pub caller_slots: *mut u64,
}

/// What one `start` needs to end, and where it stands while the loop is not running.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// The activation's entry below, as `Activation::interp_frames` has it; 0 if there is none.
    pub outer_frames: usize,
    /// The function that was started.
    pub func: *const Func,
    /// Where its results go.
    pub results: *mut u64,
    /// Its slots: what `InterpStack::top` was before.
    pub outer_top: *mut u64,
    /// The instruction at hand; that of the call while a call out is in progress.
    pub pc: *const Unit,
    /// Slots of the innermost frame.
    pub slots: *mut u64,
    /// The innermost frame.
    pub frame: *mut Frame,
    /// Its instance.
    pub vmctx: *mut VmContext,
}

/// Values and frames of the calls of one thread. Nested `start`s share it and its limit.
#[derive(Debug)]
pub struct InterpStack {
    memory: *mut u64,
    limit_slots: usize,
    /// First free slot.
    pub(super) top: *mut u64,
    /// Innermost record; free space ends here.
    pub(super) frames: *mut u8,
}

// SAFETY: [interp-stack] all pointers lead into the allocation that the stack owns, or to what outlives the calls in
// progress; without calls in progress there is nothing else.
unsafe impl Send for InterpStack {}

impl InterpStack {
    /// An empty stack of at most `limit_bytes`. Memory is taken at the first call.
    pub fn new(limit_bytes: usize) -> InterpStack {
        InterpStack {
            memory: ptr::null_mut(),
            limit_slots: (limit_bytes / 8).min(isize::MAX as usize / 8),
            top: ptr::null_mut(),
            frames: ptr::null_mut(),
        }
    }

    /// Takes the memory if that has not happened yet.
    pub(super) fn prepare(&mut self) {
        if !self.memory.is_null() || self.limit_slots == 0 {
            return;
        }
        let layout = Self::layout(self.limit_slots);
        // SAFETY: [interp-stack] the layout has a size, since the limit is not zero.
        let memory = unsafe { alloc_zeroed(layout) }.cast::<u64>();
        if memory.is_null() {
            handle_alloc_error(layout);
        }
        self.memory = memory;
        self.top = memory;
        // SAFETY: [interp-stack] one past the end of the allocation.
        self.frames = unsafe { memory.add(self.limit_slots) }.cast();
    }

    /// Bytes between the values and the frames.
    pub(super) fn free_bytes(&self) -> usize {
        self.frames as usize - self.top as usize
    }

    fn layout(slots: usize) -> Layout {
        // The limit was cut to what a layout can hold.
        Layout::array::<u64>(slots).unwrap_or(Layout::new::<u64>())
    }
}

impl Drop for InterpStack {
    fn drop(&mut self) {
        if !self.memory.is_null() {
            // SAFETY: [interp-stack] allocated by `prepare` with this layout.
            unsafe { dealloc(self.memory.cast(), Self::layout(self.limit_slots)) };
        }
    }
}
