//! Wasm operators → bytecode, in one pass over a validated body.
//!
//! [`opcodes`] maps each operator to a method of its family; [`stack`] knows where every operand is; [`emit`] appends
//! instructions. What is always true here: the operand at each height has its own register, so control flow that
//! meets agrees where values are; before a block opens no operand is a lazy copy of a local, since one arm might
//! change it; code that cannot be reached leaves no bytecode.

mod atomic;
mod call;
mod control;
mod emit;
mod exception;
mod fusion;
mod gc;
mod memory;
mod numeric;
mod opcodes;
mod reference;
mod simd;
mod stack;
mod table;
mod variable;

use super::{
    InterpSettings,
    bytecode::{Op, Reg},
    code::{Func, Handler},
    roots::RootLog,
};
use crate::{
    error::{Error, ErrorKind, Result},
    module::{ModuleInfo, fuel::FuelPlan},
    types::FuncIdx,
    vm::VmLayout,
};
use control::Label;
use emit::{
    Emitter,
    Operand::{self, I, L, R},
};
use stack::{Entry, Kind, Stack, Value};

/// Lowers the defined function at `defined_index`.
pub fn lower(info: &ModuleInfo, layout: &VmLayout, settings: &InterpSettings, defined_index: u32) -> Result<Func> {
    let index = FuncIdx(info.imported_functions + defined_index);
    let ty = info.func_type(index).clone();
    let body = info.body(defined_index as usize);
    let mut locals = Locals::default();
    for ty in ty.params() {
        locals.declare(1, Kind::of(*ty));
    }
    let param_slots = locals.slots;
    for group in body.get_locals_reader().map_err(unreadable)? {
        let (count, ty) = group.map_err(unreadable)?;
        locals.declare(count, Kind::of_parsed(ty, info));
    }
    let zeroed_slots = locals.slots - param_slots;
    let code = Emitter::default();
    let mut lowering = Lowering {
        info,
        layout,
        stack: Stack::new(locals.slots, RootLog::new(code.here()))?,
        code,
        locals: locals.places,
        control: Vec::new(),
        handlers: Vec::new(),
        reachable: true,
        skipped_depth: 0,
        reserved_slots: ty.call_slots() as u32,
        module_offset: 0,
    };
    lowering.body(&body, ty.results().len(), settings.fuel.then(|| FuelPlan::new(&body)))?;
    let frame_slots = lowering.stack.registers().max(lowering.reserved_slots);
    let gc_locals = lowering.locals.iter().filter(|(_, kind)| *kind == Kind::GcRef);
    let roots = lowering.stack.into_roots().finish(gc_locals.map(|(reg, _)| *reg).collect());
    let handlers = lowering.handlers.into();
    let (code, offsets) = lowering.code.finish();
    Ok(Func { code, frame_slots, param_slots, zeroed_slots, ty, index, roots, offsets, handlers })
}

/// Where the locals are.
#[derive(Debug, Default)]
struct Locals {
    /// By index: the register, truncated if there are too many, and the kind.
    places: Vec<(Reg, Kind)>,
    slots: u32,
}

impl Locals {
    fn declare(&mut self, count: u32, kind: Kind) {
        for _ in 0..count {
            self.places.push((self.slots as Reg, kind));
            self.slots = self.slots.saturating_add(kind.slots());
        }
    }
}

/// The state of lowering one function.
#[derive(Debug)]
struct Lowering<'a> {
    info: &'a ModuleInfo,
    layout: &'a VmLayout,
    code: Emitter,
    stack: Stack,
    locals: Vec<(Reg, Kind)>,
    control: Vec<Label>,
    /// Of the `try_table`s that have ended, so inner ones first.
    handlers: Vec<Handler>,
    /// Whether the operator at hand can be reached.
    reachable: bool,
    /// How many blocks deep the operator at hand is inside unreachable code.
    skipped_depth: u32,
    /// Slots that the argument areas of calls ask for.
    reserved_slots: u32,
    module_offset: u32,
}

impl Lowering<'_> {
    fn body(&mut self, body: &wasmparser::FunctionBody<'_>, results: usize, mut fuel: Option<FuelPlan>) -> Result<()> {
        self.control.push(Label::function(results));
        let mut operators = body.get_operators_reader().map_err(unreadable)?;
        let mut index = 0;
        while !self.control.is_empty() {
            let (operator, offset) = operators.read_with_offset().map_err(unreadable)?;
            self.module_offset = offset as u32;
            self.code.at(offset as u32);
            if index == 0 {
                self.code.mark();
            }
            if self.reachable {
                let charge = fuel.as_mut().and_then(|plan| plan.charge_before(index));
                if let Some(cost) = charge {
                    self.code.emit(Op::Charge, &[Operand::K(cost as u32)]);
                }
                self.operator(&operator)?;
            } else {
                self.skip(&operator)?;
            }
            index += 1;
        }
        Ok(())
    }

    /// Emits an instruction whose only effect is its result, and pushes that.
    fn push_result(&mut self, op: Op, operands: &[Operand]) -> Result<()> {
        self.push_result_of(Kind::Word, op, operands)
    }

    /// As [`Lowering::push_result`], for a result of any kind.
    fn push_result_of(&mut self, kind: Kind, op: Op, operands: &[Operand]) -> Result<()> {
        let slot = self.stack.push_kind(Value::Temp, kind)?;
        self.code.emit_to(op, slot, operands);
        Ok(())
    }

    /// The register that holds a popped value; loads a constant.
    fn register(&mut self, entry: Entry) -> Reg {
        match entry.value {
            Value::Temp => entry.slot,
            Value::Local(local) => local,
            Value::Const { .. } => {
                self.move_to(entry.slot, entry);
                entry.slot
            }
        }
    }

    fn pop_register(&mut self) -> Reg {
        let entry = self.stack.pop();
        self.register(entry)
    }

    /// The registers of the two topmost values, the lower one first.
    fn pop_registers(&mut self) -> (Reg, Reg) {
        let right = self.stack.pop();
        let left = self.stack.pop();
        (self.register(left), self.register(right))
    }

    fn pop_three(&mut self) -> [Operand; 3] {
        let third = self.stack.pop();
        let (first, second) = self.pop_registers();
        [R(first), R(second), R(self.register(third))]
    }

    /// Puts a value into a register.
    fn move_to(&mut self, to: Reg, entry: Entry) {
        let copy = if entry.kind == Kind::Vector { Op::CopyVector } else { Op::Copy };
        match entry.value {
            Value::Temp if entry.slot == to => {}
            Value::Temp => self.code.emit_to(copy, to, &[R(entry.slot)]),
            Value::Local(local) => self.code.emit_to(copy, to, &[R(local)]),
            Value::Const { bits, wide: false } => self.code.emit_to(Op::Const32, to, &[I(bits as i32)]),
            Value::Const { bits, wide: true } => match i32::try_from(bits as i64) {
                Ok(value) => self.code.emit_to(Op::Const64S, to, &[I(value)]),
                Err(_) => self.code.emit_to(Op::Const64, to, &[L(bits)]),
            },
        }
    }

    /// Puts every value from `height` up into its own register.
    fn settle_from(&mut self, height: usize) {
        // From the top: then each one is the highest entry of its local.
        for position in (height..self.stack.height()).rev() {
            let entry = self.stack.settle(position);
            self.move_to(entry.slot, entry);
        }
    }

    /// Copies every local that is on the stack, so that it may be set.
    fn detach_locals(&mut self) {
        while let Some(entry) = self.stack.detach_any() {
            self.move_to(entry.slot, entry);
        }
    }

    fn unsupported(&self, feature: &str) -> Error {
        unsupported_at(self.module_offset, feature)
    }
}

fn unsupported_at(offset: u32, feature: &str) -> Error {
    let kind = ErrorKind::Unsupported { offset: u64::from(offset), feature: feature.to_owned() };
    Error::new(kind, format!("the interpreter does not have {feature}"))
}

/// A validated body is readable; this is for the error that then cannot happen.
fn unreadable(error: wasmparser::BinaryReaderError) -> Error {
    Error::internal(format!("a validated body cannot be read: {error}"))
}
