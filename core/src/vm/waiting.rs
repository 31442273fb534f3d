//! Threads that wait on cells of a memory until others notify them (threads proposal: "Wait and Notify operators").
//!
//! Each memory has its own lists of waiters, each store a bell that makes those look up who wait in its calls. What is
//! always true here: a waiter is in its memory's list for as long as a notification may reach it, and no lock is held
//! while a guest or the embedder's code runs.

use super::Memory;
use crate::trap::TrapCode;
use std::{
    collections::{HashMap, VecDeque},
    mem,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// How long a waiter sleeps at most while its store asks for attention.
const SLICE: Duration = Duration::from_millis(10);

/// What a waiter expects its cell to hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expected {
    /// Of a cell of 4 bytes.
    Bits32(u32),
    /// Of a cell of 8 bytes.
    Bits64(u64),
}

/// How a wait ended; the numbers are the results of the operators.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum WaitResult {
    /// Somebody notified this waiter.
    Notified = 0,
    /// The cell did not hold what was expected.
    NotEqual = 1,
    /// The time was up.
    TimedOut = 2,
}

/// One thread that waits.
#[derive(Debug, Default)]
struct Sleeper {
    state: Mutex<SleeperState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct SleeperState {
    is_notified: bool,
    is_rung: bool,
}

/// The waiters of one memory, by address, longest waiting first.
#[derive(Debug, Default)]
pub(super) struct Waiters(Mutex<HashMap<u64, VecDeque<Arc<Sleeper>>>>);

/// Those who wait in calls of one store.
#[derive(Debug, Default)]
pub struct Bell(Mutex<Vec<Arc<Sleeper>>>);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Bell {
    /// Makes everybody look whether they are to go on waiting.
    pub fn ring(&self) {
        for sleeper in lock(&self.0).iter() {
            sleeper.wake(|state| state.is_rung = true);
        }
    }

    fn leave(&self, sleeper: &Arc<Sleeper>) {
        lock(&self.0).retain(|other| !Arc::ptr_eq(other, sleeper));
    }
}

impl Sleeper {
    fn wake(&self, change: impl FnOnce(&mut SleeperState)) {
        change(&mut lock(&self.state));
        self.changed.notify_one();
    }

    /// Sleeps until notified (true) or the deadline (false). `look` is called at the start, after each ring and, as long
    /// as it answers true, from time to time.
    fn sleep<E>(&self, deadline: Option<Instant>, look: &mut impl FnMut() -> Result<bool, E>) -> Result<bool, E> {
        let mut is_asked = look()?;
        let mut state = lock(&self.state);
        loop {
            if state.is_notified {
                return Ok(true);
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return Ok(false);
            }
            if !state.is_rung {
                let slice = is_asked.then_some(SLICE);
                state = match left.into_iter().chain(slice).min() {
                    None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                    Some(time) => self.changed.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0,
                };
            }
            if mem::take(&mut state.is_rung) || is_asked {
                drop(state);
                is_asked = look()?;
                state = lock(&self.state);
            }
        }
    }
}

impl Waiters {
    /// Takes a waiter out; false if a notification has done so already.
    fn leave(&self, address: u64, sleeper: &Arc<Sleeper>) -> bool {
        let mut lists = lock(&self.0);
        let Some(list) = lists.get_mut(&address) else { return false };
        let Some(position) = list.iter().position(|other| Arc::ptr_eq(other, sleeper)) else { return false };
        list.remove(position);
        if list.is_empty() {
            lists.remove(&address);
        }
        true
    }

    fn notify(&self, address: u64, count: u32) -> u32 {
        let mut lists = lock(&self.0);
        let Some(list) = lists.get_mut(&address) else { return 0 };
        let woken = list.len().min(count as usize);
        for sleeper in list.drain(..woken) {
            sleeper.wake(|state| state.is_notified = true);
        }
        if list.is_empty() {
            lists.remove(&address);
        }
        woken as u32
    }
}

impl Memory {
    /// Waits until somebody notifies `address`, if the cell there holds what is `expected`, for as long as `timeout`
    /// says. Whoever has a `bell` is woken by it to `look`: an error ends the wait, `true` says that the request stands.
    pub fn wait<E: From<TrapCode>>(
        &self,
        address: u64,
        expected: Expected,
        timeout: Option<Duration>,
        bell: Option<&Bell>,
        mut look: impl FnMut() -> Result<bool, E>,
    ) -> Result<WaitResult, E> {
        let size = if matches!(expected, Expected::Bits32(_)) { 4 } else { 8 };
        let cell = self.cell(address, size)?;
        if !self.ty().shared {
            return Err(TrapCode::ExpectedSharedMemory.into());
        }
        let sleeper = Arc::new(Sleeper::default());
        {
            let mut lists = lock(&self.waiters.0);
            // SAFETY: [mem-stable] The cell was checked and is aligned.
            let is_equal = unsafe {
                match expected {
                    Expected::Bits32(bits) => u32::from_le((*cell.cast::<AtomicU32>()).load(Ordering::SeqCst)) == bits,
                    Expected::Bits64(bits) => u64::from_le((*cell.cast::<AtomicU64>()).load(Ordering::SeqCst)) == bits,
                }
            };
            if !is_equal {
                return Ok(WaitResult::NotEqual);
            }
            lists.entry(address).or_default().push_back(sleeper.clone());
        }
        if let Some(bell) = bell {
            lock(&bell.0).push(sleeper.clone());
        }
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let outcome = sleeper.sleep(deadline, &mut look);
        if let Some(bell) = bell {
            bell.leave(&sleeper);
        }
        if let Ok(true) = outcome {
            return Ok(WaitResult::Notified);
        }
        let was_notified = !self.waiters.leave(address, &sleeper);
        match outcome {
            Ok(_) if was_notified => Ok(WaitResult::Notified),
            Ok(_) => Ok(WaitResult::TimedOut),
            Err(error) => {
                // What this waiter will not take goes to the next one.
                if was_notified {
                    self.waiters.notify(address, 1);
                }
                Err(error)
            }
        }
    }

    /// Wakes up to `count` of those who wait on `address`, longest waiting first, and answers how many.
    pub fn notify(&self, address: u64, count: u32) -> Result<u32, TrapCode> {
        self.cell(address, 4)?;
        Ok(self.waiters.notify(address, count))
    }

    /// The place of an aligned cell.
    fn cell(&self, address: u64, size_bytes: u64) -> Result<*mut u8, TrapCode> {
        if !address.is_multiple_of(size_bytes) {
            return Err(TrapCode::UnalignedAtomic);
        }
        self.range(address, size_bytes).ok_or(TrapCode::MemoryOutOfBounds)
    }
}

#[cfg(test)]
mod tests;
