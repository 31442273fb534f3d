//! The switch between host code and compiled code: in through [`enter`], out through its return or through [`leave`].
//!
//! Compiled code is entered with the activation in r15, Cranelift's pinned register. Leaving early restores the stack
//! pointer that `enter` saved, and with it every register that the host's convention preserves; the frames in
//! between are compiled code's only, which holds nothing that needs to be dropped.

use super::unwind::{Landing, find_landing};
use crate::vm::{Activation, FuncRef, STATUS_RAISE, VmContext};
use std::{arch::naked_asm, mem::offset_of};

/// Restores what `enter` saved, with the stack pointer where `enter` left it, and returns to its caller.
macro_rules! return_to_host {
    () => {
        "add rsp, 8
        pop r15
        pop r14
        pop r13
        pop r12
        pop rbx
        pop rbp
        ret"
    };
}

/// Calls the array entry of a compiled function; the status it answers, or [`STATUS_RAISE`] when code left early.
///
/// # Safety
///
/// `[activation-live]`, `[vmctx-live]` and `[slots-len]` hold for the arguments.
#[unsafe(naked)]
pub unsafe extern "C" fn enter(activation: *mut Activation, func: *const FuncRef, slots: *mut u64) -> u32 {
    naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        // Calls want the stack pointer to be a multiple of 16.
        "sub rsp, 8",
        "mov [rdi + {exit_sp}], rsp",
        "mov [rdi + {entry_fp}], rbp",
        "mov r15, rdi",
        // The array entry takes the function first.
        "xchg rdi, rsi",
        "call [rdi + {array_entry}]",
        return_to_host!(),
        exit_sp = const offset_of!(Activation, exit_sp),
        entry_fp = const offset_of!(Activation, entry_fp),
        array_entry = const offset_of!(FuncRef, array_entry),
    )
}

/// `Builtins::raise`: notes from where compiled code raises, then leaves it: for where the pending exception is caught,
/// or altogether. Never returns to its caller. What it calls keeps the registers that a call of a C function keeps, as a
/// landing pad in the very function that raises expects; those behind other calls expect nothing but the activation.
///
/// # Safety
///
/// `[activation-live]`, and the caller is compiled code entered with this activation.
#[unsafe(naked)]
pub unsafe extern "C" fn raise(activation: *mut Activation, vmctx: *mut VmContext) {
    naked_asm!(
        // The last byte of the call instead of what follows it, so that it belongs to the call's operator.
        "mov rax, [rsp]",
        "dec rax",
        "mov [rdi + {fault_pc}], rax",
        "mov [rdi + {fault_fp}], rbp",
        "cmp qword ptr [rdi + {exception}], 0",
        "je {leave}",
        // Room for the answer, and the stack pointer a multiple of 16.
        "sub rsp, {answer_bytes} + 8",
        "mov rsi, rsp",
        "call {find_landing}",
        "test eax, eax",
        "jnz 2f",
        "mov rdi, r15",
        "jmp {leave}",
        "2:",
        "mov rcx, [rsp + {pc}]",
        "mov rbp, [rsp + {fp}]",
        "mov rax, [rsp + {landing_exception}]",
        "mov rsp, [rsp + {sp}]",
        "jmp rcx",
        fault_pc = const offset_of!(Activation, fault_pc),
        fault_fp = const offset_of!(Activation, fault_fp),
        exception = const offset_of!(Activation, exception),
        answer_bytes = const size_of::<Landing>(),
        find_landing = sym find_landing,
        pc = const offset_of!(Landing, pc),
        sp = const offset_of!(Landing, sp),
        fp = const offset_of!(Landing, fp),
        landing_exception = const offset_of!(Landing, exception),
        leave = sym leave,
    )
}

/// Leaves compiled code for the caller of [`enter`], with [`STATUS_RAISE`]. Signal handlers return to here.
///
/// # Safety
///
/// As for [`raise`]; whoever goes here has noted why in the activation.
#[unsafe(naked)]
pub unsafe extern "C" fn leave(activation: *mut Activation) {
    naked_asm!(
        // The frames being left are below the stack pointer of the host afterwards, and soon overwritten.
        "mov rbx, rdi",
        "and rsp, -16",
        "call {note_frames}",
        "mov rsp, [rbx + {exit_sp}]",
        "mov eax, {raise}",
        return_to_host!(),
        note_frames = sym super::backtrace::note_frames,
        exit_sp = const offset_of!(Activation, exit_sp),
        raise = const STATUS_RAISE,
    )
}

const _: () = assert!(size_of::<Landing>().is_multiple_of(16), "calls want the stack pointer to be a multiple of 16");

#[cfg(test)]
mod tests;
