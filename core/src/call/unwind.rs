//! Where an exception goes on: the frames that it passes, and the first of them that catches it.
//!
//! Every frame between a throw and the entry of its activation is compiled code's or the interpreter's. A landing pad
//! that does not want the exception raises it again, so the frames are noted once, when it is thrown.

use super::{
    backtrace::{MAX_FRAMES, walk},
    state::CallState,
};
use crate::{interp, jit, vm::Activation};

/// Where compiled code goes on.
#[repr(C)]
pub(super) struct Landing {
    pub(super) pc: usize,
    pub(super) sp: usize,
    pub(super) fp: usize,
    /// The exception, which is not pending any more.
    pub(super) exception: u64,
}

/// Finds where the pending exception is caught, if one is pending; 0 if the call ends. Runs on the guest's stack, below
/// the frames that it looks at, and takes no lock.
///
/// # Safety
///
/// `[activation-live]`, `[frame-chain]`: compiled code was entered with this activation, whose `fault_pc` and
/// `fault_fp` say where it stopped.
#[cfg_attr(feature = "portable", expect(dead_code, reason = "only the switch to compiled code comes here"))]
pub(super) unsafe extern "C" fn find_landing(activation: *mut Activation, landing: *mut Landing) -> u32 {
    // SAFETY: [activation-live] every activation is the head of a `CallState`.
    let state = unsafe { &mut *activation.cast::<CallState>() };
    if state.activation.exception == 0 {
        return 0;
    }
    if std::mem::take(&mut state.activation.exception_is_new) {
        state.note_compiled();
    }
    let activation = &mut state.activation;
    let mut found = None;
    walk(activation.fault_pc, activation.fault_fp, activation.entry_fp, |pc, fp| {
        found = jit::find_landing(pc).map(|(pc, frame_bytes)| (pc, fp - frame_bytes, fp));
        found.is_none()
    });
    let Some((pc, sp, fp)) = found else { return 0 };
    let exception = activation.take_exception();
    // SAFETY: the caller's own place for the answer.
    unsafe { landing.write(Landing { pc, sp, fp, exception }) };
    1
}

impl CallState {
    /// Notes the compiled frames that are about to be left, while they still stand.
    pub(super) fn note_compiled(&mut self) {
        let activation = &self.activation;
        let left = &mut self.left;
        let mut len = 0;
        walk(activation.fault_pc, activation.fault_fp, activation.entry_fp, |pc, _| {
            left[len].write(pc);
            len += 1;
            len < MAX_FRAMES
        });
        self.left_len = len;
    }

    /// As [`CallState::note_compiled`], for interpreted frames.
    pub(super) fn note_interpreted(&mut self) {
        self.left_interpreted.clear();
        let left = &mut self.left_interpreted;
        interp::frames(&self.activation, |frame| {
            left.push(frame);
            left.len() < MAX_FRAMES
        });
    }
}
