//! Address space: reserved without cost, committed piece by piece, executable once written.
//!
//! Nothing here is ever writable and executable, and a page that was executable never becomes writable again. A
//! mapping is owned by one value, which unmaps it when dropped (`[mapping-owned]`).

use std::{io, ptr, sync::OnceLock};

/// Whether bytes of a reservation that are not committed fault on every access.
pub const HAS_GUARDS: bool = true;
/// Whether wiped bytes cost no memory until they are written again.
pub const WIPING_FREES: bool = true;

/// Size in bytes of the pages that protection applies to.
pub fn page_size() -> usize {
    static PAGE_SIZE: OnceLock<usize> = OnceLock::new();
    *PAGE_SIZE.get_or_init(|| {
        // SAFETY: [mapping-owned] `sysconf` touches no memory of ours.
        let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        usize::try_from(size).ok().filter(|size| size.is_power_of_two()).unwrap_or(4096)
    })
}

/// A private anonymous mapping of whole pages.
#[derive(Debug)]
struct Mapping {
    base: *mut u8,
    len: usize,
}

// SAFETY: [mapping-owned] The mapping belongs to the process, not to a thread.
unsafe impl Send for Mapping {}
// SAFETY: [mapping-owned] Shared access gives out addresses only.
unsafe impl Sync for Mapping {}

impl Mapping {
    fn new(len: usize, protection: libc::c_int) -> io::Result<Mapping> {
        let out_of_range = || io::Error::from(io::ErrorKind::OutOfMemory);
        let len = len.max(1).checked_next_multiple_of(page_size()).ok_or_else(out_of_range)?;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: [mapping-owned] A fresh mapping at an address of the kernel's choice replaces nothing.
        let base = unsafe { libc::mmap(ptr::null_mut(), len, protection, flags, -1, 0) };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(Mapping { base: base.cast(), len })
    }

    fn protect(&self, offset: usize, len: usize, protection: libc::c_int) -> io::Result<()> {
        assert!(offset.checked_add(len).is_some_and(|end| end <= self.len), "protecting bytes outside a mapping");
        // SAFETY: [mapping-owned] The pages lie inside this mapping.
        let status = unsafe { libc::mprotect(self.base.add(offset).cast(), len, protection) };
        if status == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    /// Puts fresh zero pages in place of some of this mapping's.
    fn replace(&self, offset: usize, len: usize, protection: libc::c_int) -> io::Result<()> {
        let end = offset.checked_add(len);
        assert!(end.is_some_and(|end| end <= self.len), "replacing bytes outside a mapping");
        assert!((offset | len).is_multiple_of(page_size()), "replacing parts of pages");
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_FIXED;
        // SAFETY: [mapping-owned] What is replaced are pages of this mapping.
        let base = unsafe { libc::mmap(self.base.add(offset).cast(), len, protection, flags, -1, 0) };
        if base == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(()) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: [mapping-owned] Nobody else unmaps it, and whoever holds addresses into it keeps its owner alive.
        unsafe { libc::munmap(self.base.cast(), self.len) };
    }
}

/// Address space for something that grows in place.
#[derive(Debug)]
pub struct Reservation(Mapping);

impl Reservation {
    /// Reserves `wanted` bytes, or as many as the system gives but at least `min`, all of them inaccessible until
    /// committed.
    pub fn inaccessible(min: usize, wanted: usize) -> io::Result<Reservation> {
        Reservation::new(min, wanted, libc::PROT_NONE)
    }

    /// Reserves `wanted` bytes, or as many as the system gives but at least `min`, all of them zeros that cost memory
    /// when first written.
    pub fn zeroed(min: usize, wanted: usize) -> io::Result<Reservation> {
        Reservation::new(min, wanted, libc::PROT_READ | libc::PROT_WRITE)
    }

    fn new(min: usize, wanted: usize, protection: libc::c_int) -> io::Result<Reservation> {
        let mut len = wanted;
        loop {
            match Mapping::new(len, protection) {
                Err(_) if len > min => len = (len / 2).max(min),
                mapping => return mapping.map(Reservation),
            }
        }
    }

    /// First byte.
    pub fn base(&self) -> *mut u8 {
        self.0.base
    }

    /// Length in bytes, a multiple of the page size and never 0.
    pub fn len(&self) -> usize {
        self.0.len
    }

    /// Makes the bytes from `from` up to `to` readable and writable; the pages they lie on come along.
    pub fn commit(&self, from: usize, to: usize) -> io::Result<()> {
        let start = from - from % page_size();
        if from >= to {
            return Ok(());
        }
        let end = to.next_multiple_of(page_size());
        self.0.protect(start, end - start, libc::PROT_READ | libc::PROT_WRITE)
    }

    /// Makes the pages from `from` up to `to` inaccessible again, and gives back what they held.
    pub fn decommit(&self, from: usize, to: usize) -> io::Result<()> {
        if from >= to {
            return Ok(());
        }
        self.0.replace(from, to - from, libc::PROT_NONE)
    }

    /// Puts zeros, readable and writable, in place of the pages from `from` up to `to`. They cost memory only when
    /// written, and neighbours treated like this share one mapping.
    ///
    /// After an error nothing is known about these pages, so the reservation may only be forgotten.
    pub fn wipe(&self, from: usize, to: usize) -> io::Result<()> {
        if from >= to {
            return Ok(());
        }
        self.0.replace(from, to - from, libc::PROT_READ | libc::PROT_WRITE)?;
        // A huge page at the end of these would keep megabytes for a few bytes. Kernels without them refuse.
        // SAFETY: [mapping-owned] The pages lie inside this mapping, as `replace` has checked.
        unsafe { libc::madvise(self.0.base.add(from).cast(), to - from, libc::MADV_NOHUGEPAGE) };
        Ok(())
    }

    /// Gives the bytes from `len` on back to the system; at least one page stays.
    pub fn truncate(&mut self, len: usize) {
        let len = len.max(1).next_multiple_of(page_size());
        if len < self.0.len {
            // SAFETY: [mapping-owned] The tail belongs to this mapping, which ends before it from now on.
            let status = unsafe { libc::munmap(self.0.base.add(len).cast(), self.0.len - len) };
            if status == 0 {
                self.0.len = len;
            }
        }
    }
}

/// Memory for machine code that is still being written.
#[derive(Debug)]
pub struct WritableCode(Mapping);

impl WritableCode {
    /// At least `len` zeroed bytes, readable and writable.
    pub fn new(len: usize) -> io::Result<WritableCode> {
        Mapping::new(len, libc::PROT_READ | libc::PROT_WRITE).map(WritableCode)
    }

    /// All bytes, a multiple of the page size.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: [mapping-owned] The whole mapping is readable and writable, and `&mut self` is the only way to it.
        unsafe { std::slice::from_raw_parts_mut(self.0.base, self.0.len) }
    }

    /// Makes the code executable and, for ever, read-only.
    pub fn publish(self) -> io::Result<ExecutableCode> {
        self.0.protect(0, self.0.len, libc::PROT_READ | libc::PROT_EXEC)?;
        Ok(ExecutableCode(self.0))
    }
}

/// Machine code in place.
#[derive(Debug)]
pub struct ExecutableCode(Mapping);

impl ExecutableCode {
    /// First byte.
    pub fn base(&self) -> *const u8 {
        self.0.base
    }
}
