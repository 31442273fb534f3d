//! Stopping running calls from outside: on request, when an epoch has passed, when time is up.
//!
//! Running code looks at one word. A non-zero word sends it here, where the reasons are weighed for the one
//! activation that asks; the word stays set until no call runs, since several may have to see it.

use std::{
    sync::{
        Arc, Condvar, Mutex, OnceLock, PoisonError, Weak,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// The interruption state of a store.
#[derive(Debug)]
pub struct Interrupt {
    /// What running code polls.
    pub word: AtomicU32,
    /// Counts requests; a call that began under an older count is to stop.
    requests: AtomicU64,
    /// Epoch at which calls are to stop; `u64::MAX` is never.
    epoch_deadline: AtomicU64,
}

impl Default for Interrupt {
    fn default() -> Interrupt {
        Interrupt { word: AtomicU32::new(0), requests: AtomicU64::new(0), epoch_deadline: AtomicU64::new(u64::MAX) }
    }
}

/// What one outermost call is measured against.
#[derive(Clone, Copy, Debug, Default)]
pub struct CallLimits {
    /// The request count when the call began.
    pub requests: u64,
    /// When the call is to end.
    pub deadline: Option<Instant>,
}

impl Interrupt {
    /// Asks every running call of the store to stop.
    pub fn request(&self) {
        self.requests.fetch_add(1, Ordering::SeqCst);
        self.word.store(1, Ordering::SeqCst);
    }

    /// Number of requests so far.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }

    /// Sets the epoch at which calls stop.
    pub fn set_epoch_deadline(&self, epoch: u64) {
        self.epoch_deadline.store(epoch, Ordering::SeqCst);
    }

    /// Makes running code look here if `epoch` has reached the deadline.
    pub fn epoch_passed(&self, epoch: u64) {
        if epoch >= self.epoch_deadline.load(Ordering::SeqCst) {
            self.word.store(1, Ordering::SeqCst);
        }
    }

    /// Called when the first call enters a store in which none ran.
    pub fn begin(&self, epoch: u64) {
        let overdue = epoch >= self.epoch_deadline.load(Ordering::SeqCst);
        self.word.store(u32::from(overdue), Ordering::SeqCst);
    }

    /// Why a call with these limits is to stop, if it is.
    pub fn reason(&self, limits: &CallLimits, epoch: u64) -> Option<&'static str> {
        if self.requests() != limits.requests {
            Some("interrupted")
        } else if epoch >= self.epoch_deadline.load(Ordering::SeqCst) {
            Some("epoch deadline reached")
        } else if limits.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            Some("deadline exceeded")
        } else {
            None
        }
    }
}

/// The thread that sets words when deadlines pass; started at the first deadline, and again in a forked child.
#[derive(Debug, Default)]
struct Timer {
    pending: Mutex<Vec<(Instant, Weak<Interrupt>)>>,
    changed: Condvar,
    owner: AtomicU32,
}

/// Sets the word of `interrupt` once `deadline` has passed.
pub fn wake_at(deadline: Instant, interrupt: &Arc<Interrupt>) {
    static TIMER: OnceLock<Timer> = OnceLock::new();
    let timer = TIMER.get_or_init(Timer::default);
    let process = std::process::id();
    let mut pending = timer.pending.lock().unwrap_or_else(PoisonError::into_inner);
    pending.push((deadline, Arc::downgrade(interrupt)));
    if timer.owner.swap(process, Ordering::SeqCst) != process {
        let started = std::thread::Builder::new().name("wasmrt-timer".into()).spawn(move || timer.run());
        if started.is_err() {
            timer.owner.store(0, Ordering::SeqCst);
            interrupt.word.store(1, Ordering::SeqCst);
        }
    }
    drop(pending);
    timer.changed.notify_one();
}

impl Timer {
    fn run(&self) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let now = Instant::now();
            pending.retain(|(deadline, interrupt)| match interrupt.upgrade() {
                Some(interrupt) if *deadline <= now => {
                    interrupt.word.store(1, Ordering::SeqCst);
                    false
                }
                Some(_) => true,
                None => false,
            });
            let next = pending.iter().map(|(deadline, _)| *deadline).min();
            let wait = next.map_or(Duration::from_secs(3600), |next| next.saturating_duration_since(now));
            pending = self.changed.wait_timeout(pending, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Stops the running calls of a store from any thread. Calls that begin later are not affected.
#[derive(Clone, Debug)]
pub struct InterruptHandle(pub(crate) Arc<Interrupt>);

impl InterruptHandle {
    /// Asks every running call of the store to stop with `ErrorKind::Interrupted`.
    pub fn interrupt(&self) {
        self.0.request();
    }
}
