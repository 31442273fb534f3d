//! `ref.func`.

use super::machine::Machine;

impl Machine {
    /// The address of the function's reference in the context.
    #[inline(always)]
    pub fn ref_func(&mut self) {
        self.set::<u64>(1, self.vmctx as u64 + u64::from(self.word(2)));
        self.advance(4);
    }
}
