//! Operators on vectors: each is one instruction of its shape.

use super::{
    super::{
        bytecode::Op,
        vector::{Binary, Extract, Lane, Load, Shift, Splat, Ternary, Test, Unary},
    },
    Lowering,
    emit::Operand::{self, L, N, R},
    stack::Kind,
};
use crate::error::Result;
use wasmparser::MemArg;

impl Lowering<'_> {
    fn push_vector(&mut self, op: Op, operands: &[Operand]) -> Result<()> {
        self.push_result_of(Kind::Vector, op, operands)
    }

    /// A vector in, a vector out.
    pub fn vector_unary(&mut self, operator: Unary) -> Result<()> {
        let operand = self.pop_register();
        self.push_vector(Op::VectorUnary, &[R(operand), N(operator as u16)])
    }

    /// Two vectors in, a vector out.
    pub fn vector_binary(&mut self, operator: Binary) -> Result<()> {
        let (left, right) = self.pop_registers();
        self.push_vector(Op::VectorBinary, &[R(left), R(right), N(operator as u16)])
    }

    /// A comparison whose operands `operator` takes in the other order.
    pub fn vector_swapped(&mut self, operator: Binary) -> Result<()> {
        let (left, right) = self.pop_registers();
        self.push_vector(Op::VectorBinary, &[R(right), R(left), N(operator as u16)])
    }

    /// Three vectors in, a vector out.
    pub fn vector_ternary(&mut self, operator: Ternary) -> Result<()> {
        let [first, second, third] = self.pop_three();
        self.push_vector(Op::VectorTernary, &[first, second, third, N(operator as u16)])
    }

    /// A shift of every lane by an i32.
    pub fn vector_shift(&mut self, operator: Shift) -> Result<()> {
        let (vector, count) = self.pop_registers();
        self.push_vector(Op::VectorShift, &[R(vector), R(count), N(operator as u16)])
    }

    /// A vector in, an i32 out.
    pub fn vector_test(&mut self, operator: Test) -> Result<()> {
        let operand = self.pop_register();
        self.push_result(Op::VectorTest, &[R(operand), N(operator as u16)])
    }

    /// A scalar in every lane.
    pub fn splat(&mut self, operator: Splat) -> Result<()> {
        let scalar = self.pop_register();
        self.push_vector(Op::VectorSplat, &[R(scalar), N(operator as u16)])
    }

    /// One lane as a scalar.
    pub fn extract_lane(&mut self, operator: Extract, lane: u8) -> Result<()> {
        let vector = self.pop_register();
        self.push_result(Op::VectorExtract, &[R(vector), N(lane.into()), N(operator as u16)])
    }

    /// A vector with one lane replaced.
    pub fn replace_lane(&mut self, width: Lane, lane: u8) -> Result<()> {
        let (vector, scalar) = self.pop_registers();
        self.push_vector(Op::VectorReplace, &[R(vector), R(scalar), N(lane.into()), N(width as u16)])
    }

    /// `i8x16.shuffle`.
    pub fn shuffle(&mut self, lanes: [u8; 16]) -> Result<()> {
        let (left, right) = self.pop_registers();
        let lanes = u128::from_le_bytes(lanes);
        self.push_vector(Op::VectorShuffle, &[R(left), R(right), L(lanes as u64), L((lanes >> 64) as u64)])
    }

    /// `v128.const`.
    pub fn vector_constant(&mut self, bits: u128) -> Result<()> {
        self.push_vector(Op::ConstVector, &[L(bits as u64), L((bits >> 64) as u64)])
    }

    /// `v128.load`.
    pub fn vector_load(&mut self, arg: MemArg) -> Result<()> {
        let address = self.pop_register();
        let operands = self.far_operands(address, arg);
        self.push_vector(Op::VectorLoad, &operands)
    }

    /// A load of less than a vector.
    pub fn vector_load_part(&mut self, operator: Load, arg: MemArg) -> Result<()> {
        let address = self.pop_register();
        let [address, memory, offset] = self.far_operands(address, arg);
        let operands = [address, memory, offset, N(operator as u16)];
        self.push_vector(Op::VectorLoadPart, &operands)
    }

    /// A load of one lane.
    pub fn vector_load_lane(&mut self, width: Lane, arg: MemArg, lane: u8) -> Result<()> {
        let (address, vector) = self.pop_registers();
        let [address, memory, offset] = self.far_operands(address, arg);
        let operands = [address, R(vector), memory, offset, N(lane.into()), N(width as u16)];
        self.push_vector(Op::VectorLoadLane, &operands)
    }

    /// `v128.store`.
    pub fn vector_store(&mut self, arg: MemArg) -> Result<()> {
        let (address, vector) = self.pop_registers();
        let [address, memory, offset] = self.far_operands(address, arg);
        self.code.emit(Op::VectorStore, &[R(vector), address, memory, offset]);
        Ok(())
    }

    /// A store of one lane.
    pub fn vector_store_lane(&mut self, width: Lane, arg: MemArg, lane: u8) -> Result<()> {
        let (address, vector) = self.pop_registers();
        let [address, memory, offset] = self.far_operands(address, arg);
        let operands = [R(vector), address, memory, offset, N(lane.into()), N(width as u16)];
        self.code.emit(Op::VectorStoreLane, &operands);
        Ok(())
    }
}
