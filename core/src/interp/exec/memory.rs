//! Loads and stores, each checked against the memory's current length; everything else runs in builtins.

use super::{
    Exit,
    machine::{Machine, Slot, status},
};
use crate::{trap::TrapCode, vm::layout::VmMemory};
use std::sync::atomic::Ordering;

impl Machine {
    /// The place of `len` bytes at an effective address, if the memory has them. The address is below 2^33.
    #[inline(always)]
    fn place(&self, address: u64, len: usize) -> Result<*mut u8, TrapCode> {
        // SAFETY: [vmctx-live] the definition lives as long as the instance.
        let len_bytes = unsafe { (*self.memory_len).load(Ordering::Acquire) };
        if address + len as u64 > len_bytes {
            return Err(TrapCode::MemoryOutOfBounds);
        }
        // SAFETY: [mem-stable] the access ends below the length.
        Ok(unsafe { self.memory.add(address as usize) })
    }

    #[inline(always)]
    fn effective_address(&self, address: usize, offset: usize) -> u64 {
        u64::from(self.get::<u32>(address)) + u64::from(self.word(offset))
    }

    /// The place of `len` bytes of the memory whose offset in the context stands at `memory`, followed by the
    /// access's offset. The address is in the register named second.
    #[inline(always)]
    pub fn place_in(&self, memory: usize, len: usize) -> Result<*mut u8, TrapCode> {
        let address = self.get::<u64>(2).checked_add(self.long(memory + 2));
        let end = address.and_then(|address| address.checked_add(len as u64));
        // SAFETY: [bytecode] the operand is the offset of a memory in the context.
        let (base, len_bytes) = unsafe {
            let memory = &*self.vmctx.cast::<u8>().add(self.word(memory) as usize).cast::<VmMemory>();
            (memory.base, (*memory.def).len_bytes.load(Ordering::Acquire))
        };
        match (address, end) {
            // SAFETY: [mem-stable] the access ends below the length.
            (Some(address), Some(end)) if end <= len_bytes => Ok(unsafe { base.add(address as usize) }),
            _ => Err(TrapCode::MemoryOutOfBounds),
        }
    }

    #[inline(always)]
    fn read<const N: usize>(&self, address: u64) -> Result<[u8; N], TrapCode> {
        let place = self.place(address, N)?;
        // SAFETY: [mem-stable] `place` has checked the range.
        Ok(unsafe { place.cast::<[u8; N]>().read_unaligned() })
    }

    #[inline(always)]
    fn write<const N: usize>(&self, address: u64, bytes: [u8; N]) -> Result<(), TrapCode> {
        let place = self.place(address, N)?;
        // SAFETY: [mem-stable] `place` has checked the range.
        unsafe { place.cast::<[u8; N]>().write_unaligned(bytes) };
        Ok(())
    }

    /// A load.
    #[inline(always)]
    pub fn load<const N: usize, T: Slot>(&mut self, convert: impl FnOnce([u8; N]) -> T) -> Result<(), TrapCode> {
        let bytes = self.read(self.effective_address(2, 3))?;
        self.set(1, convert(bytes));
        self.advance(5);
        Ok(())
    }

    /// A load from a constant address.
    #[inline(always)]
    pub fn load_at<const N: usize, T: Slot>(&mut self, convert: impl FnOnce([u8; N]) -> T) -> Result<(), TrapCode> {
        let bytes = self.read(self.long(2))?;
        self.set(1, convert(bytes));
        self.advance(6);
        Ok(())
    }

    /// A store.
    #[inline(always)]
    pub fn store<const N: usize>(&mut self, convert: impl FnOnce(u64) -> [u8; N]) -> Result<(), TrapCode> {
        self.write(self.effective_address(2, 3), convert(self.get(1)))?;
        self.advance(5);
        Ok(())
    }

    /// A store of an immediate.
    #[inline(always)]
    pub fn store_imm<const N: usize>(&mut self, convert: impl FnOnce(u64) -> [u8; N]) -> Result<(), TrapCode> {
        self.write(self.effective_address(3, 4), convert(u64::from_immediate(self.immediate(1))))?;
        self.advance(6);
        Ok(())
    }

    /// A store to a constant address.
    #[inline(always)]
    pub fn store_at<const N: usize>(&mut self, convert: impl FnOnce(u64) -> [u8; N]) -> Result<(), TrapCode> {
        self.write(self.long(2), convert(self.get(1)))?;
        self.advance(6);
        Ok(())
    }

    /// A load from any memory.
    #[inline(always)]
    pub fn load_in<const N: usize, T: Slot>(&mut self, convert: impl FnOnce([u8; N]) -> T) -> Result<(), TrapCode> {
        let place = self.place_in(3, N)?;
        // SAFETY: [mem-stable] `place_in` has checked the range.
        let bytes = unsafe { place.cast::<[u8; N]>().read_unaligned() };
        self.set(1, convert(bytes));
        self.advance(9);
        Ok(())
    }

    /// A store to any memory.
    #[inline(always)]
    pub fn store_in<const N: usize>(&mut self, convert: impl FnOnce(u64) -> [u8; N]) -> Result<(), TrapCode> {
        let place = self.place_in(3, N)?;
        // SAFETY: [mem-stable] `place_in` has checked the range.
        unsafe { place.cast::<[u8; N]>().write_unaligned(convert(self.get(1))) };
        self.advance(9);
        Ok(())
    }

    /// `memory.size`
    #[inline(always)]
    pub fn memory_size(&mut self) {
        // SAFETY: [bytecode] the operand is the offset of a memory in the context.
        let len_bytes = unsafe {
            let memory = &*self.vmctx.cast::<u8>().add(self.word(2) as usize).cast::<VmMemory>();
            (*memory.def).len_bytes.load(Ordering::Acquire)
        };
        self.set(1, len_bytes >> self.word(4));
        self.advance(6);
    }

    /// `memory.grow`; `narrow` makes the result one of the index type.
    #[inline(always)]
    pub fn memory_grow(&mut self, narrow: impl FnOnce(u64) -> u64) {
        self.save();
        let delta = self.get::<u64>(2);
        // SAFETY: [activation-live] [vmctx-live] [valid-module]
        let old = unsafe { (self.builtins().memory_grow)(self.act, self.vmctx, self.word(3), delta) };
        self.set(1, narrow(old));
        self.advance(5);
    }

    /// `memory.fill`
    #[inline(always)]
    pub fn memory_fill(&mut self) -> Result<(), Exit> {
        self.save();
        let (to, byte, len) = (self.get(1), self.get(2), self.get(3));
        // SAFETY: [activation-live] [vmctx-live] [valid-module]
        status(unsafe { (self.builtins().memory_fill)(self.act, self.vmctx, self.word(4), to, byte, len) })?;
        self.advance(6);
        Ok(())
    }

    /// `memory.copy`
    #[inline(always)]
    pub fn memory_copy(&mut self) -> Result<(), Exit> {
        self.save();
        let (to, from, len) = (self.get(1), self.get(2), self.get(3));
        let (to_memory, from_memory) = (self.word(4), self.word(6));
        // SAFETY: [activation-live] [vmctx-live] [valid-module]
        status(unsafe {
            let copy = self.builtins().memory_copy;
            copy(self.act, self.vmctx, to_memory, from_memory, to, from, len)
        })?;
        self.advance(8);
        Ok(())
    }

    /// `memory.init`
    #[inline(always)]
    pub fn memory_init(&mut self) -> Result<(), Exit> {
        self.save();
        let (to, from, len) = (self.get(1), self.get(2), self.get(3));
        // SAFETY: [activation-live] [vmctx-live] [valid-module]
        status(unsafe {
            let init = self.builtins().memory_init;
            init(self.act, self.vmctx, self.word(4), self.word(6), to, from, len)
        })?;
        self.advance(8);
        Ok(())
    }

    /// `data.drop`
    #[inline(always)]
    pub fn data_drop(&mut self) {
        // SAFETY: [activation-live] [vmctx-live] [valid-module]
        unsafe { (self.builtins().data_drop)(self.act, self.vmctx, self.word(1)) };
        self.advance(3);
    }
}
