//! Host access to the bytes of a memory: copies at any time, views while the store is held exclusively.

use super::{Memory, MemoryOptions, MemoryStyle, memory::has_reserved_style};
use crate::types::MemoryType;
use std::{ptr, slice};

impl Memory {
    /// Copies bytes out from byte `offset` on; `false` and nothing done if that leaves the memory.
    #[must_use]
    pub fn read(&self, offset: u64, buffer: &mut [u8]) -> bool {
        let Some(from) = self.range(offset, buffer.len() as u64) else { return false };
        // SAFETY: [mem-stable] the range is inside the memory; a guest that writes meanwhile changes only bytes.
        unsafe { ptr::copy_nonoverlapping(from, buffer.as_mut_ptr(), buffer.len()) };
        true
    }

    /// Copies bytes in from byte `offset` on; `false` and nothing done if that leaves the memory.
    #[must_use]
    pub fn write(&self, offset: u64, bytes: &[u8]) -> bool {
        let Some(to) = self.range(offset, bytes.len() as u64) else { return false };
        // SAFETY: [mem-stable] as for reading.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len()) };
        true
    }
}

/// The bytes of a memory for as long as `_access` to its exclusive store is borrowed, during which no guest runs.
pub fn view<'a, A>(memory: &Memory, _access: &'a A) -> &'a [u8] {
    // SAFETY: [mem-stable]; the store owns the memory, and its borrow keeps guests and other writers away.
    unsafe { slice::from_raw_parts(memory.base(), memory.len_bytes() as usize) }
}

/// As [`view`], to write.
pub fn view_mut<'a, A>(memory: &Memory, _access: &'a mut A) -> &'a mut [u8] {
    // SAFETY: [mem-stable]; the store owns the memory, and its exclusive borrow keeps all others away.
    unsafe { slice::from_raw_parts_mut(memory.base(), memory.len_bytes() as usize) }
}

impl MemoryOptions {
    /// The style that a memory of this type gets as long as address space lasts.
    pub fn expected_style(&self, ty: &MemoryType) -> MemoryStyle {
        if has_reserved_style(ty, self) { MemoryStyle::Reserved { guard_bytes: self.guard_bytes } } else { MemoryStyle::Checked }
    }
}
