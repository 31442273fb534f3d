//! A list that signal handlers read: values by the address at which what they describe starts.
//!
//! Reading takes no lock and allocates nothing. The list is sorted and never changes: writers publish a changed copy
//! and free the old one when nobody can be reading it (`[list-grace]`).

use crate::sys::fork;
use std::{
    fmt, ptr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicPtr, AtomicUsize, Ordering},
    },
};

/// Values by ascending address.
type List<T> = Vec<(usize, Arc<T>)>;

/// A set of values that lives in a static.
pub(in crate::jit) struct Registry<T: 'static> {
    current: AtomicPtr<List<T>>,
    readers: AtomicUsize,
    /// Lists that were replaced while somebody was reading. Whoever holds the lock is the only writer.
    #[expect(clippy::vec_box, reason = "readers point to the list, which must not move")]
    retired: Mutex<Vec<Box<List<T>>>>,
}

impl<T: Send + Sync> Registry<T> {
    pub(in crate::jit) const fn new() -> Registry<T> {
        Registry {
            current: AtomicPtr::new(ptr::null_mut()),
            readers: AtomicUsize::new(0),
            retired: Mutex::new(Vec::new()),
        }
    }

    /// Adds a value until the registration is dropped.
    pub(in crate::jit) fn register(&'static self, start: usize, value: T) -> Registration<T> {
        self.replace(|list| {
            let position = list.partition_point(|(other, _)| *other < start);
            list.insert(position, (start, Arc::new(value)));
        });
        Registration { registry: self, start }
    }

    /// Runs `read` on the last value that starts at or before `address`, with its start. Async-signal-safe if `read`
    /// is.
    pub(in crate::jit) fn read<R>(&self, address: usize, read: impl FnOnce(usize, &T) -> Option<R>) -> Option<R> {
        self.readers.fetch_add(1, Ordering::SeqCst);
        // SAFETY: [list-grace] counted in above, counted out below.
        let list = unsafe { self.current.load(Ordering::SeqCst).as_ref() };
        let found = list.and_then(|list| {
            let after = list.partition_point(|(start, _)| *start <= address);
            let (start, value) = list[..after].last()?;
            read(*start, value)
        });
        self.readers.fetch_sub(1, Ordering::SeqCst);
        found
    }

    /// Publishes a changed copy of the list.
    fn replace(&self, change: impl FnOnce(&mut List<T>)) {
        let _changing = fork::changing();
        let mut retired = self.retired.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.current.load(Ordering::SeqCst);
        // SAFETY: [list-grace] only writers free lists, and there is no other now.
        let mut list = unsafe { current.as_ref() }.cloned().unwrap_or_default();
        change(&mut list);
        self.current.store(Box::into_raw(Box::new(list)), Ordering::SeqCst);
        if !current.is_null() {
            // SAFETY: [list-grace] made by `into_raw` above, and not to be found any more.
            retired.push(unsafe { Box::from_raw(current) });
        }
        if self.readers.load(Ordering::SeqCst) == 0 {
            retired.clear();
        }
    }
}

/// Keeps a value registered.
pub(in crate::jit) struct Registration<T: Send + Sync + 'static> {
    registry: &'static Registry<T>,
    start: usize,
}

impl<T: Send + Sync> Drop for Registration<T> {
    fn drop(&mut self) {
        self.registry.replace(|list| list.retain(|(start, _)| *start != self.start));
    }
}

impl<T: Send + Sync> fmt::Debug for Registration<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Registration({:#x})", self.start)
    }
}
