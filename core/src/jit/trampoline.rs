//! The conversions between the native convention and slot arrays, one pair per signature.
//!
//! Any number of modules and host functions of an engine use the same ones. Their frames are part of `[frame-chain]`
//! but belong to no function.

use super::{
    Trampolines,
    abi::{self, POINTER, SLOT_BYTES, builtin, clif_type, offset},
    compiler::with_stack,
    image::permanent::PermanentCode,
};
use crate::{
    error::{Error, Result},
    trap::TrapCode,
    types::{FuncType, ValType},
    vm::{STATUS_OK, SignatureId},
};
use cranelift_codegen::{
    ir::{InstBuilder, MemFlagsData, StackSlotData, StackSlotKind, TrapCode as ClifTrap, Value, types},
    isa::OwnedTargetIsa,
};
use cranelift_frontend::FunctionBuilder;
use cranelift_module::ModuleError;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// All trampolines made so far.
pub(super) struct TrampolineCache(Mutex<Made>);

struct Made {
    code: PermanentCode,
    by_signature: HashMap<SignatureId, Trampolines>,
}

impl TrampolineCache {
    pub(super) fn new(isa: OwnedTargetIsa) -> TrampolineCache {
        TrampolineCache(Mutex::new(Made { code: PermanentCode::new(isa), by_signature: HashMap::new() }))
    }

    pub(super) fn get(&self, signature: SignatureId, ty: &FuncType) -> Result<Trampolines> {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(trampolines) = made.by_signature.get(&signature) {
            return Ok(*trampolines);
        }
        let failed = |error: Box<ModuleError>| Error::internal(format!("trampolines of {ty}: {error}"));
        let code = &mut made.code;
        let trampolines = with_stack(|| make(code, ty).map_err(failed))?;
        made.by_signature.insert(signature, trampolines);
        Ok(trampolines)
    }
}

fn make(code: &mut PermanentCode, ty: &FuncType) -> Result<Trampolines, Box<ModuleError>> {
    let array_entry = code.define(abi::array_signature(), |builder| array_entry(builder, ty))?;
    let host_entry = code.define(abi::native_signature(ty), |builder| host_entry(builder, ty))?;
    code.finish(array_entry, host_entry)
}

/// `ArrayEntry`: slots → arguments, call, results → slots.
fn array_entry(builder: &mut FunctionBuilder<'_>, ty: &FuncType) {
    let [func, _activation, slots] = entry_params(builder)[..] else { unreachable!("three parameters") };
    let flags = MemFlagsData::trusted();
    let code = builder.ins().load(POINTER, flags, func, offset::FUNC_REF_CODE);
    let vmctx = builder.ins().load(POINTER, flags, func, offset::FUNC_REF_VMCTX);
    let mut args = vec![vmctx];
    args.extend(load_slots(builder, ty.params(), slots));
    if abi::has_result_area(ty) {
        // The area has the layout of the slots, whose arguments have been read.
        args.push(slots);
    }
    let signature = builder.import_signature(abi::native_signature(ty));
    let call = builder.ins().call_indirect(signature, code, &args);
    let results = builder.inst_results(call).to_vec();
    store_slots(builder, &results, slots);
    let status = builder.ins().iconst(types::I32, i64::from(STATUS_OK));
    builder.ins().return_(&[status]);
}

/// Native code of a host function: arguments → slots, array entry, slots → results. Notes for frame walks where the
/// guest called.
fn host_entry(builder: &mut FunctionBuilder<'_>, ty: &FuncType) {
    let params = entry_params(builder);
    let (vmctx, args) = (params[0], &params[1..=ty.params().len()]);
    let flags = MemFlagsData::trusted();
    let activation = builder.ins().get_pinned_reg(POINTER);
    let frame = builder.ins().get_frame_pointer(POINTER);
    let caller_frame = builder.ins().load(POINTER, flags, frame, 0);
    let return_address = builder.ins().get_return_address(POINTER);
    let call_site = builder.ins().iadd_imm_s(return_address, -1);
    builder.ins().store(flags, caller_frame, activation, offset::ACTIVATION_LAST_FP);
    builder.ins().store(flags, call_site, activation, offset::ACTIVATION_LAST_PC);

    let size = (ty.call_slots() as i32 * SLOT_BYTES).max(SLOT_BYTES) as u32;
    let slot =
        builder.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, size, SLOT_BYTES.ilog2() as u8));
    let slots = builder.ins().stack_addr(POINTER, slot, 0);
    store_slots(builder, args, slots);
    let func = builder.ins().load(POINTER, flags, vmctx, offset::VMCTX_FUNC_REFS);
    let entry = builder.ins().load(POINTER, flags, func, offset::FUNC_REF_ARRAY_ENTRY);
    let signature = builder.import_signature(abi::array_signature());
    let call = builder.ins().call_indirect(signature, entry, &[func, activation, slots]);
    let status = builder.inst_results(call)[0];
    let none = builder.ins().iconst(POINTER, 0);
    builder.ins().store(flags, none, activation, offset::ACTIVATION_LAST_FP);

    let raise = builder.create_block();
    let done = builder.create_block();
    builder.set_cold_block(raise);
    builder.ins().brif(status, raise, &[], done, &[]);
    builder.seal_block(raise);
    builder.seal_block(done);
    builder.switch_to_block(raise);
    let table = builder.ins().load(POINTER, flags, vmctx, offset::VMCTX_BUILTINS);
    let code = builder.ins().load(POINTER, flags, table, builtin::raise.offset);
    let signature = builder.import_signature(builtin::raise.signature());
    builder.ins().call_indirect(signature, code, &[activation, vmctx]);
    // Never reached: `raise` does not return.
    builder.ins().trap(ClifTrap::unwrap_user(TrapCode::Unreachable as u8));

    builder.switch_to_block(done);
    let results = load_slots(builder, ty.results(), slots);
    if abi::has_result_area(ty) {
        let area = params[params.len() - 1];
        store_slots(builder, &results, area);
        builder.ins().return_(&[]);
    } else {
        builder.ins().return_(&results);
    }
}

fn entry_params(builder: &FunctionBuilder<'_>) -> Vec<Value> {
    builder.block_params(builder.current_block().expect("the entry block")).to_vec()
}

fn load_slots(builder: &mut FunctionBuilder<'_>, types: &[ValType], slots: Value) -> Vec<Value> {
    let mut slot = 0;
    let mut load = |ty: &ValType| {
        let clif_type = clif_type(*ty);
        let value = builder.ins().load(clif_type, abi::slot_flags(clif_type), slots, slot * SLOT_BYTES);
        slot += ty.slots() as i32;
        value
    };
    types.iter().map(&mut load).collect()
}

/// Writes values as call slots: the upper half of 32-bit ones is zero.
fn store_slots(builder: &mut FunctionBuilder<'_>, values: &[Value], slots: Value) {
    let mut at = 0;
    for value in values {
        let value = abi::widen(builder, *value);
        let ty = builder.func.dfg.value_type(value);
        builder.ins().store(abi::slot_flags(ty), value, slots, at);
        at += ty.bytes() as i32;
    }
}
