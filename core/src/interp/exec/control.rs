//! Branches and fuel.

use super::{
    Exit,
    machine::{Machine, Slot, refuel},
};

impl Machine {
    /// Charges for the segment that starts here.
    #[inline(always)]
    pub fn charge(&mut self) -> Result<(), Exit> {
        let cost = u64::from(self.word(1));
        // SAFETY: [activation-live]
        let left = unsafe {
            (*self.act).fuel -= cost as i64;
            (*self.act).fuel
        };
        if left < 0 {
            refuel(*self, cost)?;
        }
        self.advance(3);
        Ok(())
    }

    /// A branch on one register.
    #[inline(always)]
    pub fn branch(&mut self, holds: impl FnOnce(u32) -> bool) -> Result<(), Exit> {
        if holds(self.get(1)) {
            return self.jump(2);
        }
        self.advance(4);
        Ok(())
    }

    /// A branch on two registers.
    #[inline(always)]
    pub fn branch_on<T: Slot>(&mut self, holds: impl FnOnce(T, T) -> bool) -> Result<(), Exit> {
        if holds(self.get(1), self.get(2)) {
            return self.jump(3);
        }
        self.advance(5);
        Ok(())
    }

    /// A branch on a register and an immediate.
    #[inline(always)]
    pub fn branch_on_imm<T: Slot>(&mut self, holds: impl FnOnce(T, T) -> bool) -> Result<(), Exit> {
        if holds(self.get(1), T::from_immediate(self.immediate(2))) {
            return self.jump(4);
        }
        self.advance(6);
        Ok(())
    }

    /// `br_table`.
    #[inline(always)]
    pub fn br_table(&mut self) -> Result<(), Exit> {
        let target = self.get::<u32>(1).min(self.word(2));
        self.jump(4 + 2 * target as usize)
    }
}
