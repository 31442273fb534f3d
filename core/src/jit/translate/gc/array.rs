//! Operators on arrays.

use super::{Extension, Region, Translator};
use crate::{
    jit::abi::{Builtin, builtin},
    trap::TrapCode,
    vm::gc::layout::{FieldLayout, LENGTH_OFFSET, storage_bytes},
};
use crate::jit::translate::held::Held;
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value, condcodes::IntCC, types};

impl Translator<'_> {
    fn len_at(&mut self, address: Value) -> Value {
        let flags = self.trusted(Region::Header);
        self.builder.ins().load(types::I32, flags, address, LENGTH_OFFSET as i32)
    }

    /// Where an element is, less the offset of the first one, and the flags of the access to it.
    fn element(&mut self, array: Value, index: Value, first: FieldLayout) -> (Value, MemFlagsData) {
        self.trap_if_null(array);
        let address = self.address(array);
        let len = self.len_at(address);
        let outside = self.builder.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, index, len);
        let index = self.extend(index);
        let distance = self.builder.ins().ishl_imm_u(index, i64::from(storage_bytes(first.storage).ilog2()));
        let place = self.builder.ins().iadd(address, distance);
        let flags = self.stored(Region::Elements, first.storage);
        self.guard(outside, place, flags, TrapCode::ArrayOutOfBounds)
    }

    /// The slots of a value, for builtins.
    fn as_slots(&mut self, value: Value) -> [Value; 2] {
        let zero = self.constant_i64(0);
        match self.builder.func.dfg.value_type(value) {
            types::I8X16 => {
                let lanes = self.as_lanes(value, types::I64X2);
                [self.builder.ins().extractlane(lanes, 0), self.builder.ins().extractlane(lanes, 1)]
            }
            types::F64 => [self.builder.ins().bitcast(types::I64, MemFlagsData::new(), value), zero],
            _ => [crate::jit::abi::widen(&mut self.builder, value), zero],
        }
    }

    /// Calls a builtin that makes an array, and pushes it.
    fn push_new(&mut self, builtin: Builtin, args: &[Value]) {
        let array = self.call_builtin_value(builtin, args);
        self.raise_if_null(array);
        self.push_held(array, Held::OBJECT);
    }

    pub(in crate::jit::translate) fn array_new(&mut self, ty: u32) {
        let (value, len) = self.pop2();
        let [low, high] = self.as_slots(value);
        let ty = self.constant_i32(ty);
        self.push_new(builtin::array_new, &[ty, len, low, high]);
    }

    pub(in crate::jit::translate) fn array_new_default(&mut self, ty: u32) {
        let len = self.pop();
        let ty = self.constant_i32(ty);
        self.push_new(builtin::array_new_default, &[ty, len]);
    }

    pub(in crate::jit::translate) fn array_new_fixed(&mut self, ty: u32, len: u32) {
        let first = self.object_layout(ty).element();
        let values = self.pop_many(len as usize);
        let array = self.new_object(ty, len);
        let address = self.address(array);
        for (index, value) in (0..len).zip(values) {
            let flags = self.stored(Region::Elements, first.storage);
            let place = FieldLayout { offset: first.at(index) as u32, ..first };
            self.store_stored(flags, address, place, value);
        }
        self.push(array);
    }

    /// `array.new_data`, `array.new_elem`.
    pub(in crate::jit::translate) fn array_new_of_segment(&mut self, builtin: Builtin, ty: u32, segment: u32) {
        let (from, len) = self.pop2();
        let (ty, segment) = (self.constant_i32(ty), self.constant_i32(segment));
        self.push_new(builtin, &[ty, segment, from, len]);
    }

    pub(in crate::jit::translate) fn array_get(&mut self, ty: u32, extension: Extension) {
        let first = self.object_layout(ty).element();
        let (array, index) = self.pop2();
        let (place, flags) = self.element(array, index, first);
        self.load_stored(flags, place, first, extension);
    }

    pub(in crate::jit::translate) fn array_set(&mut self, ty: u32) {
        let first = self.object_layout(ty).element();
        let (array, index, value) = self.pop3();
        let (place, flags) = self.element(array, index, first);
        self.store_stored(flags, place, first, value);
    }

    pub(in crate::jit::translate) fn array_len(&mut self) {
        let array = self.pop();
        self.trap_if_null(array);
        let address = self.address(array);
        let len = self.len_at(address);
        self.push(len);
    }

    pub(in crate::jit::translate) fn array_fill(&mut self, ty: u32) {
        let len = self.pop();
        let (array, to, value) = self.pop3();
        let [low, high] = self.as_slots(value);
        let ty = self.constant_i32(ty);
        self.call_builtin_status(builtin::array_fill, &[ty, array, to, low, high, len]);
    }

    pub(in crate::jit::translate) fn array_copy(&mut self, ty: u32) {
        let (from_array, from, len) = self.pop3();
        let (to_array, to) = self.pop2();
        let ty = self.constant_i32(ty);
        self.call_builtin_status(builtin::array_copy, &[ty, to_array, to, from_array, from, len]);
    }

    /// `array.init_data`, `array.init_elem`.
    pub(in crate::jit::translate) fn array_init(&mut self, builtin: Builtin, ty: u32, segment: u32) {
        let (to, from, len) = self.pop3();
        let array = self.pop();
        let (ty, segment) = (self.constant_i32(ty), self.constant_i32(segment));
        self.call_builtin_status(builtin, &[ty, segment, array, to, from, len]);
    }

    pub(in crate::jit::translate) fn ref_eq(&mut self) {
        let (left, right) = self.pop2();
        let equal = self.compare(IntCC::Equal, left, right);
        self.push(equal);
    }
}
