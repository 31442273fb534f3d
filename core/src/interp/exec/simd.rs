//! Vector instructions: operands in, one of the functions of [`opcodes`] on them, the result out.
//!
//! Those functions are tables of their own, out of line, so that the loop stays small.

mod lanes;
mod opcodes;

use super::{
    super::{
        bytecode::Unit,
        vector::{Binary, Extract, Lane, Load, Shift, Splat, Ternary, Test, Unary},
    },
    machine::Machine,
};
use crate::trap::TrapCode;
use std::{mem::transmute, ptr};

impl Machine {
    /// The vector whose low half is in the register named at `at`.
    #[inline(always)]
    pub(super) fn vector(&self, at: usize) -> u128 {
        let slot = self.slot(at);
        // SAFETY: [bytecode] [interp-stack] a vector takes two slots of the frame.
        let (low, high) = unsafe { (*slot, *slot.add(1)) };
        u128::from(high) << 64 | u128::from(low)
    }

    /// Sets the register named at `at` and the one behind it.
    #[inline(always)]
    pub(super) fn set_vector(&mut self, at: usize, vector: u128) {
        let slot = self.slot(at);
        // SAFETY: [bytecode] [interp-stack] a vector takes two slots of the frame.
        unsafe {
            *slot = vector as u64;
            *slot.add(1) = (vector >> 64) as u64;
        }
    }

    /// The operator named at `at`.
    #[inline(always)]
    fn operator<T: Operator>(&self, at: usize) -> T {
        T::decode(self.unit(at) as Unit)
    }

    /// Copies two registers.
    #[inline(always)]
    pub fn copy_vector(&mut self) {
        self.set_vector(1, self.vector(2));
        self.advance(3);
    }

    /// Loads 128 bits.
    #[inline(always)]
    pub fn constant_vector(&mut self) {
        self.set_vector(1, self.long_vector(2));
        self.advance(10);
    }

    #[inline(always)]
    fn long_vector(&self, at: usize) -> u128 {
        u128::from(self.long(at + 4)) << 64 | u128::from(self.long(at))
    }

    /// `select` of vectors.
    #[inline(always)]
    pub fn select_vector(&mut self) {
        let vector = if self.get::<u32>(4) != 0 { self.vector(2) } else { self.vector(3) };
        self.set_vector(1, vector);
        self.advance(5);
    }

    /// `global.get` of the cell at `cell`.
    #[inline(always)]
    pub fn global_get_vector(&mut self, cell: *mut u64) {
        // SAFETY: [vmctx-live] a cell has room for a vector.
        let (low, high) = unsafe { (*cell, *cell.add(1)) };
        self.set_vector(1, u128::from(high) << 64 | u128::from(low));
        self.advance(4);
    }

    /// `global.set` of the cell at `cell`.
    #[inline(always)]
    pub fn global_set_vector(&mut self, cell: *mut u64) {
        let vector = self.vector(1);
        // SAFETY: [vmctx-live] a cell has room for a vector.
        unsafe {
            *cell = vector as u64;
            *cell.add(1) = (vector >> 64) as u64;
        }
        self.advance(4);
    }

    #[inline(always)]
    pub fn vector_unary(&mut self) {
        self.set_vector(1, opcodes::unary(self.operator(3), self.vector(2)));
        self.advance(4);
    }

    #[inline(always)]
    pub fn vector_binary(&mut self) {
        self.set_vector(1, opcodes::binary(self.operator(4), self.vector(2), self.vector(3)));
        self.advance(5);
    }

    #[inline(always)]
    pub fn vector_ternary(&mut self) {
        let vector = opcodes::ternary(self.operator(5), self.vector(2), self.vector(3), self.vector(4));
        self.set_vector(1, vector);
        self.advance(6);
    }

    #[inline(always)]
    pub fn vector_shift(&mut self) {
        self.set_vector(1, opcodes::shift(self.operator(4), self.vector(2), self.get(3)));
        self.advance(5);
    }

    #[inline(always)]
    pub fn vector_test(&mut self) {
        self.set(1, opcodes::test(self.operator(3), self.vector(2)));
        self.advance(4);
    }

    #[inline(always)]
    pub fn vector_splat(&mut self) {
        self.set_vector(1, opcodes::splat(self.operator(3), self.get(2)));
        self.advance(4);
    }

    #[inline(always)]
    pub fn vector_extract(&mut self) {
        self.set(1, opcodes::extract(self.operator(4), self.vector(2), self.unit(3)));
        self.advance(5);
    }

    #[inline(always)]
    pub fn vector_replace(&mut self) {
        self.set_vector(1, opcodes::replace(self.operator(5), self.vector(2), self.get(3), self.unit(4)));
        self.advance(6);
    }

    #[inline(always)]
    pub fn vector_shuffle(&mut self) {
        self.set_vector(1, lanes::shuffle(self.vector(2), self.vector(3), self.long_vector(4)));
        self.advance(12);
    }

    /// The `len` bytes, zeros behind them.
    #[inline(always)]
    fn read_vector(&self, memory: usize, len: usize) -> Result<u128, TrapCode> {
        let place = self.place_in(memory, len)?;
        let mut bytes = [0; 16];
        // SAFETY: [mem-stable] `place_in` has checked the range, and no operator reads more than a vector.
        unsafe { ptr::copy_nonoverlapping(place, bytes.as_mut_ptr(), len) };
        Ok(u128::from_le_bytes(bytes))
    }

    /// Writes the lowest `len` bytes.
    #[inline(always)]
    fn write_vector(&self, memory: usize, len: usize, vector: u128) -> Result<(), TrapCode> {
        let place = self.place_in(memory, len)?;
        // SAFETY: [mem-stable] `place_in` has checked the range, and no operator writes more than a vector.
        unsafe { ptr::copy_nonoverlapping(vector.to_le_bytes().as_ptr(), place, len) };
        Ok(())
    }

    #[inline(always)]
    pub fn vector_load(&mut self) -> Result<(), TrapCode> {
        let vector = self.read_vector(3, 16)?;
        self.set_vector(1, vector);
        self.advance(9);
        Ok(())
    }

    #[inline(always)]
    pub fn vector_load_part(&mut self) -> Result<(), TrapCode> {
        let operator: Load = self.operator(9);
        let part = self.read_vector(3, opcodes::loaded_bytes(operator))?;
        self.set_vector(1, opcodes::expand(operator, part));
        self.advance(10);
        Ok(())
    }

    #[inline(always)]
    pub fn vector_load_lane(&mut self) -> Result<(), TrapCode> {
        let width: Lane = self.operator(11);
        let loaded = self.read_vector(4, opcodes::lane_bytes(width))?;
        self.set_vector(1, opcodes::replace(width, self.vector(3), loaded as u64, self.unit(10)));
        self.advance(12);
        Ok(())
    }

    #[inline(always)]
    pub fn vector_store(&mut self) -> Result<(), TrapCode> {
        self.write_vector(3, 16, self.vector(1))?;
        self.advance(9);
        Ok(())
    }

    #[inline(always)]
    pub fn vector_store_lane(&mut self) -> Result<(), TrapCode> {
        let bytes = opcodes::lane_bytes(self.operator(10));
        self.write_vector(3, bytes, self.vector(1) >> (8 * bytes * self.unit(9)))?;
        self.advance(11);
        Ok(())
    }
}

/// A vector operator by its number.
trait Operator {
    fn decode(number: Unit) -> Self;
}

macro_rules! operators {
    ($($ty:ident)*) => {$(
        impl Operator for $ty {
            #[inline(always)]
            fn decode(number: Unit) -> $ty {
                // SAFETY: [bytecode] an operand `v` is the number of an operator of the instruction's shape.
                unsafe { transmute::<Unit, $ty>(number) }
            }
        }
    )*};
}

operators!(Unary Binary Ternary Shift Test Splat Extract Lane Load);
