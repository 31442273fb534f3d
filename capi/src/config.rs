//! What an engine is made from.

use crate::error::wasmrt_error;
use crate::ffi::{answer, borrow_mut, boundary, delete};
use std::ptr;
use wasmrt::{Config, Error, OptLevel, Result, Strategy, types::Features};

/// How an engine compiles and runs modules. Owned by the caller, before and after an engine is made from it: free it
/// with `wasmrt_config_delete`. One thread at a time.
pub struct wasmrt_config {
    pub(crate) config: Config,
}

/// How guests are run.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum wasmrt_strategy {
    /// Compiled to machine code before they run.
    Jit = 0,
    /// Interpreted.
    Interpreter = 1,
}

/// How hard the compiler tries.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum wasmrt_opt_level {
    /// Compile fast.
    None = 0,
    /// Run fast.
    Speed = 1,
    /// Run fast, prefer small code.
    SpeedAndSize = 2,
}

/// Proposals that validation accepts; bits of one word.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum wasmrt_feature {
    /// `memory.copy`, `table.init` and their siblings.
    BulkMemory = 1,
    /// Several results; block parameters.
    MultiValue = 2,
    /// Import and export of mutable globals.
    MutableGlobal = 4,
    /// `i32.trunc_sat_f32_s` and its siblings.
    SaturatingFloatToInt = 8,
    /// `externref`, several tables, `table.get` and its siblings.
    ReferenceTypes = 16,
    /// `i32.extend8_s` and its siblings.
    SignExtension = 32,
    /// `v128` and its operators.
    Simd = 64,
    /// Shared memories, atomic operators, waiting.
    Threads = 128,
    /// `return_call` and its siblings.
    TailCall = 256,
    /// Arithmetic in constant expressions.
    ExtendedConst = 512,
    /// Vector operators that may differ between processors.
    RelaxedSimd = 1024,
    /// Several memories in one module.
    MultiMemory = 2048,
    /// Memories and tables with 64-bit indices.
    Memory64 = 4096,
    /// `call_ref`, references that are not null, references to functions of one type.
    FunctionReferences = 8192,
    /// Structs, arrays, `i31`, subtyping.
    Gc = 16384,
    /// Tags, `throw`, `try_table`.
    Exceptions = 32768,
    /// `i64.add128` and its siblings.
    WideArithmetic = 65536,
    /// Memories with pages of one byte.
    CustomPageSizes = 131072,
}

fn features(bits: u64) -> Result<Features> {
    Features::from_bits(bits).ok_or_else(|| Error::usage(format!("unknown bits in features {bits:#x}")))
}

/// A configuration with every setting at its default. NULL only if memory is exhausted.
///
/// Ownership: the caller's.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub extern "C" fn wasmrt_config_new() -> *mut wasmrt_config {
    answer(ptr::null_mut(), || Box::into_raw(Box::new(wasmrt_config { config: Config::new() })))
}

/// Frees a configuration; NULL is nothing. Engines made from it stay.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_config_delete(config: *mut wasmrt_config) {
    // SAFETY: [c-owned]
    unsafe { delete(config) }
}

/// How guests are run: a `wasmrt_strategy`. Compiled, unless set or unless the machine has no compiler.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_config_set_strategy(config: *mut wasmrt_config, strategy: u32) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        let config = unsafe { borrow_mut(config, "config") }?;
        config.config.strategy(match strategy {
            0 => Strategy::Jit,
            1 => Strategy::Interpreter,
            _ => return Err(Error::usage(format!("no strategy {strategy}"))),
        });
        Ok(())
    })
}

/// How hard the compiler tries: a `wasmrt_opt_level`. Speed unless set.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_config_set_opt_level(config: *mut wasmrt_config, opt_level: u32) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        let config = unsafe { borrow_mut(config, "config") }?;
        config.config.opt_level(match opt_level {
            0 => OptLevel::None,
            1 => OptLevel::Speed,
            2 => OptLevel::SpeedAndSize,
            _ => return Err(Error::usage(format!("no optimization level {opt_level}"))),
        });
        Ok(())
    })
}

/// Which proposals modules may use: bits of `wasmrt_feature`. All unless set; unknown bits are refused.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_config_set_features(config: *mut wasmrt_config, bits: u64) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        let config = unsafe { borrow_mut(config, "config") }?;
        config.config.features(features(bits)?);
        Ok(())
    })
}

/// How many bytes of stack the frames of guests may take in one outermost call; 512 KiB unless set.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_config_set_max_stack_bytes(
    config: *mut wasmrt_config,
    bytes: usize,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        unsafe { borrow_mut(config, "config") }?.config.max_stack_bytes(bytes);
        Ok(())
    })
}

/// How many bytes of the thread's stack guests leave to host functions and the library; 128 KiB unless set.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_config_set_host_reserve_bytes(
    config: *mut wasmrt_config,
    bytes: usize,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        unsafe { borrow_mut(config, "config") }?.config.host_reserve_bytes(bytes);
        Ok(())
    })
}

/// Whether guests consume fuel; see `wasmrt_store_set_fuel`. Off unless set.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_config_set_consume_fuel(config: *mut wasmrt_config, enabled: u32) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        unsafe { borrow_mut(config, "config") }?.config.consume_fuel(enabled != 0);
        Ok(())
    })
}

/// Whether compiled code looks for interruption (epochs, timeouts, `wasmrt_store_interrupt`) at loop headers and
/// function entries; the interpreter always does. Off unless set.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_config_set_interruption(config: *mut wasmrt_config, enabled: u32) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        unsafe { borrow_mut(config, "config") }?.config.interruption(enabled != 0);
        Ok(())
    })
}

/// Whether compiled code may rely on hardware faults. Without them all checks are explicit and the library installs no
/// signal handler. On unless set.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_config_set_signals(config: *mut wasmrt_config, enabled: u32) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        unsafe { borrow_mut(config, "config") }?.config.signals(enabled != 0);
        Ok(())
    })
}

/// Whether compiled code guards checked memory and table accesses against speculation. On unless set.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_config_set_spectre_mitigations(
    config: *mut wasmrt_config,
    enabled: u32,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        unsafe { borrow_mut(config, "config") }?.config.spectre_mitigations(enabled != 0);
        Ok(())
    })
}

/// Address space reserved for each memory, in bytes. Memories never grow beyond it, and never move.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_config_set_memory_reservation_bytes(
    config: *mut wasmrt_config,
    bytes: u64,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        unsafe { borrow_mut(config, "config") }?.config.memory_reservation_bytes(bytes);
        Ok(())
    })
}

/// Inaccessible address space behind each reserved memory, in bytes.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_config_set_memory_guard_bytes(
    config: *mut wasmrt_config,
    bytes: u64,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        unsafe { borrow_mut(config, "config") }?.config.memory_guard_bytes(bytes);
        Ok(())
    })
}

/// How many threads compile a module; 0 is as many as the machine has.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_config_set_compile_threads(
    config: *mut wasmrt_config,
    threads: usize,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        unsafe { borrow_mut(config, "config") }?.config.compile_threads(threads);
        Ok(())
    })
}
