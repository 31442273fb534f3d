//! Atomic accesses. All of them name their memory and say the offset in 64 bits.

use super::{
    super::bytecode::Op,
    Lowering,
    emit::Operand::{K, L, R},
    memory::memory_of,
};
use crate::error::Result;
use wasmparser::MemArg;

impl Lowering<'_> {
    /// A load.
    pub fn atomic_load(&mut self, op: Op, arg: MemArg) -> Result<()> {
        let address = self.pop_register();
        let operands = self.far_operands(address, arg);
        self.push_result(op, &operands)
    }

    /// A store.
    pub fn atomic_store(&mut self, op: Op, arg: MemArg) -> Result<()> {
        let (address, value) = self.pop_registers();
        let [address, memory, offset] = self.far_operands(address, arg);
        self.code.emit(op, &[R(value), address, memory, offset]);
        Ok(())
    }

    /// A read-modify-write.
    pub fn atomic_rmw(&mut self, op: Op, arg: MemArg) -> Result<()> {
        let (address, value) = self.pop_registers();
        let [address, memory, offset] = self.far_operands(address, arg);
        self.push_result(op, &[address, R(value), memory, offset])
    }

    /// A compare-and-exchange.
    pub fn atomic_cmpxchg(&mut self, op: Op, arg: MemArg) -> Result<()> {
        let [address, expected, replacement] = self.pop_three();
        self.push_result(op, &[address, expected, replacement, K(self.layout.memory(memory_of(arg))), L(arg.offset)])
    }

    /// `memory.atomic.notify`.
    pub fn atomic_notify(&mut self, arg: MemArg) -> Result<()> {
        let (address, count) = self.pop_registers();
        self.push_result(Op::AtomicNotify, &[R(address), R(count), K(memory_of(arg).0), L(arg.offset)])
    }

    /// `memory.atomic.wait32`, `memory.atomic.wait64`.
    pub fn atomic_wait(&mut self, op: Op, arg: MemArg) -> Result<()> {
        let [address, expected, timeout] = self.pop_three();
        self.push_result(op, &[address, expected, timeout, K(memory_of(arg).0), L(arg.offset)])
    }

    /// `atomic.fence`.
    pub fn atomic_fence(&mut self) -> Result<()> {
        self.code.emit(Op::AtomicFence, &[]);
        Ok(())
    }
}
