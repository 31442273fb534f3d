//! Stopping running calls from outside: on request, when an epoch has passed, when time is up.
//!
//! Running code looks at one word. A non-zero word sends it here, where the reasons are weighed for the one
//! activation that asks; the word stays set until no call runs, since several may have to see it. Who sets or clears
//! it holds the gate, so that a call which has entered misses nothing.

use super::Handle;
use crate::{
    error::{Error, ErrorKind, Result},
    vm::waiting::Bell,
};
use std::{
    fmt,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// The word's value when nothing but the embedder's hook is to run.
const POKED: u32 = 2;

/// What the embedder wants to look at while a guest runs; an error stops the call that looks.
pub type Hook = Arc<dyn Fn() -> Result<()> + Send + Sync>;

/// The interruption state of a store.
pub struct Interrupt {
    /// What running code polls.
    pub word: AtomicU32,
    /// Rings whenever the word is set, for those who sleep.
    pub bell: Bell,
    /// Counts requests; a call that began under an older count is to stop.
    requests: AtomicU64,
    /// Epoch at which calls are to stop; `u64::MAX` is never.
    epoch_deadline: AtomicU64,
    /// Whether the hook is to run.
    poked: AtomicBool,
    hook: Mutex<Option<Hook>>,
    /// Instances whose calls are to stop; also the gate.
    stopped: Mutex<Vec<Handle>>,
}

impl Default for Interrupt {
    fn default() -> Interrupt {
        Interrupt {
            word: AtomicU32::new(0),
            bell: Bell::default(),
            requests: AtomicU64::new(0),
            epoch_deadline: AtomicU64::new(u64::MAX),
            poked: AtomicBool::new(false),
            hook: Mutex::new(None),
            stopped: Mutex::default(),
        }
    }
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interrupt").field("requests", &self.requests).finish_non_exhaustive()
    }
}

/// What one outermost call is measured against.
#[derive(Clone, Copy, Debug, Default)]
pub struct CallLimits {
    /// The request count when the call began.
    pub requests: u64,
    /// When the call is to end.
    pub deadline: Option<Instant>,
    /// The instances of the outermost and of the innermost function that the host called.
    pub instances: [Option<Handle>; 2],
}

impl Interrupt {
    fn gate(&self) -> MutexGuard<'_, Vec<Handle>> {
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes running code look here.
    fn wake(&self) {
        let _gate = self.gate();
        self.word.store(1, Ordering::SeqCst);
        self.bell.ring();
    }

    /// Asks every running call of the store to stop.
    pub fn request(&self) {
        self.requests.fetch_add(1, Ordering::SeqCst);
        self.wake();
    }

    /// Asks the calls of one instance to stop, until [`Interrupt::forget_instance`].
    pub fn stop_instance(&self, instance: Handle) {
        let mut stopped = self.gate();
        if !stopped.contains(&instance) {
            stopped.push(instance);
        }
        self.word.store(1, Ordering::SeqCst);
        self.bell.ring();
    }

    /// Says that no call of the instance runs any more.
    pub fn forget_instance(&self, instance: Handle) {
        if self.word.load(Ordering::SeqCst) != 0 {
            self.gate().retain(|stopped| *stopped != instance);
        }
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
            self.wake();
        }
    }

    /// Counts a call in that begins, and answers with the number of requests that do not concern it. The first call in
    /// a store clears the word that earlier ones left.
    pub fn enter(&self, active: &AtomicUsize, epoch: impl Fn() -> u64) -> u64 {
        let others = active.fetch_add(1, Ordering::SeqCst);
        let requests = self.requests();
        let is_due = || epoch() >= self.epoch_deadline.load(Ordering::SeqCst);
        if others == 0 && (self.word.load(Ordering::SeqCst) != 0 || is_due()) {
            let stopped = self.gate();
            // Who has entered meanwhile may already be meant by what set the word.
            if active.load(Ordering::SeqCst) == 1 && stopped.is_empty() {
                self.word.store(0, Ordering::SeqCst);
            }
            if is_due() {
                self.word.store(1, Ordering::SeqCst);
            }
        }
        requests
    }

    /// Replaces the hook.
    pub fn set_hook(&self, hook: Option<Hook>) {
        *self.hook.lock().unwrap_or_else(PoisonError::into_inner) = hook;
    }

    /// Asks one running call to run the hook.
    pub fn poke(&self) {
        let _gate = self.gate();
        self.poked.store(true, Ordering::SeqCst);
        let _ = self.word.compare_exchange(0, POKED, Ordering::SeqCst, Ordering::SeqCst);
        self.bell.ring();
    }

    /// The error with which a call with these limits is to stop, if it is; else runs the hook when poked.
    pub fn check(&self, limits: &CallLimits, epoch: u64) -> Result<()> {
        if let Some(reason) = self.reason(limits, epoch) {
            return Err(Error::new(ErrorKind::Interrupted, reason));
        }
        if !self.poked.swap(false, Ordering::SeqCst) {
            return Ok(());
        }
        let _ = self.word.compare_exchange(POKED, 0, Ordering::SeqCst, Ordering::SeqCst);
        let hook = self.hook.lock().unwrap_or_else(PoisonError::into_inner).clone();
        hook.map_or(Ok(()), |hook| hook())
    }

    fn is_stopped(&self, instances: &[Option<Handle>]) -> bool {
        let stopped = self.gate();
        !stopped.is_empty() && instances.iter().flatten().any(|instance| stopped.contains(instance))
    }

    fn reason(&self, limits: &CallLimits, epoch: u64) -> Option<&'static str> {
        if self.requests() != limits.requests || self.is_stopped(&limits.instances) {
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

/// The thread that sets words when deadlines pass, started at the first deadline. A forked child has none of its
/// parent's threads and may find any lock held by one of them, so every process has a timer of its own.
#[derive(Debug)]
struct Timer {
    process: u32,
    pending: Mutex<Vec<(Instant, Weak<Interrupt>)>>,
    changed: Condvar,
    is_running: AtomicBool,
    /// The timer of a process forked from this one, or of one forked from that.
    next: OnceLock<Box<Timer>>,
}

/// Sets the word of `interrupt` once `deadline` has passed.
pub fn wake_at(deadline: Instant, interrupt: &Arc<Interrupt>) {
    let timer = Timer::of_this_process();
    let mut pending = timer.pending.lock().unwrap_or_else(PoisonError::into_inner);
    pending.push((deadline, Arc::downgrade(interrupt)));
    if !timer.is_running.swap(true, Ordering::SeqCst) {
        let started = std::thread::Builder::new().name("wasmrt-timer".into()).spawn(move || timer.run());
        if started.is_err() {
            timer.is_running.store(false, Ordering::SeqCst);
            interrupt.wake();
        }
    }
    drop(pending);
    timer.changed.notify_one();
}

impl Timer {
    fn new(process: u32) -> Timer {
        Timer {
            process,
            pending: Mutex::default(),
            changed: Condvar::new(),
            is_running: AtomicBool::new(false),
            next: OnceLock::new(),
        }
    }

    fn of_this_process() -> &'static Timer {
        static FIRST: OnceLock<Timer> = OnceLock::new();
        let process = std::process::id();
        let mut timer = FIRST.get_or_init(|| Timer::new(process));
        while timer.process != process {
            timer = timer.next.get_or_init(|| Box::new(Timer::new(process)));
        }
        timer
    }

    fn run(&self) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let now = Instant::now();
            pending.retain(|(deadline, interrupt)| match interrupt.upgrade() {
                Some(interrupt) if *deadline <= now => {
                    interrupt.wake();
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

    /// Makes one running call of the store, whichever looks first, run the store's interrupt hook. Does nothing
    /// lasting when none runs.
    pub fn poke(&self) {
        self.0.poke();
    }
}
