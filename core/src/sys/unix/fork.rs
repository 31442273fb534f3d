//! Keeps what belongs to the whole process in one piece across `fork`.
//!
//! A child has a copy of every lock but only the thread that forked: a lock that another thread held is never released
//! there. Whoever takes a lock that is not an engine's or a store's holds [`changing`] meanwhile, and a fork waits until
//! nobody does.

use std::{
    cell::UnsafeCell,
    sync::{Once, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

static CHANGES: RwLock<()> = RwLock::new(());

/// What a fork holds while it happens.
struct Held(UnsafeCell<Option<RwLockWriteGuard<'static, ()>>>);

// SAFETY: [thread-self] only touched by a thread that is forking, between taking the lock and releasing it.
unsafe impl Sync for Held {}

static HELD: Held = Held(UnsafeCell::new(None));

/// Until the answer is dropped no fork happens. Not to be asked for twice by one thread at a time.
pub fn changing() -> RwLockReadGuard<'static, ()> {
    static HANDLERS: Once = Once::new();
    // SAFETY: [thread-self] the handlers are functions of this library, which stays loaded.
    HANDLERS.call_once(|| unsafe {
        libc::pthread_atfork(Some(before), Some(after), Some(after));
    });
    CHANGES.read().unwrap_or_else(PoisonError::into_inner)
}

unsafe extern "C" fn before() {
    let guard = CHANGES.write().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: [thread-self] this thread has the lock.
    unsafe { *HELD.0.get() = Some(guard) };
}

unsafe extern "C" fn after() {
    // SAFETY: [thread-self] this thread, or the one it is the copy of, has the lock.
    let guard = unsafe { (*HELD.0.get()).take() };
    drop(guard);
}
