//! The wasm frames of a call, innermost first, across nested calls of the same thread and store.

use super::{context::CallContext, state::CallState};
use crate::{
    error::FrameInfo,
    interp, jit,
    module::ModuleInfo,
    types::FuncIdx,
    vm::{Activation, RawFrame},
};

/// No backtrace is longer than this.
pub(super) const MAX_FRAMES: usize = 64;

/// The frames below the point where a call stopped.
pub(super) fn frames(state: *mut CallState) -> Vec<FrameInfo> {
    let mut frames = Vec::new();
    let mut state = state;
    // SAFETY: [activation-live] the state and its parents belong to calls that run on this thread.
    while let Some(current) = unsafe { state.as_ref() } {
        one_call(current, &mut frames);
        state = current.parent;
    }
    frames
}

impl CallContext {
    /// The frames of the guest that called the host function.
    pub fn backtrace(&self) -> Vec<FrameInfo> {
        frames(self.state.as_ptr())
    }
}

/// Notes the frames that compiled code is about to leave, while they still stand. Runs on the guest's stack, below
/// those frames: it must stay small, and takes no lock.
///
/// # Safety
///
/// `[activation-live]`, `[frame-chain]`: compiled code was entered with this activation, whose `fault_pc` and
/// `fault_fp` say where it stopped.
#[cfg_attr(feature = "portable", expect(dead_code, reason = "only the switch to compiled code comes here"))]
pub(super) unsafe extern "C" fn note_frames(activation: *mut Activation) {
    // SAFETY: [activation-live] every activation is the head of a `CallState`.
    let state = unsafe { &mut *activation.cast::<CallState>() };
    if state.activation.exception == 0 {
        state.note_compiled();
    }
    // No builtin and no host function is in flight any more.
    state.activation.last_fp = 0;
}

fn one_call(state: &CallState, frames: &mut Vec<FrameInfo>) {
    let activation = &state.activation;
    if activation.entry_fp != 0 {
        if activation.last_fp != 0 {
            return walk(activation.last_pc, activation.last_fp, activation.entry_fp, |pc, _| {
                frames.extend(compiled(pc));
                frames.len() < MAX_FRAMES
            });
        }
        for pc in &state.left[..state.left_len] {
            // SAFETY: [frame-chain] `note_compiled` wrote the first `left_len`.
            frames.extend(compiled(unsafe { pc.assume_init() }));
        }
    } else if activation.exception != 0 {
        frames.extend(state.left_interpreted.iter().filter_map(interpreted));
    } else {
        interp::frames(activation, |frame| {
            frames.extend(interpreted(&frame));
            frames.len() < MAX_FRAMES
        });
    }
}

/// Walks frame pointers from `pc` in the frame `fp` up to the entry, as long as `visit` wants more.
pub(super) fn walk(mut pc: usize, mut fp: usize, entry_fp: usize, mut visit: impl FnMut(usize, usize) -> bool) {
    while fp != 0 && fp < entry_fp && visit(pc, fp) {
        // SAFETY: [frame-chain] between the innermost compiled frame and the entry every frame starts with the saved
        // frame pointer and the return address.
        (fp, pc) = unsafe { ((fp as *const usize).read(), (fp as *const usize).add(1).read().wrapping_sub(1)) };
    }
}

fn compiled(pc: usize) -> Option<FrameInfo> {
    let site = jit::find_frame(pc)?;
    Some(frame_info(&site.info, site.func_index, site.module_offset))
}

fn interpreted(frame: &RawFrame) -> Option<FrameInfo> {
    // SAFETY: [vmctx-live] the frame's instance is in a running call.
    let info = unsafe { &(*frame.vmctx).instance.as_ref()?.info };
    Some(frame_info(info, frame.func_index, frame.module_offset))
}

fn frame_info(info: &ModuleInfo, func_index: u32, module_offset: u32) -> FrameInfo {
    FrameInfo {
        module_name: info.names.module.clone(),
        func_index,
        func_name: info.func_name(FuncIdx(func_index)),
        module_offset: (module_offset != u32::MAX).then_some(module_offset),
    }
}
