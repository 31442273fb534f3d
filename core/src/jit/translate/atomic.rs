//! Atomic accesses: sequentially consistent. Waiting and notifying run in builtins.

use super::{
    Translator,
    memory::{Access, memory_of},
};
use crate::{
    jit::abi::{Builtin, builtin},
    trap::TrapCode,
};
use cranelift_codegen::ir::{AtomicRmwOp, InstBuilder, MemFlagsData, Type, Value, condcodes::IntCC, types};
use wasmparser::MemArg;

impl Translator<'_> {
    /// The address of an aligned cell of type `ty`, and the flags of the access.
    fn cell(&mut self, index: Value, ty: Type, memarg: &MemArg) -> (Value, MemFlagsData) {
        let memory = memory_of(memarg);
        let index = self.widen_index(index);
        if ty.bytes() > 1 {
            let address = match memarg.offset {
                0 => index,
                offset => self.builder.ins().iadd_imm_s(index, offset as i64),
            };
            let rest = self.builder.ins().band_imm_u(address, i64::from(ty.bytes() - 1));
            let unaligned = self.builder.ins().icmp_imm_u(IntCC::NotEqual, rest, 0);
            self.trap_if(unaligned, TrapCode::UnalignedAtomic);
        }
        let place = self.place(Access { memory, index, offset: memarg.offset, size_bytes: ty.bytes() });
        let address = match place.offset {
            0 => place.base,
            offset => self.builder.ins().iadd_imm_s(place.base, i64::from(offset)),
        };
        (address, place.flags)
    }

    fn narrow(&mut self, ty: Type, value: Value) -> Value {
        if self.builder.func.dfg.value_type(value) == ty { value } else { self.builder.ins().ireduce(ty, value) }
    }

    fn push_widened(&mut self, ty: Type, value: Value) {
        let is_narrow = self.builder.func.dfg.value_type(value) != ty;
        let value = if is_narrow { self.builder.ins().uextend(ty, value) } else { value };
        self.push(value);
    }

    /// Loads a cell of type `cell` as a `ty`.
    pub(super) fn atomic_load(&mut self, ty: Type, cell: Type, memarg: &MemArg) {
        let index = self.pop();
        let (address, flags) = self.cell(index, cell, memarg);
        let value = self.builder.ins().atomic_load(cell, flags, address);
        self.push_widened(ty, value);
    }

    /// Stores into a cell of type `cell`.
    pub(super) fn atomic_store(&mut self, cell: Type, memarg: &MemArg) {
        let (index, value) = self.pop2();
        let (address, flags) = self.cell(index, cell, memarg);
        let value = self.narrow(cell, value);
        self.builder.ins().atomic_store(flags, value, address);
    }

    /// Changes a cell of type `cell`; the result is what it held, as a `ty`.
    pub(super) fn atomic_rmw(&mut self, op: AtomicRmwOp, ty: Type, cell: Type, memarg: &MemArg) {
        let (index, operand) = self.pop2();
        let (address, flags) = self.cell(index, cell, memarg);
        let operand = self.narrow(cell, operand);
        let before = self.builder.ins().atomic_rmw(cell, flags, op, address, operand);
        self.push_widened(ty, before);
    }

    /// Replaces the contents of a cell of type `cell` if they are as expected.
    pub(super) fn atomic_cmpxchg(&mut self, ty: Type, cell: Type, memarg: &MemArg) {
        let (index, expected, replacement) = self.pop3();
        let (address, flags) = self.cell(index, cell, memarg);
        let (expected, replacement) = (self.narrow(cell, expected), self.narrow(cell, replacement));
        let before = self.builder.ins().atomic_cas(flags, address, expected, replacement);
        self.push_widened(ty, before);
    }

    pub(super) fn atomic_fence(&mut self) {
        self.builder.ins().fence();
    }

    pub(super) fn atomic_notify(&mut self, memarg: &MemArg) {
        let (index, count) = self.pop2();
        self.call_on_cell(builtin::memory_atomic_notify, index, &[count], memarg);
    }

    pub(super) fn atomic_wait(&mut self, builtin: Builtin, memarg: &MemArg) {
        let (index, expected, timeout) = self.pop3();
        let expected = self.widen_index(expected);
        self.call_on_cell(builtin, index, &[expected, timeout], memarg);
    }

    /// Calls a builtin that answers an i32, or all ones if it asks to raise.
    fn call_on_cell(&mut self, builtin: Builtin, index: Value, values: &[Value], memarg: &MemArg) {
        let memory = self.constant_i32(memory_of(memarg).0);
        let index = self.widen_index(index);
        let offset = self.constant_i64(memarg.offset as i64);
        let args: Vec<Value> = [memory, index, offset].iter().chain(values).copied().collect();
        let answer = self.call_builtin_value(builtin, &args);
        let failed = self.builder.ins().icmp_imm_s(IntCC::Equal, answer, -1);
        self.raise_if(failed);
        let answer = self.builder.ins().ireduce(types::I32, answer);
        self.push(answer);
    }
}
