//! Which hardware faults are traps of compiled code, and where the thread goes on after one.

use super::switch;
use crate::{
    jit,
    sys::signals::{self, Fault, Redirect},
    vm::Activation,
};

/// Makes sure that faults of compiled code become traps; cheap when they do already.
pub fn catch_faults() {
    signals::ensure_installed(classify);
}

/// Claims a fault if its instruction is one that may trap. Runs in a signal handler: no locks, no allocation.
fn classify(fault: &Fault) -> Option<Redirect> {
    jit::find_trap(fault.pc)?;
    let activation = fault.pinned as *mut Activation;
    // SAFETY: [activation-live] the instruction is compiled code's, which has its activation in the pinned register.
    unsafe {
        (*activation).fault_pc = fault.pc;
        (*activation).fault_fp = fault.frame_pointer;
        (*activation).raised_by_signal = 1;
    }
    Some(Redirect { pc: switch::leave as *const () as usize, argument: fault.pinned })
}
