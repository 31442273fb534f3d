//! Which registers of a frame hold references that the collector knows, at each instruction of a function.
//!
//! Lowering logs when a register begins and ceases to be one. Whoever asks for a position replays the log from a
//! checkpoint; there are as many of these as keep both the list and the replay in proportion to the function.

use super::bytecode::Reg;
use std::{cell::Cell, rc::Rc};

/// Fewer events than this are replayed rather than skipped.
const MIN_REPLAY: usize = 32;

/// Something happened to a register while the code had this length: instructions from there on see it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Event {
    position: u32,
    reg: Reg,
    /// Whether it holds a reference from now on.
    begins: bool,
}

/// The log that lowering keeps.
#[derive(Debug, Default)]
pub struct RootLog {
    /// Length of the code, kept by the emitter.
    here: Rc<Cell<u32>>,
    events: Vec<Event>,
}

impl RootLog {
    /// An empty log for code whose length `here` tells.
    pub fn new(here: Rc<Cell<u32>>) -> RootLog {
        RootLog { here, events: Vec::new() }
    }

    /// A register holds a reference for the instructions from here on.
    pub fn begin(&mut self, reg: Reg) {
        self.events.push(Event { position: self.here.get(), reg, begins: true });
    }

    /// A register no longer does.
    pub fn cease(&mut self, reg: Reg) {
        self.events.push(Event { position: self.here.get(), reg, begins: false });
    }

    /// The finished map; `locals` are registers that always hold references.
    pub fn finish(self, locals: Vec<Reg>) -> RootMap {
        let mut events = self.events;
        // Code that was taken back does not count.
        for later in (1..events.len()).rev() {
            events[later - 1].position = events[later - 1].position.min(events[later].position);
        }
        let (mut checkpoints, mut registers) = (Vec::new(), Vec::new());
        let (mut active, mut since) = (Vec::new(), 0);
        for (index, event) in events.iter().enumerate() {
            event.apply(&mut active);
            since += 1;
            if since >= MIN_REPLAY.max(active.len()) {
                registers.extend_from_slice(&active);
                checkpoints.push(Checkpoint {
                    position: event.position,
                    next_event: index as u32 + 1,
                    registers_end: registers.len() as u32,
                });
                since = 0;
            }
        }
        let (events, checkpoints, registers) = (events.into(), checkpoints.into(), registers.into());
        RootMap { locals: locals.into(), events, checkpoints, registers }
    }
}

impl Event {
    fn apply(&self, active: &mut Vec<Reg>) {
        if self.begins {
            active.push(self.reg);
        } else if let Some(found) = active.iter().rposition(|reg| *reg == self.reg) {
            active.remove(found);
        }
    }
}

/// What all events before `next_event` come to.
#[derive(Clone, Copy, Debug)]
struct Checkpoint {
    /// Of the last of these events.
    position: u32,
    next_event: u32,
    /// Where its registers end in the list of all.
    registers_end: u32,
}

/// The registers of a function by position.
#[derive(Debug, Default)]
pub struct RootMap {
    locals: Box<[Reg]>,
    events: Box<[Event]>,
    checkpoints: Box<[Checkpoint]>,
    registers: Box<[Reg]>,
}

impl RootMap {
    /// Shows the registers that hold references while the instruction at `position` runs.
    pub fn each(&self, position: u32, mut visit: impl FnMut(Reg)) {
        self.locals.iter().copied().for_each(&mut visit);
        let passed = self.checkpoints.partition_point(|checkpoint| checkpoint.position <= position);
        let start = |index: usize| index.checked_sub(1).map_or(0, |index| self.checkpoints[index].registers_end);
        let (mut active, first) = match passed.checked_sub(1) {
            Some(index) => {
                let Checkpoint { next_event, registers_end, .. } = self.checkpoints[index];
                (self.registers[start(index) as usize..registers_end as usize].to_vec(), next_event)
            }
            None => (Vec::new(), 0),
        };
        let later = self.events[first as usize..].iter();
        later.take_while(|event| event.position <= position).for_each(|event| event.apply(&mut active));
        active.into_iter().for_each(visit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(map: &RootMap, position: u32) -> Vec<Reg> {
        let mut registers = Vec::new();
        map.each(position, |reg| registers.push(reg));
        registers
    }

    #[test]
    fn a_register_counts_from_where_it_begins_to_where_it_ceases() {
        let here = Rc::new(Cell::new(0));
        let mut log = RootLog::new(here.clone());
        log.begin(5);
        here.set(4);
        log.begin(6);
        here.set(9);
        log.cease(6);
        log.begin(7);
        here.set(8);
        log.cease(5);
        let map = log.finish(vec![1, 2]);
        assert_eq!(at(&map, 0), [1, 2, 5]);
        assert_eq!(at(&map, 3), [1, 2, 5]);
        assert_eq!(at(&map, 4), [1, 2, 5, 6]);
        assert_eq!(at(&map, 8), [1, 2, 7], "what was logged for code taken back counts from where that began");
    }

    #[test]
    fn long_logs_give_the_same_answers_as_replaying_all_of_them() {
        let here = Rc::new(Cell::new(0));
        let mut log = RootLog::new(here.clone());
        let mut expected = Vec::new();
        let mut active = Vec::new();
        for position in 0..5_000u32 {
            here.set(position);
            match position % 7 {
                0..4 => {
                    log.begin(position as Reg);
                    active.push(position as Reg);
                }
                4 => log.cease(active.pop().unwrap()),
                _ if active.len() > 20 => log.cease(active.remove(3)),
                _ => {}
            }
            expected.push(active.clone());
        }
        let map = log.finish(Vec::new());
        assert!(map.registers.len() <= map.events.len() && map.checkpoints.len() > 10);
        for (position, expected) in expected.into_iter().enumerate() {
            assert_eq!(at(&map, position as u32), expected);
        }
    }
}
