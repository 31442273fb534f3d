//! Loads, stores, size and growth. Offsets are folded; a constant address makes the effective address a constant.
//!
//! Accesses to memory 0 through 32-bit indices have instructions of their own, which find it in the machine's
//! registers. All others name the memory and say the offset in 64 bits.

use super::{
    super::bytecode::{Op, Reg},
    Lowering,
    emit::Operand::{I, K, L, R},
    numeric::immediate,
    stack::Value,
};
use crate::{error::Result, types::MemoryIdx};
use wasmparser::{MemArg, MemArgTarget};

impl Lowering<'_> {
    /// A load; `at` is its form with a constant address, `any` the one for any memory.
    pub fn load(&mut self, op: Op, at: Op, any: Op, arg: MemArg) -> Result<()> {
        let Some(offset) = self.near_offset(arg) else {
            let address = self.pop_register();
            let operands = self.far_operands(address, arg);
            return self.push_result(any, &operands);
        };
        let address = self.stack.pop();
        if let Value::Const { bits, .. } = address.value {
            return self.push_result(at, &[L(bits + u64::from(offset))]);
        }
        let address = self.register(address);
        self.push_result(op, &[R(address), K(offset)])
    }

    /// A store; `imm` is its form with a constant value, `at` the one with a constant address, `any` the one for any
    /// memory.
    pub fn store(&mut self, op: Op, imm: Op, at: Op, any: Op, arg: MemArg) -> Result<()> {
        let Some(offset) = self.near_offset(arg) else {
            let (address, value) = self.pop_registers();
            let [address, memory, offset] = self.far_operands(address, arg);
            self.code.emit(any, &[R(value), address, memory, offset]);
            return Ok(());
        };
        let value = self.stack.pop();
        let address = self.stack.pop();
        if let Value::Const { bits, .. } = address.value {
            let value = self.register(value);
            self.code.emit(at, &[R(value), L(bits + u64::from(offset))]);
            return Ok(());
        }
        let address = self.register(address);
        let constant = match value.value {
            Value::Const { bits, .. } if op != Op::Store64 => Some(bits as i32),
            _ => immediate(value),
        };
        match constant {
            Some(constant) => self.code.emit(imm, &[I(constant), R(address), K(offset)]),
            None => {
                let value = self.register(value);
                self.code.emit(op, &[R(value), R(address), K(offset)]);
            }
        }
        Ok(())
    }

    /// The offset of an access to memory 0 through a 32-bit index; `None` for all other accesses.
    pub fn near_offset(&self, arg: MemArg) -> Option<u32> {
        let is_near = memory_of(arg) == MemoryIdx(0) && !self.info.memories[0].memory64;
        is_near.then_some(arg.offset as u32)
    }

    /// The last operands of an access to any memory: the address, the memory, the offset.
    pub fn far_operands(&self, address: Reg, arg: MemArg) -> [super::Operand; 3] {
        [R(address), K(self.layout.memory(memory_of(arg))), L(arg.offset)]
    }

    /// `memory.size`.
    pub fn memory_size(&mut self, memory: u32) -> Result<()> {
        let memory = MemoryIdx(memory);
        let page_size_log2 = self.info.memories[memory.index()].page_size_log2;
        self.push_result(Op::MemorySize, &[K(self.layout.memory(memory)), K(page_size_log2)])
    }

    /// `memory.grow`.
    pub fn memory_grow(&mut self, memory: u32) -> Result<()> {
        let op = if self.info.memories[memory as usize].memory64 { Op::MemoryGrow64 } else { Op::MemoryGrow };
        let delta = self.pop_register();
        self.push_result(op, &[R(delta), K(memory)])
    }
}

/// The memory that an access goes to.
pub fn memory_of(arg: MemArg) -> MemoryIdx {
    match arg.target {
        MemArgTarget::Memory(memory) => MemoryIdx(memory),
        _ => unreachable!("[valid-module] decoding refuses accesses to arrays"),
    }
}
