//! Calls and returns. The callee's slot 0 is the register that the call names: arguments are there already, and
//! results are left there.

use super::{
    super::{
        bytecode::Op,
        code::{Func, InterpCode},
    },
    Exit, copy_values,
    machine::{Machine, raise},
    stack::Frame,
};
use crate::{
    trap::TrapCode,
    vm::{ContextKind, FuncRef, TableEntry, VmContext, layout::VmTable},
};
use std::{
    ptr,
    sync::atomic::{Ordering, fence},
};

const CALL_UNITS: usize = Op::Call.len_units();
const CALL_IMPORT_UNITS: usize = Op::CallImport.len_units();
const CALL_INDIRECT_UNITS: usize = Op::CallIndirect.len_units();
const CALL_REF_UNITS: usize = Op::CallRef.len_units();

impl Machine {
    /// A call of a function of the same module.
    #[inline(always)]
    pub fn call(&mut self) -> Result<(), Exit> {
        let callee = self.lowered(self.code, self.word(2))?;
        self.enter(callee, self.vmctx, CALL_UNITS)
    }

    /// A call of an imported function.
    #[inline(always)]
    pub fn call_import(&mut self) -> Result<(), Exit> {
        self.call_ref(self.import(), CALL_IMPORT_UNITS)
    }

    /// `call_indirect`
    #[inline(always)]
    pub fn call_indirect(&mut self) -> Result<(), Exit> {
        let func = self.table_callee()?;
        self.call_ref(func, CALL_INDIRECT_UNITS)
    }

    /// `call_ref`
    #[inline(always)]
    pub fn call_through_reference(&mut self) -> Result<(), Exit> {
        let func = self.referenced_callee()?;
        self.call_ref(func, CALL_REF_UNITS)
    }

    /// A tail call of a function of the same module.
    #[inline(always)]
    pub fn return_call(&mut self) -> Result<(), Exit> {
        let callee = self.lowered(self.code, self.word(2))?;
        self.replace(callee, self.vmctx)
    }

    /// A tail call of an imported function.
    #[inline(always)]
    pub fn return_call_import(&mut self) -> Result<(), Exit> {
        self.return_call_ref(self.import(), 4)
    }

    /// `return_call_indirect`
    #[inline(always)]
    pub fn return_call_indirect(&mut self) -> Result<(), Exit> {
        let func = self.table_callee()?;
        self.return_call_ref(func, 9)
    }

    /// `return_call_ref`
    #[inline(always)]
    pub fn return_call_through_reference(&mut self) -> Result<(), Exit> {
        let func = self.referenced_callee()?;
        self.return_call_ref(func, 3)
    }

    /// The imported function that the instruction names.
    #[inline(always)]
    fn import(&self) -> *const FuncRef {
        // SAFETY: [bytecode] the operand is the offset of a function reference in the context.
        unsafe { self.vmctx.cast::<u8>().add(self.word(2) as usize).cast::<FuncRef>() }
    }

    /// The function in the table entry that the instruction names.
    #[inline(always)]
    fn table_callee(&self) -> Result<*const FuncRef, Exit> {
        let index = self.get::<u64>(2);
        // SAFETY: [vmctx-live] [bytecode] [valid-module] operands name a table's offset and a type.
        let (table, signature) = unsafe {
            let table = self.vmctx.cast::<u8>().add(self.word(5) as usize).cast::<VmTable>();
            (&*table, *(*self.vmctx).signature_ids.add(self.word(7) as usize))
        };
        match look_up(table, index, signature) {
            Some(func) => Ok(func),
            None => look_up_slowly(*self, index, signature),
        }
    }

    /// The function in the register that the instruction names.
    #[inline(always)]
    fn referenced_callee(&self) -> Result<*const FuncRef, Exit> {
        match self.get::<u64>(2) {
            0 => Err(raise(*self, TrapCode::NullReference)),
            raw => Ok(ptr::with_exposed_provenance(raw as usize)),
        }
    }

    /// Calls through a reference; `units` is the length of the instruction.
    #[inline(always)]
    fn call_ref(&mut self, func: *const FuncRef, units: usize) -> Result<(), Exit> {
        let Some((code, defined_index, vmctx)) = interpreted(func) else {
            self.save();
            return Err(Exit::CallOut { func, slots: self.slot(1) });
        };
        let callee = self.lowered(code, defined_index)?;
        self.enter(callee, vmctx, units)
    }

    /// Calls through a reference in the place of the running function; the operand at `params_at` says how many slots
    /// the arguments take.
    #[inline(always)]
    fn return_call_ref(&mut self, func: *const FuncRef, params_at: usize) -> Result<(), Exit> {
        let Some((code, defined_index, vmctx)) = interpreted(func) else {
            self.save();
            // SAFETY: [interp-stack] a frame has the slots of every call in it; this one stays until the callee is
            // back, but stands for nobody.
            unsafe {
                ptr::copy(self.slot(1), self.slots, self.word(params_at) as usize);
                (*self.frame).func = ptr::null();
            }
            return Err(Exit::CallOut { func, slots: self.slots });
        };
        let callee = self.lowered(code, defined_index)?;
        self.replace(callee, vmctx)
    }

    #[inline(always)]
    fn lowered(&self, code: *const InterpCode, defined_index: u32) -> Result<*const Func, Exit> {
        // SAFETY: [vmctx-live] code lives as long as its instances.
        match unsafe { &*code }.lowered(defined_index) {
            Some(callee) => Ok(callee),
            None => lower_now(*self, code, defined_index),
        }
    }

    /// Pushes a frame whose slots start at the register that the instruction names first.
    #[inline(always)]
    fn enter(&mut self, callee: *const Func, vmctx: *mut VmContext, units: usize) -> Result<(), Exit> {
        let base = self.slot(1);
        // SAFETY: [interp-stack] the frame is written only if it and the callee's slots fit. [code-live]
        unsafe {
            let func = &*callee;
            let end = base as usize + func.frame_slots as usize * 8 + size_of::<Frame>();
            if end > self.frame as usize {
                return Err(raise(*self, TrapCode::StackOverflow));
            }
            self.frame = self.frame.sub(1);
            *self.frame = Frame {
                func: callee,
                caller_vmctx: self.vmctx,
                return_pc: self.pc.add(units),
                caller_slots: self.slots,
            };
            let declared = base.add(func.param_slots as usize);
            for local in 0..func.zeroed_slots as usize {
                *declared.add(local) = 0;
            }
            self.slots = base;
            self.pc = func.code.as_ptr();
            if vmctx != self.vmctx {
                self.set_context(vmctx);
            }
        }
        self.poll_at_entry()
    }

    /// Puts the callee's frame in the place of the running function's, with the arguments that the instruction names.
    #[inline(always)]
    fn replace(&mut self, callee: *const Func, vmctx: *mut VmContext) -> Result<(), Exit> {
        // SAFETY: [interp-stack] the slots are written only if all of the callee's fit. [code-live]
        unsafe {
            let func = &*callee;
            if self.slots as usize + func.frame_slots as usize * 8 > self.frame as usize {
                return Err(raise(*self, TrapCode::StackOverflow));
            }
            ptr::copy(self.slot(1), self.slots, func.param_slots as usize);
            ptr::write_bytes(self.slots.add(func.param_slots as usize), 0, func.zeroed_slots as usize);
            (*self.frame).func = callee;
            self.pc = func.code.as_ptr();
        }
        if vmctx != self.vmctx {
            self.set_context(vmctx);
        }
        self.poll_at_entry()
    }

    /// Returns; results are in place.
    #[inline(always)]
    pub fn return_(&mut self) {
        // SAFETY: [interp-stack] a running function has a frame.
        let frame = unsafe { &*self.frame };
        self.pc = frame.return_pc;
        self.slots = frame.caller_slots;
        // SAFETY: [interp-stack] as above.
        self.frame = unsafe { self.frame.add(1) };
        if frame.caller_vmctx != self.vmctx {
            self.set_context(frame.caller_vmctx);
        }
    }

    /// Returns one value.
    #[inline(always)]
    pub fn return_one(&mut self) {
        // SAFETY: [interp-stack] a function with a result has a slot for it.
        unsafe { *self.slots = self.get(1) };
        self.return_();
    }

    /// Returns several values.
    #[inline(always)]
    pub fn return_many(&mut self) {
        // SAFETY: [interp-stack] a frame has a slot for each result.
        unsafe { ptr::copy(self.slot(1), self.slots, self.word(2) as usize) };
        self.return_();
    }

    /// Ends the innermost `start`: hands its results over and takes its records off.
    pub fn done(self) -> Exit {
        // SAFETY: [interp-stack] the outermost frame was just left, so the results are where its slots were.
        // [slots-len] the caller of `start` has room for them.
        unsafe {
            if let Some(entry) = super::leave(&mut *self.stack, &mut *self.act) {
                copy_values(entry.outer_top, entry.results, (*entry.func).ty.results());
            }
        }
        Exit::Done
    }

    /// Goes on behind the call at hand, which a call out has finished; after a tail call behind the caller's.
    pub fn finish_call_out(&mut self) {
        // SAFETY: [interp-stack] a running function has a frame.
        if unsafe { (*self.frame).func }.is_null() {
            self.return_();
        } else {
            self.advance(self.op().len_units());
        }
    }
}

/// What it takes to run an interpreted function: its code, its index among its module's own functions, its instance.
#[inline(always)]
fn interpreted(func: *const FuncRef) -> Option<(*const InterpCode, u32, *mut VmContext)> {
    // SAFETY: [vmctx-live] a reference lives as long as its context. An interpreted context has its code, and `index`
    // is one of its own functions.
    unsafe {
        let FuncRef { vmctx, index, .. } = *func;
        if (*vmctx).kind != ContextKind::Interpreted {
            return None;
        }
        let code = (*vmctx).interp_code.cast::<InterpCode>();
        Some((code, index - (*code).info().imported_functions, vmctx))
    }
}

/// The function at `index`, if the entry could be read whole and has this signature.
#[inline(always)]
fn look_up(table: &VmTable, index: u64, signature: u32) -> Option<*const FuncRef> {
    // SAFETY: [table-stable] entries below the length are there for ever. [entry-version] decides whether what was
    // read belongs together.
    unsafe {
        if index >= (*table.def).len.load(Ordering::Acquire) {
            return None;
        }
        let entry = table.base.cast::<TableEntry>().add(index as usize);
        let version = (*entry).version.load(Ordering::Acquire);
        let found = (*entry).signature.load(Ordering::Relaxed);
        let origin = (*entry).origin.load(Ordering::Relaxed).cast_const();
        fence(Ordering::Acquire);
        let whole = version & 1 == 0 && (*entry).version.load(Ordering::Relaxed) == version;
        (whole && found == signature).then_some(origin)
    }
}

#[cold]
#[inline(never)]
fn look_up_slowly(machine: Machine, index: u64, signature: u32) -> Result<*const FuncRef, Exit> {
    machine.save();
    let look_up = machine.builtins().call_indirect_slow;
    // SAFETY: [activation-live] [vmctx-live] [valid-module]
    let func = unsafe { look_up(machine.act, machine.vmctx, machine.word(3), index, signature) };
    if func.is_null() { Err(Exit::Raise) } else { Ok(func) }
}

#[cold]
#[inline(never)]
fn lower_now(machine: Machine, code: *const InterpCode, defined_index: u32) -> Result<*const Func, Exit> {
    // SAFETY: [vmctx-live] code lives as long as its instances.
    match unsafe { &*code }.function(defined_index) {
        Ok(func) => Ok(func),
        Err(error) => {
            machine.save();
            // SAFETY: [activation-live]
            unsafe { (*machine.act).error = Some(Box::new(error)) };
            Err(Exit::Raise)
        }
    }
}
