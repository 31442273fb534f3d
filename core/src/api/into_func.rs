//! Rust closures as host functions.

use super::{
    AsContext, Caller, WasmResults, WasmTy,
    typed::{WasmParams, read_next},
};
use crate::{
    error::Result,
    types::{FuncType, ValType},
};

/// The body of a host function over call slots.
pub trait Body<T>: Fn(Caller<'_, T>, &mut [u64]) -> Result<()> + Send + Sync + 'static {}
impl<T, F: Fn(Caller<'_, T>, &mut [u64]) -> Result<()> + Send + Sync + 'static> Body<T> for F {}

/// What a closure may return: nothing, values, or a `Result` of these.
pub trait IntoResults {
    /// The types.
    fn types() -> Vec<ValType>;
    /// Writes the values, or passes the error on.
    fn finish<T: 'static>(self, caller: &Caller<'_, T>, slots: &mut [u64]) -> Result<()>;
}

impl<R: WasmParams + WasmResults> IntoResults for R {
    fn types() -> Vec<ValType> {
        <R as WasmParams>::types()
    }
    fn finish<T: 'static>(self, caller: &Caller<'_, T>, slots: &mut [u64]) -> Result<()> {
        self.write(caller.as_context(), slots)
    }
}

impl<R: WasmParams + WasmResults> IntoResults for Result<R> {
    fn types() -> Vec<ValType> {
        <R as WasmParams>::types()
    }
    fn finish<T: 'static>(self, caller: &Caller<'_, T>, slots: &mut [u64]) -> Result<()> {
        self?.write(caller.as_context(), slots)
    }
}

/// A closure that can be a host function: `Fn(A, …) -> R` or `Fn(Caller<'_, T>, A, …) -> R`. Implemented for closures
/// only; `P` and `R` are inferred.
pub trait IntoFunc<T, P, R>: Send + Sync + 'static {
    /// The function's type and its body over call slots.
    fn into_func(self) -> (FuncType, impl Body<T>);
}

macro_rules! closures {
    ($(($($ty:ident),*);)*) => {$(
        impl<Data, Closure, Out, $($ty),*> IntoFunc<Data, ($($ty,)*), Out> for Closure
        where
            Data: 'static,
            Closure: Fn($($ty),*) -> Out + Send + Sync + 'static,
            Out: IntoResults,
            $($ty: WasmTy,)*
        {
            fn into_func(self) -> (FuncType, impl Body<Data>) {
                let ty = FuncType::new([$($ty::TYPE),*], Out::types());
                let body = move |caller: Caller<'_, Data>, slots: &mut [u64]| {
                    #[allow(unused_mut, unused_variables, reason = "closures without parameters")]
                    let mut rest = &slots[..];
                    let out = self($(read_next::<$ty, Data>(caller.as_context(), &mut rest)?),*);
                    out.finish(&caller, slots)
                };
                (ty, body)
            }
        }

        impl<Data, Closure, Out, $($ty),*> IntoFunc<Data, (Caller<'_, Data>, $($ty,)*), Out> for Closure
        where
            Data: 'static,
            Closure: Fn(Caller<'_, Data>, $($ty),*) -> Out + Send + Sync + 'static,
            Out: IntoResults,
            $($ty: WasmTy,)*
        {
            fn into_func(self) -> (FuncType, impl Body<Data>) {
                let ty = FuncType::new([$($ty::TYPE),*], Out::types());
                let body = move |mut caller: Caller<'_, Data>, slots: &mut [u64]| {
                    #[allow(unused_mut, unused_variables, reason = "closures without parameters")]
                    let mut rest = &slots[..];
                    let params = ($(read_next::<$ty, Data>(caller.as_context(), &mut rest)?,)*);
                    let inner = Caller::new(super::AsContextMut::as_context_mut(&mut caller));
                    let out = call_with(&self, inner, params);
                    out.finish(&caller, slots)
                };
                #[allow(non_snake_case, reason = "one name per type parameter")]
                fn call_with<Data, Closure, Out, $($ty),*>(
                    closure: &Closure,
                    caller: Caller<'_, Data>,
                    ($($ty,)*): ($($ty,)*),
                ) -> Out
                where
                    Closure: Fn(Caller<'_, Data>, $($ty),*) -> Out,
                {
                    closure(caller, $($ty),*)
                }
                (ty, body)
            }
        }
    )*};
}

closures! {
    ();
    (A);
    (A, B);
    (A, B, C);
    (A, B, C, D);
    (A, B, C, D, E);
    (A, B, C, D, E, F);
    (A, B, C, D, E, F, G);
    (A, B, C, D, E, F, G, H);
    (A, B, C, D, E, F, G, H, I);
    (A, B, C, D, E, F, G, H, I, J);
}
