//! Calls: direct, to imports, through tables and through references; each of them also as a tail call.

use super::{NAMESPACE_FUNCTIONS, SignatureKey, Translator, emit::Region, held::Held};
use crate::{
    jit::abi::{self, POINTER, SLOT_BYTES, builtin, offset},
    trap::TrapCode,
    types::{FuncIdx, FuncType, TableIdx, TypeIdx},
};
use cranelift_codegen::ir::{
    ExtFuncData, ExternalName, FuncRef, InstBuilder, SigRef, StackSlot, StackSlotData, StackSlotKind,
    UserExternalName, Value, condcodes::IntCC, types,
};

/// Moves the signature and the lowest bit of the version to the top of the word, and the rest of the version out.
const SIGNATURE_SHIFT: i64 = 31;

/// Whom a call goes to.
enum Callee {
    /// A function of the same module.
    Defined(FuncRef),
    /// The code at an address.
    Address(Value),
}

impl Translator<'_> {
    pub(super) fn call(&mut self, func: u32) {
        let (type_index, callee, vmctx) = self.direct_callee(func);
        self.call_native(type_index, callee, vmctx);
    }

    pub(super) fn return_call(&mut self, func: u32) {
        let (type_index, callee, vmctx) = self.direct_callee(func);
        self.return_call_native(type_index, callee, vmctx);
    }

    pub(super) fn call_indirect(&mut self, type_index: u32, table: u32) {
        let (callee, vmctx) = self.indirect_callee(type_index, table);
        self.call_native(type_index, callee, vmctx);
    }

    pub(super) fn return_call_indirect(&mut self, type_index: u32, table: u32) {
        let (callee, vmctx) = self.indirect_callee(type_index, table);
        self.return_call_native(type_index, callee, vmctx);
    }

    pub(super) fn call_ref(&mut self, type_index: u32) {
        let (callee, vmctx) = self.referenced_callee();
        self.call_native(type_index, callee, vmctx);
    }

    pub(super) fn return_call_ref(&mut self, type_index: u32) {
        let (callee, vmctx) = self.referenced_callee();
        self.return_call_native(type_index, callee, vmctx);
    }

    fn direct_callee(&mut self, func: u32) -> (u32, Callee, Value) {
        let type_index = self.module.info.functions[func as usize].0;
        if func < self.module.info.imported_functions {
            let at = self.func_ref_offset(FuncIdx(func));
            let code = self.load_constant(POINTER, self.vmctx, at + offset::FUNC_REF_CODE);
            let vmctx = self.load_constant(POINTER, self.vmctx, at + offset::FUNC_REF_VMCTX);
            (type_index, Callee::Address(code), vmctx)
        } else {
            let signature = self.native_signature(type_index);
            (type_index, Callee::Defined(self.callee(func, signature)), self.vmctx)
        }
    }

    fn indirect_callee(&mut self, type_index: u32, table: u32) -> (Callee, Value) {
        let index = self.pop();
        let index = self.widen_index(index);
        let (code, vmctx) = self.table_callee(TableIdx(table), index, type_index);
        (Callee::Address(code), vmctx)
    }

    /// Pops a function reference, which must not be null.
    fn referenced_callee(&mut self) -> (Callee, Value) {
        let func = self.pop();
        self.trap_if_null(func);
        // Nothing ever writes to a function reference.
        let code = self.load_constant(POINTER, func, offset::FUNC_REF_CODE);
        let vmctx = self.load_constant(POINTER, func, offset::FUNC_REF_VMCTX);
        (Callee::Address(code), vmctx)
    }

    fn native_signature(&mut self, type_index: u32) -> SigRef {
        let ty = self.module.info.func_type_at(TypeIdx(type_index));
        self.signature(SignatureKey::Native(type_index), || abi::native_signature(ty))
    }

    /// A defined function as a callee; calls of it are relative to the program counter.
    fn callee(&mut self, func: u32, signature: SigRef) -> FuncRef {
        let builder = &mut self.builder;
        *self.callees.entry(func).or_insert_with(|| {
            let name = UserExternalName::new(NAMESPACE_FUNCTIONS, func);
            let name = ExternalName::user(builder.func.declare_imported_user_function(name));
            builder.import_function(ExtFuncData { name, signature, colocated: true, patchable: false })
        })
    }

    /// Pops the arguments, calls, and pushes the results.
    fn call_native(&mut self, type_index: u32, callee: Callee, vmctx: Value) {
        let module = self.module;
        let ty = module.info.func_type_at(TypeIdx(type_index));
        let mut args = self.arguments(ty, vmctx);
        if !abi::has_result_area(ty) {
            let results = self.emit_call(type_index, &callee, &args);
            for (value, ty) in results.into_iter().zip(ty.results()) {
                self.push_typed(value, *ty);
            }
            return;
        }
        let area = self.call_area(ty.result_slots() as u32);
        args.push(self.builder.ins().stack_addr(POINTER, area, 0));
        self.emit_call(type_index, &callee, &args);
        let address = self.builder.ins().stack_addr(POINTER, area, 0);
        let mut slot = 0;
        for ty in ty.results() {
            let held = Held::of(*ty);
            let flags = abi::slot_flags(held.ty).with_alias_region(self.region(Region::Results));
            let value = self.builder.ins().load(held.ty, flags, address, slot * SLOT_BYTES);
            self.push_held(value, held);
            slot += ty.slots() as i32;
        }
    }

    /// Pops the arguments and calls in the place of this function, whose results the callee's are.
    fn return_call_native(&mut self, type_index: u32, callee: Callee, vmctx: Value) {
        let module = self.module;
        let mut args = self.arguments(module.info.func_type_at(TypeIdx(type_index)), vmctx);
        // As many results as this function has, and so an area if this function has one.
        args.extend(self.result_area);
        match callee {
            Callee::Defined(callee) => self.builder.ins().return_call(callee, &args),
            Callee::Address(code) => {
                let signature = self.native_signature(type_index);
                self.builder.ins().return_call_indirect(signature, code, &args)
            }
        };
        self.reachable = false;
    }

    fn arguments(&mut self, ty: &FuncType, vmctx: Value) -> Vec<Value> {
        let mut args = vec![vmctx];
        args.extend(self.pop_many(ty.params().len()));
        args
    }

    /// Emits a call; its results in registers. An exception goes to the innermost landing pad, if there is one.
    fn emit_call(&mut self, type_index: u32, callee: &Callee, args: &[Value]) -> Vec<Value> {
        let signature = self.native_signature(type_index);
        let Some(landing) = self.innermost_landing() else {
            let call = match *callee {
                Callee::Defined(callee) => self.builder.ins().call(callee, args),
                Callee::Address(code) => self.builder.ins().call_indirect(signature, code, args),
            };
            return self.builder.inst_results(call).to_vec();
        };
        let next = self.builder.create_block();
        let returns = self.builder.func.dfg.signatures[signature].returns.clone();
        for result in &returns {
            self.builder.append_block_param(next, result.value_type);
        }
        let exceptions = self.exception_table(signature, next, returns.len(), landing);
        match *callee {
            Callee::Defined(callee) => self.builder.ins().try_call(callee, args, exceptions),
            Callee::Address(code) => self.builder.ins().try_call_indirect(code, args, exceptions),
        };
        self.start_block(next);
        self.builder.block_params(next).to_vec()
    }

    /// The function's area for results of its callees; they are read before the next call.
    pub(super) fn call_area(&mut self, slots: u32) -> StackSlot {
        let size = slots * SLOT_BYTES as u32;
        let slot = *self.call_area.get_or_insert_with(|| {
            let data = StackSlotData::new(StackSlotKind::ExplicitSlot, size, SLOT_BYTES.ilog2() as u8);
            self.builder.create_sized_stack_slot(data)
        });
        let data = &mut self.builder.func.sized_stack_slots[slot];
        data.size = data.size.max(size);
        slot
    }

    /// Code and context of the function in a table entry, after checking its type. An entry that is null, of another
    /// type or just being written (`[entry-version]`) takes the slow path, which answers a function or why not.
    fn table_callee(&mut self, table: TableIdx, index: Value, type_index: u32) -> (Value, Value) {
        let ids = self.load_constant(POINTER, self.vmctx, offset::VMCTX_SIGNATURE_IDS);
        let expected = self.load_constant(types::I32, ids, type_index as i32 * 4);
        let (entry, first_access) = self.table_entry(table, index, TrapCode::UndefinedElement);
        let word_address = self.builder.ins().iadd_imm_s(entry, i64::from(offset::ENTRY_SIGNATURE));
        let word = self.builder.ins().atomic_load(types::I64, first_access, word_address);

        let slow = self.cold_block();
        let checked = self.builder.create_block();
        let found = self.builder.create_block();
        for _ in 0..2 {
            self.builder.append_block_param(found, POINTER);
        }
        let wanted = self.extend(expected);
        let wanted = self.builder.ins().ishl_imm_u(wanted, SIGNATURE_SHIFT);
        let actual = self.builder.ins().ishl_imm_u(word, SIGNATURE_SHIFT);
        let same_type = self.builder.ins().icmp(IntCC::Equal, actual, wanted);
        self.builder.ins().brif(same_type, checked, &[], slow, &[]);

        self.start_block(checked);
        let flags = self.trusted(Region::Table);
        let code = self.builder.ins().load(POINTER, flags, entry, offset::ENTRY_CODE);
        let vmctx = self.builder.ins().load(POINTER, flags, entry, offset::ENTRY_VMCTX);
        let again = self.builder.ins().atomic_load(types::I64, flags, word_address);
        let unchanged = self.builder.ins().icmp(IntCC::Equal, again, word);
        self.builder.ins().brif(unchanged, found, &[code.into(), vmctx.into()], slow, &[]);

        self.start_block(slow);
        let table = self.constant_i32(table.0);
        let func = self.call_builtin_value(builtin::call_indirect_slow, &[table, index, expected]);
        let null = self.constant_i64(0);
        let failed = self.builder.ins().icmp(IntCC::Equal, func, null);
        self.raise_if(failed);
        let flags = self.trusted(Region::Context);
        let code = self.builder.ins().load(POINTER, flags, func, offset::FUNC_REF_CODE);
        let vmctx = self.builder.ins().load(POINTER, flags, func, offset::FUNC_REF_VMCTX);
        self.builder.ins().jump(found, &[code.into(), vmctx.into()]);

        self.start_block(found);
        let params = self.builder.block_params(found);
        (params[0], params[1])
    }
}
