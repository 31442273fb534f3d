//! Table operators: sizes are read here, everything else runs in builtins. Indices are read with 64 bits, of which
//! 32-bit ones have a zero upper half.

use super::{
    Exit,
    machine::{Machine, status},
};
use crate::vm::layout::VmTable;
use std::sync::atomic::Ordering;

impl Machine {
    /// `table.get`
    #[inline(always)]
    pub fn table_get(&mut self) -> Result<(), Exit> {
        self.save();
        let index = self.get(2);
        // SAFETY: [activation-live] [vmctx-live] [valid-module] the result goes into a slot of the frame.
        status(unsafe { (self.builtins().table_get)(self.act, self.vmctx, self.word(3), index, self.slot(1)) })?;
        self.advance(5);
        Ok(())
    }

    /// `table.set`
    #[inline(always)]
    pub fn table_set(&mut self) -> Result<(), Exit> {
        self.save();
        let index = self.get(1);
        // SAFETY: [activation-live] [vmctx-live] [valid-module]
        status(unsafe { (self.builtins().table_set)(self.act, self.vmctx, self.word(3), index, self.get(2)) })?;
        self.advance(5);
        Ok(())
    }

    /// `table.size`
    #[inline(always)]
    pub fn table_size(&mut self) {
        // SAFETY: [bytecode] the operand is the offset of a table in the context.
        let len = unsafe {
            let table = &*self.vmctx.cast::<u8>().add(self.word(2) as usize).cast::<VmTable>();
            (*table.def).len.load(Ordering::Acquire)
        };
        self.set(1, len);
        self.advance(4);
    }

    /// `table.grow`; `narrow` makes the result one of the index type.
    #[inline(always)]
    pub fn table_grow(&mut self, narrow: impl FnOnce(u64) -> u64) {
        self.save();
        let delta = self.get(3);
        // SAFETY: [activation-live] [vmctx-live] [valid-module]
        let old = unsafe { (self.builtins().table_grow)(self.act, self.vmctx, self.word(4), delta, self.get(2)) };
        self.set(1, narrow(old));
        self.advance(6);
    }

    /// `table.fill`
    #[inline(always)]
    pub fn table_fill(&mut self) -> Result<(), Exit> {
        self.save();
        let (to, len) = (self.get(1), self.get(3));
        // SAFETY: [activation-live] [vmctx-live] [valid-module]
        status(unsafe {
            let fill = self.builtins().table_fill;
            fill(self.act, self.vmctx, self.word(4), to, self.get(2), len)
        })?;
        self.advance(6);
        Ok(())
    }

    /// `table.copy`
    #[inline(always)]
    pub fn table_copy(&mut self) -> Result<(), Exit> {
        self.save();
        let (to, from, len) = (self.get(1), self.get(2), self.get(3));
        // SAFETY: [activation-live] [vmctx-live] [valid-module]
        status(unsafe {
            let copy = self.builtins().table_copy;
            copy(self.act, self.vmctx, self.word(4), self.word(6), to, from, len)
        })?;
        self.advance(8);
        Ok(())
    }

    /// `table.init`
    #[inline(always)]
    pub fn table_init(&mut self) -> Result<(), Exit> {
        self.save();
        let (to, from, len) = (self.get(1), self.get(2), self.get(3));
        // SAFETY: [activation-live] [vmctx-live] [valid-module]
        status(unsafe {
            let init = self.builtins().table_init;
            init(self.act, self.vmctx, self.word(4), self.word(6), to, from, len)
        })?;
        self.advance(8);
        Ok(())
    }

    /// `elem.drop`
    #[inline(always)]
    pub fn elem_drop(&mut self) {
        // SAFETY: [activation-live] [vmctx-live] [valid-module]
        unsafe { (self.builtins().elem_drop)(self.act, self.vmctx, self.word(1)) };
        self.advance(3);
    }
}
