//! The wasm frames of a call, innermost first, across nested calls of the same thread and store.

use super::{context::CallContext, state::CallState};
use crate::{
    error::FrameInfo,
    interp::{self, InterpStack},
    jit,
    module::ModuleInfo,
    types::FuncIdx,
    vm::{Activation, RawFrame},
};

/// No backtrace is longer than this.
const MAX_FRAMES: usize = 64;

/// The frames below the point where a call stopped.
pub(super) fn frames(state: *mut CallState) -> Vec<FrameInfo> {
    let mut frames = Vec::new();
    let mut state = state;
    // SAFETY: [activation-live] the state and its parents belong to calls that run on this thread.
    while let Some(current) = unsafe { state.as_ref() } {
        one_call(&current.activation, &mut frames);
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

fn one_call(activation: &Activation, frames: &mut Vec<FrameInfo>) {
    if activation.entry_fp != 0 {
        let raised = activation.fault_pc != 0;
        let (pc, fp) = if raised {
            (activation.fault_pc, activation.fault_fp)
        } else {
            (activation.last_pc, activation.last_fp)
        };
        compiled(pc, fp, activation.entry_fp, frames);
    } else if activation.interp_frames != 0 {
        // SAFETY: [activation-live] the stack is leased for as long as the activation.
        let stack = unsafe { &*activation.interp_stack.cast::<InterpStack>() };
        interp::frames(stack, |frame| {
            frames.extend(interpreted(&frame));
            frames.len() < MAX_FRAMES
        });
    }
}

/// Walks frame pointers from `pc` in the frame `fp` up to the entry.
fn compiled(mut pc: usize, mut fp: usize, entry_fp: usize, frames: &mut Vec<FrameInfo>) {
    while fp != 0 && fp < entry_fp && frames.len() < MAX_FRAMES {
        if let Some(site) = jit::find_frame(pc) {
            frames.push(frame_info(&site.info, site.func_index, site.module_offset));
        }
        // SAFETY: [frame-chain] between the innermost compiled frame and the entry every frame starts with the saved
        // frame pointer and the return address.
        (fp, pc) = unsafe { ((fp as *const usize).read(), (fp as *const usize).add(1).read().wrapping_sub(1)) };
    }
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
