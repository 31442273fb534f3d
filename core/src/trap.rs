//! The one trap table: number, name and the specification suite's wording.
//!
//! Every other list of traps (C header, Python enum, Go texts) is generated from or checked against this one.

use std::fmt;

macro_rules! trap_codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $message:literal;)*) => {
        /// Why a guest was stopped by the semantics of WebAssembly or by a limit of its stack.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum TrapCode {
            $($(#[$doc])* $name = $number,)*
        }

        impl TrapCode {
            /// Every trap code, in the order of their numbers.
            pub const ALL: &'static [TrapCode] = &[$(TrapCode::$name),*];

            /// The core message: the wording that the specification's test suite expects.
            pub const fn message(self) -> &'static str {
                match self {
                    $(TrapCode::$name => $message,)*
                }
            }

            /// The code's name as written in Rust.
            pub const fn name(self) -> &'static str {
                match self {
                    $(TrapCode::$name => stringify!($name),)*
                }
            }

            /// The code with this number.
            pub const fn from_number(number: u8) -> Option<TrapCode> {
                match number {
                    $($number => Some(TrapCode::$name),)*
                    _ => None,
                }
            }
        }
    };
}

trap_codes! {
    /// `unreachable` was executed.
    Unreachable = 1, "unreachable";
    /// A load, store or bulk operation left its memory.
    MemoryOutOfBounds = 2, "out of bounds memory access";
    /// A table operation left its table.
    TableOutOfBounds = 3, "out of bounds table access";
    /// `call_indirect` with an index outside its table.
    UndefinedElement = 4, "undefined element";
    /// `call_indirect` through a null entry.
    UninitializedElement = 5, "uninitialized element";
    /// `call_indirect` to a function of another type.
    IndirectCallTypeMismatch = 6, "indirect call type mismatch";
    /// An integer was divided by zero.
    IntegerDivideByZero = 7, "integer divide by zero";
    /// A quotient or conversion does not fit its type.
    IntegerOverflow = 8, "integer overflow";
    /// NaN was converted to an integer.
    InvalidConversionToInteger = 9, "invalid conversion to integer";
    /// The configured stack, or what the thread has left of its own, is used up.
    StackOverflow = 10, "call stack exhausted";
    /// The store's fuel is used up.
    OutOfFuel = 11, "all fuel consumed";
    /// A null reference was used where an object is needed.
    NullReference = 12, "null reference";
    /// An atomic access was not aligned.
    UnalignedAtomic = 13, "unaligned atomic";
    /// A thread was to wait on a memory that is not shared.
    ExpectedSharedMemory = 14, "expected shared memory";
    /// An array operator left its array.
    ArrayOutOfBounds = 15, "out of bounds array access";
    /// A reference was cast to a type that what it refers to does not have.
    CastFailure = 16, "cast failure";
    /// An array was to be longer than any heap.
    AllocationTooLarge = 17, "allocation size too large";
}

impl fmt::Display for TrapCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}
