//! One function through Cranelift: translated, compiled, and reduced to what the image needs.

use super::{
    translate::{ModuleContext, NAMESPACE_BODIES, NAMESPACE_FUNCTIONS},
};
use crate::{
    error::{Error, Result},
    trap::TrapCode,
    types::FuncIdx,
};
use cranelift_codegen::{
    CodegenError, CompiledCode, Context, FinalizedMachCallSite, FinalizedMachExceptionHandler, FinalizedRelocTarget,
    binemit::Reloc,
    control::ControlPlane,
    ir::{ExternalName, Function, TrapCode as ClifTrap},
    isa::TargetIsa,
};
use cranelift_frontend::FunctionBuilderContext;

/// Frames above this many bytes are checked before they are entered: what a function spills before its own check
/// must stay within the reserve below the stack limit.
const MAX_UNGUARDED_FRAME_BYTES: u32 = 4096;

/// A function compiled on its own, not yet placed.
pub(super) struct CompiledFunction {
    pub(super) index: FuncIdx,
    pub(super) body: Piece,
    /// What callers enter instead of the body, if its frame is large.
    pub(super) guard: Option<Piece>,
}

/// A run of machine code with what must be patched and known about it. Offsets are in bytes from its start.
pub(super) struct Piece {
    pub(super) code: Vec<u8>,
    pub(super) alignment: u32,
    pub(super) relocations: Vec<Relocation>,
    /// Ascending by offset.
    pub(super) sites: Vec<Site>,
    /// The calls during which the frame holds references that the collector knows, ascending by offset.
    pub(super) roots: Vec<CallRoots>,
}

/// Where a frame holds references during a call.
pub(super) struct CallRoots {
    /// Offset of the call's last byte.
    pub(super) offset: u32,
    /// Distances below the frame pointer, in bytes.
    pub(super) places: Vec<u32>,
}

/// Four bytes at `offset` that become the distance from there to `target`, plus `addend`.
pub(super) struct Relocation {
    pub(super) offset: u32,
    pub(super) target: Target,
    pub(super) addend: i64,
}

/// What code refers to.
#[derive(Clone, Copy)]
pub(super) enum Target {
    /// The entry of a defined function.
    Function(FuncIdx),
    /// The body of a function that has a guard.
    Body(FuncIdx),
    /// An offset in the piece itself.
    Here(u32),
}

/// An instruction that may trap, or the last byte of a call.
#[derive(Clone, Copy)]
pub(super) struct Site {
    pub(super) offset: u32,
    /// Where in the module its operator is, `u32::MAX` if it has none.
    pub(super) module_offset: u32,
    /// `None` for calls.
    pub(super) trap: Option<TrapCode>,
    /// Where a call goes on when the callee throws, if it does not leave the function.
    pub(super) landing: Option<Landing>,
}

/// A landing pad as one call leads to it.
#[derive(Clone, Copy)]
pub(super) struct Landing {
    /// Offset in bytes from the piece's start.
    pub(super) offset: u32,
    /// How far the stack pointer is below the frame pointer there, in bytes.
    pub(super) frame_bytes: u32,
}

/// What compiling one function after another re-uses.
pub(super) struct FunctionCompiler<'a> {
    module: ModuleContext<'a>,
    context: Context,
    builder_context: FunctionBuilderContext,
}

impl<'a> FunctionCompiler<'a> {
    pub(super) fn new(module: ModuleContext<'a>) -> FunctionCompiler<'a> {
        FunctionCompiler { module, context: Context::new(), builder_context: FunctionBuilderContext::new() }
    }

    pub(super) fn compile(&mut self, isa: &dyn TargetIsa, index: FuncIdx) -> Result<CompiledFunction> {
        self.context.clear();
        self.module.translate(index, &mut self.context.func, &mut self.builder_context)?;
        let (body, frame_bytes) = self.finish(isa, index)?;
        let guard = if frame_bytes > MAX_UNGUARDED_FRAME_BYTES {
            self.context.clear();
            self.module.guard(index, frame_bytes, &mut self.context.func, &mut self.builder_context);
            Some(self.finish(isa, index)?.0)
        } else {
            None
        };
        Ok(CompiledFunction { index, body, guard })
    }

    /// Compiles what is in the context; the code and its frame's size in bytes.
    fn finish(&mut self, isa: &dyn TargetIsa, index: FuncIdx) -> Result<(Piece, u32)> {
        let code = self.context.compile(isa, &mut ControlPlane::default());
        let outcome = code.map(|_| ()).map_err(|error| refused(index, &error.inner));
        outcome?;
        let code = self.context.compiled_code().expect("compiled just now");
        let frame_bytes = code.buffer.frame_layout().map_or(0, |layout| layout.frame_to_fp_offset);
        Ok((piece(isa, code, &self.context.func)?, frame_bytes))
    }
}

fn refused(index: FuncIdx, error: &CodegenError) -> Error {
    match error {
        CodegenError::ImplLimitExceeded | CodegenError::CodeTooLarge => {
            Error::limit(format!("function {} is too large to compile", index.0))
        }
        // Its other form says only that there are errors.
        CodegenError::Verifier(errors) => Error::internal(format!("compiling function {}: {errors}", index.0)),
        error => Error::internal(format!("compiling function {}: {error}", index.0)),
    }
}

fn piece(isa: &dyn TargetIsa, code: &CompiledCode, func: &Function) -> Result<Piece> {
    let mut relocations = Vec::new();
    for relocation in code.buffer.relocs() {
        if !matches!(relocation.kind, Reloc::X86CallPCRel4 | Reloc::X86PCRel4) {
            return Err(Error::internal(format!("relocation {:?} in compiled code", relocation.kind)));
        }
        let target = match &relocation.target {
            FinalizedRelocTarget::Func(offset) => Target::Here(*offset),
            FinalizedRelocTarget::ExternalName(name) => target(name, func)?,
        };
        relocations.push(Relocation { offset: relocation.offset, target, addend: relocation.addend });
    }
    let alignment = code.buffer.alignment.max(isa.function_alignment().minimum);
    Ok(Piece { code: code.code_buffer().to_vec(), alignment, relocations, sites: sites(code), roots: roots(code) })
}

fn target(name: &ExternalName, func: &Function) -> Result<Target> {
    if let ExternalName::User(user) = name {
        let name = &func.params.user_named_funcs()[*user];
        match name.namespace {
            NAMESPACE_FUNCTIONS => return Ok(Target::Function(FuncIdx(name.index))),
            NAMESPACE_BODIES => return Ok(Target::Body(FuncIdx(name.index))),
            _ => {}
        }
    }
    Err(Error::internal(format!("compiled code refers to {name:?}")))
}

fn sites(code: &CompiledCode) -> Vec<Site> {
    let locations = code.buffer.get_srclocs_sorted();
    let module_offset = |offset: u32| {
        let after = locations.partition_point(|location| location.start <= offset);
        let location = locations[..after].last().filter(|location| offset < location.end);
        location.map_or(u32::MAX, |location| location.loc.bits())
    };
    let traps = code.buffer.traps().iter().map(|trap| (trap.offset, Some(trap_code(trap.code)), None));
    let calls = code.buffer.call_sites().map(|call| (call.ret_addr - 1, None, landing(&call)));
    let mut sites: Vec<Site> = traps
        .chain(calls)
        .map(|(offset, trap, landing)| Site { offset, module_offset: module_offset(offset), trap, landing })
        .collect();
    sites.sort_unstable_by_key(|site| site.offset);
    sites
}

/// The stack maps count from the stack pointer, which is a known distance below the frame pointer.
fn roots(code: &CompiledCode) -> Vec<CallRoots> {
    let maps = code.buffer.user_stack_maps().iter();
    maps.map(|(return_offset, frame_bytes, map)| {
        let places = map.entries().map(|(_, offset)| frame_bytes - offset).collect();
        CallRoots { offset: return_offset - 1, places }
    })
    .collect()
}

/// Calls have one handler, which takes every exception, or none.
fn landing(call: &FinalizedMachCallSite<'_>) -> Option<Landing> {
    match (call.exception_handlers, call.frame_offset) {
        ([FinalizedMachExceptionHandler::Default(offset)], Some(frame_bytes)) => {
            Some(Landing { offset: *offset, frame_bytes })
        }
        _ => None,
    }
}

/// Our code for a trap of compiled code, be it our own or one that Cranelift's instructions bring along.
fn trap_code(code: ClifTrap) -> TrapCode {
    match code {
        ClifTrap::STACK_OVERFLOW => TrapCode::StackOverflow,
        ClifTrap::INTEGER_OVERFLOW => TrapCode::IntegerOverflow,
        ClifTrap::HEAP_OUT_OF_BOUNDS => TrapCode::MemoryOutOfBounds,
        ClifTrap::INTEGER_DIVISION_BY_ZERO => TrapCode::IntegerDivideByZero,
        ClifTrap::BAD_CONVERSION_TO_INTEGER => TrapCode::InvalidConversionToInteger,
        code => TrapCode::from_number(code.as_raw().get()).expect("code is made with our numbers only"),
    }
}

