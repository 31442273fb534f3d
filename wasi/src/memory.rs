//! The guest's memory as the functions see it: every access is checked, and a pointer outside answers `EFAULT`.

use crate::errno::{Errno, Failure, Outcome};
use std::{io::IoSlice, ops::Range};

/// A buffer list longer than this is refused with `EINVAL`, as the host's own calls do.
const MAX_BUFFERS: u32 = 1024;

/// Scattered reads from streams go through one host buffer of at most this many bytes.
const SCATTER_BYTES: usize = 64 * 1024;

/// One instance's linear memory during one call.
pub(crate) struct GuestMemory<'a> {
    bytes: &'a mut [u8],
}

/// A part of the memory that was found to lie inside it.
pub(crate) type Span = Range<usize>;

impl<'a> GuestMemory<'a> {
    pub(crate) fn new(bytes: &'a mut [u8]) -> GuestMemory<'a> {
        GuestMemory { bytes }
    }

    /// The bytes from `address`, `len` of them, if they all exist.
    pub(crate) fn span(&self, address: u32, len: u32) -> Result<Span, Errno> {
        let start = address as usize;
        let end = start.checked_add(len as usize).ok_or(Errno::Fault)?;
        if end <= self.bytes.len() { Ok(start..end) } else { Err(Errno::Fault) }
    }

    pub(crate) fn bytes(&self, address: u32, len: u32) -> Result<&[u8], Errno> {
        let span = self.span(address, len)?;
        Ok(&self.bytes[span])
    }

    pub(crate) fn bytes_mut(&mut self, address: u32, len: u32) -> Result<&mut [u8], Errno> {
        let span = self.span(address, len)?;
        Ok(&mut self.bytes[span])
    }

    /// A span checked before.
    pub(crate) fn at(&self, span: Span) -> &[u8] {
        &self.bytes[span]
    }

    /// A span checked before.
    pub(crate) fn at_mut(&mut self, span: Span) -> &mut [u8] {
        &mut self.bytes[span]
    }

    pub(crate) fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), Errno> {
        let len = u32::try_from(bytes.len()).map_err(|_| Errno::Fault)?;
        self.bytes_mut(address, len)?.copy_from_slice(bytes);
        Ok(())
    }

    pub(crate) fn write_u32(&mut self, address: u32, value: u32) -> Result<(), Errno> {
        self.write(address, &value.to_le_bytes())
    }

    pub(crate) fn write_u64(&mut self, address: u32, value: u64) -> Result<(), Errno> {
        self.write(address, &value.to_le_bytes())
    }

    fn read_u32(&self, at: usize) -> u32 {
        u32::from_le_bytes([self.bytes[at], self.bytes[at + 1], self.bytes[at + 2], self.bytes[at + 3]])
    }

    /// UTF-8 text; anything else answers `EILSEQ`.
    pub(crate) fn string(&self, address: u32, len: u32) -> Result<&str, Errno> {
        std::str::from_utf8(self.bytes(address, len)?).map_err(|_| Errno::IlSeq)
    }

    /// A path: text without NUL, and not empty.
    pub(crate) fn path(&self, address: u32, len: u32) -> Result<&str, Errno> {
        let path = self.string(address, len)?;
        if path.is_empty() {
            return Err(Errno::NoEnt);
        }
        if path.contains('\0') { Err(Errno::IlSeq) } else { Ok(path) }
    }

    /// The buffers of an `iovec` or `ciovec` array, all checked before the first is used; empty ones are left out.
    pub(crate) fn buffers(&self, address: u32, count: u32) -> Result<Buffers, Errno> {
        if count > MAX_BUFFERS {
            return Err(Errno::Inval);
        }
        let list = self.span(address, count * 8)?;
        let mut buffers = Buffers { spans: Vec::new(), first: None, total_bytes: 0 };
        for at in list.step_by(8) {
            let span = self.span(self.read_u32(at), self.read_u32(at + 4))?;
            if span.is_empty() {
                continue;
            }
            let total = buffers.total_bytes + span.len() as u64;
            buffers.total_bytes = u32::try_from(total).map_err(|_| Errno::Inval)?.into();
            match buffers.first {
                None => buffers.first = Some(span),
                Some(_) => buffers.spans.push(span),
            }
        }
        Ok(buffers)
    }

    /// Fills `buffers` from one source that may block: asks it at most once.
    pub(crate) fn fill_once(
        &mut self,
        buffers: &Buffers,
        read: impl FnOnce(&mut [u8]) -> Outcome<usize>,
    ) -> Outcome<u32> {
        if buffers.spans.is_empty() {
            let span = buffers.first.clone().unwrap_or(0..0);
            return Ok(read(&mut self.bytes[span])? as u32);
        }
        let mut scattered = vec![0; SCATTER_BYTES.min(buffers.total_bytes as usize)];
        let len = read(&mut scattered)?;
        let mut rest = &scattered[..len];
        for span in buffers.iter() {
            let (now, later) = rest.split_at(rest.len().min(span.len()));
            self.bytes[span.start..span.start + now.len()].copy_from_slice(now);
            rest = later;
        }
        Ok(len as u32)
    }

    /// Fills `buffers` one after the other from a source that does not block; `read` is told how many bytes came before.
    pub(crate) fn fill_each(
        &mut self,
        buffers: &Buffers,
        mut read: impl FnMut(&mut [u8], u64) -> Outcome<usize>,
    ) -> Outcome<u32> {
        let mut total = 0;
        for span in buffers.iter() {
            let len = span.len();
            match read(&mut self.bytes[span.clone()], total) {
                Ok(got) => {
                    total += got as u64;
                    if got < len {
                        break;
                    }
                }
                Err(Failure::Errno(_)) if total > 0 => break,
                Err(failure) => return Err(failure),
            }
        }
        Ok(total as u32)
    }

    /// Hands all `buffers` to `write` in one piece, so that they reach the host in one call.
    pub(crate) fn drain(
        &self,
        buffers: &Buffers,
        write: impl FnOnce(&[IoSlice<'_>]) -> Outcome<usize>,
    ) -> Outcome<u32> {
        if buffers.spans.is_empty() {
            let span = buffers.first.clone().unwrap_or(0..0);
            return Ok(write(&[IoSlice::new(&self.bytes[span])])? as u32);
        }
        let slices: Vec<IoSlice<'_>> = buffers.iter().map(|span| IoSlice::new(&self.bytes[span.clone()])).collect();
        Ok(write(&slices)? as u32)
    }
}

/// Checked, non-empty buffers; one needs no allocation.
pub(crate) struct Buffers {
    first: Option<Span>,
    spans: Vec<Span>,
    pub(crate) total_bytes: u64,
}

impl Buffers {
    fn iter(&self) -> impl Iterator<Item = &Span> {
        self.first.iter().chain(&self.spans)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_list(entries: &[(u32, u32)]) -> Vec<u8> {
        let mut bytes: Vec<u8> = entries.iter().flat_map(|(a, l)| [a.to_le_bytes(), l.to_le_bytes()].concat()).collect();
        bytes.resize(256, 0);
        bytes
    }

    #[test]
    fn pointers_outside_answer_efault() {
        let mut bytes = [0; 16];
        let mut memory = GuestMemory::new(&mut bytes);
        assert_eq!(memory.span(16, 0), Ok(16..16));
        assert_eq!(memory.span(16, 1), Err(Errno::Fault));
        assert_eq!(memory.span(u32::MAX, u32::MAX), Err(Errno::Fault));
        assert_eq!(memory.write_u64(9, 1), Err(Errno::Fault));
    }

    #[test]
    fn a_bad_buffer_is_found_before_any_is_used() {
        let mut bytes = with_list(&[(64, 4), (250, 100)]);
        assert!(matches!(GuestMemory::new(&mut bytes).buffers(0, 2), Err(Errno::Fault)));
        assert!(matches!(GuestMemory::new(&mut bytes).buffers(0, 2000), Err(Errno::Inval)));
    }

    #[test]
    fn scattered_reads_fill_in_order() {
        let mut bytes = with_list(&[(64, 2), (70, 0), (80, 3)]);
        let mut memory = GuestMemory::new(&mut bytes);
        let buffers = memory.buffers(0, 3).unwrap();
        let len = memory
            .fill_once(&buffers, |buffer| {
                buffer[..4].copy_from_slice(b"abcd");
                Ok(4)
            })
            .unwrap();
        assert_eq!((len, memory.bytes(64, 2).unwrap(), memory.bytes(80, 3).unwrap()), (4, &b"ab"[..], &b"cd\0"[..]));
    }

    #[test]
    fn gathered_writes_are_one_call() {
        let mut bytes = with_list(&[(64, 2), (80, 3)]);
        bytes[64..66].copy_from_slice(b"ab");
        bytes[80..83].copy_from_slice(b"cde");
        let memory = GuestMemory::new(&mut bytes);
        let buffers = memory.buffers(0, 2).unwrap();
        let total = memory.drain(&buffers, |slices| Ok(slices.iter().map(|slice| slice.len()).sum())).unwrap();
        assert_eq!(total, 5);
    }
}
