//! Locals, globals, constants and the operators that only move operands.

use super::{
    Translator,
    emit::Region,
    held::Held,
};
use crate::{
    jit::abi::POINTER,
    types::GlobalIdx,
};
use cranelift_codegen::ir::{
    InstBuilder, Type, Value,
    immediates::{Ieee32, Ieee64},
    types,
};
use wasmparser::FunctionBody;

impl Translator<'_> {
    /// Declares the body's own locals, which start at zero; the parameters are declared already.
    pub(super) fn declare_locals(&mut self, body: &FunctionBody<'_>) -> wasmparser::Result<()> {
        for entry in body.get_locals_reader()? {
            let (count, ty) = entry?;
            let held = Held::of_parsed(ty, self.module.info);
            let zero = self.zero(held.ty);
            for _ in 0..count {
                let variable = self.declare_local(held);
                self.builder.def_var(variable, zero);
                self.locals.push(variable);
            }
        }
        Ok(())
    }

    fn zero(&mut self, ty: Type) -> Value {
        match ty {
            types::F32 => self.builder.ins().f32const(Ieee32::with_bits(0)),
            types::F64 => self.builder.ins().f64const(Ieee64::with_bits(0)),
            types::I8X16 => self.constant_lanes(ty, [0; 16]),
            ty => self.builder.ins().iconst(ty, 0),
        }
    }

    pub(super) fn local_get(&mut self, local: u32) {
        let value = self.builder.use_var(self.locals[local as usize]);
        self.push(value);
    }

    pub(super) fn local_set(&mut self, local: u32) {
        let value = self.pop();
        self.builder.def_var(self.locals[local as usize], value);
    }

    pub(super) fn local_tee(&mut self, local: u32) {
        let value = *self.stack.last().expect("[valid-module]");
        self.builder.def_var(self.locals[local as usize], value);
    }

    /// Where a global's value is: a base and an offset from it.
    fn global_place(&mut self, global: GlobalIdx) -> (Value, i32) {
        let layout = self.module.layout;
        match (layout.defined_global(global), layout.imported_global(global)) {
            (Some(offset), _) => (self.vmctx, offset as i32),
            (None, Some(offset)) => (self.load_constant(POINTER, self.vmctx, offset as i32), 0),
            (None, None) => unreachable!("a global is imported or defined"),
        }
    }

    pub(super) fn global_get(&mut self, global: u32) {
        let held = Held::of(self.module.info.globals[global as usize].content);
        let (base, offset) = self.global_place(GlobalIdx(global));
        let flags = self.trusted(Region::Global);
        let value = self.builder.ins().load(held.ty, flags, base, offset);
        self.push_held(value, held);
    }

    pub(super) fn global_set(&mut self, global: u32) {
        let value = self.pop();
        let (base, offset) = self.global_place(GlobalIdx(global));
        let flags = self.trusted(Region::Global);
        // Storing four bytes leaves the upper half of a 32-bit global's slot zero.
        self.builder.ins().store(flags, value, base, offset);
    }

    pub(super) fn i32_const(&mut self, value: i32) {
        let value = self.constant_i32(value as u32);
        self.push(value);
    }

    pub(super) fn i64_const(&mut self, value: i64) {
        let value = self.constant_i64(value);
        self.push(value);
    }

    pub(super) fn f32_const(&mut self, bits: u32) {
        let value = self.builder.ins().f32const(Ieee32::with_bits(bits));
        self.push(value);
    }

    pub(super) fn f64_const(&mut self, bits: u64) {
        let value = self.builder.ins().f64const(Ieee64::with_bits(bits));
        self.push(value);
    }

    pub(super) fn drop(&mut self) {
        self.pop();
    }

    pub(super) fn select(&mut self) {
        let (first, second, condition) = self.pop3();
        let value = self.builder.ins().select(condition, first, second);
        self.push(value);
    }

    /// `select` with the type of its result.
    pub(super) fn select_typed(&mut self, ty: wasmparser::ValType) {
        let (first, second, condition) = self.pop3();
        let value = self.builder.ins().select(condition, first, second);
        self.push_held(value, Held::of_parsed(ty, self.module.info));
    }
}
