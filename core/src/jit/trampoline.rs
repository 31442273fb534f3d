//! The conversions between the native convention and slot arrays, one pair per signature.
//!
//! They live in a `JITModule` of Cranelift's, for as long as the compiler: any number of modules and host functions of
//! an engine use the same ones. Their frames are part of `[frame-chain]` but belong to no function.
#![expect(unsafe_code, reason = "turns addresses of code into function pointers, and frees that code at the end")]

use super::{
    Trampolines,
    abi::{self, POINTER, SLOT_BYTES, builtin, clif_type, offset},
};
use crate::{
    error::{Error, Result},
    types::FuncType,
    vm::{ArrayEntry, STATUS_OK, SignatureId},
};
use cranelift_codegen::{
    Context,
    ir::{
        InstBuilder, MemFlagsData, Signature, StackSlotData, StackSlotKind, TrapCode as ClifTrap, UserFuncName, Value,
        types,
    },
    isa::OwnedTargetIsa,
};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, Module, ModuleError, default_libcall_names};
use std::{
    collections::HashMap,
    mem,
    sync::{Mutex, PoisonError},
};

/// All trampolines made so far.
pub(super) struct TrampolineCache(Mutex<Made>);

struct Made {
    /// `None` only while it is dropped.
    module: Option<JITModule>,
    by_signature: HashMap<SignatureId, Trampolines>,
}

// SAFETY: [code-live] the addresses in the map are those of immutable code that the module beside it owns.
unsafe impl Send for Made {}

impl TrampolineCache {
    pub(super) fn new(isa: OwnedTargetIsa) -> TrampolineCache {
        let module = JITModule::new(JITBuilder::with_isa(isa, default_libcall_names()));
        TrampolineCache(Mutex::new(Made { module: Some(module), by_signature: HashMap::new() }))
    }

    pub(super) fn get(&self, signature: SignatureId, ty: &FuncType) -> Result<Trampolines> {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(trampolines) = made.by_signature.get(&signature) {
            return Ok(*trampolines);
        }
        let module = made.module.as_mut().expect("present until dropped");
        let trampolines = make(module, ty).map_err(|error| Error::internal(format!("trampolines of {ty}: {error}")))?;
        made.by_signature.insert(signature, trampolines);
        Ok(trampolines)
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        if let Some(module) = self.module.take() {
            // SAFETY: [code-live] stores keep their engine, and with it its compiler, so nothing runs this code now.
            unsafe { module.free_memory() };
        }
    }
}

fn make(module: &mut JITModule, ty: &FuncType) -> Result<Trampolines, ModuleError> {
    let mut context = Context::new();
    let mut builder_context = FunctionBuilderContext::new();
    let array_entry =
        define(module, &mut context, &mut builder_context, abi::array_signature(), |builder| array_entry(builder, ty))?;
    let host_entry = define(module, &mut context, &mut builder_context, abi::native_signature(ty), |builder| {
        host_entry(builder, ty)
    })?;
    module.finalize_definitions()?;
    let array_entry = module.get_finalized_function(array_entry);
    // SAFETY: [code-live] the code was made for exactly this signature just now.
    let array_entry = unsafe { mem::transmute::<*const u8, ArrayEntry>(array_entry) };
    Ok(Trampolines { array_entry, host_entry: module.get_finalized_function(host_entry) })
}

fn define(
    module: &mut JITModule,
    context: &mut Context,
    builder_context: &mut FunctionBuilderContext,
    signature: Signature,
    build: impl FnOnce(&mut FunctionBuilder<'_>),
) -> Result<FuncId, ModuleError> {
    let id = module.declare_anonymous_function(&signature)?;
    context.clear();
    context.func.name = UserFuncName::user(0, id.as_u32());
    context.func.signature = signature;
    let mut builder = FunctionBuilder::new(&mut context.func, builder_context);
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    builder.seal_block(entry);
    build(&mut builder);
    builder.finalize(module.isa().frontend_config());
    module.define_function(id, context)?;
    Ok(id)
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
    builder.ins().trap(ClifTrap::unwrap_user(crate::trap::TrapCode::Unreachable as u8));

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

fn load_slots(builder: &mut FunctionBuilder<'_>, types: &[crate::types::ValType], slots: Value) -> Vec<Value> {
    let mut slot = 0;
    let mut load = |ty: &crate::types::ValType| {
        let value = builder.ins().load(clif_type(*ty), MemFlagsData::trusted(), slots, slot * SLOT_BYTES);
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
        builder.ins().store(MemFlagsData::trusted(), value, slots, at);
        at += builder.func.dfg.value_type(value).bytes() as i32;
    }
}
