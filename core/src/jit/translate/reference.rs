//! Operators on references.

use super::Translator;
use crate::{trap::TrapCode, types::FuncIdx};
use cranelift_codegen::ir::{InstBuilder, Value, condcodes::IntCC};

impl Translator<'_> {
    pub(super) fn ref_null(&mut self) {
        let null = self.constant_i64(0);
        self.push(null);
    }

    pub(super) fn ref_is_null(&mut self) {
        let reference = self.pop();
        let null = self.constant_i64(0);
        let answer = self.compare(IntCC::Equal, reference, null);
        self.push(answer);
    }

    pub(super) fn ref_as_non_null(&mut self) {
        let reference = *self.stack.last().expect("[valid-module]");
        self.trap_if_null(reference);
    }

    pub(super) fn trap_if_null(&mut self, reference: Value) {
        let null = self.constant_i64(0);
        let is_null = self.builder.ins().icmp(IntCC::Equal, reference, null);
        self.trap_if(is_null, TrapCode::NullReference);
    }

    /// Branches without the reference if it is null, else goes on with it.
    pub(super) fn br_on_null(&mut self, depth: u32) {
        let reference = self.pop();
        let null = self.constant_i64(0);
        let is_null = self.builder.ins().icmp(IntCC::Equal, reference, null);
        self.branch_if(is_null, depth);
        self.push(reference);
    }

    /// Branches with the reference if it is not null, else goes on without it.
    pub(super) fn br_on_non_null(&mut self, depth: u32) {
        let reference = *self.stack.last().expect("[valid-module]");
        let null = self.constant_i64(0);
        let is_object = self.builder.ins().icmp(IntCC::NotEqual, reference, null);
        self.branch_if(is_object, depth);
        self.pop();
    }

    pub(super) fn ref_func(&mut self, func: u32) {
        let at = self.func_ref_offset(FuncIdx(func));
        let reference = self.builder.ins().iadd_imm_s(self.vmctx, i64::from(at));
        self.push(reference);
    }

    /// Where the context holds the reference to a function that has one.
    pub(super) fn func_ref_offset(&self, func: FuncIdx) -> i32 {
        self.module.layout.func_ref(self.module.info, func).expect("[valid-module]") as i32
    }
}
