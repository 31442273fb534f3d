//! `ref.func` and `ref.as_non_null`.

use super::machine::Machine;
use crate::trap::TrapCode;

impl Machine {
    /// The address of the function's reference in the context.
    #[inline(always)]
    pub fn ref_func(&mut self) {
        self.set::<u64>(1, self.vmctx as u64 + u64::from(self.word(2)));
        self.advance(4);
    }
    /// `ref.as_non_null`
    #[inline(always)]
    pub fn ref_as_non_null(&mut self) -> Result<(), TrapCode> {
        if self.get::<u64>(1) == 0 {
            return Err(TrapCode::NullReference);
        }
        self.advance(2);
        Ok(())
    }
}
