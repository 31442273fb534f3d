//! Operators on vectors.
//!
//! A vector stands on the operand stack as `I8X16` and is seen as lanes of the operator's type where it is used; lane 0
//! is in the lowest bits, whatever the machine. Most operators are one Cranelift instruction with the same meaning.

use super::{
    Translator,
    memory::{Access, memory_of},
};
use cranelift_codegen::ir::{
    Endianness, InstBuilder, MemFlagsData, Opcode, Type, Value,
    condcodes::{FloatCC, IntCC},
    types::{F32X4, F64X2, I8X16, I32, I32X4, I64X2},
};
use wasmparser::MemArg;

/// Which half of the lanes.
#[derive(Clone, Copy)]
pub(super) enum Half {
    Low,
    High,
}

impl Translator<'_> {
    /// A vector as lanes of another type.
    pub(super) fn as_lanes(&mut self, value: Value, ty: Type) -> Value {
        if self.builder.func.dfg.value_type(value) == ty {
            return value;
        }
        self.builder.ins().bitcast(ty, MemFlagsData::new().with_endianness(Endianness::Little), value)
    }

    pub(super) fn push_lanes(&mut self, value: Value) {
        let value = self.as_lanes(value, I8X16);
        self.push(value);
    }

    pub(super) fn pop_lanes(&mut self, ty: Type) -> Value {
        let value = self.pop();
        self.as_lanes(value, ty)
    }

    pub(super) fn pop_lanes2(&mut self, ty: Type) -> (Value, Value) {
        let second = self.pop_lanes(ty);
        (self.pop_lanes(ty), second)
    }

    pub(super) fn pop_lanes3(&mut self, ty: Type) -> (Value, Value, Value) {
        let third = self.pop_lanes(ty);
        let (first, second) = self.pop_lanes2(ty);
        (first, second, third)
    }

    pub(super) fn vector_constant(&mut self, bytes: [u8; 16]) {
        let value = self.constant_lanes(I8X16, bytes);
        self.push(value);
    }

    pub(super) fn constant_lanes(&mut self, ty: Type, bytes: [u8; 16]) -> Value {
        let constant = self.builder.func.dfg.constants.insert(bytes[..].into());
        self.builder.ins().vconst(ty, constant)
    }

    /// An instruction with one operand of lanes `ty`.
    pub(super) fn vector_unary(&mut self, opcode: Opcode, ty: Type) {
        self.vector_convert(opcode, ty, ty);
    }

    /// An instruction with one operand of lanes `from`, whose controlling type is `control`.
    pub(super) fn vector_convert(&mut self, opcode: Opcode, from: Type, control: Type) {
        let value = self.pop_lanes(from);
        let result = self.unary_lanes(opcode, control, value);
        self.push_lanes(result);
    }

    pub(super) fn unary_lanes(&mut self, opcode: Opcode, control: Type, value: Value) -> Value {
        let (inst, _) = self.builder.ins().Unary(opcode, control, value);
        self.builder.func.dfg.first_result(inst)
    }

    /// An instruction with two operands of lanes `ty`.
    pub(super) fn vector_binary(&mut self, opcode: Opcode, ty: Type) {
        let (left, right) = self.pop_lanes2(ty);
        let result = self.binary_lanes(opcode, left, right);
        self.push_lanes(result);
    }

    pub(super) fn binary_lanes(&mut self, opcode: Opcode, left: Value, right: Value) -> Value {
        let ty = self.builder.func.dfg.value_type(left);
        let (inst, _) = self.builder.ins().Binary(opcode, ty, left, right);
        self.builder.func.dfg.first_result(inst)
    }

    pub(super) fn and_not(&mut self) {
        let (left, right) = self.pop_lanes2(I8X16);
        let result = self.builder.ins().band_not(left, right);
        self.push(result);
    }

    pub(super) fn bitselect(&mut self) {
        let (left, right, mask) = self.pop_lanes3(I8X16);
        let result = self.builder.ins().bitselect(mask, left, right);
        self.push(result);
    }

    /// Instructions take the count modulo the lanes' width, as the operators do.
    pub(super) fn vector_shift(&mut self, opcode: Opcode, ty: Type) {
        let count = self.pop();
        let vector = self.pop_lanes(ty);
        let result = self.binary_lanes(opcode, vector, count);
        self.push_lanes(result);
    }

    pub(super) fn vector_icmp(&mut self, condition: IntCC, ty: Type) {
        let (left, right) = self.pop_lanes2(ty);
        let mask = self.builder.ins().icmp(condition, left, right);
        self.push_lanes(mask);
    }

    pub(super) fn vector_fcmp(&mut self, condition: FloatCC, ty: Type) {
        let (left, right) = self.pop_lanes2(ty);
        let mask = self.builder.ins().fcmp(condition, left, right);
        self.push_lanes(mask);
    }

    /// `any_true` and `all_true`.
    pub(super) fn vector_test(&mut self, opcode: Opcode, ty: Type) {
        let vector = self.pop_lanes(ty);
        let bit = self.unary_lanes(opcode, ty, vector);
        let answer = self.builder.ins().uextend(I32, bit);
        self.push(answer);
    }

    pub(super) fn bitmask(&mut self, ty: Type) {
        let vector = self.pop_lanes(ty);
        let mask = self.builder.ins().vhigh_bits(I32, vector);
        self.push(mask);
    }

    /// A scalar as a lane: the operators take narrow ones from an i32.
    fn narrowed(&mut self, scalar: Value, lane: Type) -> Value {
        if lane.bits() < 32 { self.builder.ins().ireduce(lane, scalar) } else { scalar }
    }

    pub(super) fn splat(&mut self, ty: Type) {
        let scalar = self.pop();
        let scalar = self.narrowed(scalar, ty.lane_type());
        self.push_splat(ty, scalar);
    }

    fn push_splat(&mut self, ty: Type, scalar: Value) {
        let vector = self.builder.ins().splat(ty, scalar);
        self.push_lanes(vector);
    }

    /// One lane; `extend` makes a narrow one an i32.
    pub(super) fn extract_lane(&mut self, ty: Type, lane: u8, extend: Option<Opcode>) {
        let vector = self.pop_lanes(ty);
        let mut scalar = self.builder.ins().extractlane(vector, lane);
        if let Some(extend) = extend {
            scalar = self.unary_lanes(extend, I32, scalar);
        }
        self.push(scalar);
    }

    pub(super) fn replace_lane(&mut self, ty: Type, lane: u8) {
        let scalar = self.pop();
        let scalar = self.narrowed(scalar, ty.lane_type());
        let vector = self.pop_lanes(ty);
        let vector = self.builder.ins().insertlane(vector, scalar, lane);
        self.push_lanes(vector);
    }

    pub(super) fn shuffle(&mut self, lanes: [u8; 16]) {
        let (left, right) = self.pop_lanes2(I8X16);
        let mask = self.builder.func.dfg.immediates.push(lanes[..].into());
        let result = self.builder.ins().shuffle(left, right, mask);
        self.push(result);
    }

    /// `pmin` and `pmax`: the second operand if it is less, or greater, than the first, else the first. `swaps` says that
    /// the second one is compared with the first.
    pub(super) fn pseudo_extremum(&mut self, ty: Type, swaps: bool) {
        let (left, right) = self.pop_lanes2(ty);
        let result = self.pseudo_extremum_of(left, right, swaps);
        self.push_lanes(result);
    }

    pub(super) fn pseudo_extremum_of(&mut self, left: Value, right: Value, swaps: bool) -> Value {
        let ty = self.builder.func.dfg.value_type(left);
        let (first, second) = if swaps { (right, left) } else { (left, right) };
        let mask = self.builder.ins().fcmp(FloatCC::LessThan, first, second);
        let mask = self.as_lanes(mask, ty);
        self.builder.ins().bitselect(mask, right, left)
    }

    fn widened(&mut self, value: Value, half: Half, signed: bool) -> Value {
        match (half, signed) {
            (Half::Low, true) => self.builder.ins().swiden_low(value),
            (Half::High, true) => self.builder.ins().swiden_high(value),
            (Half::Low, false) => self.builder.ins().uwiden_low(value),
            (Half::High, false) => self.builder.ins().uwiden_high(value),
        }
    }

    /// Half of the lanes `from`, made wider.
    pub(super) fn extend_lanes(&mut self, from: Type, half: Half, signed: bool) {
        let vector = self.pop_lanes(from);
        let result = self.widened(vector, half, signed);
        self.push_lanes(result);
    }

    /// The products of half of the lanes `from`.
    pub(super) fn extended_product(&mut self, from: Type, half: Half, signed: bool) {
        let (left, right) = self.pop_lanes2(from);
        let product = self.product(left, right, half, signed);
        self.push_lanes(product);
    }

    fn product(&mut self, left: Value, right: Value, half: Half, signed: bool) -> Value {
        let (left, right) = (self.widened(left, half, signed), self.widened(right, half, signed));
        self.builder.ins().imul(left, right)
    }

    /// The sums of neighbouring lanes `from`.
    pub(super) fn extended_pairs(&mut self, from: Type, signed: bool) {
        let vector = self.pop_lanes(from);
        let sums = self.sums_of_pairs(vector, signed);
        self.push_lanes(sums);
    }

    pub(super) fn sums_of_pairs(&mut self, vector: Value, signed: bool) -> Value {
        let low = self.widened(vector, Half::Low, signed);
        let high = self.widened(vector, Half::High, signed);
        self.builder.ins().iadd_pairwise(low, high)
    }

    /// For each wider lane the sum of the two signed products that it covers.
    pub(super) fn dot(&mut self, from: Type) {
        let (left, right) = self.pop_lanes2(from);
        let (low, high) = self.products(left, right);
        let sums = self.builder.ins().iadd_pairwise(low, high);
        self.push_lanes(sums);
    }

    /// All signed products, lanes of the lower half first.
    pub(super) fn products(&mut self, left: Value, right: Value) -> (Value, Value) {
        (self.product(left, right, Half::Low, true), self.product(left, right, Half::High, true))
    }

    /// Two doubles to integers in the lower lanes, zeros in the upper ones: `convert` to 64 bits and `narrow` to 32,
    /// both saturating.
    pub(super) fn truncate_doubles(&mut self, convert: Opcode, narrow: Opcode) {
        let vector = self.pop_lanes(F64X2);
        let wide = self.unary_lanes(convert, I64X2, vector);
        let zero = self.constant_lanes(I64X2, [0; 16]);
        let result = self.binary_lanes(narrow, wide, zero);
        self.push_lanes(result);
    }

    /// The lower two integers to doubles.
    pub(super) fn convert_low(&mut self, convert: Opcode, signed: bool) {
        let vector = self.pop_lanes(I32X4);
        let wide = self.widened(vector, Half::Low, signed);
        let result = self.unary_lanes(convert, F64X2, wide);
        self.push_lanes(result);
    }

    pub(super) fn promote_low(&mut self) {
        let vector = self.pop_lanes(F32X4);
        let result = self.builder.ins().fvpromote_low(vector);
        self.push_lanes(result);
    }

    pub(super) fn demote_zero(&mut self) {
        let vector = self.pop_lanes(F64X2);
        let result = self.builder.ins().fvdemote(vector);
        self.push_lanes(result);
    }

    /// A load of 8 bytes whose lanes are made twice as wide; `opcode` tells which.
    pub(super) fn load_extended(&mut self, opcode: Opcode, memarg: &MemArg) {
        let index = self.pop();
        let index = self.widen_index(index);
        let place = self.place(Access { memory: memory_of(memarg), index, offset: memarg.offset, size_bytes: 8 });
        let ins = self.builder.ins();
        let value = match opcode {
            Opcode::Sload8x8 => ins.sload8x8(place.flags, place.base, place.offset),
            Opcode::Uload8x8 => ins.uload8x8(place.flags, place.base, place.offset),
            Opcode::Sload16x4 => ins.sload16x4(place.flags, place.base, place.offset),
            Opcode::Uload16x4 => ins.uload16x4(place.flags, place.base, place.offset),
            Opcode::Sload32x2 => ins.sload32x2(place.flags, place.base, place.offset),
            _ => ins.uload32x2(place.flags, place.base, place.offset),
        };
        self.push_lanes(value);
    }

    pub(super) fn load_splat(&mut self, ty: Type, memarg: &MemArg) {
        let lane = self.load_scalar(ty.lane_type(), memarg);
        self.push_splat(ty, lane);
    }

    /// A load of lane 0; the others are zero.
    pub(super) fn load_zero(&mut self, ty: Type, memarg: &MemArg) {
        let lane = self.load_scalar(ty.lane_type(), memarg);
        let vector = self.builder.ins().scalar_to_vector(ty, lane);
        self.push_lanes(vector);
    }

    pub(super) fn load_lane(&mut self, ty: Type, memarg: &MemArg, lane: u8) {
        let vector = self.pop_lanes(ty);
        let scalar = self.load_scalar(ty.lane_type(), memarg);
        let vector = self.builder.ins().insertlane(vector, scalar, lane);
        self.push_lanes(vector);
    }

    pub(super) fn store_lane(&mut self, ty: Type, memarg: &MemArg, lane: u8) {
        let vector = self.pop_lanes(ty);
        let scalar = self.builder.ins().extractlane(vector, lane);
        self.push(scalar);
        self.store(Opcode::Store, ty.lane_bits() / 8, memarg);
    }

    fn load_scalar(&mut self, ty: Type, memarg: &MemArg) -> Value {
        self.load(Opcode::Load, ty, ty.bytes(), memarg);
        self.pop()
    }
}
