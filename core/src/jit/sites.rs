//! What is known about program counters in compiled code: the trap that an instruction stands for, the function and
//! the operator that it belongs to. Every image in the process registers its tables here.
//!
//! Signal handlers read the registry, so reading takes no lock and allocates nothing. It is a sorted list behind one
//! pointer that writers replace. `[sites-grace]`: a reader counts itself in before it loads the pointer and out after
//! its last use; a writer frees a list that it has replaced only when it sees no reader counted in.
#![expect(unsafe_code, reason = "reads a list through an atomic pointer that writers replace")]

use super::{FrameSite, function::Site};
use crate::{module::ModuleInfo, trap::TrapCode, types::FuncIdx};
use std::{
    fmt, ptr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicPtr, AtomicUsize, Ordering},
    },
};

/// Stands for a call in the table of trap numbers.
const NO_TRAP: u8 = 0;

/// The tables of one image; offsets are in bytes from its start.
pub(super) struct ImageSites {
    start: usize,
    len: usize,
    info: Arc<ModuleInfo>,
    /// Starts of functions and their indices, ascending.
    functions: Box<[(u32, FuncIdx)]>,
    /// Instructions that may trap and last bytes of calls, ascending.
    offsets: Box<[u32]>,
    /// By position in `offsets`: where in the module.
    module_offsets: Box<[u32]>,
    /// By position in `offsets`: the trap's number.
    traps: Box<[u8]>,
}

impl ImageSites {
    fn trap(&self, offset: u32) -> Option<TrapCode> {
        let position = self.offsets.binary_search(&offset).ok()?;
        TrapCode::from_number(self.traps[position])
    }

    /// The function at `offset`, and the operator if `offset` is a site.
    fn frame(&self, offset: u32) -> Option<(FuncIdx, u32)> {
        let after = self.functions.partition_point(|(start, _)| *start <= offset);
        let (_, func) = *self.functions[..after].last()?;
        let position = self.offsets.binary_search(&offset).ok();
        Some((func, position.map_or(u32::MAX, |position| self.module_offsets[position])))
    }
}

/// Collects the tables of an image, function by function in the order of their addresses.
#[derive(Default)]
pub(super) struct Builder {
    functions: Vec<(u32, FuncIdx)>,
    offsets: Vec<u32>,
    module_offsets: Vec<u32>,
    traps: Vec<u8>,
}

impl Builder {
    pub(super) fn function(&mut self, start: u32, func: FuncIdx) {
        self.functions.push((start, func));
    }

    pub(super) fn sites(&mut self, start: u32, sites: &[Site]) {
        self.offsets.extend(sites.iter().map(|site| start + site.offset));
        self.module_offsets.extend(sites.iter().map(|site| site.module_offset));
        self.traps.extend(sites.iter().map(|site| site.trap.map_or(NO_TRAP, |trap| trap as u8)));
    }

    pub(super) fn finish(self, start: usize, len: usize, info: Arc<ModuleInfo>) -> ImageSites {
        debug_assert!(self.offsets.is_sorted() && self.functions.is_sorted());
        ImageSites {
            start,
            len,
            info,
            functions: self.functions.into(),
            offsets: self.offsets.into(),
            module_offsets: self.module_offsets.into(),
            traps: self.traps.into(),
        }
    }
}

/// Images by ascending start.
type Images = Vec<Arc<ImageSites>>;

static CURRENT: AtomicPtr<Images> = AtomicPtr::new(ptr::null_mut());
static READERS: AtomicUsize = AtomicUsize::new(0);
/// Lists that were replaced while somebody was reading.
static RETIRED: Mutex<Vec<Box<Images>>> = Mutex::new(Vec::new());

/// Keeps an image's tables registered.
pub(super) struct Registration {
    start: usize,
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Registration({:#x})", self.start)
    }
}

/// Makes the tables known until the registration is dropped.
pub(super) fn register(sites: ImageSites) -> Registration {
    let start = sites.start;
    replace(|images| {
        let position = images.partition_point(|image| image.start < start);
        images.insert(position, Arc::new(sites));
    });
    Registration { start }
}

impl Drop for Registration {
    fn drop(&mut self) {
        replace(|images| images.retain(|image| image.start != self.start));
    }
}

/// Publishes a changed copy of the list.
fn replace(change: impl FnOnce(&mut Images)) {
    let mut retired = RETIRED.lock().unwrap_or_else(PoisonError::into_inner);
    let current = CURRENT.load(Ordering::SeqCst);
    // SAFETY: [sites-grace] only writers free lists, and writers exclude each other.
    let mut images = unsafe { current.as_ref() }.cloned().unwrap_or_default();
    change(&mut images);
    CURRENT.store(Box::into_raw(Box::new(images)), Ordering::SeqCst);
    if !current.is_null() {
        // SAFETY: [sites-grace] made by `into_raw` above, and not reachable from `CURRENT` any more.
        retired.push(unsafe { Box::from_raw(current) });
    }
    if READERS.load(Ordering::SeqCst) == 0 {
        retired.clear();
    }
}

/// Runs `read` on the image that `pc` lies in and the offset in it.
fn with_image<R>(pc: usize, read: impl FnOnce(&ImageSites, u32) -> Option<R>) -> Option<R> {
    READERS.fetch_add(1, Ordering::SeqCst);
    // SAFETY: [sites-grace] counted in above, counted out below.
    let images = unsafe { CURRENT.load(Ordering::SeqCst).as_ref() };
    let found = images.and_then(|images| {
        let after = images.partition_point(|image| image.start <= pc);
        let image = images[..after].last()?;
        let offset = pc - image.start;
        if offset < image.len { read(image, offset as u32) } else { None }
    });
    READERS.fetch_sub(1, Ordering::SeqCst);
    found
}

/// The trap that the instruction at `pc` stands for, if it is one that may trap. Async-signal-safe.
pub fn find_trap(pc: usize) -> Option<TrapCode> {
    with_image(pc, |image, offset| image.trap(offset))
}

/// The function and operator at `pc`: the address of an instruction that traps, or of the last byte of a call (one
/// less than the return address). Not for signal handlers.
pub fn find_frame(pc: usize) -> Option<FrameSite> {
    with_image(pc, |image, offset| {
        let (func, module_offset) = image.frame(offset)?;
        Some(FrameSite { info: image.info.clone(), func_index: func.0, module_offset })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(start: usize, func: u32) -> ImageSites {
        let mut builder = Builder::default();
        builder.function(0, FuncIdx(func));
        let site = |offset, trap| Site { offset, module_offset: offset + 100, trap };
        builder.sites(0, &[site(4, Some(TrapCode::Unreachable)), site(9, None)]);
        builder.function(16, FuncIdx(func + 1));
        builder.sites(16, &[site(2, Some(TrapCode::IntegerOverflow))]);
        builder.finish(start, 32, Arc::default())
    }

    // Addresses of the null page, where no mapping of another test can be.
    #[test]
    fn traps_and_frames_are_found_in_the_image_that_holds_the_address() {
        let second = register(image(0x200, 7));
        let first = register(image(0x100, 1));
        assert_eq!(find_trap(0x104), Some(TrapCode::Unreachable));
        assert_eq!(find_trap(0x212), Some(TrapCode::IntegerOverflow));
        assert_eq!(find_trap(0x109), None, "a call does not trap");
        assert_eq!(find_trap(0x120), None, "beyond the image");
        let frame = find_frame(0x209).unwrap();
        assert_eq!((frame.func_index, frame.module_offset), (7, 109));
        let frame = find_frame(0x111).unwrap();
        assert_eq!((frame.func_index, frame.module_offset), (2, u32::MAX));
        drop(first);
        assert_eq!(find_trap(0x104), None);
        assert_eq!(find_trap(0x204), Some(TrapCode::Unreachable));
        drop(second);
        assert_eq!(find_trap(0x204), None);
    }

    #[test]
    fn readers_and_writers_meet_without_harm() {
        let readers = || (0..20_000).filter_map(|round| find_frame(0x300 + round % 64)).count();
        std::thread::scope(|scope| {
            scope.spawn(readers);
            scope.spawn(readers);
            for round in 0..2_000 {
                drop(register(image(0x300 + round % 3 * 0x20, 0)));
            }
        });
        assert!(find_frame(0x300).is_none());
    }
}
