//! Ctrl-C in a running guest, without a signal handler of our own.
//!
//! Python's handler only notes a signal; the main thread acts on it when it runs Python code again. While it runs a
//! guest, a ticker thread pokes that guest's store now and then; the poke makes the call run `check` on its own thread,
//! where Python's handlers run and may raise. The ticker sleeps whenever the main thread runs no guest for a while.

use crate::{error, roots::lock};
use pyo3::{prelude::*, sync::PyOnceLock};
use std::{
    cell::{Cell, RefCell},
    sync::{
        Arc, Mutex, MutexGuard, Weak,
        atomic::{AtomicU8, AtomicU32, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};
use wasmrt::{InterruptHandle, SharedStore};

const TICK: Duration = Duration::from_millis(50);
/// Ticks without a call on the main thread before the ticker sleeps.
const IDLE_TICKS: u32 = 20;

const ABSENT: u8 = 0;
const ASLEEP: u8 = 1;
const AWAKE: u8 = 2;

/// What the ticker does or does not do at the moment.
static STATE: AtomicU8 = AtomicU8::new(ABSENT);
static TICKER: Mutex<Ticker> = Mutex::new(Ticker { thread: None, stores: Vec::new() });

struct Ticker {
    thread: Option<thread::Thread>,
    stores: Vec<Weak<Watched>>,
}

/// A store whose calls Ctrl-C can stop.
pub struct Watched {
    handle: InterruptHandle,
    /// Calls that the main thread has running in the store.
    main_calls: AtomicUsize,
}

impl Watched {
    /// Watches a store.
    pub fn new(store: &SharedStore) -> Arc<Watched> {
        let watched = Arc::new(Watched { handle: store.interrupt_handle(), main_calls: AtomicUsize::new(0) });
        let hooked = Arc::downgrade(&watched);
        store.set_interrupt_hook(move || hooked.upgrade().map_or(Ok(()), |watched| watched.check()));
        let mut ticker = lock(&TICKER);
        if ticker.stores.len() == ticker.stores.capacity() {
            ticker.stores.retain(|store| store.strong_count() > 0);
        }
        ticker.stores.push(Arc::downgrade(&watched));
        watched
    }

    /// Notes a call that this thread begins, until the result is dropped.
    pub fn begin_call(&self, py: Python<'_>) -> MainCall<'_> {
        if !is_main_thread(py) {
            return MainCall(None);
        }
        self.main_calls.fetch_add(1, Ordering::SeqCst);
        if STATE.load(Ordering::SeqCst) != AWAKE {
            wake();
        }
        MainCall(Some(self))
    }

    fn check(&self) -> wasmrt::Result<()> {
        if IS_MAIN.get().0 {
            let checked =
                Python::try_attach(|py| py.check_signals().map_err(|raised| error::from_exception(py, raised)));
            return checked.unwrap_or(Ok(()));
        }
        if self.main_calls.load(Ordering::SeqCst) > 0 {
            // The poke was for the main thread, which is in the same store: hand it on.
            self.handle.poke();
            thread::yield_now();
        }
        Ok(())
    }
}

/// A call that the main thread has running.
pub struct MainCall<'a>(Option<&'a Watched>);

impl Drop for MainCall<'_> {
    fn drop(&mut self) {
        if let Some(watched) = self.0 {
            watched.main_calls.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// Counts forks: in a child another thread is the main one.
static FORKS: AtomicU32 = AtomicU32::new(1);

thread_local! {
    /// Whether this is the main thread, and after how many forks that was looked up.
    static IS_MAIN: Cell<(bool, u32)> = const { Cell::new((false, 0)) };
    static AT_FORK: RefCell<Option<MutexGuard<'static, Ticker>>> = const { RefCell::new(None) };
}

fn is_main_thread(py: Python<'_>) -> bool {
    let forks = FORKS.load(Ordering::Relaxed);
    let (is_main, known_after) = IS_MAIN.get();
    if known_after == forks {
        return is_main;
    }
    let is_main = ask_main_thread(py).unwrap_or(false);
    IS_MAIN.set((is_main, forks));
    is_main
}

fn ask_main_thread(py: Python<'_>) -> PyResult<bool> {
    static THREADING: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let threading = THREADING.get_or_try_init(py, || Ok::<_, PyErr>(py.import("threading")?.unbind()))?.bind(py);
    let main = threading.call_method0("main_thread")?.getattr("ident")?;
    threading.call_method0("get_ident")?.eq(main)
}

#[cold]
fn wake() {
    let mut ticker = lock(&TICKER);
    match &ticker.thread {
        Some(thread) => {
            STATE.store(AWAKE, Ordering::SeqCst);
            thread.unpark();
        }
        None => {
            // Without a thread to spare, guests cannot be stopped by Ctrl-C, but run.
            let started = thread::Builder::new().name("wasmrt-signals".into()).spawn(tick);
            if let Ok(started) = started {
                ticker.thread = Some(started.thread().clone());
                STATE.store(AWAKE, Ordering::SeqCst);
            }
        }
    }
}

fn tick() {
    let mut idle_ticks = 0;
    loop {
        thread::sleep(TICK);
        if poke_all() {
            idle_ticks = 0;
            continue;
        }
        idle_ticks += 1;
        if idle_ticks < IDLE_TICKS {
            continue;
        }
        idle_ticks = 0;
        STATE.store(ASLEEP, Ordering::SeqCst);
        // A call that began meanwhile either saw that, and wakes us, or is seen here.
        if poke_all() {
            STATE.store(AWAKE, Ordering::SeqCst);
        } else {
            thread::park();
        }
    }
}

/// Pokes every store in which the main thread has a call; whether there is one.
fn poke_all() -> bool {
    let mut any = false;
    for watched in lock(&TICKER).stores.iter().filter_map(Weak::upgrade) {
        if watched.main_calls.load(Ordering::SeqCst) > 0 {
            watched.handle.poke();
            any = true;
        }
    }
    any
}

/// Keeps the ticker's lock over a fork, so that the child does not inherit it from a thread that it lacks.
#[pyfunction]
fn before_fork() {
    AT_FORK.set(Some(lock(&TICKER)));
}

#[pyfunction]
fn after_fork_in_parent() {
    AT_FORK.set(None);
}

#[pyfunction]
fn after_fork_in_child() {
    FORKS.fetch_add(1, Ordering::Relaxed);
    STATE.store(ABSENT, Ordering::SeqCst);
    if let Some(mut ticker) = AT_FORK.take() {
        ticker.thread = None;
    }
}

/// Lets the child of a fork start anew.
pub fn register_at_fork(py: Python<'_>) -> PyResult<()> {
    let callbacks = pyo3::types::PyDict::new(py);
    callbacks.set_item("before", wrap_pyfunction!(before_fork, py)?)?;
    callbacks.set_item("after_in_parent", wrap_pyfunction!(after_fork_in_parent, py)?)?;
    callbacks.set_item("after_in_child", wrap_pyfunction!(after_fork_in_child, py)?)?;
    py.import("os")?.call_method("register_at_fork", (), Some(&callbacks))?;
    Ok(())
}
