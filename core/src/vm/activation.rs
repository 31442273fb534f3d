//! What one running call needs, and only that call: reached through the pinned register by compiled code, by
//! argument everywhere else.

use super::{VmContext, waiting::Bell};
use crate::{error::Error, trap::TrapCode};
use std::{ptr, sync::atomic::AtomicU32};

/// One call from the host into wasm and everything below it up to the next such call on the same thread.
#[repr(C)]
pub struct Activation {
    /// Compiled code raises `StackOverflow` before its stack pointer goes below this address.
    pub stack_limit: usize,
    /// The store's request word: non-zero asks for a call of [`super::Builtins::interrupt_poll`].
    pub interrupt: *const AtomicU32,
    /// Whether fuel is consumed at all.
    pub fuel_enabled: u32,
    /// Fuel left in the lease. When a segment does not fit, [`super::Builtins::fuel_exhausted`] decides.
    pub fuel: i64,
    /// Host stack pointer to go back to when compiled code raises; set by the entry switch.
    pub exit_sp: usize,
    /// Frame pointer of the entry trampoline's caller: where walks of compiled frames end.
    pub entry_fp: usize,
    /// Frame pointer of the innermost compiled frame that called a host function; 0 if none is in flight.
    pub last_fp: usize,
    /// Return address into that compiled frame.
    pub last_pc: usize,
    /// Program counter at which compiled code raised, and its frame pointer; 0 if it did not.
    pub fault_pc: usize,
    /// Frame pointer belonging to `fault_pc`.
    pub fault_fp: usize,
    /// The trap's number, 0 if none is pending; compiled code that hits a trap instruction leaves it 0 and the trap
    /// site table tells.
    pub trap: u32,
    /// Whether the pending exit came from a signal handler.
    pub raised_by_signal: u32,
    /// The interpreter's stack of this thread's call, owned by `call`.
    pub interp_stack: *mut (),
    /// The store; opaque to the lower layers, known to the functions registered in `Builtins`.
    pub store: *const (),
    /// The activation below this one on the same thread, null at the outermost entry.
    pub parent: *mut Activation,
    /// The error with which a host function or builtin asked to raise; goes before `trap`.
    pub error: Option<Box<Error>>,
    /// The exception that is on its way, a reference to it; 0 if none is.
    pub exception: u64,
    /// Whether that exception was just thrown, so that the frames that it passes are still to be noted.
    pub exception_is_new: bool,
    /// The error with which a host function threw the exception that was last on its way.
    pub carrier: Option<Box<Error>>,
    /// Gc references that a builtin holds while it allocates: the collector updates them.
    pub temporaries: Vec<u64>,
    /// What rings when `interrupt` is set, for those who sleep; null if nothing does.
    pub bell: *const Bell,
    /// Where the interpreter stands while a host function runs, for backtraces: filled by `interp`.
    pub interp_frames: usize,
}

impl Activation {
    /// One in which nothing has happened: no fuel, no store, no parent.
    pub fn new(stack_limit: usize, interrupt: *const AtomicU32) -> Activation {
        Activation {
            stack_limit,
            interrupt,
            fuel_enabled: 0,
            fuel: 0,
            exit_sp: 0,
            entry_fp: 0,
            last_fp: 0,
            last_pc: 0,
            fault_pc: 0,
            fault_fp: 0,
            trap: 0,
            raised_by_signal: 0,
            interp_stack: ptr::null_mut(),
            store: ptr::null(),
            parent: ptr::null_mut(),
            error: None,
            exception: 0,
            exception_is_new: false,
            carrier: None,
            temporaries: Vec::new(),
            bell: ptr::null(),
            interp_frames: 0,
        }
    }

    /// Records a trap; the caller then returns [`super::STATUS_RAISE`].
    #[inline]
    pub fn set_trap(&mut self, code: TrapCode) {
        self.trap = code as u32;
    }

    /// Sends an exception on its way; the caller then returns [`super::STATUS_RAISE`].
    pub fn set_exception(&mut self, exception: u64) {
        self.exception = exception;
        self.exception_is_new = true;
        self.carrier = None;
    }

    /// Takes the exception that is on its way.
    pub fn take_exception(&mut self) -> u64 {
        std::mem::take(&mut self.exception)
    }

    /// Takes the pending trap code.
    pub fn take_trap(&mut self) -> Option<TrapCode> {
        TrapCode::from_number(std::mem::take(&mut self.trap) as u8)
    }
}

/// What a frame walk reports: the instance and the function, and where in it.
#[derive(Clone, Copy, Debug)]
pub struct RawFrame {
    /// Context of the instance that the frame belongs to.
    pub vmctx: *const VmContext,
    /// The function's index in its module.
    pub func_index: u32,
    /// Offset of the instruction in bytes from the module's start; `u32::MAX` if unknown.
    pub module_offset: u32,
}
