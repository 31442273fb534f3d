//! What generated code and the interpreter call for everything that is not worth inlining: implemented once, used
//! by both engines through this table.
//!
//! Functions that return a status leave the reason in the activation when it is [`super::STATUS_RAISE`]. Indices are
//! module indices of the instance whose context is passed. Lengths and offsets are zero-extended.

use super::{Activation, FuncRef, VmContext};
#[cfg(all(target_arch = "x86_64", unix, not(feature = "portable")))]
use std::mem::offset_of;

mod array;
mod atomic;
mod control;
mod exception;
mod gc;
mod memory;
mod numeric;
mod table;

pub use control::{Caller, Stop};

macro_rules! builtins {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $ty:ty),*) $(-> $ret:ty)?;)*) => {
        /// The table of builtins, one per store, named by every context.
        #[repr(C)]
        #[derive(Clone, Copy, Debug)]
        pub struct Builtins {
            /// Those below, for compiled code.
            #[cfg(all(target_arch = "x86_64", unix, not(feature = "portable")))]
            pub noted: Noted,
            $($(#[$doc])* pub $name: unsafe extern "C" fn(*mut Activation, *mut VmContext $(, $ty)*) $(-> $ret)?,)*
        }

        /// The builtins as compiled code calls them: each notes the caller's frame, from which the collector starts,
        /// and goes on in the builtin.
        #[cfg(all(target_arch = "x86_64", unix, not(feature = "portable")))]
        #[repr(C)]
        #[derive(Clone, Copy, Debug)]
        pub struct Noted {
            $(pub $name: unsafe extern "C" fn(*mut Activation, *mut VmContext $(, $ty)*) $(-> $ret)?,)*
        }

        #[cfg(all(target_arch = "x86_64", unix, not(feature = "portable")))]
        const NOTED: Noted = Noted { $($name: {
            #[unsafe(naked)]
            unsafe extern "C" fn noted(_: *mut Activation, _: *mut VmContext $(, _: $ty)*) $(-> $ret)? {
                std::arch::naked_asm!(
                    // The last byte of the call instead of what follows it, as everywhere in walks.
                    "mov rax, [rsp]",
                    "dec rax",
                    "mov [rdi + {last_pc}], rax",
                    "mov [rdi + {last_fp}], rbp",
                    "mov rax, [rsi + {builtins}]",
                    "jmp [rax + {builtin}]",
                    last_pc = const offset_of!(Activation, last_pc),
                    last_fp = const offset_of!(Activation, last_fp),
                    builtins = const offset_of!(VmContext, builtins),
                    builtin = const offset_of!(Builtins, $name),
                )
            }
            noted
        },)* };
    };
}

builtins! {
    /// Leaves compiled code, recording from where: an exception for where it is caught, all else for the activation's
    /// entry with [`super::STATUS_RAISE`]. Never returns. The reason is already in the activation. Not for the
    /// interpreter.
    raise();
    /// Called when the interrupt word is non-zero; a status.
    interrupt_poll() -> u32;
    /// Called when `activation.fuel` has gone below zero by charging `cost`: either tops the lease up, or gives
    /// `cost` back, records `OutOfFuel` and asks to raise; a status.
    fuel_exhausted(cost: u64) -> u32;
    /// Grows a memory; the old size in pages, or `u64::MAX`.
    memory_grow(memory: u32, delta_pages: u64) -> u64;
    /// `memory.copy`; a status.
    memory_copy(to_memory: u32, from_memory: u32, to: u64, from: u64, len: u64) -> u32;
    /// `memory.fill`; a status.
    memory_fill(memory: u32, to: u64, byte: u32, len: u64) -> u32;
    /// `memory.init`; a status.
    memory_init(memory: u32, data: u32, to: u64, from: u32, len: u32) -> u32;
    /// `data.drop`.
    data_drop(data: u32);
    /// `table.get`: writes the raw reference to `*out`; a status.
    table_get(table: u32, index: u64, out: *mut u64) -> u32;
    /// `table.set` with a raw reference; a status.
    table_set(table: u32, index: u64, reference: u64) -> u32;
    /// `table.grow` with a raw reference; the old size in elements, or `u64::MAX`.
    table_grow(table: u32, delta: u64, reference: u64) -> u64;
    /// `table.fill` with a raw reference; a status.
    table_fill(table: u32, to: u64, reference: u64, len: u64) -> u32;
    /// `table.copy`; a status.
    table_copy(to_table: u32, from_table: u32, to: u64, from: u64, len: u64) -> u32;
    /// `table.init`; a status.
    table_init(table: u32, elem: u32, to: u64, from: u32, len: u32) -> u32;
    /// `elem.drop`.
    elem_drop(elem: u32);
    /// The function behind an indirect call whose fast check failed; `signature` is the number that its type has in
    /// the engine. A function of a subtype will do. Null after recording `UndefinedElement`, `UninitializedElement` or `IndirectCallTypeMismatch`.
    call_indirect_slow(table: u32, index: u64, signature: u32) -> *const FuncRef;
    /// A zeroed struct of a type of the module; 0 after recording why there is none. May collect.
    gc_new_struct(type_index: u32) -> u64;
    /// As `gc_new_struct`, an array.
    gc_new_array(type_index: u32, len: u32) -> u64;
    /// `array.new`; the array, or 0 after recording why there is none. The value is given as slots. May collect.
    array_new(type_index: u32, len: u32, value_low: u64, value_high: u64) -> u64;
    /// As `array_new`, zeroed.
    array_new_default(type_index: u32, len: u32) -> u64;
    /// As `array_new`, with elements from a data segment.
    array_new_data(type_index: u32, data: u32, from: u32, len: u32) -> u64;
    /// As `array_new`, with elements from an element segment.
    array_new_elem(type_index: u32, elem: u32, from: u32, len: u32) -> u64;
    /// `array.fill`; a status. In this and the following the type tells how elements are stored.
    array_fill(type_index: u32, array: u64, to: u32, value_low: u64, value_high: u64, len: u32) -> u32;
    /// `array.copy`; a status.
    array_copy(type_index: u32, to_array: u64, to: u32, from_array: u64, from: u32, len: u32) -> u32;
    /// `array.init_data`; a status.
    array_init_data(type_index: u32, data: u32, array: u64, to: u32, from: u32, len: u32) -> u32;
    /// `array.init_elem`; a status.
    array_init_elem(type_index: u32, elem: u32, array: u64, to: u32, from: u32, len: u32) -> u32;
    /// Whether an object is an array, else a struct.
    ref_is_array(reference: u64) -> u32;
    /// Whether a reference that is not null refers to an object of a type of the module.
    ref_test(reference: u64, type_index: u32) -> u32;
    /// Whether one type is another or declared below it; both by the engine's numbers.
    type_is_subtype(sub: u32, sup: u32) -> u32;
    /// Makes room for an object of `bytes` in the heap; a status.
    gc_collect(bytes: u64) -> u32;
    /// Lets other threads run guest code until [`Builtins::proceed`], where only one does at a time.
    pause();
    /// Waits until this thread may run guest code again; a status.
    proceed() -> u32;
    /// Makes an exception of a tag's parameters in `payload` and asks to raise it; [`super::STATUS_RAISE`]. May collect.
    throw(tag: u32, payload: *mut u64) -> u32;
    /// Asks to raise an exception, or a trap if it is null; [`super::STATUS_RAISE`].
    throw_ref(exception: u64) -> u32;
    /// The identity of an exception's tag.
    exception_tag(exception: u64) -> u64;
    /// Writes the values of an exception of a tag to `to`, as call slots.
    exception_payload(exception: u64, tag: u32, to: *mut u64);
    /// The product of two f32 plus a third with one rounding, all as bits; for processors that lack the instruction.
    f32_fma(left: u32, right: u32, addend: u32) -> u32;
    /// As `f32_fma`, of f64.
    f64_fma(left: u64, right: u64, addend: u64) -> u64;
    /// `memory.atomic.notify`: how many were woken, or [`NO_ANSWER`].
    memory_atomic_notify(memory: u32, index: u64, offset: u64, count: u32) -> u64;
    /// `memory.atomic.wait32`: its result, or [`NO_ANSWER`].
    memory_atomic_wait32(memory: u32, index: u64, offset: u64, expected: u64, timeout_nanos: i64) -> u64;
    /// `memory.atomic.wait64`: its result, or [`NO_ANSWER`].
    memory_atomic_wait64(memory: u32, index: u64, offset: u64, expected: u64, timeout_nanos: i64) -> u64;
}

/// What a builtin with a 32-bit result answers instead of it when it asks to raise.
pub const NO_ANSWER: u64 = u64::MAX;

/// The type of [`Builtins::memory_atomic_wait32`] and its sibling.
pub type WaitBuiltin = unsafe extern "C" fn(*mut Activation, *mut VmContext, u32, u64, u64, u64, i64) -> u64;

/// The builtins that only a store can implement: they know its deadlines, its fuel and the way out of its code.
#[derive(Clone, Copy, Debug)]
pub struct StoreBuiltins {
    /// [`Builtins::interrupt_poll`].
    pub interrupt_poll: unsafe extern "C" fn(*mut Activation, *mut VmContext) -> u32,
    /// [`Builtins::fuel_exhausted`].
    pub fuel_exhausted: unsafe extern "C" fn(*mut Activation, *mut VmContext, u64) -> u32,
    /// [`Builtins::raise`].
    pub raise: unsafe extern "C" fn(*mut Activation, *mut VmContext),
    /// [`Builtins::gc_collect`].
    pub gc_collect: unsafe extern "C" fn(*mut Activation, *mut VmContext, u64) -> u32,
    /// [`Builtins::pause`].
    pub pause: unsafe extern "C" fn(*mut Activation, *mut VmContext),
    /// [`Builtins::proceed`].
    pub proceed: unsafe extern "C" fn(*mut Activation, *mut VmContext) -> u32,
}

/// The whole table for a store.
pub fn table(store_side: StoreBuiltins) -> Builtins {
    let StoreBuiltins { interrupt_poll, fuel_exhausted, raise, gc_collect, pause, proceed } = store_side;
    Builtins {
        memory_grow: memory::memory_grow,
        memory_copy: memory::memory_copy,
        memory_fill: memory::memory_fill,
        memory_init: memory::memory_init,
        data_drop: memory::data_drop,
        memory_atomic_notify: atomic::memory_atomic_notify,
        memory_atomic_wait32: atomic::memory_atomic_wait32,
        memory_atomic_wait64: atomic::memory_atomic_wait64,
        table_get: table::table_get,
        table_set: table::table_set,
        table_grow: table::table_grow,
        table_fill: table::table_fill,
        table_copy: table::table_copy,
        table_init: table::table_init,
        elem_drop: table::elem_drop,
        call_indirect_slow: control::call_indirect_slow,
        gc_new_struct: gc::gc_new_struct,
        gc_new_array: gc::gc_new_array,
        array_new: array::array_new,
        array_new_default: array::array_new_default,
        array_new_data: array::array_new_data,
        array_new_elem: array::array_new_elem,
        array_fill: array::array_fill,
        array_copy: array::array_copy,
        array_init_data: array::array_init_data,
        array_init_elem: array::array_init_elem,
        ref_is_array: gc::ref_is_array,
        ref_test: gc::ref_test,
        type_is_subtype: gc::type_is_subtype,
        gc_collect,
        pause,
        proceed,
        throw: exception::throw,
        throw_ref: exception::throw_ref,
        exception_tag: exception::exception_tag,
        exception_payload: exception::exception_payload,
        raise,
        interrupt_poll,
        fuel_exhausted,
        f32_fma: numeric::f32_fma,
        f64_fma: numeric::f64_fma,
        #[cfg(all(target_arch = "x86_64", unix, not(feature = "portable")))]
        noted: NOTED,
    }
}

#[cfg(test)]
mod tests;
