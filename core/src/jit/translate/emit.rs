//! What every family emits: loads from the context and the activation, traps, builtin calls, cold blocks.

use super::{SignatureKey, Translator};
use crate::{
    jit::abi::{Builtin, POINTER, builtin, offset},
    trap::TrapCode,
};
use cranelift_codegen::ir::{
    AliasRegion, AliasRegionData, Block, InstBuilder, MemFlagsData, SigRef, TrapCode as ClifTrap, Type, Value,
    condcodes::IntCC, types,
};

/// Disjoint parts of memory, for alias analysis.
#[derive(Clone, Copy)]
pub(super) enum Region {
    /// Contexts, function references, builtin tables: written only before code runs.
    Context,
    /// Activations.
    Activation,
    /// The contents of linear memories.
    Memory,
    /// Lengths of memories and tables.
    Lengths,
    /// Entries of tables.
    Table,
    /// Globals.
    Global,
    /// Areas for results that do not fit into registers.
    Results,
    /// Where a store's heap is and how far it is filled.
    Heap,
    /// Headers of objects.
    Header,
    /// Fields of structs.
    Fields,
    /// Elements of arrays.
    Elements,
}

impl Region {
    pub(super) const COUNT: usize = Region::Elements as usize + 1;

    fn name(self) -> &'static str {
        match self {
            Region::Context => "context",
            Region::Activation => "activation",
            Region::Memory => "memory",
            Region::Lengths => "lengths",
            Region::Table => "table",
            Region::Global => "global",
            Region::Results => "results",
            Region::Heap => "heap",
            Region::Header => "header",
            Region::Fields => "fields",
            Region::Elements => "elements",
        }
    }
}

/// Our trap code as Cranelift carries it through compilation.
pub(super) fn clif_trap(code: TrapCode) -> ClifTrap {
    ClifTrap::unwrap_user(code as u8)
}

impl Translator<'_> {
    pub(super) fn region(&mut self, region: Region) -> Option<AliasRegion> {
        let slot = &mut self.regions[region as usize];
        if slot.is_none() {
            let data = AliasRegionData { user_id: region as u32, description: region.name().into() };
            *slot = Some(self.builder.func.dfg.alias_regions.insert(data));
        }
        *slot
    }

    /// Flags of accesses that never fault.
    pub(super) fn trusted(&mut self, region: Region) -> MemFlagsData {
        MemFlagsData::trusted().with_alias_region(self.region(region))
    }

    /// Flags of loads from what never changes while code runs.
    pub(super) fn constant(&mut self) -> MemFlagsData {
        self.trusted(Region::Context).with_readonly().with_can_move()
    }

    /// Loads what never changes while code runs.
    pub(super) fn load_constant(&mut self, ty: Type, base: Value, offset: i32) -> Value {
        let flags = self.constant();
        self.builder.ins().load(ty, flags, base, offset)
    }

    pub(super) fn activation(&mut self) -> Value {
        self.builder.ins().get_pinned_reg(POINTER)
    }

    pub(super) fn constant_i32(&mut self, value: u32) -> Value {
        self.builder.ins().iconst(types::I32, i64::from(value))
    }

    pub(super) fn constant_i64(&mut self, value: i64) -> Value {
        self.builder.ins().iconst(types::I64, value)
    }

    pub(super) fn extend(&mut self, value: Value) -> Value {
        self.builder.ins().uextend(types::I64, value)
    }

    /// An index or a length with 64 bits, whichever of the index types it has.
    pub(super) fn widen_index(&mut self, value: Value) -> Value {
        if self.builder.func.dfg.value_type(value) == types::I64 { value } else { self.extend(value) }
    }

    /// A new block for what rarely happens; nothing but the caller branches to it.
    pub(super) fn cold_block(&mut self) -> Block {
        let block = self.builder.create_block();
        self.builder.set_cold_block(block);
        block
    }

    /// Goes on in `block`, which has all its predecessors.
    pub(super) fn start_block(&mut self, block: Block) {
        self.builder.seal_block(block);
        self.builder.switch_to_block(block);
    }

    /// Runs `emit` in a new cold block if `condition` is not zero, then goes on.
    pub(super) fn rarely(&mut self, condition: Value, emit: impl FnOnce(&mut Self)) {
        let cold = self.cold_block();
        let next = self.builder.create_block();
        self.builder.ins().brif(condition, cold, &[], next, &[]);
        self.start_block(cold);
        emit(self);
        self.builder.ins().jump(next, &[]);
        self.start_block(next);
    }

    /// Runs `emit` in a new cold block if `condition` is not zero; it must end that block.
    fn unless_ok(&mut self, condition: Value, emit: impl FnOnce(&mut Self)) {
        let cold = self.cold_block();
        let next = self.builder.create_block();
        self.builder.ins().brif(condition, cold, &[], next, &[]);
        self.start_block(cold);
        emit(self);
        self.start_block(next);
    }

    /// Traps if `condition` is not zero.
    pub(super) fn trap_if(&mut self, condition: Value, code: TrapCode) {
        if self.module.settings.signals {
            self.builder.ins().trapnz(condition, clif_trap(code));
        } else {
            self.unless_ok(condition, |this| this.trap(code));
        }
    }

    /// Ends the block with a trap.
    pub(super) fn trap(&mut self, code: TrapCode) {
        if self.module.settings.signals {
            self.builder.ins().trap(clif_trap(code));
        } else {
            let activation = self.activation();
            let number = self.constant_i32(code as u32);
            let flags = self.trusted(Region::Activation);
            self.builder.ins().store(flags, number, activation, offset::ACTIVATION_TRAP);
            self.raise();
        }
    }

    /// Ends the block by leaving compiled code; the reason is in the activation.
    pub(super) fn raise(&mut self) {
        self.call_builtin(builtin::raise, &[]);
        // Never reached: `raise` does not return.
        self.builder.ins().trap(clif_trap(TrapCode::Unreachable));
    }

    /// Raises if `condition` is not zero, as a status that is not `STATUS_OK` is.
    pub(super) fn raise_if(&mut self, condition: Value) {
        self.unless_ok(condition, Self::raise);
    }

    /// Calls a builtin with the activation, the context and `args`; its result, if it has one.
    pub(super) fn call_builtin(&mut self, builtin: Builtin, args: &[Value]) -> Option<Value> {
        let signature = self.signature(SignatureKey::Builtin(builtin.offset), || builtin.signature());
        let table = self.load_constant(POINTER, self.vmctx, offset::VMCTX_BUILTINS);
        let code = self.load_constant(POINTER, table, builtin.offset);
        let mut all = vec![self.activation(), self.vmctx];
        all.extend_from_slice(args);
        let call = self.builder.ins().call_indirect(signature, code, &all);
        self.builder.inst_results(call).first().copied()
    }

    /// Calls a builtin that answers a value.
    pub(super) fn call_builtin_value(&mut self, builtin: Builtin, args: &[Value]) -> Value {
        self.call_builtin(builtin, args).expect("a builtin with a result")
    }

    /// Calls a builtin that answers a status, and raises if it says so.
    pub(super) fn call_builtin_status(&mut self, builtin: Builtin, args: &[Value]) {
        let status = self.call_builtin_value(builtin, args);
        self.raise_if(status);
    }

    /// The function's copy of a signature.
    pub(super) fn signature(
        &mut self,
        key: SignatureKey,
        make: impl FnOnce() -> cranelift_codegen::ir::Signature,
    ) -> SigRef {
        *self.signatures.entry(key).or_insert_with(|| self.builder.import_signature(make()))
    }

    /// Compares and yields an i32 that is 0 or 1.
    pub(super) fn compare(&mut self, condition: IntCC, left: Value, right: Value) -> Value {
        let bit = self.builder.ins().icmp(condition, left, right);
        self.builder.ins().uextend(types::I32, bit)
    }
}
