//! Structs, arrays, `i31` and casts.
//!
//! An instruction that may allocate is emitted while its operands are still on the stack, so that the collector finds
//! them where it finds every other reference.

use super::{
    super::bytecode::{Op, Reg},
    Lowering,
    emit::Operand::{self, K, R},
    stack::{Kind, Value},
};
use crate::{
    error::Result,
    module::cast::Cast,
    types::{StorageType, TypeIdx, ValType},
    vm::gc::layout::storage_bytes,
};

/// The instructions of one operator by what is stored.
pub(super) struct Widths {
    pub bytes1: Op,
    pub bytes2: Op,
    pub bytes4: Op,
    pub bytes8: Op,
    pub bytes16: Op,
}

macro_rules! widths {
    ($($name:ident = $bytes1:ident $bytes2:ident $bytes4:ident $bytes8:ident $bytes16:ident;)*) => {$(
        pub(super) const $name: Widths = Widths {
            bytes1: Op::$bytes1,
            bytes2: Op::$bytes2,
            bytes4: Op::$bytes4,
            bytes8: Op::$bytes8,
            bytes16: Op::$bytes16,
        };
    )*};
}

widths! {
    STRUCT_GET = StructGet8U StructGet16U StructGet32 StructGet64 StructGetVector;
    STRUCT_GET_SIGNED = StructGet8S StructGet16S StructGet32 StructGet64 StructGetVector;
    STRUCT_SET = StructSet8 StructSet16 StructSet32 StructSet64 StructSetVector;
    ARRAY_GET = ArrayGet8U ArrayGet16U ArrayGet32 ArrayGet64 ArrayGetVector;
    ARRAY_GET_SIGNED = ArrayGet8S ArrayGet16S ArrayGet32 ArrayGet64 ArrayGetVector;
    ARRAY_SET = ArraySet8 ArraySet16 ArraySet32 ArraySet64 ArraySetVector;
}

impl Widths {
    fn of(&self, storage: StorageType) -> Op {
        match storage_bytes(storage) {
            1 => self.bytes1,
            2 => self.bytes2,
            4 => self.bytes4,
            8 => self.bytes8,
            _ => self.bytes16,
        }
    }
}

impl Lowering<'_> {
    /// `struct.new`: the fields are in consecutive registers.
    pub fn struct_new(&mut self, ty: u32) -> Result<()> {
        let fields = self.layout.object(TypeIdx(ty)).fields().len();
        self.new_of_many(Op::StructNew, fields, &[K(ty)])
    }

    /// `struct.new_default`.
    pub fn struct_new_default(&mut self, ty: u32) -> Result<()> {
        self.allocate(Op::StructNewDefault, 0, &[K(ty)])
    }

    /// `struct.get` and its siblings.
    pub fn struct_get(&mut self, ops: &Widths, ty: u32, field: u32) -> Result<()> {
        let field = self.layout.object(TypeIdx(ty)).field(field);
        let object = self.pop_register();
        let kind = Kind::of(field.storage.unpacked());
        self.push_result_of(kind, ops.of(field.storage), &[R(object), K(field.offset)])
    }

    /// `struct.set`.
    pub fn struct_set(&mut self, ty: u32, field: u32) -> Result<()> {
        let field = self.layout.object(TypeIdx(ty)).field(field);
        let (object, value) = self.pop_registers();
        self.code.emit(STRUCT_SET.of(field.storage), &[R(object), R(value), K(field.offset)]);
        Ok(())
    }

    /// `array.new`.
    pub fn array_new(&mut self, ty: u32) -> Result<()> {
        self.allocate(Op::ArrayNew, 2, &[K(ty)])
    }

    /// `array.new_default`.
    pub fn array_new_default(&mut self, ty: u32) -> Result<()> {
        self.allocate(Op::ArrayNewDefault, 1, &[K(ty)])
    }

    /// `array.new_fixed`: the elements are in consecutive registers.
    pub fn array_new_fixed(&mut self, ty: u32, len: u32) -> Result<()> {
        self.new_of_many(Op::ArrayNewFixed, len as usize, &[K(len), K(ty)])
    }

    /// `array.new_data`, `array.new_elem`.
    pub fn array_new_of_segment(&mut self, op: Op, ty: u32, segment: u32) -> Result<()> {
        self.allocate(op, 2, &[K(ty), K(segment)])
    }

    /// `array.get` and its siblings.
    pub fn array_get(&mut self, ops: &Widths, ty: u32) -> Result<()> {
        let storage = self.layout.object(TypeIdx(ty)).element().storage;
        let (array, index) = self.pop_registers();
        self.push_result_of(Kind::of(storage.unpacked()), ops.of(storage), &[R(array), R(index)])
    }

    /// `array.set`.
    pub fn array_set(&mut self, ty: u32) -> Result<()> {
        let storage = self.layout.object(TypeIdx(ty)).element().storage;
        let operands = self.pop_three();
        self.code.emit(ARRAY_SET.of(storage), &operands);
        Ok(())
    }

    /// `array.len`, `ref.i31` and what else takes one value and gives one.
    pub fn object_unary(&mut self, op: Op, result: ValType) -> Result<()> {
        let operand = self.pop_register();
        self.push_result_of(Kind::of(result), op, &[R(operand)])
    }

    /// `array.fill`, `array.copy`, `array.init_data` and `array.init_elem`: that many operands, then indices.
    pub fn array_bulk(&mut self, op: Op, operands: usize, indices: &[Operand]) -> Result<()> {
        let height = self.stack.height() - operands;
        let operands = self.registers_from(height, indices);
        self.code.emit(op, &operands);
        self.stack.truncate(height);
        Ok(())
    }

    /// `ref.eq`.
    pub fn ref_eq(&mut self) -> Result<()> {
        let (left, right) = self.pop_registers();
        self.push_result(Op::I64Eq, &[R(left), R(right)])
    }

    /// `ref.test`.
    pub fn ref_test(&mut self, cast: Cast) -> Result<()> {
        let reference = self.pop_register();
        self.push_test(reference, cast)
    }

    /// `ref.cast`.
    pub fn ref_cast(&mut self, cast: Cast) -> Result<()> {
        let register = self.top_register()?;
        let [test, ty] = encode(cast);
        self.code.emit(Op::RefCast, &[R(register), test, ty]);
        Ok(())
    }

    /// `br_on_cast`.
    pub fn br_on_cast(&mut self, depth: u32, cast: Cast) -> Result<()> {
        let register = self.top_register()?;
        self.push_test(register, cast)?;
        self.br_if(depth)
    }

    /// `br_on_cast_fail`.
    pub fn br_on_cast_fail(&mut self, depth: u32, cast: Cast) -> Result<()> {
        let register = self.top_register()?;
        self.push_test(register, cast)?;
        self.i32_eqz()?;
        self.br_if(depth)
    }

    fn push_test(&mut self, reference: Reg, cast: Cast) -> Result<()> {
        let [test, ty] = encode(cast);
        self.push_result(Op::RefTest, &[R(reference), test, ty])
    }

    /// The registers that hold the values from `height` up, which stay on the stack; then `rest`.
    fn registers_from(&mut self, height: usize, rest: &[Operand]) -> Vec<Operand> {
        let mut operands = Vec::with_capacity(self.stack.height() - height + rest.len());
        for position in height..self.stack.height() {
            let entry = self.stack.entry(position);
            operands.push(R(self.register(entry)));
        }
        operands.extend_from_slice(rest);
        operands
    }

    /// Emits an instruction that allocates an object and has this many operands.
    fn allocate(&mut self, op: Op, operands: usize, indices: &[Operand]) -> Result<()> {
        let height = self.stack.height() - operands;
        let operands = self.registers_from(height, indices);
        self.replace_by_object(op, height, &operands)
    }

    /// As [`Lowering::allocate`], with the operands in consecutive registers of which the instruction names the first.
    fn new_of_many(&mut self, op: Op, operands: usize, indices: &[Operand]) -> Result<()> {
        let height = self.stack.height() - operands;
        self.settle_from(height);
        let first = R(self.stack.slot(height));
        self.replace_by_object(op, height, &[&[first], indices].concat())
    }

    fn replace_by_object(&mut self, op: Op, height: usize, operands: &[Operand]) -> Result<()> {
        self.code.emit_to(op, self.stack.slot(height), operands);
        self.stack.truncate(height);
        self.stack.push_kind(Value::Temp, Kind::GcRef).map(drop)
    }
}

/// A cast as two operands: the test with the lowest bit for null, and the type.
fn encode(cast: Cast) -> [Operand; 2] {
    [K(u32::from(cast.test as u8) << 1 | u32::from(cast.accepts_null)), K(cast.ty.0)]
}
