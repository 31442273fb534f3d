//! The guest's memory as the functions see it: every access is checked, and a pointer outside answers `EFAULT`.
//!
//! A memory that only this thread uses is one slice, into which the host's calls read and write directly. A memory of a
//! shared store is reached in copied pieces, since other threads may write to it at any time.

use crate::errno::{Errno, Failure, Outcome};
use std::{borrow::Cow, io::IoSlice, ops::Range};

/// A buffer list longer than this is refused with `EINVAL`, as the host's own calls do.
const MAX_BUFFERS: u32 = 1024;

/// Reads that cannot go to the guest's memory directly take the way over host buffers of at most this many bytes.
pub(crate) const PIECE_BYTES: usize = 64 * 1024;

/// Writes of more bytes than this that must be copied first are cut, as a host may cut any write.
const COPIED_WRITE_BYTES: usize = 1024 * 1024;

/// A memory that several threads use.
pub(crate) trait SharedBytes {
    /// Copies bytes out; false if some do not exist.
    fn read(&self, at: usize, buffer: &mut [u8]) -> bool;
    /// Copies bytes in; false if some do not exist.
    fn write(&mut self, at: usize, bytes: &[u8]) -> bool;
}

/// One instance's linear memory during one call.
pub(crate) struct GuestMemory<'a> {
    bytes: Bytes<'a>,
    len: usize,
}

enum Bytes<'a> {
    Own(&'a mut [u8]),
    Shared(&'a mut dyn SharedBytes),
}

/// A part of the memory that was found to lie inside it.
pub(crate) type Span = Range<usize>;

impl<'a> GuestMemory<'a> {
    pub(crate) fn new(bytes: &'a mut [u8]) -> GuestMemory<'a> {
        let len = bytes.len();
        GuestMemory { bytes: Bytes::Own(bytes), len }
    }

    pub(crate) fn shared(bytes: &'a mut dyn SharedBytes, len: usize) -> GuestMemory<'a> {
        GuestMemory { bytes: Bytes::Shared(bytes), len }
    }

    /// The bytes from `address`, `len` of them, if they all exist.
    pub(crate) fn span(&self, address: u32, len: u32) -> Result<Span, Errno> {
        let start = address as usize;
        let end = start.checked_add(len as usize).ok_or(Errno::Fault)?;
        if end <= self.len { Ok(start..end) } else { Err(Errno::Fault) }
    }

    /// The bytes of a span checked before.
    pub(crate) fn at(&self, span: Span) -> Result<Cow<'_, [u8]>, Errno> {
        match &self.bytes {
            Bytes::Own(bytes) => Ok(Cow::Borrowed(&bytes[span])),
            Bytes::Shared(shared) => {
                let mut copy = vec![0; span.len()];
                if shared.read(span.start, &mut copy) { Ok(Cow::Owned(copy)) } else { Err(Errno::Fault) }
            }
        }
    }

    fn store(&mut self, at: usize, bytes: &[u8]) -> Result<(), Errno> {
        let written = match &mut self.bytes {
            Bytes::Own(own) => {
                own[at..at + bytes.len()].copy_from_slice(bytes);
                true
            }
            Bytes::Shared(shared) => shared.write(at, bytes),
        };
        if written { Ok(()) } else { Err(Errno::Fault) }
    }

    pub(crate) fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), Errno> {
        let len = u32::try_from(bytes.len()).map_err(|_| Errno::Fault)?;
        let span = self.span(address, len)?;
        self.store(span.start, bytes)
    }

    pub(crate) fn write_u32(&mut self, address: u32, value: u32) -> Result<(), Errno> {
        self.write(address, &value.to_le_bytes())
    }

    pub(crate) fn write_u64(&mut self, address: u32, value: u64) -> Result<(), Errno> {
        self.write(address, &value.to_le_bytes())
    }

    /// A path: UTF-8 text without NUL, else `EILSEQ`; empty, it is `ENOENT`.
    pub(crate) fn path(&self, address: u32, len: u32) -> Result<Cow<'_, str>, Errno> {
        let path = match self.at(self.span(address, len)?)? {
            Cow::Borrowed(bytes) => Cow::Borrowed(std::str::from_utf8(bytes).map_err(|_| Errno::IlSeq)?),
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8(bytes).map_err(|_| Errno::IlSeq)?),
        };
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
        let list = self.at(self.span(address, count * 8)?)?;
        let mut buffers = Buffers { spans: Vec::new(), first: None, total_bytes: 0 };
        for entry in list.chunks_exact(8) {
            let word = |at: usize| u32::from_le_bytes([entry[at], entry[at + 1], entry[at + 2], entry[at + 3]]);
            let span = self.span(word(0), word(4))?;
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

    /// Lets `read` fill the start of a span checked before, a piece at least, and says how many bytes it gave.
    pub(crate) fn fill(&mut self, span: Span, read: impl FnOnce(&mut [u8]) -> Outcome<usize>) -> Outcome<usize> {
        match &mut self.bytes {
            Bytes::Own(bytes) => read(&mut bytes[span]),
            Bytes::Shared(_) => {
                let mut piece = vec![0; span.len().min(PIECE_BYTES)];
                let len = read(&mut piece)?;
                self.store(span.start, &piece[..len])?;
                Ok(len)
            }
        }
    }

    /// Fills `buffers` from one source that may block: asks it at most once.
    pub(crate) fn fill_once(
        &mut self,
        buffers: &Buffers,
        read: impl FnOnce(&mut [u8]) -> Outcome<usize>,
    ) -> Outcome<u32> {
        if buffers.spans.is_empty() {
            return Ok(self.fill(buffers.first.clone().unwrap_or(0..0), read)? as u32);
        }
        let mut scattered = vec![0; PIECE_BYTES.min(buffers.total_bytes as usize)];
        let len = read(&mut scattered)?;
        let mut rest = &scattered[..len];
        for span in buffers.iter() {
            let (now, later) = rest.split_at(rest.len().min(span.len()));
            self.store(span.start, now)?;
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
        'buffers: for span in buffers.iter() {
            let mut span = span.clone();
            while !span.is_empty() {
                let mut asked = 0;
                let filled = self.fill(span.clone(), |buffer| {
                    asked = buffer.len();
                    read(buffer, total)
                });
                match filled {
                    Ok(got) => {
                        total += got as u64;
                        span.start += got;
                        if got < asked {
                            break 'buffers;
                        }
                    }
                    Err(Failure::Errno(_)) if total > 0 => break 'buffers,
                    Err(failure) => return Err(failure),
                }
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
        let len = match &self.bytes {
            Bytes::Shared(_) => {
                let mut copy = Vec::with_capacity(COPIED_WRITE_BYTES.min(buffers.total_bytes as usize));
                for span in buffers.iter() {
                    let len = span.len().min(COPIED_WRITE_BYTES - copy.len());
                    copy.extend_from_slice(&self.at(span.start..span.start + len)?);
                }
                write(&[IoSlice::new(&copy)])?
            }
            Bytes::Own(bytes) if buffers.spans.is_empty() => {
                write(&[IoSlice::new(&bytes[buffers.first.clone().unwrap_or(0..0)])])?
            }
            Bytes::Own(bytes) => {
                let slices: Vec<_> = buffers.iter().map(|span| IoSlice::new(&bytes[span.clone()])).collect();
                write(&slices)?
            }
        };
        Ok(len as u32)
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
        let mut bytes: Vec<u8> =
            entries.iter().flat_map(|(a, l)| [a.to_le_bytes(), l.to_le_bytes()].concat()).collect();
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
        assert_eq!((len, &bytes[64..66], &bytes[80..83]), (4, &b"ab"[..], &b"cd\0"[..]));
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

    struct Copied(Vec<u8>);

    impl SharedBytes for Copied {
        fn read(&self, at: usize, buffer: &mut [u8]) -> bool {
            self.0.get(at..at + buffer.len()).is_some_and(|bytes| {
                buffer.copy_from_slice(bytes);
                true
            })
        }

        fn write(&mut self, at: usize, bytes: &[u8]) -> bool {
            self.0.get_mut(at..at + bytes.len()).is_some_and(|target| {
                target.copy_from_slice(bytes);
                true
            })
        }
    }

    #[test]
    fn shared_memories_are_filled_piece_by_piece() {
        let len = 3 * PIECE_BYTES;
        let mut shared = Copied(with_list(&[(64, len as u32 - 64)]));
        shared.0.resize(len, 0);
        let mut memory = GuestMemory::shared(&mut shared, len);
        let buffers = memory.buffers(0, 1).unwrap();
        let filled = memory.fill_each(&buffers, |buffer, before| {
            buffer.fill(1 + before as u8);
            Ok(buffer.len())
        });
        assert_eq!(filled.unwrap() as usize, len - 64);
        let written = memory.drain(&buffers, |slices| Ok(slices[0].iter().filter(|byte| **byte == 1).count()));
        assert_eq!(written.unwrap() as usize, len - 64);
        assert_eq!(memory.path(64, 2).unwrap(), "\x01\x01");
    }
}
