//! One thread at a time: the gate of a shared store whose guests have objects, and the list of the store's calls, from
//! which the collector starts.

use crate::error::Result;
use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How long somebody waits at the gate before looking whether to go on waiting.
const SLICE: Duration = Duration::from_millis(10);

/// Lets one in at a time.
#[derive(Debug, Default)]
pub struct Gate {
    is_taken: Mutex<bool>,
    freed: Condvar,
}

impl Gate {
    /// Waits for the gate and takes it. `look` is asked from time to time, and an error ends the wait.
    pub fn enter(&self, mut look: impl FnMut() -> Result<()>) -> Result<()> {
        let mut is_taken = lock(&self.is_taken);
        while *is_taken {
            let (guard, waited) = self.freed.wait_timeout(is_taken, SLICE).unwrap_or_else(PoisonError::into_inner);
            is_taken = guard;
            if waited.timed_out() && *is_taken {
                drop(is_taken);
                look()?;
                is_taken = lock(&self.is_taken);
            }
        }
        *is_taken = true;
        Ok(())
    }

    /// Takes the gate if nobody has it.
    pub fn try_enter(&self) -> bool {
        !std::mem::replace(&mut *lock(&self.is_taken), true)
    }

    /// Gives the gate up.
    pub fn leave(&self) {
        *lock(&self.is_taken) = false;
        self.freed.notify_one();
    }
}

/// The calls that run in a shared store, as addresses that only `call` understands.
#[derive(Debug, Default)]
pub struct Calls(Mutex<Vec<usize>>);

impl Calls {
    /// Adds a call.
    pub fn begin(&self, call: usize) {
        lock(&self.0).push(call);
    }

    /// Takes a call off.
    pub fn end(&self, call: usize) {
        let mut calls = lock(&self.0);
        if let Some(position) = calls.iter().rposition(|other| *other == call) {
            calls.swap_remove(position);
        }
    }

    /// Shows every call to `visit`; none begins or ends meanwhile.
    pub fn each(&self, visit: impl FnMut(usize)) {
        lock(&self.0).iter().copied().for_each(visit);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn only_one_is_inside_at_any_time() {
        let (gate, inside, entries) = (Gate::default(), AtomicU32::new(0), AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..500 {
                        gate.enter(|| Ok(())).unwrap();
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        entries.fetch_add(1, Ordering::SeqCst);
                        inside.fetch_sub(1, Ordering::SeqCst);
                        gate.leave();
                    }
                });
            }
        });
        assert_eq!(entries.into_inner(), 2000);
    }

    #[test]
    fn who_waits_can_be_told_to_stop() {
        let gate = Gate::default();
        gate.enter(|| Ok(())).unwrap();
        let mut looks = 0;
        let error = gate.enter(|| {
            looks += 1;
            if looks < 3 { Ok(()) } else { Err(Error::limit("enough")) }
        });
        assert_eq!(error.unwrap_err().message(), "enough");
        gate.leave();
        gate.enter(|| panic!("nobody has to wait")).unwrap();
    }
}
