//! The operand stack at lowering time: what each value is, so that constants and copies of locals cost nothing until
//! somebody needs them in a register.
//!
//! Every height has a register of its own, or two for a vector, behind those of the values below. What is always true
//! here: a local is in at most the entries that its list names, so that setting it finds them without a search.

use super::super::{bytecode::Reg, roots::RootLog};
use crate::{
    error::{Error, Result},
    module::ModuleInfo,
    types::ValType,
};
use wasmparser::{AbstractHeapType, HeapType, UnpackedIndex};

/// How a value stands in registers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// One register: a number or a reference to a function.
    Word,
    /// Two registers, the low half first.
    Vector,
    /// One register with a reference that a collector of garbage would have to know.
    GcRef,
}

impl Kind {
    /// The kind of a type's values.
    pub fn of(ty: ValType) -> Kind {
        match ty {
            ValType::V128 => Kind::Vector,
            ValType::Ref(ty) if ty.is_gc() => Kind::GcRef,
            _ => Kind::Word,
        }
    }

    /// The kind of the values of a type in a body of `info`.
    pub fn of_parsed(ty: wasmparser::ValType, info: &ModuleInfo) -> Kind {
        match ty {
            wasmparser::ValType::V128 => Kind::Vector,
            wasmparser::ValType::Ref(ty) => Kind::of_reference(ty.heap_type(), info),
            _ => Kind::Word,
        }
    }

    /// The kind of references to a heap type in a body of `info`.
    pub fn of_reference(heap: HeapType, info: &ModuleInfo) -> Kind {
        match heap {
            HeapType::Abstract { ty: AbstractHeapType::Func | AbstractHeapType::NoFunc, .. } => Kind::Word,
            HeapType::Concrete(UnpackedIndex::Module(index)) if info.types[index as usize].as_func().is_some() => {
                Kind::Word
            }
            _ => Kind::GcRef,
        }
    }

    /// Registers that a value takes.
    pub const fn slots(self) -> u32 {
        if matches!(self, Kind::Vector) { 2 } else { 1 }
    }
}

/// Where a value is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Value {
    /// In the register of its height.
    Temp,
    /// In a local that was not set since.
    Local(Reg),
    /// Nowhere: a constant, as the bits of a slot.
    Const {
        /// The slot's contents.
        bits: u64,
        /// Whether the type has 64 bits.
        wide: bool,
    },
}

/// A value and the register of its height.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Where the value is.
    pub value: Value,
    /// The register of its height.
    pub slot: Reg,
    /// How it stands there.
    pub kind: Kind,
}

impl Entry {
    /// Whether its register holds a reference that the collector knows.
    fn is_root(&self) -> bool {
        self.kind == Kind::GcRef && self.value == Value::Temp
    }
}

const NONE: u32 = u32::MAX;

/// The stack.
#[derive(Debug)]
pub struct Stack {
    entries: Vec<Entry>,
    /// For an entry that is a local: the next lower entry that is the same local.
    lower_alias: Vec<u32>,
    /// Per register of a local: the highest entry that is this local.
    highest_alias: Vec<u32>,
    /// Positions of entries that are, or were, locals; ascending.
    aliases: Vec<u32>,
    /// The first free register.
    next: u32,
    /// Registers used so far.
    registers: u32,
    /// When registers begin and cease to hold references that the collector knows.
    roots: RootLog,
}

impl Stack {
    /// An empty stack above `locals` slots of locals.
    pub fn new(locals: u32, roots: RootLog) -> Result<Stack> {
        if locals > u32::from(Reg::MAX) {
            return Err(too_many());
        }
        let highest_alias = vec![NONE; locals as usize];
        Ok(Stack {
            entries: Vec::new(),
            lower_alias: Vec::new(),
            highest_alias,
            aliases: Vec::new(),
            next: locals,
            registers: locals,
            roots,
        })
    }

    /// The log of roots, at the end.
    pub fn into_roots(self) -> RootLog {
        self.roots
    }

    /// Number of values.
    pub fn height(&self) -> usize {
        self.entries.len()
    }

    /// Registers used so far, locals included.
    pub fn registers(&self) -> u32 {
        self.registers
    }

    /// The register of the value at `position`, or of the one that would be pushed next.
    pub fn slot(&self, position: usize) -> Reg {
        self.entries.get(position).map_or(self.next as Reg, |entry| entry.slot)
    }

    /// Registers of the values from `position` up.
    pub fn slots_from(&self, position: usize) -> u32 {
        self.entries.get(position).map_or(0, |entry| self.next - u32::from(entry.slot))
    }

    /// The register of the value that would be pushed next.
    pub fn next_slot(&self) -> Result<Reg> {
        Reg::try_from(self.next).map_err(|_| too_many())
    }

    /// The value at `position`.
    pub fn entry(&self, position: usize) -> Entry {
        self.entries[position]
    }

    /// Pushes a value of kind [`Kind::Word`].
    pub fn push(&mut self, value: Value) -> Result<Reg> {
        self.push_kind(value, Kind::Word)
    }

    /// Pushes a value.
    pub fn push_kind(&mut self, value: Value, kind: Kind) -> Result<Reg> {
        let slot = self.next_slot()?;
        let next = self.next + kind.slots();
        if next > u32::from(Reg::MAX) + 1 {
            return Err(too_many());
        }
        let position = self.entries.len() as u32;
        let mut lower = NONE;
        if let Value::Local(local) = value {
            lower = std::mem::replace(&mut self.highest_alias[usize::from(local)], position);
            self.aliases.push(position);
        }
        let entry = Entry { value, slot, kind };
        if entry.is_root() {
            self.roots.begin(slot);
        }
        self.entries.push(entry);
        self.lower_alias.push(lower);
        self.next = next;
        self.registers = self.registers.max(next);
        Ok(slot)
    }

    /// Pops a value.
    pub fn pop(&mut self) -> Entry {
        let nothing = Entry { value: Value::Temp, slot: self.next as Reg, kind: Kind::Word };
        let entry = self.entries.pop().unwrap_or(nothing);
        let lower = self.lower_alias.pop().unwrap_or(NONE);
        let position = self.entries.len();
        if let Value::Local(local) = entry.value {
            self.highest_alias[usize::from(local)] = lower;
        }
        if self.aliases.last() == Some(&(position as u32)) {
            self.aliases.pop();
        }
        if entry.is_root() {
            self.roots.cease(entry.slot);
        }
        self.next = u32::from(entry.slot);
        entry
    }

    /// Pops down to `height`.
    pub fn truncate(&mut self, height: usize) {
        while self.entries.len() > height {
            self.pop();
        }
    }

    /// Makes the highest entry that is `local` a temporary and gives it, into whose register the caller must copy the
    /// local.
    pub fn detach(&mut self, local: Reg) -> Option<Entry> {
        let position = self.highest_alias[usize::from(local)];
        if position == NONE {
            return None;
        }
        self.highest_alias[usize::from(local)] = self.lower_alias[position as usize];
        Some(self.make_temporary(position as usize))
    }

    /// As [`Stack::detach`] for the highest entry that is any local.
    pub fn detach_any(&mut self) -> Option<Entry> {
        loop {
            let position = self.aliases.pop()? as usize;
            if let Value::Local(local) = self.entries[position].value {
                debug_assert_eq!(self.highest_alias[usize::from(local)], position as u32);
                return self.detach(local);
            }
        }
    }

    /// Makes the value at `position` a temporary and gives what it was; the caller must move it into its register.
    pub fn settle(&mut self, position: usize) -> Entry {
        if let Value::Local(local) = self.entries[position].value {
            self.unlink(local, position as u32);
        }
        self.make_temporary(position)
    }

    /// Gives what the entry was.
    fn make_temporary(&mut self, position: usize) -> Entry {
        let temporary = Entry { value: Value::Temp, ..self.entries[position] };
        if temporary.is_root() && !self.entries[position].is_root() {
            self.roots.begin(temporary.slot);
        }
        std::mem::replace(&mut self.entries[position], temporary)
    }

    fn unlink(&mut self, local: Reg, position: u32) {
        let head = self.highest_alias[usize::from(local)];
        if head == position {
            self.highest_alias[usize::from(local)] = self.lower_alias[position as usize];
            return;
        }
        let mut above = head;
        while self.lower_alias[above as usize] != position {
            above = self.lower_alias[above as usize];
        }
        self.lower_alias[above as usize] = self.lower_alias[position as usize];
    }
}

fn too_many() -> Error {
    Error::limit("a function needs more registers than the interpreter has")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_local_is_detached_from_every_entry_and_no_other() {
        let mut stack = Stack::new(2, RootLog::default()).unwrap();
        stack.push(Value::Local(0)).unwrap();
        stack.push(Value::Local(1)).unwrap();
        stack.push(Value::Local(0)).unwrap();
        assert_eq!(stack.detach(0).map(|entry| entry.slot), Some(4));
        assert_eq!(stack.detach(0).map(|entry| entry.slot), Some(2));
        assert_eq!(stack.detach(0), None);
        assert_eq!(stack.entry(1).value, Value::Local(1));
        assert_eq!(stack.detach_any(), Some(Entry { value: Value::Local(1), slot: 3, kind: Kind::Word }));
        assert_eq!(stack.detach_any(), None);
    }

    #[test]
    fn settling_in_the_middle_keeps_the_list_of_the_local() {
        let mut stack = Stack::new(1, RootLog::default()).unwrap();
        for _ in 0..3 {
            stack.push(Value::Local(0)).unwrap();
        }
        assert_eq!(stack.settle(1).value, Value::Local(0));
        assert_eq!(stack.pop().value, Value::Local(0));
        assert_eq!(stack.pop().value, Value::Temp);
        assert_eq!(stack.detach(0).map(|entry| entry.slot), Some(1));
        assert_eq!(stack.detach(0), None);
    }

    #[test]
    fn vectors_take_two_registers_and_give_them_back() {
        let mut stack = Stack::new(3, RootLog::default()).unwrap();
        assert_eq!(stack.push(Value::Temp).unwrap(), 3);
        assert_eq!(stack.push_kind(Value::Local(1), Kind::Vector).unwrap(), 4);
        assert_eq!(stack.push_kind(Value::Temp, Kind::GcRef).unwrap(), 6);
        assert_eq!((stack.slot(1), stack.slot(2), stack.slot(3)), (4, 6, 7));
        assert_eq!((stack.slots_from(0), stack.slots_from(1), stack.slots_from(3)), (4, 3, 0));
        assert_eq!(stack.detach(1), Some(Entry { value: Value::Local(1), slot: 4, kind: Kind::Vector }));
        assert_eq!(stack.pop().kind, Kind::GcRef);
        assert_eq!(stack.pop(), Entry { value: Value::Temp, slot: 4, kind: Kind::Vector });
        assert_eq!(stack.push(Value::Temp).unwrap(), 4);
        assert_eq!(stack.registers(), 7);
    }

    #[test]
    fn registers_run_out_with_a_limit_error() {
        assert!(Stack::new(70_000, RootLog::default()).is_err());
        let mut stack = Stack::new(65_535, RootLog::default()).unwrap();
        assert!(stack.push_kind(Value::Temp, Kind::Vector).is_err());
        assert!(stack.push(Value::Temp).is_ok());
        assert!(stack.push(Value::Temp).is_err());
    }
}
