//! Functions whose signature was checked once, and the Rust types that stand for WebAssembly's.

use super::{AsContextMut, ExternRef, Func, func::with_slots};
use crate::{call::StoreContext, error::Result, types::ValType};
use std::{fmt, marker::PhantomData};

/// A function with a known Rust signature.
pub struct TypedFunc<P, R> {
    func: Func,
    signature: PhantomData<fn(P) -> R>,
}

impl<P, R> Clone for TypedFunc<P, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P, R> Copy for TypedFunc<P, R> {}

impl<P, R> fmt::Debug for TypedFunc<P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.func.fmt(f)
    }
}

impl<P: WasmParams, R: WasmResults> TypedFunc<P, R> {
    pub(crate) fn new(func: Func) -> TypedFunc<P, R> {
        TypedFunc { func, signature: PhantomData }
    }

    /// The function itself.
    pub fn func(&self) -> &Func {
        &self.func
    }

    /// Calls the function.
    pub fn call(&self, mut cx: impl AsContextMut, params: P) -> Result<R> {
        let mut cx = cx.as_context_mut();
        with_slots(P::SLOTS.max(R::SLOTS), |slots| {
            params.write(cx.shared(), slots)?;
            self.func.run(cx.reborrow(), slots)?;
            R::read(cx.shared(), slots)
        })
    }
}

/// A Rust type that stands for a WebAssembly value type.
pub trait WasmTy: Sized + 'static {
    /// The type it stands for.
    const TYPE: ValType;
    /// The value as a call slot.
    fn to_slot<T: 'static>(self, cx: StoreContext<'_, T>) -> Result<u64>;
    /// The value of a call slot.
    fn from_slot<T: 'static>(cx: StoreContext<'_, T>, slot: u64) -> Result<Self>;
}

macro_rules! wasm_numbers {
    ($($ty:ty = $wasm:ident, |$value:ident| $to:expr, |$slot:ident| $from:expr;)*) => {$(
        impl WasmTy for $ty {
            const TYPE: ValType = ValType::$wasm;
            fn to_slot<T: 'static>(self, _: StoreContext<'_, T>) -> Result<u64> {
                let $value = self;
                Ok($to)
            }
            fn from_slot<T: 'static>(_: StoreContext<'_, T>, $slot: u64) -> Result<Self> {
                Ok($from)
            }
        }
    )*};
}

wasm_numbers! {
    i32 = I32, |value| u64::from(value as u32), |slot| slot as i32;
    u32 = I32, |value| u64::from(value), |slot| slot as u32;
    i64 = I64, |value| value as u64, |slot| slot as i64;
    u64 = I64, |value| value, |slot| slot;
    f32 = F32, |value| u64::from(value.to_bits()), |slot| f32::from_bits(slot as u32);
    f64 = F64, |value| value.to_bits(), |slot| f64::from_bits(slot);
}

impl WasmTy for Option<Func> {
    const TYPE: ValType = ValType::FUNCREF;
    fn to_slot<T: 'static>(self, cx: StoreContext<'_, T>) -> Result<u64> {
        self.map_or(Ok(0), |func| func.to_raw(cx))
    }
    fn from_slot<T: 'static>(cx: StoreContext<'_, T>, slot: u64) -> Result<Self> {
        Func::from_raw(cx, slot)
    }
}

impl WasmTy for Option<ExternRef> {
    const TYPE: ValType = ValType::EXTERNREF;
    fn to_slot<T: 'static>(self, cx: StoreContext<'_, T>) -> Result<u64> {
        Ok(self.map_or(0, |object| object.to_raw(cx)))
    }
    fn from_slot<T: 'static>(cx: StoreContext<'_, T>, slot: u64) -> Result<Self> {
        ExternRef::from_raw(cx, slot)
    }
}

/// Parameters: nothing, one value, or a tuple of values.
pub trait WasmParams {
    /// Number of call slots.
    const SLOTS: usize;
    /// The types.
    fn types() -> Vec<ValType>;
    /// Writes the values.
    fn write<T: 'static>(self, cx: StoreContext<'_, T>, slots: &mut [u64]) -> Result<()>;
}

/// Results: nothing, one value, or a tuple of values.
pub trait WasmResults: Sized {
    /// Number of call slots.
    const SLOTS: usize;
    /// The types.
    fn types() -> Vec<ValType>;
    /// Reads the values.
    fn read<T: 'static>(cx: StoreContext<'_, T>, slots: &[u64]) -> Result<Self>;
}

impl<A: WasmTy> WasmParams for A {
    const SLOTS: usize = 1;
    fn types() -> Vec<ValType> {
        vec![A::TYPE]
    }
    fn write<T: 'static>(self, cx: StoreContext<'_, T>, slots: &mut [u64]) -> Result<()> {
        slots[0] = self.to_slot(cx)?;
        Ok(())
    }
}

impl<A: WasmTy> WasmResults for A {
    const SLOTS: usize = 1;
    fn types() -> Vec<ValType> {
        vec![A::TYPE]
    }
    fn read<T: 'static>(cx: StoreContext<'_, T>, slots: &[u64]) -> Result<A> {
        A::from_slot(cx, slots[0])
    }
}

macro_rules! tuples {
    ($(($($ty:ident $position:tt),*);)*) => {$(
        impl<$($ty: WasmTy),*> WasmParams for ($($ty,)*) {
            const SLOTS: usize = 0 $(+ { let _ = $position; 1 })*;
            fn types() -> Vec<ValType> {
                vec![$($ty::TYPE),*]
            }
            #[allow(unused_variables, reason = "the empty tuple")]
            fn write<Data: 'static>(self, cx: StoreContext<'_, Data>, slots: &mut [u64]) -> Result<()> {
                $(slots[$position] = self.$position.to_slot(cx)?;)*
                Ok(())
            }
        }

        impl<$($ty: WasmTy),*> WasmResults for ($($ty,)*) {
            const SLOTS: usize = 0 $(+ { let _ = $position; 1 })*;
            fn types() -> Vec<ValType> {
                vec![$($ty::TYPE),*]
            }
            #[allow(unused_variables, reason = "the empty tuple")]
            fn read<Data: 'static>(cx: StoreContext<'_, Data>, slots: &[u64]) -> Result<Self> {
                Ok(($($ty::from_slot(cx, slots[$position])?,)*))
            }
        }
    )*};
}

tuples! {
    ();
    (A 0);
    (A 0, B 1);
    (A 0, B 1, C 2);
    (A 0, B 1, C 2, D 3);
    (A 0, B 1, C 2, D 3, E 4);
    (A 0, B 1, C 2, D 3, E 4, F 5);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
}
