//! The operand stack at lowering time: what each value is, so that constants and copies of locals cost nothing until
//! somebody needs them in a register.
//!
//! Every height has a register of its own. What is always true here: a local is in at most the entries that its list
//! names, so that setting it finds them without a search.

use super::super::bytecode::Reg;
use crate::error::{Error, Result};

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
}

const NONE: u32 = u32::MAX;

/// The stack.
#[derive(Debug)]
pub struct Stack {
    entries: Vec<Value>,
    /// For an entry that is a local: the next lower entry that is the same local.
    lower_alias: Vec<u32>,
    /// Per local: the highest entry that is this local.
    highest_alias: Vec<u32>,
    /// Positions of entries that are, or were, locals; ascending.
    aliases: Vec<u32>,
    locals: u32,
    highest: u32,
}

impl Stack {
    /// An empty stack above `locals` slots of locals.
    pub fn new(locals: u32) -> Result<Stack> {
        if locals > u32::from(Reg::MAX) {
            return Err(too_many());
        }
        let highest_alias = vec![NONE; locals as usize];
        Ok(Stack {
            entries: Vec::new(),
            lower_alias: Vec::new(),
            highest_alias,
            aliases: Vec::new(),
            locals,
            highest: 0,
        })
    }

    /// Number of values.
    pub fn height(&self) -> usize {
        self.entries.len()
    }

    /// Registers used so far, locals included.
    pub fn registers(&self) -> u32 {
        self.locals + self.highest
    }

    /// The register of the value at `position`. Only for positions that were pushed.
    pub fn slot(&self, position: usize) -> Reg {
        (self.locals as usize + position) as Reg
    }

    /// The register of the value that would be pushed next.
    pub fn next_slot(&self) -> Result<Reg> {
        Reg::try_from(self.locals as usize + self.entries.len()).map_err(|_| too_many())
    }

    /// The value at `position`.
    pub fn entry(&self, position: usize) -> Entry {
        Entry { value: self.entries[position], slot: self.slot(position) }
    }

    /// Pushes a value.
    pub fn push(&mut self, value: Value) -> Result<Reg> {
        let slot = self.next_slot()?;
        let position = self.entries.len() as u32;
        let mut lower = NONE;
        if let Value::Local(local) = value {
            lower = std::mem::replace(&mut self.highest_alias[usize::from(local)], position);
            self.aliases.push(position);
        }
        self.entries.push(value);
        self.lower_alias.push(lower);
        self.highest = self.highest.max(position + 1);
        Ok(slot)
    }

    /// Pops a value.
    pub fn pop(&mut self) -> Entry {
        let value = self.entries.pop().unwrap_or(Value::Temp);
        let lower = self.lower_alias.pop().unwrap_or(NONE);
        let position = self.entries.len();
        if let Value::Local(local) = value {
            self.highest_alias[usize::from(local)] = lower;
        }
        if self.aliases.last() == Some(&(position as u32)) {
            self.aliases.pop();
        }
        Entry { value, slot: self.slot(position) }
    }

    /// Pops down to `height`.
    pub fn truncate(&mut self, height: usize) {
        while self.entries.len() > height {
            self.pop();
        }
    }

    /// Makes the highest entry that is `local` a temporary and gives its register, into which the caller must copy
    /// the local.
    pub fn detach(&mut self, local: Reg) -> Option<Reg> {
        let position = self.highest_alias[usize::from(local)];
        if position == NONE {
            return None;
        }
        self.highest_alias[usize::from(local)] = self.lower_alias[position as usize];
        self.entries[position as usize] = Value::Temp;
        Some(self.slot(position as usize))
    }

    /// As [`Stack::detach`] for the highest entry that is any local; gives the register and the local.
    pub fn detach_any(&mut self) -> Option<(Reg, Reg)> {
        loop {
            let position = self.aliases.pop()? as usize;
            if let Value::Local(local) = self.entries[position] {
                debug_assert_eq!(self.highest_alias[usize::from(local)], position as u32);
                return self.detach(local).map(|slot| (slot, local));
            }
        }
    }

    /// Makes the value at `position` a temporary and gives what it was; the caller must move it into its register.
    pub fn settle(&mut self, position: usize) -> Entry {
        let entry = self.entry(position);
        if let Value::Local(local) = entry.value {
            self.unlink(local, position as u32);
        }
        self.entries[position] = Value::Temp;
        entry
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
        let mut stack = Stack::new(2).unwrap();
        stack.push(Value::Local(0)).unwrap();
        stack.push(Value::Local(1)).unwrap();
        stack.push(Value::Local(0)).unwrap();
        assert_eq!(stack.detach(0), Some(4));
        assert_eq!(stack.detach(0), Some(2));
        assert_eq!(stack.detach(0), None);
        assert_eq!(stack.entry(1).value, Value::Local(1));
        assert_eq!(stack.detach_any(), Some((3, 1)));
        assert_eq!(stack.detach_any(), None);
    }

    #[test]
    fn settling_in_the_middle_keeps_the_list_of_the_local() {
        let mut stack = Stack::new(1).unwrap();
        for _ in 0..3 {
            stack.push(Value::Local(0)).unwrap();
        }
        assert_eq!(stack.settle(1).value, Value::Local(0));
        assert_eq!(stack.pop().value, Value::Local(0));
        assert_eq!(stack.pop().value, Value::Temp);
        assert_eq!(stack.detach(0), Some(1));
        assert_eq!(stack.detach(0), None);
    }

    #[test]
    fn registers_run_out_with_a_limit_error() {
        assert!(Stack::new(70_000).is_err());
        let mut stack = Stack::new(65_535).unwrap();
        assert!(stack.push(Value::Temp).is_ok());
        assert!(stack.push(Value::Temp).is_err());
    }
}
