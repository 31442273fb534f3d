//! Functions whose signature was checked once, and the Rust types that stand for WebAssembly's.

use super::{AnyRef, AsContextMut, ExnRef, ExternRef, Func, func::with_slots};
use crate::{
    call::StoreContext,
    error::Result,
    types::{RefType, ValType},
};
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
    /// Number of call slots that a value takes.
    const SLOTS: usize = Self::TYPE.slots();
    /// Writes the value into its call slots, the first ones.
    fn to_slots<T: 'static>(self, cx: StoreContext<'_, T>, slots: &mut [u64]) -> Result<()>;
    /// The value in the first call slots.
    fn from_slots<T: 'static>(cx: StoreContext<'_, T>, slots: &[u64]) -> Result<Self>;
}

macro_rules! wasm_numbers {
    ($($ty:ty = $wasm:ident, |$value:ident| $to:expr, |$slot:ident| $from:expr;)*) => {$(
        impl WasmTy for $ty {
            const TYPE: ValType = ValType::$wasm;
            fn to_slots<T: 'static>(self, _: StoreContext<'_, T>, slots: &mut [u64]) -> Result<()> {
                let $value = self;
                slots[0] = $to;
                Ok(())
            }
            fn from_slots<T: 'static>(_: StoreContext<'_, T>, slots: &[u64]) -> Result<Self> {
                let $slot = slots[0];
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

/// A vector, lane 0 in the lowest bits.
impl WasmTy for u128 {
    const TYPE: ValType = ValType::V128;
    fn to_slots<T: 'static>(self, _: StoreContext<'_, T>, slots: &mut [u64]) -> Result<()> {
        slots[0] = self as u64;
        slots[1] = (self >> 64) as u64;
        Ok(())
    }
    fn from_slots<T: 'static>(_: StoreContext<'_, T>, slots: &[u64]) -> Result<Self> {
        Ok(u128::from(slots[1]) << 64 | u128::from(slots[0]))
    }
}

impl WasmTy for Option<Func> {
    const TYPE: ValType = ValType::FUNCREF;
    fn to_slots<T: 'static>(self, cx: StoreContext<'_, T>, slots: &mut [u64]) -> Result<()> {
        slots[0] = self.map_or(Ok(0), |func| func.to_raw(cx))?;
        Ok(())
    }
    fn from_slots<T: 'static>(cx: StoreContext<'_, T>, slots: &[u64]) -> Result<Self> {
        Func::from_raw(cx, slots[0])
    }
}

impl WasmTy for Option<ExternRef> {
    const TYPE: ValType = ValType::EXTERNREF;
    fn to_slots<T: 'static>(self, cx: StoreContext<'_, T>, slots: &mut [u64]) -> Result<()> {
        slots[0] = self.map_or(Ok(0), |object| object.to_raw(cx))?;
        Ok(())
    }
    fn from_slots<T: 'static>(cx: StoreContext<'_, T>, slots: &[u64]) -> Result<Self> {
        ExternRef::from_raw(cx, slots[0])
    }
}

impl WasmTy for Option<AnyRef> {
    const TYPE: ValType = ValType::Ref(RefType::ANYREF);
    fn to_slots<T: 'static>(self, cx: StoreContext<'_, T>, slots: &mut [u64]) -> Result<()> {
        slots[0] = self.map_or(Ok(0), |reference| reference.to_raw(cx))?;
        Ok(())
    }
    fn from_slots<T: 'static>(cx: StoreContext<'_, T>, slots: &[u64]) -> Result<Self> {
        AnyRef::from_raw(cx, slots[0])
    }
}

impl WasmTy for Option<ExnRef> {
    const TYPE: ValType = ValType::EXNREF;
    fn to_slots<T: 'static>(self, cx: StoreContext<'_, T>, slots: &mut [u64]) -> Result<()> {
        slots[0] = self.map_or(Ok(0), |exception| exception.to_raw(cx))?;
        Ok(())
    }
    fn from_slots<T: 'static>(cx: StoreContext<'_, T>, slots: &[u64]) -> Result<Self> {
        ExnRef::from_raw(cx, slots[0])
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
    const SLOTS: usize = A::SLOTS;
    fn types() -> Vec<ValType> {
        vec![A::TYPE]
    }
    fn write<T: 'static>(self, cx: StoreContext<'_, T>, slots: &mut [u64]) -> Result<()> {
        self.to_slots(cx, slots)
    }
}

impl<A: WasmTy> WasmResults for A {
    const SLOTS: usize = A::SLOTS;
    fn types() -> Vec<ValType> {
        vec![A::TYPE]
    }
    fn read<T: 'static>(cx: StoreContext<'_, T>, slots: &[u64]) -> Result<A> {
        A::from_slots(cx, slots)
    }
}

/// Writes a value and gives the slots behind it.
fn write_next<'a, A: WasmTy, T: 'static>(
    value: A,
    cx: StoreContext<'_, T>,
    slots: &'a mut [u64],
) -> Result<&'a mut [u64]> {
    value.to_slots(cx, slots)?;
    Ok(&mut slots[A::SLOTS..])
}

/// Reads a value and leaves the slots behind it.
pub(super) fn read_next<A: WasmTy, T: 'static>(cx: StoreContext<'_, T>, slots: &mut &[u64]) -> Result<A> {
    let value = A::from_slots(cx, slots)?;
    *slots = &slots[A::SLOTS..];
    Ok(value)
}

macro_rules! tuples {
    ($(($($ty:ident $position:tt),*);)*) => {$(
        impl<$($ty: WasmTy),*> WasmParams for ($($ty,)*) {
            const SLOTS: usize = 0 $(+ $ty::SLOTS)*;
            fn types() -> Vec<ValType> {
                vec![$($ty::TYPE),*]
            }
            #[allow(unused_variables, reason = "the empty tuple")]
            fn write<Data: 'static>(self, cx: StoreContext<'_, Data>, slots: &mut [u64]) -> Result<()> {
                $(let slots = write_next(self.$position, cx, slots)?;)*
                Ok(())
            }
        }

        impl<$($ty: WasmTy),*> WasmResults for ($($ty,)*) {
            const SLOTS: usize = 0 $(+ $ty::SLOTS)*;
            fn types() -> Vec<ValType> {
                vec![$($ty::TYPE),*]
            }
            #[allow(unused_variables, reason = "the empty tuple")]
            fn read<Data: 'static>(cx: StoreContext<'_, Data>, slots: &[u64]) -> Result<Self> {
                #[allow(unused_mut, reason = "the empty tuple")]
                let mut rest = slots;
                Ok(($(read_next::<$ty, Data>(cx, &mut rest)?,)*))
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
