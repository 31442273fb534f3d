//! What is known about program counters in compiled code: the trap that an instruction stands for, the function and
//! the operator that it belongs to. Every image in the process registers its tables here; signal handlers read them.

use super::{
    FrameSite,
    function::{CallRoots, Landing, Site},
    image::registry::{Registration, Registry},
};
use crate::{module::ModuleInfo, trap::TrapCode, types::FuncIdx};
use std::sync::Arc;

/// Stands for a call in the table of trap numbers.
const NO_TRAP: u8 = 0;

static IMAGES: Registry<ImageSites> = Registry::new();

/// The tables of one image; offsets are in bytes from its start.
pub(super) struct ImageSites {
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
    /// Last bytes of calls whose exceptions are caught in the same function, ascending, and where.
    landings: Box<[(u32, Landing)]>,
    roots: Roots,
}

/// Where frames hold references that the collector knows.
#[derive(Default)]
struct Roots {
    /// Last bytes of calls, ascending, and where their places end in the list.
    calls: Vec<(u32, u32)>,
    /// Distances below the frame pointer, in bytes.
    places: Vec<u32>,
}

impl Roots {
    fn of_call(&self, offset: u32) -> &[u32] {
        let Ok(position) = self.calls.binary_search_by_key(&offset, |(call, _)| *call) else { return &[] };
        let start = position.checked_sub(1).map_or(0, |before| self.calls[before].1);
        &self.places[start as usize..self.calls[position].1 as usize]
    }
}

impl ImageSites {
    fn trap(&self, offset: u32) -> Option<TrapCode> {
        let position = self.offsets.binary_search(&offset).ok()?;
        TrapCode::from_number(self.traps[position])
    }

    fn landing(&self, offset: u32) -> Option<Landing> {
        let position = self.landings.binary_search_by_key(&offset, |(call, _)| *call).ok()?;
        Some(self.landings[position].1)
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
    landings: Vec<(u32, Landing)>,
    roots: Roots,
}

impl Builder {
    pub(super) fn function(&mut self, start: u32, func: FuncIdx) {
        self.functions.push((start, func));
    }

    pub(super) fn sites(&mut self, start: u32, sites: &[Site]) {
        self.offsets.extend(sites.iter().map(|site| start + site.offset));
        self.module_offsets.extend(sites.iter().map(|site| site.module_offset));
        self.traps.extend(sites.iter().map(|site| site.trap.map_or(NO_TRAP, |trap| trap as u8)));
        self.landings.extend(sites.iter().filter_map(|site| {
            let Landing { offset, frame_bytes } = site.landing?;
            Some((start + site.offset, Landing { offset: start + offset, frame_bytes }))
        }));
    }

    pub(super) fn roots(&mut self, start: u32, roots: &[CallRoots]) {
        for CallRoots { offset, places } in roots {
            self.roots.places.extend_from_slice(places);
            self.roots.calls.push((start + offset, self.roots.places.len() as u32));
        }
    }

    pub(super) fn finish(self, len: usize, info: Arc<ModuleInfo>) -> ImageSites {
        debug_assert!(self.offsets.is_sorted() && self.functions.is_sorted());
        ImageSites {
            len,
            info,
            functions: self.functions.into(),
            offsets: self.offsets.into(),
            module_offsets: self.module_offsets.into(),
            traps: self.traps.into(),
            landings: self.landings.into(),
            roots: self.roots,
        }
    }
}

/// Makes the tables of the image at `start` known until the registration is dropped.
pub(super) fn register(start: usize, sites: ImageSites) -> Registration<ImageSites> {
    IMAGES.register(start, sites)
}

/// Runs `read` on the image that `pc` lies in and the offset in it.
fn with_image<R>(pc: usize, read: impl FnOnce(&ImageSites, u32) -> Option<R>) -> Option<R> {
    IMAGES.read(pc, |start, image| {
        let offset = pc - start;
        if offset < image.len { read(image, offset as u32) } else { None }
    })
}

/// The trap that the instruction at `pc` stands for, if it is one that may trap. Async-signal-safe.
pub fn find_trap(pc: usize) -> Option<TrapCode> {
    with_image(pc, |image, offset| image.trap(offset))
}

/// Where an exception that passes the call at `pc` (the address of its last byte) is caught: the program counter of the
/// landing pad, and how far the stack pointer is below the frame pointer there, in bytes. Takes no lock.
pub fn find_landing(pc: usize) -> Option<(usize, usize)> {
    IMAGES.read(pc, |start, image| {
        let landing = image.landing(u32::try_from(pc - start).ok()?)?;
        Some((start + landing.offset as usize, landing.frame_bytes as usize))
    })
}

/// Shows the places in a frame that hold references which the collector knows, during the call at `pc` (the address of
/// its last byte): how far each is below the frame pointer, in bytes.
pub fn each_root(pc: usize, mut visit: impl FnMut(usize)) {
    with_image(pc, |image, offset| {
        image.roots.of_call(offset).iter().for_each(|distance| visit(*distance as usize));
        Some(())
    });
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

    fn image(func: u32) -> ImageSites {
        let mut builder = Builder::default();
        builder.function(0, FuncIdx(func));
        let site = |offset, trap| Site { offset, module_offset: offset + 100, trap, landing: None };
        builder.sites(0, &[site(4, Some(TrapCode::Unreachable)), site(9, None)]);
        builder.roots(0, &[CallRoots { offset: 9, places: vec![8, 24] }]);
        builder.function(16, FuncIdx(func + 1));
        builder.roots(16, &[CallRoots { offset: 3, places: vec![16] }]);
        builder.sites(16, &[site(2, Some(TrapCode::IntegerOverflow))]);
        builder.finish(32, Arc::default())
    }

    // Addresses of the null page, where no mapping of another test can be.
    #[test]
    fn traps_and_frames_are_found_in_the_image_that_holds_the_address() {
        let second = register(0x200, image(7));
        let first = register(0x100, image(1));
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
    fn the_places_of_references_are_those_of_the_call() {
        let _registration = register(0x400, image(1));
        let places = |pc| {
            let mut places = Vec::new();
            each_root(pc, |distance| places.push(distance));
            places
        };
        assert_eq!((places(0x409), places(0x413)), (vec![8, 24], vec![16]));
        assert_eq!((places(0x404), places(0x40a)), (vec![], vec![]));
    }

    #[test]
    fn readers_and_writers_meet_without_harm() {
        let readers = || (0..20_000).filter_map(|round| find_frame(0x300 + round % 64)).count();
        std::thread::scope(|scope| {
            scope.spawn(readers);
            scope.spawn(readers);
            for round in 0..2_000 {
                drop(register(0x300 + round % 3 * 0x20, image(0)));
            }
        });
        assert!(find_frame(0x300).is_none());
    }
}
