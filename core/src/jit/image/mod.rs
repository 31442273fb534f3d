//! The code of a module in one region: laid out, patched, made executable, registered.
//!
//! Always true: a region is written while it is not executable and never afterwards, and its code refers to other
//! code of the same region by distance only, so that the bytes do not depend on where they are (`[code-live]`: the
//! region goes with its owner).
#![expect(unsafe_code, reason = "signal handlers read tables that threads replace; addresses of code become functions")]

pub(super) mod permanent;
pub(super) mod registry;

use super::{
    function::{CompiledFunction, Piece, Relocation, Target},
    sites::{self, ImageSites},
};
use registry::Registration;
use crate::{
    error::{Error, Result},
    module::ModuleInfo,
    sys::mmap::{ExecutableCode, WritableCode},
    types::FuncIdx,
};
use std::sync::Arc;

/// Alignment of functions in bytes: a fetch window of current processors.
const FUNCTION_ALIGNMENT: u32 = 16;
/// Fills the gaps between functions: `int3`, which no code reaches.
const FILLER: u8 = 0xcc;

/// The machine code of a module.
#[derive(Debug)]
pub struct CompiledModule {
    // Before `code`, so that nothing finds the region once it is gone.
    _registration: Registration<ImageSites>,
    code: ExecutableCode,
    imported_functions: u32,
    /// By defined function, in bytes from the start of the region.
    entries: Box<[u32]>,
    code_len: usize,
}

/// Where everything goes, in bytes from the start of the region.
#[derive(Default)]
struct Placement {
    /// Entries, by defined function.
    entries: Vec<u32>,
    /// Bodies, by defined function; the same as the entry unless the function has a guard.
    bodies: Vec<u32>,
    end: u64,
}

impl Placement {
    fn place(&mut self, piece: &Piece) -> Result<u32> {
        let start = self.end.next_multiple_of(u64::from(piece.alignment.max(FUNCTION_ALIGNMENT)));
        self.end = start + piece.code.len() as u64;
        // Distances within a region are signed 32-bit numbers.
        if self.end > i32::MAX as u64 {
            return Err(Error::limit("the module's machine code exceeds 2 GiB"));
        }
        Ok(start as u32)
    }

    fn new(functions: &[CompiledFunction]) -> Result<Placement> {
        let mut placement = Placement::default();
        for function in functions {
            let guard = function.guard.as_ref().map(|guard| placement.place(guard)).transpose()?;
            let body = placement.place(&function.body)?;
            placement.entries.push(guard.unwrap_or(body));
            placement.bodies.push(body);
        }
        Ok(placement)
    }
}

impl CompiledModule {
    /// Places `functions`: all defined ones, in order.
    pub(super) fn new(functions: Vec<CompiledFunction>, info: &Arc<ModuleInfo>) -> Result<CompiledModule> {
        let placement = Placement::new(&functions)?;
        let code_len = placement.end as usize;
        let mut region = WritableCode::new(code_len).map_err(no_memory)?;
        let mut sites = sites::Builder::default();
        let bytes = region.bytes_mut();
        bytes.fill(FILLER);
        let imported = info.imported_functions;
        for (function, (entry, body)) in functions.iter().zip(placement.entries.iter().zip(&placement.bodies)) {
            sites.function(*entry, function.index);
            if let Some(guard) = &function.guard {
                write(bytes, *entry, guard, &placement, imported);
                sites.sites(*entry, &guard.sites);
                sites.roots(*entry, &guard.roots);
            }
            write(bytes, *body, &function.body, &placement, imported);
            sites.sites(*body, &function.body.sites);
            sites.roots(*body, &function.body.roots);
        }
        let code = region.publish().map_err(no_memory)?;
        let sites = sites.finish(code_len, info.clone());
        Ok(CompiledModule {
            _registration: sites::register(code.base().addr(), sites),
            code,
            imported_functions: imported,
            entries: placement.entries.into(),
            code_len,
        })
    }

    /// The native entry of a defined function.
    pub fn entry(&self, func: FuncIdx) -> *const u8 {
        self.code.base().wrapping_add(self.entries[(func.0 - self.imported_functions) as usize] as usize)
    }

    /// Bytes of machine code.
    pub fn code_bytes(&self) -> usize {
        self.code_len
    }
}

/// Copies a piece to `start` and patches its references.
fn write(bytes: &mut [u8], start: u32, piece: &Piece, placement: &Placement, imported_functions: u32) {
    bytes[start as usize..][..piece.code.len()].copy_from_slice(&piece.code);
    for Relocation { offset, target, addend } in &piece.relocations {
        let place = start + offset;
        let target = match target {
            Target::Function(func) => placement.entries[(func.0 - imported_functions) as usize],
            Target::Body(func) => placement.bodies[(func.0 - imported_functions) as usize],
            Target::Here(offset) => start + offset,
        };
        let distance = i64::from(target) + addend - i64::from(place);
        let distance = i32::try_from(distance).expect("regions stay below 2 GiB");
        bytes[place as usize..][..4].copy_from_slice(&distance.to_le_bytes());
    }
}

fn no_memory(error: std::io::Error) -> Error {
    Error::limit(format!("no memory for machine code: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(len: usize, relocations: Vec<Relocation>) -> Piece {
        Piece { code: vec![0x90; len], alignment: 1, relocations, sites: Vec::new(), roots: Vec::new() }
    }

    fn distance(module: &[u8], at: usize) -> i32 {
        i32::from_le_bytes(module[at..at + 4].try_into().unwrap())
    }

    #[test]
    fn references_are_patched_to_the_distance_between_the_two_places() {
        let call = |offset, target| Relocation { offset, target, addend: -4 };
        let functions = [
            CompiledFunction {
                index: FuncIdx(3),
                body: piece(10, vec![call(1, Target::Function(FuncIdx(4)))]),
                guard: None,
            },
            CompiledFunction {
                index: FuncIdx(4),
                body: piece(20, vec![call(2, Target::Function(FuncIdx(3))), call(8, Target::Here(12))]),
                guard: Some(piece(6, vec![call(0, Target::Body(FuncIdx(4)))])),
            },
        ];
        let placement = Placement::new(&functions).unwrap();
        assert_eq!((&placement.entries[..], &placement.bodies[..], placement.end), (&[0, 16][..], &[0, 32][..], 52));
        let mut bytes = vec![FILLER; 52];
        write(&mut bytes, 0, &functions[0].body, &placement, 3);
        write(&mut bytes, 16, functions[1].guard.as_ref().unwrap(), &placement, 3);
        write(&mut bytes, 32, &functions[1].body, &placement, 3);
        assert_eq!(distance(&bytes, 1), 16 - 1 - 4);
        assert_eq!(distance(&bytes, 16), 32 - 16 - 4);
        assert_eq!(distance(&bytes, 34), -34 - 4);
        assert_eq!(distance(&bytes, 40), 32 + 12 - 40 - 4);
        assert_eq!(bytes[10], FILLER);
    }
}
