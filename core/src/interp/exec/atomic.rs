//! Atomic accesses: sequentially consistent, on the memory's own bytes. Waiting and notifying run in builtins.

use super::{Exit, machine::Machine};
use crate::{
    trap::TrapCode,
    vm::{
        Builtins,
        builtins::{NO_ANSWER, WaitBuiltin},
    },
};
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering, fence};

/// A cell of a memory, whose values are little-endian there and zero-extended here.
pub(super) trait Cell {
    fn get(&self) -> u64;
    fn put(&self, value: u64);
    /// Puts `replacement` if the cell holds `expected`; what it held in either case.
    fn exchange(&self, expected: u64, replacement: u64) -> Result<u64, u64>;
}

macro_rules! cells {
    ($($atomic:ident $value:ident;)*) => {$(
        impl Cell for $atomic {
            #[inline(always)]
            fn get(&self) -> u64 {
                u64::from($value::from_le(self.load(Ordering::SeqCst)))
            }

            #[inline(always)]
            fn put(&self, value: u64) {
                self.store((value as $value).to_le(), Ordering::SeqCst);
            }

            #[inline(always)]
            fn exchange(&self, expected: u64, replacement: u64) -> Result<u64, u64> {
                let (expected, replacement) = ((expected as $value).to_le(), (replacement as $value).to_le());
                let found = self.compare_exchange(expected, replacement, Ordering::SeqCst, Ordering::SeqCst);
                let widen = |value| u64::from($value::from_le(value));
                found.map(widen).map_err(widen)
            }
        }
    )*};
}

cells! {
    AtomicU8 u8;
    AtomicU16 u16;
    AtomicU32 u32;
    AtomicU64 u64;
}

/// The cell that the access at hand names, whose memory and offset stand at `memory`.
#[inline(always)]
fn cell<A: Cell>(m: &Machine, memory: usize) -> Result<&A, TrapCode> {
    let size = size_of::<A>();
    let address = m.get::<u64>(2).wrapping_add(m.long(memory + 2));
    if !address.is_multiple_of(size as u64) {
        return Err(TrapCode::UnalignedAtomic);
    }
    let place = m.place_in(memory, size)?;
    // SAFETY: [mem-stable] `place_in` has checked the range, and a memory starts at an address as aligned as any cell;
    // who else uses these bytes at the same time is the guest's affair.
    Ok(unsafe { &*place.cast::<A>() })
}

// Out of line, so that the loop stays small.

#[inline(never)]
fn load<A: Cell>(mut m: Machine) -> Result<(), TrapCode> {
    let value = cell::<A>(&m, 3)?.get();
    m.set(1, value);
    Ok(())
}

#[inline(never)]
fn store<A: Cell>(m: Machine) -> Result<(), TrapCode> {
    cell::<A>(&m, 3)?.put(m.get(1));
    Ok(())
}

#[inline(never)]
fn rmw<A: Cell>(mut m: Machine, f: impl Fn(u64, u64) -> u64) -> Result<(), TrapCode> {
    let operand = m.get(3);
    let cell = cell::<A>(&m, 4)?;
    let mut before = cell.get();
    while let Err(found) = cell.exchange(before, f(before, operand)) {
        before = found;
    }
    m.set(1, before);
    Ok(())
}

#[inline(never)]
fn cmpxchg<A: Cell>(mut m: Machine) -> Result<(), TrapCode> {
    let (Ok(before) | Err(before)) = cell::<A>(&m, 5)?.exchange(m.get(3), m.get(4));
    m.set(1, before);
    Ok(())
}

impl Machine {
    /// A load.
    #[inline(always)]
    pub fn atomic_load<A: Cell>(&mut self) -> Result<(), TrapCode> {
        load::<A>(*self)?;
        self.advance(9);
        Ok(())
    }

    /// A store.
    #[inline(always)]
    pub fn atomic_store<A: Cell>(&mut self) -> Result<(), TrapCode> {
        store::<A>(*self)?;
        self.advance(9);
        Ok(())
    }

    /// A read-modify-write.
    #[inline(always)]
    pub fn atomic_rmw<A: Cell>(&mut self, f: impl Fn(u64, u64) -> u64) -> Result<(), TrapCode> {
        rmw::<A>(*self, f)?;
        self.advance(10);
        Ok(())
    }

    /// A compare-and-exchange.
    #[inline(always)]
    pub fn atomic_cmpxchg<A: Cell>(&mut self) -> Result<(), TrapCode> {
        cmpxchg::<A>(*self)?;
        self.advance(11);
        Ok(())
    }

    /// `memory.atomic.notify`
    #[inline(always)]
    pub fn atomic_notify(&mut self) -> Result<(), Exit> {
        self.save();
        let (address, count) = (self.get(2), self.get(3));
        // SAFETY: [activation-live] [vmctx-live] [valid-module]
        let woken = unsafe {
            let notify = self.builtins().memory_atomic_notify;
            notify(self.act, self.vmctx, self.word(4), address, self.long(6), count)
        };
        self.answer(woken)?;
        self.advance(10);
        Ok(())
    }

    /// `memory.atomic.wait32`, `memory.atomic.wait64`
    #[inline(always)]
    pub fn atomic_wait(&mut self, builtin: impl FnOnce(&Builtins) -> WaitBuiltin) -> Result<(), Exit> {
        self.save();
        let wait = builtin(self.builtins());
        let (address, expected, timeout) = (self.get(2), self.get(3), self.get(4));
        // SAFETY: [activation-live] [vmctx-live] [valid-module]
        let outcome = unsafe { wait(self.act, self.vmctx, self.word(5), address, self.long(7), expected, timeout) };
        self.answer(outcome)?;
        self.advance(11);
        Ok(())
    }

    #[inline(always)]
    fn answer(&mut self, answer: u64) -> Result<(), Exit> {
        if answer == NO_ANSWER {
            return Err(Exit::Raise);
        }
        self.set(1, answer);
        Ok(())
    }

    /// `atomic.fence`
    #[inline(always)]
    pub fn atomic_fence(&mut self) {
        fence(Ordering::SeqCst);
        self.advance(1);
    }
}
