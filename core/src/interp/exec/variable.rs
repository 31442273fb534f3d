//! Copies, constants, `select` and globals.

use super::machine::{Machine, Slot};

impl Machine {
    /// Copies one register.
    #[inline(always)]
    pub fn copy(&mut self) {
        self.set::<u64>(1, self.get(2));
        self.advance(3);
    }

    /// Copies a range of registers.
    #[inline(always)]
    pub fn copy_many(&mut self) {
        // SAFETY: [bytecode] [interp-stack] both ranges are slots of the frame.
        unsafe { std::ptr::copy(self.slot(2), self.slot(1), self.word(3) as usize) };
        self.advance(5);
    }

    /// Loads an immediate.
    #[inline(always)]
    pub fn constant<T: Slot>(&mut self) {
        self.set(1, T::from_immediate(self.immediate(2)));
        self.advance(4);
    }

    /// Loads 64 bits.
    #[inline(always)]
    pub fn constant64(&mut self) {
        self.set(1, self.long(2));
        self.advance(6);
    }

    /// `select`.
    #[inline(always)]
    pub fn select(&mut self) {
        let (value, otherwise) = (self.get::<u64>(2), self.get::<u64>(3));
        self.set(1, if self.get::<u32>(4) != 0 { value } else { otherwise });
        self.advance(5);
    }

    /// The cell of the global at hand.
    #[inline(always)]
    pub fn global(&self) -> *mut u64 {
        // SAFETY: [bytecode] the operand is the offset of a cell in the context.
        unsafe { self.vmctx.cast::<u8>().add(self.word(2) as usize).cast() }
    }

    /// As [`Machine::global`], of an imported one.
    #[inline(always)]
    pub fn imported_global(&self) -> *mut u64 {
        // SAFETY: [bytecode] the operand is the offset of a pointer to a cell in the context.
        unsafe { *self.global().cast::<*mut u64>() }
    }

    /// `global.get`
    #[inline(always)]
    pub fn global_get(&mut self) {
        // SAFETY: [vmctx-live]
        self.set::<u64>(1, unsafe { *self.global() });
        self.advance(4);
    }

    /// `global.set`
    #[inline(always)]
    pub fn global_set(&mut self) {
        // SAFETY: [vmctx-live]
        unsafe { *self.global() = self.get(1) };
        self.advance(4);
    }

    /// `global.get` of an imported one.
    #[inline(always)]
    pub fn global_get_imported(&mut self) {
        // SAFETY: [vmctx-live] the exporting instance lives as long as its importers.
        self.set::<u64>(1, unsafe { *self.imported_global() });
        self.advance(4);
    }

    /// `global.set` of an imported one.
    #[inline(always)]
    pub fn global_set_imported(&mut self) {
        // SAFETY: [vmctx-live] the exporting instance lives as long as its importers.
        unsafe { *self.imported_global() = self.get(1) };
        self.advance(4);
    }
}
