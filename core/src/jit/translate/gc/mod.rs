//! Operators on structs and `i31`, and what all operators on objects share.
//!
//! A collection moves objects: the address of one is made from the reference where it is used, and lives no longer than
//! until the next call. References that live longer are declared ([`super::held`]).

mod array;
mod cast;

use super::{Translator, emit::Region, held::Held};
use crate::{
    jit::abi::{POINTER, builtin, offset, slot_flags},
    types::{StorageType, TypeIdx, ValType},
    vm::gc::{
        I31_BIT, ObjectLayout,
        layout::{FieldLayout, LENGTH_OFFSET, TYPE_OFFSET},
    },
};
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value, condcodes::IntCC, types};

/// How a packed value becomes an i32.
#[derive(Clone, Copy)]
pub(super) enum Extension {
    Signed,
    Unsigned,
}

impl<'a> Translator<'a> {
    fn object_layout(&self, ty: u32) -> &'a ObjectLayout {
        self.module.layout.object(TypeIdx(ty))
    }

    fn heap(&mut self) -> Value {
        self.load_constant(POINTER, self.vmctx, offset::VMCTX_HEAP)
    }

    /// The engine's number of a type.
    fn type_id(&mut self, ty: u32) -> Value {
        let ids = self.load_constant(POINTER, self.vmctx, offset::VMCTX_SIGNATURE_IDS);
        self.load_constant(types::I32, ids, ty as i32 * 4)
    }

    /// The address of the object that a reference which is not null names, until the next call.
    fn address(&mut self, reference: Value) -> Value {
        let heap = self.heap();
        let flags = self.trusted(Region::Heap);
        let base = self.builder.ins().load(POINTER, flags, heap, offset::HEAP_BASE);
        self.builder.ins().iadd(base, reference)
    }

    /// A new object that is zero but for its header.
    fn new_object(&mut self, ty: u32, len: u32) -> Value {
        let layout = self.object_layout(ty);
        let is_array = matches!(layout, ObjectLayout::Array { .. });
        let heap = self.heap();
        let flags = self.trusted(Region::Heap);
        let top = self.builder.ins().load(types::I64, flags, heap, offset::HEAP_TOP);
        let end = self.builder.ins().load(types::I64, flags, heap, offset::HEAP_END);
        let new_top = self.builder.ins().iadd_imm_s(top, layout.object_bytes(len) as i64);
        let fits = self.builder.ins().icmp(IntCC::UnsignedLessThanOrEqual, new_top, end);
        let (bump, full, made) = (self.builder.create_block(), self.cold_block(), self.builder.create_block());
        self.builder.append_block_param(made, types::I64);
        self.builder.ins().brif(fits, bump, &[], full, &[]);

        self.start_block(bump);
        self.builder.ins().store(flags, new_top, heap, offset::HEAP_TOP);
        let address = self.address(top);
        let id = self.type_id(ty);
        let header = self.trusted(Region::Header);
        self.builder.ins().store(header, id, address, TYPE_OFFSET as i32);
        if len != 0 {
            let len = self.constant_i32(len);
            self.builder.ins().store(header, len, address, LENGTH_OFFSET as i32);
        }
        self.builder.ins().jump(made, &[top.into()]);

        self.start_block(full);
        let index = self.constant_i32(ty);
        let object = if is_array {
            let len = self.constant_i32(len);
            self.call_builtin_value(builtin::gc_new_array, &[index, len])
        } else {
            self.call_builtin_value(builtin::gc_new_struct, &[index])
        };
        self.raise_if_null(object);
        self.builder.ins().jump(made, &[object.into()]);

        self.start_block(made);
        let object = self.builder.block_params(made)[0];
        self.declare(object, Held::OBJECT);
        object
    }

    /// Raises if a builtin that makes an object has made none.
    fn raise_if_null(&mut self, object: Value) {
        let null = self.constant_i64(0);
        let failed = self.builder.ins().icmp(IntCC::Equal, object, null);
        self.raise_if(failed);
    }

    /// Flags of accesses to a field or element.
    fn stored(&mut self, region: Region, storage: StorageType) -> MemFlagsData {
        slot_flags(Held::of(storage.unpacked()).ty).with_alias_region(self.region(region))
    }

    /// Loads a field or element and pushes it.
    fn load_stored(&mut self, flags: MemFlagsData, place: Value, field: FieldLayout, extension: Extension) {
        let at = field.offset as i32;
        let builder = self.builder.ins();
        let value = match (field.storage, extension) {
            (StorageType::I8, Extension::Signed) => builder.sload8(types::I32, flags, place, at),
            (StorageType::I8, Extension::Unsigned) => builder.uload8(types::I32, flags, place, at),
            (StorageType::I16, Extension::Signed) => builder.sload16(types::I32, flags, place, at),
            (StorageType::I16, Extension::Unsigned) => builder.uload16(types::I32, flags, place, at),
            (StorageType::Val(ValType::Ref(ty)), _) if ty.is_gc() => {
                let narrow = builder.load(types::I32, flags, place, at);
                self.extend(narrow)
            }
            (StorageType::Val(ty), _) => builder.load(Held::of(ty).ty, flags, place, at),
        };
        self.push_held(value, Held::of(field.storage.unpacked()));
    }

    fn store_stored(&mut self, flags: MemFlagsData, place: Value, field: FieldLayout, value: Value) {
        let at = field.offset as i32;
        match field.storage {
            StorageType::I8 => self.builder.ins().istore8(flags, value, place, at),
            StorageType::I16 => self.builder.ins().istore16(flags, value, place, at),
            StorageType::Val(ValType::Ref(ty)) if ty.is_gc() => {
                let narrow = self.builder.ins().ireduce(types::I32, value);
                self.builder.ins().store(flags, narrow, place, at)
            }
            StorageType::Val(_) => self.builder.ins().store(flags, value, place, at),
        };
    }

    pub(super) fn struct_new(&mut self, ty: u32) {
        let fields = self.object_layout(ty).fields();
        let values = self.pop_many(fields.len());
        let object = self.new_object(ty, 0);
        let address = self.address(object);
        for (field, value) in fields.iter().zip(values) {
            let flags = self.stored(Region::Fields, field.storage);
            self.store_stored(flags, address, *field, value);
        }
        self.push(object);
    }

    pub(super) fn struct_new_default(&mut self, ty: u32) {
        let object = self.new_object(ty, 0);
        self.push(object);
    }

    pub(super) fn struct_get(&mut self, ty: u32, field: u32, extension: Extension) {
        let field = self.object_layout(ty).field(field);
        let object = self.pop();
        self.trap_if_null(object);
        let address = self.address(object);
        let flags = self.stored(Region::Fields, field.storage);
        self.load_stored(flags, address, field, extension);
    }

    pub(super) fn struct_set(&mut self, ty: u32, field: u32) {
        let field = self.object_layout(ty).field(field);
        let (object, value) = self.pop2();
        self.trap_if_null(object);
        let address = self.address(object);
        let flags = self.stored(Region::Fields, field.storage);
        self.store_stored(flags, address, field, value);
    }

    pub(super) fn ref_i31(&mut self) {
        let number = self.pop();
        let shifted = self.builder.ins().ishl_imm_u(number, 1);
        let tagged = self.builder.ins().bor_imm_u(shifted, i64::from(I31_BIT));
        let reference = self.extend(tagged);
        self.push(reference);
    }

    pub(super) fn i31_get(&mut self, extension: Extension) {
        let reference = self.pop();
        self.trap_if_null(reference);
        let tagged = self.builder.ins().ireduce(types::I32, reference);
        let number = match extension {
            Extension::Signed => self.builder.ins().sshr_imm_u(tagged, 1),
            Extension::Unsigned => self.builder.ins().ushr_imm_u(tagged, 1),
        };
        self.push(number);
    }
}
