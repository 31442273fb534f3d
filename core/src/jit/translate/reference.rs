//! Operators on references.

use super::Translator;
use crate::types::FuncIdx;
use cranelift_codegen::ir::{InstBuilder, condcodes::IntCC};

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
