//! What the interpreter keeps of a module: its functions, each lowered at its first call.

use super::{
    InterpSettings,
    bytecode::{Op, Reg, Unit},
    lower,
    roots::RootMap,
};
use crate::{
    error::Result,
    module::ModuleInfo,
    types::{FuncIdx, FuncType},
    vm::VmLayout,
};
use once_cell::race::OnceBox;
use std::sync::Arc;

/// A lowered function.
#[derive(Debug)]
pub struct Func {
    /// The bytecode; entered at its start.
    pub code: Box<[Unit]>,
    /// Slots of the frame: registers and the argument areas of calls.
    pub frame_slots: u32,
    /// Slots of the parameters; the declared locals follow them.
    pub param_slots: u32,
    /// Slots of the declared locals, zeroed at entry.
    pub zeroed_slots: u32,
    /// The type.
    pub ty: FuncType,
    /// Index in the module.
    pub index: FuncIdx,
    /// Which registers hold references that the collector knows.
    pub roots: RootMap,
    /// First unit and module offset of the instructions that can stop or call, ascending.
    pub offsets: Box<[(u32, u32)]>,
    /// Where exceptions are caught; of two that cover the same position, the first is the inner one.
    pub handlers: Box<[Handler]>,
}

/// A range of units whose exceptions a landing pad takes.
#[derive(Clone, Copy, Debug)]
pub struct Handler {
    /// The first unit.
    pub start: u32,
    /// Behind the last unit.
    pub end: u32,
    /// The unit at which execution goes on.
    pub landing: u32,
    /// The register that gets the exception.
    pub exception: Reg,
}

impl Func {
    /// Where an exception is caught that passes the unit `position`.
    pub fn handler(&self, position: u32) -> Option<Handler> {
        self.handlers.iter().find(|handler| (handler.start..handler.end).contains(&position)).copied()
    }

    /// Offset in the module's bytes of the operator whose instruction covers the unit `position`.
    pub fn module_offset(&self, position: usize) -> u32 {
        self.stop(position).map_or(u32::MAX, |(_, module_offset)| module_offset)
    }

    /// Shows the registers that hold references the collector knows while the instruction that covers the unit
    /// `position` calls or runs a builtin.
    pub fn each_root(&self, position: usize, visit: impl FnMut(Reg)) {
        self.roots.each(self.stop(position).map_or(0, |(start, _)| start), visit);
    }

    fn stop(&self, position: usize) -> Option<(u32, u32)> {
        let after = self.offsets.partition_point(|(start, _)| *start as usize <= position);
        after.checked_sub(1).map(|index| self.offsets[index])
    }
}

/// The interpreter's side of a module, shared by its instances.
#[derive(Debug)]
pub struct InterpCode {
    info: Arc<ModuleInfo>,
    layout: Arc<VmLayout>,
    settings: InterpSettings,
    functions: Box<[OnceBox<Func>]>,
}

impl InterpCode {
    /// Code for `info`. Functions are lowered at their first call.
    pub fn new(info: Arc<ModuleInfo>, layout: Arc<VmLayout>, settings: InterpSettings) -> InterpCode {
        let functions = info.bodies.iter().map(|_| OnceBox::new()).collect();
        InterpCode { info, layout, settings, functions }
    }

    /// The module.
    pub fn info(&self) -> &Arc<ModuleInfo> {
        &self.info
    }

    /// The defined function at `defined_index` if it was called before.
    #[inline(always)]
    pub(super) fn lowered(&self, defined_index: u32) -> Option<&Func> {
        self.functions[defined_index as usize].get()
    }

    /// The defined function at `defined_index`.
    ///
    /// # Errors
    ///
    /// `Limit` if its frame is too large, `Unsupported` if it uses an operator that this engine does not have.
    pub fn function(&self, defined_index: u32) -> Result<&Func> {
        self.functions[defined_index as usize]
            .get_or_try_init(|| lower::lower(&self.info, &self.layout, &self.settings, defined_index).map(Box::new))
    }
}

/// Where the outermost frame of a `start` returns to.
pub static DONE: [Unit; 1] = [Op::Done as Unit];
