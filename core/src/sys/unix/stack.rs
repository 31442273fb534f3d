//! How much of its stack the current thread has left.

use std::{cell::Cell, mem::MaybeUninit, ops::Range, ptr};

/// Assumed to be left on a stack that is not the one its thread was started with (a coroutine's, a signal's).
const ASSUMED_BYTES: usize = 256 << 10;

thread_local! {
    static BOUNDS: Cell<Option<(usize, usize)>> = const { Cell::new(None) };
}

/// Addresses of the stack that the current thread was started with, without its guard pages; `None` when the system
/// cannot tell, or when the thread runs on another stack at the moment.
pub fn stack_bounds() -> Option<Range<usize>> {
    let (low, high) = BOUNDS.get().or_else(|| {
        let bounds = query()?;
        BOUNDS.set(Some(bounds));
        Some(bounds)
    })?;
    (low..high).contains(&stack_pointer()).then_some(low..high)
}

/// Bytes between the stack pointer and the lowest usable address of the current stack.
pub fn stack_remaining_bytes() -> usize {
    stack_bounds().map_or(ASSUMED_BYTES, |bounds| stack_pointer().saturating_sub(bounds.start))
}

/// An address in the caller's frame or just below it.
#[inline(never)]
fn stack_pointer() -> usize {
    let marker = 0u8;
    std::hint::black_box(&raw const marker).addr()
}

fn query() -> Option<(usize, usize)> {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    // SAFETY: [thread-self] The attributes are written by the first call, read by the second only if that
    // succeeded, and destroyed once.
    unsafe {
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return None;
        }
        let (mut low, mut len) = (ptr::null_mut(), 0);
        let status = libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut low, &raw mut len);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        (status == 0 && len > 0).then(|| (low.addr(), low.addr().saturating_add(len)))
    }
}
