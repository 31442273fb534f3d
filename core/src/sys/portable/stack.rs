//! A guess at how much of its stack the current thread has left, where no system call tells.

use std::{cell::Cell, ops::Range};

/// Assumed to lie below the first frame that asks: less than the 512 KiB that the smallest default stack of a
/// 64-bit system has, so that what was in use before is covered.
const ASSUMED_BYTES: usize = 448 << 10;

thread_local! {
    static FIRST: Cell<usize> = const { Cell::new(0) };
}

/// Addresses that the current thread's stack is assumed to have at least; `None` outside of them.
pub fn stack_bounds() -> Option<Range<usize>> {
    let here = stack_pointer();
    if FIRST.get() < here {
        FIRST.set(here);
    }
    let first = FIRST.get();
    let low = first.saturating_sub(ASSUMED_BYTES);
    (low..=first).contains(&here).then_some(low..first + 1)
}

/// Bytes assumed to be left between the stack pointer and the lowest usable address; 0 when in doubt.
pub fn stack_remaining_bytes() -> usize {
    stack_bounds().map_or(0, |bounds| stack_pointer().saturating_sub(bounds.start))
}

/// An address in the caller's frame or just below it.
#[inline(never)]
fn stack_pointer() -> usize {
    let marker = 0u8;
    std::hint::black_box(&raw const marker).addr()
}
