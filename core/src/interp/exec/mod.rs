//! Running bytecode: entries from the driver, and the walk over frames.
//!
//! [`start`] pushes a frame and runs the loop in [`opcodes`] until the guest returns, raises, or calls something that
//! is not interpreted. What is always true here: whenever the loop is not running, the
//! activation's innermost [`stack::Entry`] says where execution stands, so that it can be walked, resumed, abandoned.

#![expect(unsafe_code, reason = "slots, frames and guest memory are reached through raw pointers")]

mod atomic;
mod call;
mod control;
mod exception;
mod gc;
mod machine;
mod memory;
mod numeric;
mod opcodes;
mod reference;
mod simd;
mod stack;
mod table;
mod variable;

pub use exception::catch;
pub use stack::InterpStack;

use super::code::{DONE, InterpCode};
use crate::{
    trap::TrapCode,
    types::ValType,
    vm::{Activation, FuncRef, activation::RawFrame},
};
use machine::Machine;
use stack::{Entry, Frame};
use std::ptr;

/// Why the loop stopped.
#[derive(Debug, Clone, Copy)]
pub enum Exit {
    /// The call of `start` returned; its results are in its slots.
    Done,
    /// The activation holds a trap or an error. The frames are still there for [`frames`]; [`abandon`] drops them.
    Raise,
    /// The guest calls a function that is not interpreted. The driver runs it on `slots` (`[slots-len]`) and goes on
    /// with [`resume`], or with [`abandon`] if it raised.
    CallOut {
        /// The callee.
        func: *const FuncRef,
        /// Arguments, then results.
        slots: *mut u64,
    },
}

/// Calls an interpreted function. Arguments come from `slots`, results go there.
///
/// # Safety
///
/// `stack` and `activation` belong to this thread's call (`[activation-live]`), `func` is live and of an interpreted
/// instance (`[vmctx-live]`), `slots` holds the type's call slots (`[slots-len]`).
pub unsafe fn start(
    stack: *mut InterpStack,
    activation: *mut Activation,
    func: *const FuncRef,
    slots: *mut u64,
) -> Exit {
    // SAFETY: [activation-live] [vmctx-live] the caller's promise; nothing else uses the stack until this returns.
    let (stack, act, func) = unsafe { (&mut *stack, &mut *activation, &*func) };
    // SAFETY: [vmctx-live] as above.
    let code = unsafe { &*(*func.vmctx).interp_code.cast::<InterpCode>() };
    let callee = match code.function(func.index - code.info().imported_functions) {
        Ok(callee) => callee,
        Err(error) => {
            act.error = Some(Box::new(error));
            return Exit::Raise;
        }
    };
    stack.prepare();
    let needed = size_of::<Entry>() + size_of::<Frame>() + callee.frame_slots as usize * 8;
    if stack.free_bytes() < needed {
        act.set_trap(TrapCode::StackOverflow);
        return Exit::Raise;
    }
    // SAFETY: [interp-stack] there is room for both records and the callee's slots, as was just checked.
    // [slots-len] the caller's slots hold the arguments.
    unsafe {
        let entry = stack.frames.cast::<Entry>().sub(1);
        let frame = entry.cast::<Frame>().sub(1);
        let base = stack.top;
        *frame = Frame { func: callee, caller_vmctx: func.vmctx, return_pc: DONE.as_ptr(), caller_slots: base };
        *entry = Entry {
            outer_frames: act.interp_frames,
            func: callee,
            results: slots,
            outer_top: base,
            pc: callee.code.as_ptr(),
            slots: base,
            frame,
            vmctx: func.vmctx,
        };
        copy_values(slots, base, callee.ty.params());
        ptr::write_bytes(base.add(callee.param_slots as usize), 0, callee.zeroed_slots as usize);
        act.interp_frames = entry.expose_provenance();
        stack.frames = frame.cast();
        stack.top = base.add(callee.frame_slots as usize);
        let machine = Machine::new(stack, activation);
        match machine.poll_at_entry() {
            Ok(()) => opcodes::run(machine),
            Err(exit) => exit,
        }
    }
}

/// Goes on after a call out whose callee returned; its results are in the slots of the call out.
///
/// # Safety
///
/// As for [`start`]; the innermost `start` on this stack ended with [`Exit::CallOut`].
pub unsafe fn resume(stack: *mut InterpStack, activation: *mut Activation) -> Exit {
    // SAFETY: [interp-stack] the entry of the call out is still the innermost one.
    let mut machine = unsafe { Machine::new(stack, activation) };
    machine.finish_call_out();
    opcodes::run(machine)
}

/// Drops the frames that the calls of this activation left behind when they raised.
///
/// # Safety
///
/// As for [`start`]; no loop of this activation runs any more.
pub unsafe fn abandon(stack: *mut InterpStack, activation: *mut Activation) {
    // SAFETY: [interp-stack] [activation-live] the caller's promise; nothing else uses the stack.
    let (stack, act) = unsafe { (&mut *stack, &mut *activation) };
    while leave(stack, act).is_some() {}
}

/// The innermost entry of an activation; null if no interpreted call is in progress.
fn innermost(act: &Activation) -> *mut Entry {
    ptr::with_exposed_provenance_mut(act.interp_frames)
}

/// Takes the innermost entry of an activation off; gives it.
fn leave(stack: &mut InterpStack, act: &mut Activation) -> Option<Entry> {
    let innermost = innermost(act);
    if innermost.is_null() {
        return None;
    }
    // SAFETY: [interp-stack] the innermost entry is live, and what lies beyond it is free once it is gone.
    unsafe {
        let entry = *innermost;
        stack.frames = innermost.add(1).cast();
        stack.top = entry.outer_top;
        act.interp_frames = entry.outer_frames;
        Some(entry)
    }
}

/// Copies values between slot arrays; 32-bit ones get a zero upper half.
///
/// # Safety
///
/// Both arrays hold a slot, or two for v128, per type.
unsafe fn copy_values(from: *const u64, to: *mut u64, types: &[ValType]) {
    let mut at = 0;
    for ty in types {
        for _ in 0..ty.slots() {
            // SAFETY: [slots-len] the caller's promise.
            unsafe {
                let value = *from.add(at);
                *to.add(at) = if matches!(ty, ValType::I32 | ValType::F32) { u64::from(value as u32) } else { value };
            }
            at += 1;
        }
    }
}

/// Visits the interpreted frames of an activation, innermost first, until `visit` answers false.
pub fn frames(activation: &Activation, mut visit: impl FnMut(RawFrame) -> bool) {
    let mut next = innermost(activation);
    // SAFETY: [interp-stack] the entries of an activation and their frames are live.
    while let Some(entry) = unsafe { next.as_ref() } {
        if !entry_frames(entry, &mut visit) {
            return;
        }
        next = ptr::with_exposed_provenance_mut(entry.outer_frames);
    }
}

/// Shows every place in the interpreted frames of an activation that holds a reference which the collector knows.
///
/// # Safety
///
/// `[interp-stack]`, `[activation-live]`: the activation's loop is not running, and nobody else uses its frames.
pub unsafe fn each_root(activation: &Activation, visit: &mut dyn FnMut(&mut u64)) {
    let mut next = innermost(activation);
    // SAFETY: [interp-stack] the entries of an activation, their frames and the slots of these are live.
    unsafe {
        while let Some(entry) = next.as_ref() {
            let (mut frame, mut pc, mut slots, mut behind) = (entry.frame, entry.pc, entry.slots, 0);
            loop {
                let Frame { func, return_pc, caller_slots, .. } = *frame;
                let position = pc.offset_from((*func).code.as_ptr()) as usize - behind;
                (*func).each_root(position, |reg| visit(&mut *slots.add(usize::from(reg))));
                if ptr::eq(return_pc, DONE.as_ptr()) {
                    break;
                }
                (pc, slots, behind) = (return_pc, caller_slots, 1);
                frame = frame.add(1);
            }
            next = ptr::with_exposed_provenance_mut(entry.outer_frames);
        }
    }
}

/// Visits the frames of one `start`; false if `visit` had enough.
fn entry_frames(entry: &Entry, visit: &mut impl FnMut(RawFrame) -> bool) -> bool {
    let mut frame = entry.frame;
    // The innermost frame's instruction is at the saved position; callers were left behind their call.
    let (mut pc, mut behind, mut vmctx) = (entry.pc, 0, entry.vmctx);
    loop {
        // SAFETY: [interp-stack] frames are consecutive; the outermost one returns to `DONE`. [code-live]
        unsafe {
            let Frame { func, caller_vmctx, return_pc, .. } = *frame;
            if !func.is_null() {
                let position = pc.offset_from((*func).code.as_ptr()) as usize;
                let module_offset = (*func).module_offset(position - behind);
                if !visit(RawFrame { vmctx, func_index: (*func).index.0, module_offset }) {
                    return false;
                }
            }
            if ptr::eq(return_pc, DONE.as_ptr()) {
                return true;
            }
            (pc, behind, vmctx) = (return_pc, 1, caller_vmctx);
            frame = frame.add(1);
        }
    }
}
