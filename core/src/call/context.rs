//! Access to a store and its host data while somebody holds it.
//!
//! `[store-access]` A `StoreContextMut` is made from an exclusive borrow of its `StoreOwner`, or by the host door from
//! the borrow that the running call suspends; so at most one is in use at a time. Stores for several threads have
//! `()` as data, of which any number of exclusive references may exist.

use super::state::CallState;
use crate::store::{CallLimits, Handle, StoreInner};
use std::{fmt, marker::PhantomData, ptr::NonNull, sync::Arc};

/// A store with its host data, owned by one holder.
pub struct StoreOwner<T> {
    inner: Arc<StoreInner>,
    data: Box<T>,
}

impl<T> StoreOwner<T> {
    /// Puts state and data together.
    pub fn new(inner: StoreInner, data: T) -> StoreOwner<T> {
        StoreOwner { inner: Arc::new(inner), data: Box::new(data) }
    }

    /// The state.
    pub fn inner(&self) -> &Arc<StoreInner> {
        &self.inner
    }

    /// The host data.
    pub fn data(&self) -> &T {
        &self.data
    }

    /// The host data.
    pub fn data_mut(&mut self) -> &mut T {
        &mut self.data
    }

    /// Ends the store.
    pub fn into_data(self) -> T {
        *self.data
    }

    /// Shared access.
    pub fn context(&self) -> StoreContext<'_, T> {
        StoreContext { inner: &self.inner, data: &self.data }
    }

    /// Exclusive access.
    pub fn context_mut(&mut self) -> StoreContextMut<'_, T> {
        StoreContextMut { inner: &self.inner, data: NonNull::from(&mut *self.data), call: None, exclusive: PhantomData }
    }
}

impl<T: fmt::Debug> fmt::Debug for StoreOwner<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("id", &self.inner.id).field("data", &self.data).finish()
    }
}

/// Shared access to a store.
#[derive(Debug)]
pub struct StoreContext<'a, T> {
    inner: &'a StoreInner,
    data: &'a T,
}

impl<'a, T> StoreContext<'a, T> {
    /// The state.
    pub fn inner(&self) -> &'a StoreInner {
        self.inner
    }

    /// The host data.
    pub fn data(&self) -> &'a T {
        self.data
    }
}

impl<T> Clone for StoreContext<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for StoreContext<'_, T> {}

impl<'a> StoreContext<'a, ()> {
    /// Access to a store for several threads.
    pub fn of_shared(inner: &'a StoreInner) -> StoreContext<'a, ()> {
        StoreContext { inner, data: &() }
    }
}

/// Exclusive access to a store.
pub struct StoreContextMut<'a, T> {
    inner: &'a StoreInner,
    data: NonNull<T>,
    call: Option<CallContext>,
    exclusive: PhantomData<&'a mut T>,
}

/// From where a host function was called.
#[derive(Clone, Copy, Debug)]
pub struct CallContext {
    /// The importing instance; `None` if the host called the function directly.
    pub instance: Option<Handle>,
    pub(super) state: NonNull<CallState>,
}

impl CallContext {
    /// What the call is measured against.
    pub fn limits(&self) -> CallLimits {
        // SAFETY: [activation-live] the call waits for the host function that has this context.
        unsafe { self.state.as_ref().limits }
    }
}

impl<'a, T> StoreContextMut<'a, T> {
    /// The state.
    pub fn inner(&self) -> &'a StoreInner {
        self.inner
    }

    /// The host data.
    pub fn data(&self) -> &T {
        // SAFETY: [store-access]
        unsafe { self.data.as_ref() }
    }

    /// The host data.
    pub fn data_mut(&mut self) -> &mut T {
        // SAFETY: [store-access]
        unsafe { self.data.as_mut() }
    }

    /// Lends this access.
    pub fn reborrow(&mut self) -> StoreContextMut<'_, T> {
        StoreContextMut { inner: self.inner, data: self.data, call: self.call, exclusive: PhantomData }
    }

    /// Shared access for as long as this one is borrowed.
    pub fn shared(&self) -> StoreContext<'_, T> {
        StoreContext { inner: self.inner, data: self.data() }
    }

    /// The call that this access was given out in, if a host function holds it.
    pub fn call(&self) -> Option<CallContext> {
        self.call
    }

    pub(super) fn data_ptr(&self) -> *mut () {
        self.data.as_ptr().cast()
    }

    /// Makes the access that a host function gets.
    ///
    /// # Safety
    ///
    /// `[store-access]`: `data` is the `T` of this store, and whoever had access waits for this call.
    pub(super) unsafe fn of_call(inner: &'a StoreInner, data: *mut (), call: CallContext) -> StoreContextMut<'a, T> {
        // SAFETY: [store-access] the pointer came from a `NonNull`.
        let data = unsafe { NonNull::new_unchecked(data.cast()) };
        StoreContextMut { inner, data, call: Some(call), exclusive: PhantomData }
    }
}

impl<'a> StoreContextMut<'a, ()> {
    /// Access to a store for several threads.
    pub fn of_shared(inner: &'a StoreInner) -> StoreContextMut<'a, ()> {
        StoreContextMut { inner, data: NonNull::dangling(), call: None, exclusive: PhantomData }
    }
}

impl<T> fmt::Debug for StoreContextMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreContextMut").field("store", &self.inner.id).finish()
    }
}
