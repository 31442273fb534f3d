//! What keeps a guest within bounds: the stack check, interruption polls and fuel.

use super::{NAMESPACE_BODIES, Translator, emit::Region};
use crate::{
    jit::abi::{POINTER, builtin, offset},
    trap::TrapCode,
};
use cranelift_codegen::ir::{
    ExtFuncData, ExternalName, InstBuilder, SourceLoc, UserExternalName, condcodes::IntCC, types,
};
use wasmparser::{FunctionBody, Operator};

/// Bodies up to this many bytes with at most [`SMALL_LOCALS`] locals have frames of a few KiB.
const SMALL_BODY_BYTES: usize = 512;
const SMALL_LOCALS: u32 = 64;

impl Translator<'_> {
    /// Whether the function's frame matters: what a small leaf uses comes out of the reserve below the limit.
    pub(super) fn needs_stack_check(&self, body: &FunctionBody<'_>) -> wasmparser::Result<bool> {
        if body.as_bytes().len() > SMALL_BODY_BYTES {
            return Ok(true);
        }
        let mut locals = 0u32;
        for entry in body.get_locals_reader()? {
            locals = locals.saturating_add(entry?.0);
        }
        if locals > SMALL_LOCALS {
            return Ok(true);
        }
        for operator in body.get_operators_reader()? {
            // Tail calls leave no frame behind.
            if matches!(operator?, Operator::Call { .. } | Operator::CallIndirect { .. } | Operator::CallRef { .. }) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Traps if `extra_bytes` below this function's frame, which the stack pointer already includes, are below the limit.
    pub(super) fn check_stack(&mut self, extra_bytes: u32) {
        let activation = self.activation();
        let flags = self.trusted(Region::Activation);
        let limit = self.builder.ins().load(POINTER, flags, activation, offset::ACTIVATION_STACK_LIMIT);
        let stack = self.builder.ins().get_stack_pointer(POINTER);
        let stack = if extra_bytes == 0 { stack } else { self.builder.ins().iadd_imm_s(stack, -i64::from(extra_bytes)) };
        let exceeded = self.builder.ins().icmp(IntCC::UnsignedLessThan, stack, limit);
        self.trap_if(exceeded, TrapCode::StackOverflow);
    }

    /// The whole of a guard: the check, then the body in the guard's place.
    pub(super) fn guarded_entry(&mut self, frame_bytes: u32) {
        let args = self.builder.block_params(self.builder.current_block().expect("the entry block")).to_vec();
        self.builder.set_srcloc(SourceLoc::new(self.module.body(self.index).range().start as u32));
        self.check_stack(frame_bytes);
        let signature = self.builder.func.signature.clone();
        let signature = self.builder.import_signature(signature);
        let name = UserExternalName::new(NAMESPACE_BODIES, self.index.0);
        let name = ExternalName::user(self.builder.func.declare_imported_user_function(name));
        let data = ExtFuncData { name, signature, colocated: true, patchable: false };
        let body = self.builder.import_function(data);
        self.builder.ins().return_call(body, &args);
    }

    /// Calls the store if its interrupt word is not zero.
    pub(super) fn poll_interrupt(&mut self) {
        let activation = self.activation();
        // The pointer stays for the activation's life; the word behind it is written by other threads.
        let flags = self.trusted(Region::Activation);
        let word = self.builder.ins().load(POINTER, flags, activation, offset::ACTIVATION_INTERRUPT);
        let flags = self.trusted(Region::Activation);
        let requested = self.builder.ins().atomic_load(types::I32, flags, word);
        self.rarely(requested, |this| this.call_builtin_status(builtin::interrupt_poll, &[]));
    }

    /// Charges the segment that starts with the operator at `position`, if one does.
    pub(super) fn charge_fuel(&mut self, position: u32) {
        let Some(cost) = self.fuel.as_mut().and_then(|plan| plan.charge_before(position)) else { return };
        let activation = self.activation();
        let flags = self.trusted(Region::Activation);
        let before = self.builder.ins().load(types::I64, flags, activation, offset::ACTIVATION_FUEL);
        let cost = self.constant_i64(cost as i64);
        let after = self.builder.ins().isub(before, cost);
        self.builder.ins().store(flags, after, activation, offset::ACTIVATION_FUEL);
        let zero = self.constant_i64(0);
        let exhausted = self.builder.ins().icmp(IntCC::SignedLessThan, after, zero);
        self.rarely(exhausted, |this| this.call_builtin_status(builtin::fuel_exhausted, &[cost]));
    }
}
