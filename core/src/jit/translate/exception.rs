//! Exceptions: `throw`, `throw_ref` and `try_table`.
//!
//! Inside a `try_table` every call that may throw ends its block: it goes on behind the call, or in the landing pad of
//! the innermost `try_table`, which gets the exception in a register. A landing pad looks through its clauses and, if
//! none fits, goes to the next one outside, or raises again. Traps never come to a landing pad.

use super::{SignatureKey, Translator, emit::Region, held::Held};
use crate::{
    jit::abi::{self, POINTER, SLOT_BYTES, builtin, clif_type, offset},
    trap::TrapCode,
    types::{TagIdx, ValType},
};
use cranelift_codegen::ir::{
    Block, BlockArg, BlockCall, ExceptionTable, ExceptionTableData, ExceptionTableItem, InstBuilder, SigRef, Value,
    condcodes::IntCC, types,
};
use wasmparser::{Catch, TryTable};

/// What a frame knows that `try_table` opened.
pub(super) struct Handler {
    catches: Vec<Catch>,
    /// Takes the exception.
    landing: Block,
    /// Whether anything leads to `landing`.
    is_reached: bool,
}

impl Translator<'_> {
    pub(super) fn try_table(&mut self, table: &TryTable) {
        self.block(table.ty);
        let landing = self.builder.create_block();
        self.builder.append_block_param(landing, types::I64);
        let frame = self.frames.len() - 1;
        self.frames[frame].handler = Some(Handler { catches: table.catches.clone(), landing, is_reached: false });
        self.try_frames.push(frame);
    }

    /// The landing pad of a frame that was just closed, whose parameters and what was above them are off the stack.
    pub(super) fn land(&mut self, handler: Handler) {
        self.try_frames.pop();
        if !handler.is_reached {
            return;
        }
        self.start_block(handler.landing);
        let exception = self.builder.block_params(handler.landing)[0];
        self.declare(exception, Held::OBJECT);
        let mut tag = None;
        for catch in handler.catches {
            match catch {
                Catch::One { tag: wanted, label } | Catch::OneRef { tag: wanted, label } => {
                    let actual = *tag.get_or_insert_with(|| {
                        self.call_builtin_value(builtin::exception_tag, &[exception])
                    });
                    let height = self.stack.len();
                    let next = self.unless_tag(actual, TagIdx(wanted));
                    self.push_payload(exception, TagIdx(wanted));
                    if matches!(catch, Catch::OneRef { .. }) {
                        self.push(exception);
                    }
                    self.branch(label);
                    self.stack.truncate(height);
                    self.start_block(next);
                }
                Catch::All { label } => return self.branch(label),
                Catch::AllRef { label } => {
                    self.push(exception);
                    self.branch(label);
                    self.pop();
                    return;
                }
            }
        }
        match self.innermost_landing() {
            Some(outer) => {
                self.builder.ins().jump(outer, &[BlockArg::from(exception)]);
            }
            None => {
                let activation = self.activation();
                let flags = self.trusted(Region::Activation);
                self.builder.ins().store(flags, exception, activation, offset::ACTIVATION_EXCEPTION);
                self.raise();
            }
        }
    }

    /// Goes on if the exception has this tag; the block for when it has another.
    fn unless_tag(&mut self, actual: Value, wanted: TagIdx) -> Block {
        let at = self.module.layout.tag(wanted) as i32;
        let wanted = self.load_constant(types::I64, self.vmctx, at);
        let same = self.builder.ins().icmp(IntCC::Equal, actual, wanted);
        let matching = self.builder.create_block();
        let next = self.builder.create_block();
        self.builder.ins().brif(same, matching, &[], next, &[]);
        self.start_block(matching);
        next
    }

    fn push_payload(&mut self, exception: Value, tag: TagIdx) {
        let module = self.module;
        let types = module.info.tag_type(tag).params();
        if types.is_empty() {
            return;
        }
        let area = self.call_area(slots_of(types));
        let address = self.builder.ins().stack_addr(POINTER, area, 0);
        let number = self.constant_i32(tag.0);
        self.call_builtin(builtin::exception_payload, &[exception, number, address]);
        let mut slot = 0;
        for ty in types {
            let clif_type = clif_type(*ty);
            let flags = abi::slot_flags(clif_type).with_alias_region(self.region(Region::Results));
            let value = self.builder.ins().load(clif_type, flags, address, slot * SLOT_BYTES);
            self.push_typed(value, *ty);
            slot += ty.slots() as i32;
        }
    }

    pub(super) fn throw(&mut self, tag: u32) {
        let module = self.module;
        let types = module.info.tag_type(TagIdx(tag)).params();
        let values = self.pop_many(types.len());
        // An area of no slots would be none.
        let area = self.call_area(slots_of(types).max(1));
        let address = self.builder.ins().stack_addr(POINTER, area, 0);
        let mut at = 0;
        for value in values {
            let value = abi::widen(&mut self.builder, value);
            let ty = self.builder.func.dfg.value_type(value);
            let flags = abi::slot_flags(ty).with_alias_region(self.region(Region::Results));
            self.builder.ins().store(flags, value, address, at);
            at += ty.bytes() as i32;
        }
        let tag = self.constant_i32(tag);
        self.call_builtin(builtin::throw, &[tag, address]);
        self.raise_exception();
        self.reachable = false;
    }

    pub(super) fn throw_ref(&mut self) {
        let exception = self.pop();
        self.trap_if_null(exception);
        self.call_builtin(builtin::throw_ref, &[exception]);
        self.raise_exception();
        self.reachable = false;
    }

    /// Ends the block by raising the pending exception, which a `try_table` of this function may catch.
    fn raise_exception(&mut self) {
        let Some(landing) = self.innermost_landing() else { return self.raise() };
        let raise = builtin::raise;
        let signature = self.signature(SignatureKey::Builtin(raise.offset), || raise.signature());
        let table = self.load_constant(POINTER, self.vmctx, offset::VMCTX_BUILTINS);
        let code = self.load_constant(POINTER, table, raise.offset);
        let args = [self.activation(), self.vmctx];
        let next = self.cold_block();
        let exceptions = self.exception_table(signature, next, 0, landing);
        self.builder.ins().try_call_indirect(code, &args, exceptions);
        self.start_block(next);
        // Never reached: `raise` does not return.
        self.builder.ins().trap(super::emit::clif_trap(TrapCode::Unreachable));
    }

    /// Where a call goes on that has `results` in registers: in `next` with these, or in `landing` with the exception.
    pub(super) fn exception_table(
        &mut self,
        signature: SigRef,
        next: Block,
        results: usize,
        landing: Block,
    ) -> ExceptionTable {
        let returned = (0..results as u32).map(BlockArg::TryCallRet);
        let dfg = &mut self.builder.func.dfg;
        let next = BlockCall::new(next, returned, &mut dfg.value_lists);
        let landing = BlockCall::new(landing, [BlockArg::TryCallExn(0)], &mut dfg.value_lists);
        dfg.exception_tables.push(ExceptionTableData::new(signature, next, [ExceptionTableItem::Default(landing)]))
    }

    /// The landing pad of the innermost `try_table`; notes that something leads there.
    pub(super) fn innermost_landing(&mut self) -> Option<Block> {
        let frame = *self.try_frames.last()?;
        let handler = self.frames[frame].handler.as_mut().expect("a frame that `try_table` opened");
        handler.is_reached = true;
        Some(handler.landing)
    }
}

fn slots_of(types: &[ValType]) -> u32 {
    types.iter().map(|ty| ty.slots() as u32).sum()
}
