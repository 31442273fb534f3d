//! Stands in for the compiler where there is none: nothing compiles, so nothing compiled exists.

use super::{FrameSite, JitSettings, Trampolines};
use crate::{
    error::{Error, ErrorKind, Result},
    module::ModuleInfo,
    trap::TrapCode,
    types::{FuncIdx, FuncType},
    vm::{SignatureId, VmLayout, memory::MemoryStyle},
};
use std::{convert::Infallible, sync::Arc};

/// The compiler that this system lacks.
#[derive(Debug)]
pub struct Compiler(Infallible);

impl Compiler {
    /// Always `Unsupported`.
    pub fn new(_: JitSettings) -> Result<Compiler> {
        let kind = ErrorKind::Unsupported { offset: 0, feature: "jit".to_owned() };
        Err(Error::new(kind, "this build has no JIT for this system; use the interpreter"))
    }

    /// Cannot be called.
    pub fn compile(&self, _: &Arc<ModuleInfo>, _: &VmLayout, _: &[MemoryStyle]) -> Result<CompiledModule> {
        match self.0 {}
    }

    /// Cannot be called.
    pub fn trampolines(&self, _: SignatureId, _: &FuncType) -> Result<Trampolines> {
        match self.0 {}
    }
}

/// The code of a module, which cannot exist here.
#[derive(Debug)]
pub struct CompiledModule(Infallible);

impl CompiledModule {
    /// Cannot be called.
    pub fn entry(&self, _: FuncIdx) -> *const u8 {
        match self.0 {}
    }

    /// Cannot be called.
    pub fn code_bytes(&self) -> usize {
        match self.0 {}
    }
}

/// No program counter is in compiled code.
pub fn find_trap(_: usize) -> Option<TrapCode> {
    None
}

/// No program counter is in compiled code.
pub fn find_frame(_: usize) -> Option<FrameSite> {
    None
}

/// No program counter is in compiled code.
pub fn find_landing(_: usize) -> Option<(usize, usize)> {
    None
}

/// No frame is compiled code's.
pub fn each_root(_: usize, _: impl FnMut(usize)) {}
