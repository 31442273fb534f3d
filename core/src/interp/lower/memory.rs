//! Loads, stores, size and growth. Offsets are folded; a constant address makes the effective address a constant.

use super::{
    super::bytecode::Op,
    Lowering,
    emit::Operand::{I, K, L, R},
    numeric::immediate,
    stack::Value,
};
use crate::{error::Result, types::MemoryIdx};
use wasmparser::{MemArg, MemArgTarget};

impl Lowering<'_> {
    /// A load; `at` is its form with a constant address.
    pub fn load(&mut self, op: Op, at: Op, arg: MemArg) -> Result<()> {
        let offset = self.offset(arg)?;
        let address = self.stack.pop();
        if let Value::Const { bits, .. } = address.value {
            return self.push_result(at, &[L(bits + u64::from(offset))]);
        }
        let address = self.register(address);
        self.push_result(op, &[R(address), K(offset)])
    }

    /// A store; `imm` is its form with a constant value, `at` the one with a constant address.
    pub fn store(&mut self, op: Op, imm: Op, at: Op, arg: MemArg) -> Result<()> {
        let offset = self.offset(arg)?;
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

    fn offset(&self, arg: MemArg) -> Result<u32> {
        if arg.target != MemArgTarget::Memory(0) {
            return Err(self.unsupported("multi-memory"));
        }
        u32::try_from(arg.offset).map_err(|_| self.unsupported("memory64"))
    }

    /// `memory.size`.
    pub fn memory_size(&mut self, memory: u32) -> Result<()> {
        let offset = self.layout.memory(MemoryIdx(memory));
        self.push_result(Op::MemorySize, &[K(offset)])
    }

    /// `memory.grow`.
    pub fn memory_grow(&mut self, memory: u32) -> Result<()> {
        let delta = self.pop_register();
        self.push_result(Op::MemoryGrow, &[R(delta), K(memory)])
    }
}
