//! One function body → CLIF.
//!
//! wasmparser's operators go through the flat table in `opcodes` to one method each in the family files. WebAssembly's
//! locals are front-end variables, its operand stack is a stack of SSA values, and results of blocks are block
//! parameters. Always true: the body is valid (`[valid-module]`), `stack` holds exactly the operands while the code
//! is reachable, and unreachable operators are skipped without being looked at.

mod atomic;
mod call;
mod control;
mod emit;
mod exception;
mod gc;
mod held;
mod limits;
mod memory;
mod numeric;
mod opcodes;
mod reference;
mod relaxed;
mod simd;
mod table;
mod variable;

use crate::{
    error::{Error, Result},
    jit::{
        JitSettings,
        abi,
    },
    module::{ModuleInfo, fuel::FuelPlan},
    types::{FuncIdx, FuncType},
    vm::{VmLayout, memory::MemoryStyle},
};
use control::Frame;
use cranelift_codegen::{
    ir::{AliasRegion, FuncRef, Function, SigRef, SourceLoc, StackSlot, UserFuncName, Value},
    isa::TargetFrontendConfig,
};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Variable};
use emit::Region;
use held::Held;
use std::collections::HashMap;
use wasmparser::{FunctionBody, Operator};

/// What all functions of a module share while they are translated.
#[derive(Clone, Copy)]
pub(super) struct ModuleContext<'a> {
    pub(super) info: &'a ModuleInfo,
    pub(super) layout: &'a VmLayout,
    /// By memory index.
    pub(super) styles: &'a [MemoryStyle],
    pub(super) settings: &'a JitSettings,
    pub(super) frontend: TargetFrontendConfig,
    /// Whether the processor multiplies and adds with one rounding.
    pub(super) has_fma: bool,
}

/// Name space of the entries of functions, by [`FuncIdx`].
pub(super) const NAMESPACE_FUNCTIONS: u32 = 0;
/// Name space of the bodies behind guards, by [`FuncIdx`].
pub(super) const NAMESPACE_BODIES: u32 = 1;

impl ModuleContext<'_> {
    /// Replaces `func` by the translation of a defined function.
    pub(super) fn translate(
        &self,
        index: FuncIdx,
        func: &mut Function,
        builder_context: &mut FunctionBuilderContext,
    ) -> Result<()> {
        func.clear();
        func.name = UserFuncName::user(NAMESPACE_FUNCTIONS, index.0);
        func.signature = abi::native_signature(self.info.func_type(index));
        let builder = FunctionBuilder::new(func, builder_context);
        let mut translator = Translator::new(self, index, builder);
        let outcome = translator.function();
        if outcome.is_err() {
            // The builder's context keeps state of the unfinished function.
            drop(translator);
            *builder_context = FunctionBuilderContext::new();
        } else {
            translator.builder.finalize(self.frontend);
        }
        outcome
    }

    /// Replaces `func` by a guard of a defined function: it checks that `frame_bytes` fit onto the stack before it
    /// goes on in the body.
    pub(super) fn guard(
        &self,
        index: FuncIdx,
        frame_bytes: u32,
        func: &mut Function,
        builder_context: &mut FunctionBuilderContext,
    ) {
        func.clear();
        func.name = UserFuncName::user(NAMESPACE_FUNCTIONS, index.0);
        func.signature = abi::native_signature(self.info.func_type(index));
        let mut translator = Translator::new(self, index, FunctionBuilder::new(func, builder_context));
        translator.guarded_entry(frame_bytes);
        translator.builder.finalize(self.frontend);
    }

    /// The body of a defined function.
    fn body(&self, index: FuncIdx) -> FunctionBody<'_> {
        self.info.body(self.info.defined_index(index).expect("only defined functions are compiled"))
    }
}

/// The state of one function's translation.
struct Translator<'a> {
    module: &'a ModuleContext<'a>,
    builder: FunctionBuilder<'a>,
    ty: &'a FuncType,
    index: FuncIdx,
    vmctx: Value,
    /// Where the caller wants the results, if they do not fit into registers.
    result_area: Option<Value>,
    locals: Vec<Variable>,
    stack: Vec<Value>,
    frames: Vec<Frame>,
    /// Positions of those among `frames` that `try_table` opened.
    try_frames: Vec<usize>,
    reachable: bool,
    /// Blocks opened since the code became unreachable.
    unreachable_depth: u32,
    /// Alias regions by [`Region`], made when first used.
    regions: [Option<AliasRegion>; Region::COUNT],
    signatures: HashMap<SignatureKey, SigRef>,
    callees: HashMap<u32, FuncRef>,
    /// Where callees with many results write them; as large as the largest call needs.
    call_area: Option<StackSlot>,
    /// Where fuel is charged, if it is consumed at all.
    fuel: Option<FuelPlan>,
}

/// What a signature imported into the function stands for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum SignatureKey {
    /// Native functions of a type of the type section.
    Native(u32),
    /// The builtin at this offset in the table.
    Builtin(i32),
}

impl<'a> Translator<'a> {
    fn new(module: &'a ModuleContext<'a>, index: FuncIdx, mut builder: FunctionBuilder<'a>) -> Translator<'a> {
        let entry = builder.create_block();
        builder.append_block_params_for_function_params(entry);
        builder.switch_to_block(entry);
        builder.seal_block(entry);
        let params = builder.block_params(entry);
        let ty = module.info.func_type(index);
        let vmctx = params[0];
        let result_area = abi::has_result_area(ty).then(|| params[params.len() - 1]);
        let arguments = params[1..=ty.params().len()].to_vec();
        let mut translator = Translator {
            module,
            builder,
            ty,
            index,
            vmctx,
            result_area,
            locals: Vec::new(),
            stack: Vec::new(),
            frames: Vec::new(),
            try_frames: Vec::new(),
            reachable: true,
            unreachable_depth: 0,
            regions: [None; Region::COUNT],
            signatures: HashMap::new(),
            callees: HashMap::new(),
            call_area: None,
            fuel: None,
        };
        for (ty, value) in ty.params().iter().zip(arguments) {
            let local = translator.declare_local(Held::of(*ty));
            translator.builder.def_var(local, value);
            translator.locals.push(local);
        }
        translator
    }

    fn function(&mut self) -> Result<()> {
        let body = self.module.body(self.index);
        let start = body.range().start as u32;
        self.builder.set_srcloc(SourceLoc::new(start));
        if self.needs_stack_check(&body).map_err(malformed)? {
            self.check_stack(0);
        }
        self.declare_locals(&body).map_err(malformed)?;
        if self.module.settings.interruption {
            self.poll_interrupt();
        }
        self.fuel = self.module.settings.fuel.then(|| FuelPlan::new(&body));
        self.enter_body();
        for (position, item) in body.get_operators_reader().map_err(malformed)?.into_iter_with_offsets().enumerate() {
            let (operator, offset) = item.map_err(malformed)?;
            self.builder.set_srcloc(SourceLoc::new(offset as u32));
            if self.reachable {
                self.charge_fuel(position as u32);
                self.operator(&operator)?;
            } else {
                self.skip_unreachable(&operator);
            }
        }
        Ok(())
    }

    fn skip_unreachable(&mut self, operator: &Operator<'_>) {
        match operator {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } | Operator::TryTable { .. } => self.unreachable_depth += 1,
            Operator::End if self.unreachable_depth > 0 => self.unreachable_depth -= 1,
            Operator::End => self.end(),
            Operator::Else if self.unreachable_depth == 0 => self.else_(),
            _ => {}
        }
    }

    fn push(&mut self, value: Value) {
        self.stack.push(value);
    }

    fn pop(&mut self) -> Value {
        self.stack.pop().expect("[valid-module]")
    }

    fn pop2(&mut self) -> (Value, Value) {
        let second = self.pop();
        (self.pop(), second)
    }

    fn pop3(&mut self) -> (Value, Value, Value) {
        let third = self.pop();
        let (first, second) = self.pop2();
        (first, second, third)
    }

    /// Takes the top `count` operands, deepest first.
    fn pop_many(&mut self, count: usize) -> Vec<Value> {
        self.stack.split_off(self.stack.len() - count)
    }
}

/// An error that a validated body does not give.
fn malformed(error: wasmparser::BinaryReaderError) -> Error {
    Error::internal(format!("a validated body does not parse: {error}"))
}
