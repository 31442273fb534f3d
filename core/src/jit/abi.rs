//! How compiled functions are called: function types as Cranelift signatures, and the offsets that code reads.
//!
//! Native functions use the `tail` convention with the callee's context first, then the arguments. Up to
//! [`MAX_REGISTER_RESULTS`] results come back in registers; more are written to an area of 8-byte slots (the layout
//! of call slots) whose address is the last argument. The activation is in the pinned register throughout.

use crate::{
    types::{FuncType, ValType},
    vm::{
        Activation, Builtins, FuncRef, MemoryDef, TableDef, TableEntry, VmContext,
        gc::VmHeap,
        layout::{VmMemory, VmTable},
    },
};
use cranelift_codegen::{
    ir::{AbiParam, InstBuilder, MemFlagsData, Signature, Type, Value, types},
    isa::CallConv,
};
use cranelift_frontend::FunctionBuilder;
use std::mem::{offset_of, size_of};

/// More results than this go through memory.
pub(super) const MAX_REGISTER_RESULTS: usize = 4;
/// Bytes of one call slot.
pub(super) const SLOT_BYTES: i32 = 8;
/// The type of an address.
pub(super) const POINTER: Type = types::I64;

/// The type that holds a value in compiled code. References are raw: a `*const FuncRef`, or a zero-extended handle.
pub(super) fn clif_type(ty: ValType) -> Type {
    match ty {
        ValType::I32 => types::I32,
        ValType::I64 | ValType::Ref(_) => types::I64,
        ValType::F32 => types::F32,
        ValType::F64 => types::F64,
        ValType::V128 => types::I8X16,
    }
}

/// Whether results of `ty` are written to the caller's area.
pub(super) fn has_result_area(ty: &FuncType) -> bool {
    ty.results().len() > MAX_REGISTER_RESULTS
}

/// The native signature of a function of type `ty`.
pub(super) fn native_signature(ty: &FuncType) -> Signature {
    let mut signature = Signature::new(CallConv::Tail);
    signature.params.push(AbiParam::new(POINTER));
    signature.params.extend(ty.params().iter().map(|ty| AbiParam::new(clif_type(*ty))));
    if has_result_area(ty) {
        signature.params.push(AbiParam::new(POINTER));
    } else {
        signature.returns.extend(ty.results().iter().map(|ty| AbiParam::new(clif_type(*ty))));
    }
    signature
}

/// The signature of [`crate::vm::ArrayEntry`].
pub(super) fn array_signature() -> Signature {
    c_signature(&[POINTER; 3], Some(types::I32))
}

/// The C signature with these parameters and result.
pub(super) fn c_signature(params: &[Type], result: Option<Type>) -> Signature {
    let mut signature = Signature::new(CallConv::SystemV);
    signature.params.extend(params.iter().copied().map(AbiParam::new));
    signature.returns.extend(result.map(AbiParam::new));
    signature
}

/// Flags for a value of type `ty` in slots, which are aligned as their own size asks: less than a vector would.
pub(super) fn slot_flags(ty: Type) -> MemFlagsData {
    if ty.is_vector() { MemFlagsData::new().with_notrap() } else { MemFlagsData::trusted() }
}

/// A value as call slots hold it: the upper half of 32-bit ones is zero.
pub(super) fn widen(builder: &mut FunctionBuilder<'_>, value: Value) -> Value {
    let bits = match builder.func.dfg.value_type(value) {
        types::I32 => value,
        types::F32 => builder.ins().bitcast(types::I32, MemFlagsData::new(), value),
        _ => return value,
    };
    builder.ins().uextend(types::I64, bits)
}

/// One function of [`Builtins`] as compiled code calls it: after the activation and the context come `params`.
#[derive(Clone, Copy)]
pub(super) struct Builtin {
    /// Where its address is in the table.
    pub(super) offset: i32,
    params: &'static [Type],
    result: Option<Type>,
}

impl Builtin {
    pub(super) fn signature(&self) -> Signature {
        let params: Vec<Type> = [POINTER, POINTER].iter().chain(self.params).copied().collect();
        c_signature(&params, self.result)
    }
}

macro_rules! builtins {
    (@result) => { None };
    (@result $result:ident) => { Some(types::$result) };
    ($($name:ident($($param:ident),*) $(-> $result:ident)?;)*) => {
        $(pub(in crate::jit) const $name: Builtin = Builtin {
            offset: offset_of!(Builtins, noted.$name) as i32,
            params: &[$(types::$param),*],
            result: builtins!(@result $($result)?),
        };)*
    };
}

/// The builtins by name, with the types that `vm::builtins` declares.
#[expect(non_upper_case_globals, reason = "the names of the table's fields")]
pub(super) mod builtin {
    use super::{Builtin, Builtins, offset_of, types};

    builtins! {
        memory_grow(I32, I64) -> I64;
        memory_copy(I32, I32, I64, I64, I64) -> I32;
        memory_fill(I32, I64, I32, I64) -> I32;
        memory_init(I32, I32, I64, I32, I32) -> I32;
        data_drop(I32);
        memory_atomic_notify(I32, I64, I64, I32) -> I64;
        memory_atomic_wait32(I32, I64, I64, I64, I64) -> I64;
        memory_atomic_wait64(I32, I64, I64, I64, I64) -> I64;
        table_set(I32, I64, I64) -> I32;
        table_grow(I32, I64, I64) -> I64;
        table_fill(I32, I64, I64, I64) -> I32;
        table_copy(I32, I32, I64, I64, I64) -> I32;
        table_init(I32, I32, I64, I32, I32) -> I32;
        elem_drop(I32);
        call_indirect_slow(I32, I64, I32) -> I64;
        gc_new_struct(I32) -> I64;
        gc_new_array(I32, I32) -> I64;
        array_new(I32, I32, I64, I64) -> I64;
        array_new_default(I32, I32) -> I64;
        array_new_data(I32, I32, I32, I32) -> I64;
        array_new_elem(I32, I32, I32, I32) -> I64;
        array_fill(I32, I64, I32, I64, I64, I32) -> I32;
        array_copy(I32, I64, I32, I64, I32, I32) -> I32;
        array_init_data(I32, I32, I64, I32, I32, I32) -> I32;
        array_init_elem(I32, I32, I64, I32, I32, I32) -> I32;
        ref_is_array(I64) -> I32;
        type_is_subtype(I32, I32) -> I32;
        throw(I32, I64) -> I32;
        throw_ref(I64) -> I32;
        exception_tag(I64) -> I64;
        exception_payload(I64, I32, I64);
        raise();
        interrupt_poll() -> I32;
        fuel_exhausted(I64) -> I32;
        f32_fma(I32, I32, I32) -> I32;
        f64_fma(I64, I64, I64) -> I64;
    }
}

/// Byte offsets of the fields that compiled code reads and writes.
pub(super) mod offset {
    use super::*;

    macro_rules! offsets {
        ($($name:ident = $ty:ident.$field:ident;)*) => {
            $(pub(in crate::jit) const $name: i32 = offset_of!($ty, $field) as i32;)*
        };
    }

    offsets! {
        VMCTX_BUILTINS = VmContext.builtins;
        VMCTX_FUNC_REFS = VmContext.func_refs;
        VMCTX_SIGNATURE_IDS = VmContext.signature_ids;
        VMCTX_HEAP = VmContext.heap;
        HEAP_BASE = VmHeap.base;
        HEAP_TOP = VmHeap.top;
        HEAP_END = VmHeap.end;
        ACTIVATION_STACK_LIMIT = Activation.stack_limit;
        ACTIVATION_INTERRUPT = Activation.interrupt;
        ACTIVATION_FUEL = Activation.fuel;
        ACTIVATION_TRAP = Activation.trap;
        ACTIVATION_LAST_FP = Activation.last_fp;
        ACTIVATION_LAST_PC = Activation.last_pc;
        ACTIVATION_EXCEPTION = Activation.exception;
        FUNC_REF_CODE = FuncRef.code;
        FUNC_REF_VMCTX = FuncRef.vmctx;
        FUNC_REF_SIGNATURE = FuncRef.signature;
        FUNC_REF_ARRAY_ENTRY = FuncRef.array_entry;
        MEMORY_BASE = VmMemory.base;
        MEMORY_DEF = VmMemory.def;
        MEMORY_DEF_LEN_BYTES = MemoryDef.len_bytes;
        TABLE_BASE = VmTable.base;
        TABLE_DEF = VmTable.def;
        TABLE_DEF_LEN = TableDef.len;
        ENTRY_CODE = TableEntry.code;
        ENTRY_VMCTX = TableEntry.vmctx;
        ENTRY_SIGNATURE = TableEntry.signature;
        ENTRY_ORIGIN = TableEntry.origin;
    }
}

/// Logarithm of the size of a [`TableEntry`].
pub(super) const ENTRY_SIZE_LOG2: i64 = size_of::<TableEntry>().ilog2() as i64;

const _: () = assert!(size_of::<TableEntry>().is_power_of_two());
// The signature and the version are read as one word, the signature in its low half.
const _: () = assert!(
    offset_of!(TableEntry, version) == offset_of!(TableEntry, signature) + 4
        && offset_of!(TableEntry, signature).is_multiple_of(8)
);
