//! Exceptions: throwing, landing pads, and finding the frame that catches.

use super::{
    Exit,
    machine::Machine,
    opcodes,
    stack::{Entry, Frame, InterpStack},
};
use crate::{
    interp::code::{DONE, Handler},
    vm::Activation,
};
use std::ptr;

/// Goes on where the pending exception is caught, if a frame of the innermost `start` catches it. If none does, the
/// frames of that `start` are gone.
///
/// # Safety
///
/// As for [`super::start`]; the innermost `start` on this stack ended with [`Exit::Raise`], or with [`Exit::CallOut`]
/// and the callee raised, and an exception is pending.
pub unsafe fn catch(stack: *mut InterpStack, activation: *mut Activation) -> Option<Exit> {
    // SAFETY: [interp-stack] the entry is live until its `start` has ended.
    unsafe {
        let entry = &mut *super::innermost(&*activation);
        match find(entry) {
            Some(handler) => {
                *entry.slots.add(usize::from(handler.exception)) = (*activation).take_exception();
                Some(opcodes::run(Machine::new(stack, activation)))
            }
            None => {
                super::leave(&mut *stack, &mut *activation);
                None
            }
        }
    }
}

/// Lets the entry stand at the landing pad of the innermost frame that has one for where it is.
///
/// # Safety
///
/// `[interp-stack]` The frames of the entry are live.
unsafe fn find(entry: &mut Entry) -> Option<Handler> {
    let mut behind = 0;
    loop {
        // SAFETY: [interp-stack] frames are consecutive; the outermost one returns to `DONE`. [code-live]
        unsafe {
            let Frame { func, caller_vmctx, return_pc, caller_slots } = *entry.frame;
            if !func.is_null() {
                let code = (*func).code.as_ptr();
                let position = entry.pc.offset_from(code) as u32 - behind;
                if let Some(handler) = (*func).handler(position) {
                    entry.pc = code.add(handler.landing as usize);
                    return Some(handler);
                }
            }
            if ptr::eq(return_pc, DONE.as_ptr()) {
                return None;
            }
            entry.pc = return_pc;
            entry.slots = caller_slots;
            entry.vmctx = caller_vmctx;
            entry.frame = entry.frame.add(1);
            behind = 1;
        }
    }
}

impl Machine {
    /// `throw`
    pub fn throw(&self) -> Exit {
        self.save();
        // SAFETY: [activation-live] [vmctx-live] [valid-module] the values are in consecutive slots of the frame.
        unsafe { (self.builtins().throw)(self.act, self.vmctx, self.word(2), self.slot(1)) };
        Exit::Raise
    }

    /// `throw_ref`
    pub fn throw_ref(&self) -> Exit {
        self.save();
        // SAFETY: [activation-live] [vmctx-live]
        unsafe { (self.builtins().throw_ref)(self.act, self.vmctx, self.get(1)) };
        Exit::Raise
    }

    /// Raises an exception that no clause of a landing pad wants again.
    pub fn rethrow(&self) -> Exit {
        self.save();
        // SAFETY: [activation-live]
        unsafe { (*self.act).exception = self.get(1) };
        Exit::Raise
    }

    /// Jumps unless an exception has a tag.
    #[inline(always)]
    pub fn branch_unless_tag(&mut self) -> Result<(), Exit> {
        // SAFETY: [activation-live] [vmctx-live]
        let actual = unsafe { (self.builtins().exception_tag)(self.act, self.vmctx, self.get(1)) };
        // SAFETY: [bytecode] the operand is the offset of the identity of a tag in the context.
        let wanted = unsafe { *self.vmctx.cast::<u8>().add(self.word(2) as usize).cast::<u64>() };
        if actual != wanted {
            return self.jump(4);
        }
        self.advance(6);
        Ok(())
    }

    /// Spreads the values of an exception over consecutive registers.
    #[inline(always)]
    pub fn exception_payload(&mut self) {
        // SAFETY: [activation-live] [vmctx-live] [bytecode] the frame has the slots that the tag's parameters take.
        unsafe { (self.builtins().exception_payload)(self.act, self.vmctx, self.get(2), self.word(3), self.slot(1)) };
        self.advance(5);
    }
}
