//! The guest's descriptors: numbers, lowest free first, and what stands behind them.
//!
//! Entries are shared pointers, so that a call holds no lock of the table while it works with one.

use crate::{
    errno::Errno,
    filesystem::{Directory, DirectoryEntry, File},
    stream::{InputStream, OutputStream},
    types::{FdFlags, FileType},
};
use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU16, Ordering},
    },
};

/// What one descriptor stands for.
pub(crate) enum Descriptor {
    Input(Arc<dyn InputStream>),
    Output(Arc<dyn OutputStream>),
    File(OpenFile),
    Directory(OpenDirectory),
}

pub(crate) struct OpenFile {
    pub file: Arc<dyn File>,
    pub readable: bool,
    pub writable: bool,
    flags: AtomicU16,
}

impl OpenFile {
    pub(crate) fn new(file: Arc<dyn File>, readable: bool, writable: bool, flags: FdFlags) -> OpenFile {
        OpenFile { file, readable, writable, flags: AtomicU16::new(flags.0) }
    }

    pub(crate) fn flags(&self) -> FdFlags {
        FdFlags(self.flags.load(Ordering::Relaxed))
    }

    pub(crate) fn set_flags(&self, flags: FdFlags) {
        self.flags.store(flags.0, Ordering::Relaxed);
    }

    /// The file, if the descriptor was opened for reading.
    pub(crate) fn for_reading(&self) -> Result<&dyn File, Errno> {
        if self.readable { Ok(&*self.file) } else { Err(Errno::BadF) }
    }

    /// The file, if the descriptor was opened for writing.
    pub(crate) fn for_writing(&self) -> Result<&dyn File, Errno> {
        if self.writable { Ok(&*self.file) } else { Err(Errno::BadF) }
    }
}

pub(crate) struct OpenDirectory {
    pub directory: Arc<dyn Directory>,
    /// The path under which the guest knows a directory that it did not open itself.
    pub guest_path: Option<String>,
    /// What the last listing from the start saw: later cookies index this and so stay valid.
    listing: Mutex<Option<Arc<[DirectoryEntry]>>>,
}

impl OpenDirectory {
    pub(crate) fn new(directory: Arc<dyn Directory>, guest_path: Option<String>) -> OpenDirectory {
        OpenDirectory { directory, guest_path, listing: Mutex::new(None) }
    }

    /// The names as of the last call with cookie zero, `.` and `..` first.
    pub(crate) fn listing(&self, cookie: u64) -> io::Result<Arc<[DirectoryEntry]>> {
        let mut listing = self.listing.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(kept), true) = (&*listing, cookie != 0) {
            return Ok(kept.clone());
        }
        let inode = self.directory.stat()?.inode;
        let dots = [".", ".."].map(|name| DirectoryEntry { name: name.into(), inode, file_type: FileType::Directory });
        let fresh: Arc<[DirectoryEntry]> = dots.into_iter().chain(self.directory.entries()?).collect();
        *listing = Some(fresh.clone());
        Ok(fresh)
    }
}

impl Descriptor {
    pub(crate) fn as_file(&self) -> Result<&OpenFile, Errno> {
        if let Descriptor::File(file) = self { Ok(file) } else { Err(Errno::BadF) }
    }

    pub(crate) fn as_directory(&self) -> Result<&OpenDirectory, Errno> {
        if let Descriptor::Directory(directory) = self { Ok(directory) } else { Err(Errno::NotDir) }
    }
}

/// Descriptors by number.
pub(crate) struct DescriptorTable {
    entries: Vec<Option<Arc<Descriptor>>>,
    /// No number below this is free.
    lowest_free: usize,
    open: usize,
    limit: usize,
}

impl DescriptorTable {
    /// An empty table that never holds more than `limit` descriptors.
    pub(crate) fn new(limit: usize) -> DescriptorTable {
        DescriptorTable { entries: Vec::new(), lowest_free: 0, open: 0, limit }
    }

    pub(crate) fn get(&self, fd: u32) -> Result<Arc<Descriptor>, Errno> {
        self.entries.get(fd as usize).and_then(Clone::clone).ok_or(Errno::BadF)
    }

    pub(crate) fn is_full(&self) -> bool {
        self.open >= self.limit
    }

    /// Gives `descriptor` the lowest free number.
    pub(crate) fn insert(&mut self, descriptor: Descriptor) -> Result<u32, Errno> {
        if self.is_full() {
            return Err(Errno::MFile);
        }
        let from = self.lowest_free.min(self.entries.len());
        let free = self.entries[from..].iter().position(Option::is_none).map_or(self.entries.len(), |gap| from + gap);
        let fd = u32::try_from(free).map_err(|_| Errno::MFile)?;
        if free == self.entries.len() {
            self.entries.push(None);
        }
        self.entries[free] = Some(Arc::new(descriptor));
        self.lowest_free = free + 1;
        self.open += 1;
        Ok(fd)
    }

    /// Takes a descriptor out; it closes when the last call that uses it is over.
    pub(crate) fn remove(&mut self, fd: u32) -> Result<Arc<Descriptor>, Errno> {
        let descriptor = self.entries.get_mut(fd as usize).and_then(Option::take).ok_or(Errno::BadF)?;
        self.lowest_free = self.lowest_free.min(fd as usize);
        self.open -= 1;
        Ok(descriptor)
    }

    /// Moves `from` to `to`, which must be open and is closed.
    pub(crate) fn renumber(&mut self, from: u32, to: u32) -> Result<(), Errno> {
        self.get(to)?;
        let moved = self.get(from)?;
        if from != to {
            self.remove(from)?;
            self.entries[to as usize] = Some(moved);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{Discard, InputBuffer};

    fn output() -> Descriptor {
        Descriptor::Output(Arc::new(Discard))
    }

    #[test]
    fn the_lowest_free_number_is_given_first() {
        let mut table = DescriptorTable::new(8);
        assert_eq!([0, 1, 2, 3].map(|_| table.insert(output()).unwrap()), [0, 1, 2, 3]);
        table.remove(2).unwrap();
        table.remove(1).unwrap();
        assert_eq!([(); 3].map(|()| table.insert(output()).unwrap()), [1, 2, 4]);
    }

    #[test]
    fn the_limit_counts_open_descriptors() {
        let mut table = DescriptorTable::new(2);
        table.insert(output()).unwrap();
        table.insert(output()).unwrap();
        assert_eq!(table.insert(output()), Err(Errno::MFile));
        table.remove(0).unwrap();
        assert_eq!(table.insert(output()), Ok(0));
    }

    #[test]
    fn renumbering_moves_onto_an_open_number_only() {
        let mut table = DescriptorTable::new(8);
        table.insert(Descriptor::Input(Arc::new(InputBuffer::default()))).unwrap();
        table.insert(output()).unwrap();
        assert_eq!(table.renumber(0, 5), Err(Errno::BadF));
        table.renumber(0, 1).unwrap();
        assert!(matches!(&*table.get(1).unwrap(), Descriptor::Input(_)));
        assert!(table.get(0).is_err());
        table.renumber(1, 1).unwrap();
        assert!(table.remove(7).is_err());
    }
}
