//! Structured control → jumps. Values that a branch carries go into the registers of the heights at which its target
//! expects them.

use super::{
    super::bytecode::Op,
    Lowering,
    emit::{
        Operand::{K, R},
        Site,
    },
    exception::Try,
    fusion::{Condition, When},
    stack::{Kind as ValueKind, Value},
};
use crate::{error::Result, types::TypeIdx};
use std::collections::BTreeMap;
use wasmparser::{BlockType, BrTable, Operator};

/// What opened a label.
#[derive(Debug)]
enum Kind {
    Function,
    Block,
    /// The position of the header.
    Loop(usize),
    /// The jump taken when the condition does not hold.
    If(Site),
    Else,
}

/// Which values of a label.
#[derive(Clone, Copy, Debug)]
enum Values {
    Params,
    Results,
}

/// An open block.
#[derive(Debug)]
pub(super) struct Label {
    kind: Kind,
    /// Of the parameters and the results; of no use for a function.
    ty: BlockType,
    /// Height of the stack below the parameters.
    height: usize,
    params: usize,
    results: usize,
    /// Jumps to the end.
    sites: Vec<Site>,
    /// What `try_table` catches.
    handler: Option<Try>,
}

impl Label {
    /// The label of a function's body.
    pub fn function(results: usize) -> Label {
        let sites = Vec::new();
        Label { kind: Kind::Function, ty: BlockType::Empty, height: 0, params: 0, results, sites, handler: None }
    }

    /// How many values a branch to this label carries.
    fn arity(&self) -> usize {
        if matches!(self.kind, Kind::Loop(_)) { self.params } else { self.results }
    }
}

impl Lowering<'_> {
    /// `block`.
    pub fn block(&mut self, ty: BlockType) -> Result<()> {
        self.detach_locals();
        self.open(Kind::Block, ty);
        Ok(())
    }

    /// `loop`.
    pub fn loop_(&mut self, ty: BlockType) -> Result<()> {
        self.detach_locals();
        let (params, _) = self.block_arity(ty);
        self.settle_from(self.stack.height() - params);
        let start = self.code.bind();
        self.code.mark();
        self.open(Kind::Loop(start), ty);
        Ok(())
    }

    /// `if`.
    pub fn if_(&mut self, ty: BlockType) -> Result<()> {
        let (on_false, _) = self.pop_condition(When::False);
        self.detach_locals();
        let (params, _) = self.block_arity(ty);
        self.settle_from(self.stack.height() - params);
        let site = self.emit_condition(on_false);
        self.open(Kind::If(site), ty);
        Ok(())
    }

    fn open(&mut self, kind: Kind, ty: BlockType) {
        let (params, results) = self.block_arity(ty);
        let height = self.stack.height() - params;
        self.control.push(Label { kind, ty, height, params, results, sites: Vec::new(), handler: None });
    }

    /// Makes the innermost label that of a `try_table`.
    pub(super) fn attach_try(&mut self, handler: Try) {
        if let Some(label) = self.control.last_mut() {
            label.handler = Some(handler);
        }
    }

    fn block_arity(&self, ty: BlockType) -> (usize, usize) {
        match ty {
            BlockType::Empty => (0, 0),
            BlockType::Type(_) => (0, 1),
            BlockType::FuncType(index) => {
                let ty = self.info.func_type_at(TypeIdx(index));
                (ty.params().len(), ty.results().len())
            }
        }
    }

    /// `else`.
    pub fn else_(&mut self) -> Result<()> {
        let Some(mut label) = self.control.pop() else { return Ok(()) };
        if self.reachable {
            self.settle_from(self.stack.height() - label.results);
            let site = self.code.emit_jump(Op::Br, &[]);
            label.sites.push(site);
        }
        self.reset(&label, Values::Params)?;
        if let Kind::If(site) = std::mem::replace(&mut label.kind, Kind::Else) {
            let here = self.code.bind();
            self.code.patch(site, here);
        }
        self.reachable = true;
        self.control.push(label);
        Ok(())
    }

    /// `end`.
    pub fn end(&mut self) -> Result<()> {
        let Some(mut label) = self.control.pop() else { return Ok(()) };
        match label.kind {
            Kind::Function => {
                if self.reachable {
                    self.emit_return(label.results);
                }
                return Ok(());
            }
            Kind::If(site) => label.sites.push(site),
            _ => {}
        }
        if let Some(handler) = label.handler.take() {
            if self.reachable {
                self.settle_from(self.stack.height() - label.results);
                label.sites.push(self.code.emit_jump(Op::Br, &[]));
            }
            self.land(handler, label.height)?;
            self.reachable = false;
        }
        if label.sites.is_empty() {
            return if self.reachable { Ok(()) } else { self.reset(&label, Values::Results) };
        }
        if self.reachable {
            self.settle_from(self.stack.height() - label.results);
        }
        let here = self.code.bind();
        for site in &label.sites {
            self.code.patch(*site, here);
        }
        self.reachable = true;
        self.reset(&label, Values::Results)
    }

    /// Leaves a label's parameters or results as temporaries above what lies below it.
    fn reset(&mut self, label: &Label, values: Values) -> Result<()> {
        self.stack.truncate(label.height);
        let info = self.info;
        let types = match (label.ty, values) {
            (BlockType::FuncType(index), Values::Params) => info.func_type_at(TypeIdx(index)).params(),
            (BlockType::FuncType(index), Values::Results) => info.func_type_at(TypeIdx(index)).results(),
            (BlockType::Type(ty), Values::Results) => {
                return self.stack.push_kind(Value::Temp, ValueKind::of_parsed(ty, info)).map(drop);
            }
            _ => &[],
        };
        for ty in types {
            self.stack.push_kind(Value::Temp, ValueKind::of(*ty))?;
        }
        Ok(())
    }

    /// An operator that cannot be reached.
    pub fn skip(&mut self, operator: &Operator<'_>) -> Result<()> {
        match operator {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } | Operator::TryTable { .. } => {
                self.skipped_depth += 1;
            }
            Operator::Else if self.skipped_depth == 0 => return self.else_(),
            Operator::End if self.skipped_depth == 0 => return self.end(),
            Operator::End => self.skipped_depth -= 1,
            _ => {}
        }
        Ok(())
    }

    /// `unreachable`.
    pub fn unreachable(&mut self) -> Result<()> {
        self.code.emit(Op::Unreachable, &[]);
        self.reachable = false;
        Ok(())
    }

    /// `return`.
    pub fn return_(&mut self) -> Result<()> {
        self.br(self.control.len() as u32 - 1)
    }

    /// `br`.
    pub fn br(&mut self, depth: u32) -> Result<()> {
        let label = self.label(depth);
        self.gather(label);
        self.carry_and_jump(label);
        self.reachable = false;
        Ok(())
    }

    /// `br_if`.
    pub fn br_if(&mut self, depth: u32) -> Result<()> {
        let (taken, not_taken) = self.pop_condition(When::True);
        self.branch_on(depth, taken, not_taken)
    }

    /// Branches with the topmost values if `taken` holds, else goes on with them.
    pub(super) fn branch_on(&mut self, depth: u32, taken: Condition, not_taken: Condition) -> Result<()> {
        let label = self.label(depth);
        self.gather(label);
        if self.is_direct(label) {
            let site = self.emit_condition(taken);
            self.link(label, site);
        } else {
            let past = self.emit_condition(not_taken);
            self.carry_and_jump(label);
            let here = self.code.bind();
            self.code.patch(past, here);
        }
        Ok(())
    }

    /// `br_table`: targets that need values moved get a stub behind the table.
    pub fn br_table(&mut self, targets: &BrTable<'_>) -> Result<()> {
        let index = self.pop_register();
        let default = self.label(targets.default());
        self.gather(default);
        let sites = self.code.emit_table(index, targets.len() + 1);
        let mut stubs: BTreeMap<usize, Vec<Site>> = BTreeMap::new();
        let depths = targets.targets().map_while(|target| target.ok()).chain([targets.default()]);
        for (depth, site) in depths.zip(sites) {
            let label = self.label(depth);
            if self.is_direct(label) {
                self.link(label, site);
            } else {
                stubs.entry(label).or_default().push(site);
            }
        }
        for (label, sites) in stubs {
            let here = self.code.bind();
            for site in sites {
                self.code.patch(site, here);
            }
            self.carry_and_jump(label);
        }
        self.reachable = false;
        Ok(())
    }

    /// Position of a label in `control`.
    fn label(&self, depth: u32) -> usize {
        self.control.len() - 1 - depth as usize
    }

    /// Puts several values that a branch carries into consecutive registers, where one instruction moves them: the
    /// size of the code does not depend on how many there are.
    fn gather(&mut self, label: usize) {
        let arity = self.control[label].arity();
        if arity > 1 {
            self.settle_from(self.stack.height() - arity);
        }
    }

    /// Whether a branch to this label is a mere jump: the values that it carries are where the label expects them.
    fn is_direct(&self, label: usize) -> bool {
        let Label { ref kind, height, .. } = self.control[label];
        let arity = self.control[label].arity();
        let from = self.stack.height() - arity;
        match kind {
            Kind::Function => false,
            _ if arity == 0 => true,
            _ => height == from && (arity > 1 || self.stack.entry(from).value == Value::Temp),
        }
    }

    /// Moves the values and jumps. Leaves the stack as it is: on the way past a conditional branch they still count.
    fn carry_and_jump(&mut self, label: usize) {
        let arity = self.control[label].arity();
        if matches!(self.control[label].kind, Kind::Function) {
            self.emit_return(arity);
            return;
        }
        let to = self.stack.slot(self.control[label].height);
        let from = self.stack.height() - arity;
        match arity {
            0 => {}
            1 => self.move_to(to, self.stack.entry(from)),
            _ if self.stack.slot(from) == to => {}
            _ => {
                let operands = [R(to), R(self.stack.slot(from)), K(self.stack.slots_from(from))];
                self.code.emit(Op::CopyMany, &operands);
            }
        }
        let site = self.code.emit_jump(Op::Br, &[]);
        self.link(label, site);
    }

    /// Lets a jump lead to a label.
    fn link(&mut self, label: usize, site: Site) {
        match self.control[label].kind {
            Kind::Loop(start) => self.code.patch(site, start),
            _ => self.control[label].sites.push(site),
        }
    }

    /// Returns with the topmost values. Leaves the stack as it is.
    fn emit_return(&mut self, results: usize) {
        let from = self.stack.height() - results;
        match results {
            0 => self.code.emit(Op::Return, &[]),
            1 => {
                let entry = self.stack.entry(from);
                let value = self.register(entry);
                match entry.kind {
                    ValueKind::Vector => self.code.emit(Op::ReturnMany, &[R(value), K(2)]),
                    _ => self.code.emit(Op::ReturnOne, &[R(value)]),
                }
            }
            _ => {
                self.settle_from(from);
                self.code.emit(Op::ReturnMany, &[R(self.stack.slot(from)), K(self.stack.slots_from(from))]);
            }
        }
    }
}
