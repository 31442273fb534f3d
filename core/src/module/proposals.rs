//! WebAssembly proposals: their names, which ones a configuration enables, and which ones a function body uses.

use crate::types::Features;
use wasmparser::{BlockType, FrameKind, FrameStack, VisitOperator, VisitSimdOperator, WasmFeatures};

/// Every proposal that wasmparser can tell apart, by the name of its repository. Where one builds on another, the
/// more basic one comes first.
pub(super) const PROPOSALS: &[(WasmFeatures, &str)] = &[
    (WasmFeatures::MUTABLE_GLOBAL, "mutable-global"),
    (WasmFeatures::SIGN_EXTENSION, "sign-extension-ops"),
    (WasmFeatures::SATURATING_FLOAT_TO_INT, "nontrapping-float-to-int-conversions"),
    (WasmFeatures::MULTI_VALUE, "multi-value"),
    (WasmFeatures::BULK_MEMORY, "bulk-memory-operations"),
    (WasmFeatures::REFERENCE_TYPES, "reference-types"),
    (WasmFeatures::SIMD, "simd"),
    (WasmFeatures::RELAXED_SIMD, "relaxed-simd"),
    (WasmFeatures::THREADS, "threads"),
    (WasmFeatures::TAIL_CALL, "tail-call"),
    (WasmFeatures::MULTI_MEMORY, "multi-memory"),
    (WasmFeatures::MEMORY64, "memory64"),
    (WasmFeatures::EXTENDED_CONST, "extended-const"),
    (WasmFeatures::FUNCTION_REFERENCES, "function-references"),
    (WasmFeatures::GC, "gc"),
    (WasmFeatures::EXCEPTIONS, "exception-handling"),
    (WasmFeatures::LEGACY_EXCEPTIONS, "legacy-exception-handling"),
    (WasmFeatures::WIDE_ARITHMETIC, "wide-arithmetic"),
    (WasmFeatures::CUSTOM_PAGE_SIZES, "custom-page-sizes"),
    (WasmFeatures::COMPACT_IMPORTS, "compact-import-section"),
    (WasmFeatures::MEMORY_CONTROL, "memory-control"),
    (WasmFeatures::STACK_SWITCHING, "stack-switching"),
    (WasmFeatures::SHARED_EVERYTHING_THREADS, "shared-everything-threads"),
    (WasmFeatures::CUSTOM_DESCRIPTORS, "custom-descriptors"),
    (WasmFeatures::ACQUIRE_RELEASE_ATOMICS, "acquire-release-atomics"),
    (WasmFeatures::MULTIBYTE_ARRAY_ACCESS, "multibyte-array-access"),
    (WasmFeatures::COMPONENT_MODEL, "component-model"),
];

/// The name of the first proposal in `features`.
pub(super) fn name(features: WasmFeatures) -> Option<&'static str> {
    PROPOSALS.iter().find(|(flag, _)| features.intersects(*flag)).map(|(_, name)| *name)
}

/// The names of all proposals in `features`, in alphabetical order.
pub(super) fn names(features: WasmFeatures) -> Vec<&'static str> {
    let used = PROPOSALS.iter().filter(|(flag, _)| features.contains(*flag));
    let mut names: Vec<_> = used.map(|(_, name)| *name).collect();
    names.sort_unstable();
    names
}

/// What wasmparser is to accept under `features`.
pub(super) fn enabled(features: &Features) -> WasmFeatures {
    let mut enabled = WasmFeatures::MVP;
    for (_, proposal, bit) in Features::ALL {
        let flag = PROPOSALS.iter().find(|(_, name)| name == proposal).map(|(flag, _)| *flag);
        enabled.set(flag.expect("every feature is a proposal"), features.to_bits() >> bit & 1 == 1);
    }
    enabled
}

/// A visitor that passes every operator on and notes the proposals that the operators belong to.
pub(super) struct Recording<'u, V> {
    pub inner: V,
    pub used: &'u mut WasmFeatures,
}

impl<V> Recording<'_, V> {
    fn note_block(&mut self, ty: BlockType) {
        if matches!(ty, BlockType::FuncType(_)) {
            *self.used |= WasmFeatures::MULTI_VALUE;
        }
    }
}

macro_rules! pass_on {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {$(
        #[inline(always)]
        fn $visit(&mut self $($(, $arg: $argty)*)?) -> Self::Output {
            pass_on!(@note self $proposal);
            pass_on!(@inspect self $visit $($($arg)*)?);
            self.inner.$visit($($($arg),*)?)
        }
    )*};
    (@note $self:ident sign_extension) => { *$self.used |= WasmFeatures::SIGN_EXTENSION };
    (@note $self:ident saturating_float_to_int) => { *$self.used |= WasmFeatures::SATURATING_FLOAT_TO_INT };
    (@note $self:ident bulk_memory) => { *$self.used |= WasmFeatures::BULK_MEMORY };
    (@note $self:ident reference_types) => { *$self.used |= WasmFeatures::REFERENCE_TYPES };
    (@note $self:ident tail_call) => { *$self.used |= WasmFeatures::TAIL_CALL };
    (@note $self:ident exceptions) => { *$self.used |= WasmFeatures::EXCEPTIONS };
    (@note $self:ident threads) => { *$self.used |= WasmFeatures::THREADS };
    (@note $self:ident function_references) => { *$self.used |= WasmFeatures::FUNCTION_REFERENCES };
    (@note $self:ident gc) => { *$self.used |= WasmFeatures::GC };
    (@note $self:ident wide_arithmetic) => { *$self.used |= WasmFeatures::WIDE_ARITHMETIC };
    (@note $self:ident simd) => { *$self.used |= WasmFeatures::SIMD };
    (@note $self:ident relaxed_simd) => { *$self.used |= WasmFeatures::RELAXED_SIMD };
    (@note $self:ident $other:ident) => {};
    (@inspect $self:ident visit_block $ty:ident) => { $self.note_block($ty) };
    (@inspect $self:ident visit_loop $ty:ident) => { $self.note_block($ty) };
    (@inspect $self:ident visit_if $ty:ident) => { $self.note_block($ty) };
    (@inspect $self:ident visit_call_indirect $ty:ident $table:ident) => {
        if $table != 0 {
            *$self.used |= WasmFeatures::REFERENCE_TYPES;
        }
    };
    (@inspect $self:ident $other:ident $($arg:ident)*) => {};
}

impl<'a, V: VisitOperator<'a>> VisitOperator<'a> for Recording<'_, V> {
    type Output = V::Output;

    fn simd_visitor(&mut self) -> Option<&mut dyn VisitSimdOperator<'a, Output = Self::Output>> {
        Some(self)
    }

    wasmparser::for_each_visit_operator!(pass_on);
}

macro_rules! pass_on_simd {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {$(
        fn $visit(&mut self $($(, $arg: $argty)*)?) -> Self::Output {
            pass_on!(@note self $proposal);
            let inner = self.inner.simd_visitor().expect("the validator knows vectors");
            inner.$visit($($($arg),*)?)
        }
    )*};
}

impl<'a, V: VisitOperator<'a>> VisitSimdOperator<'a> for Recording<'_, V> {
    wasmparser::for_each_visit_simd_operator!(pass_on_simd);
}

impl<V: FrameStack> FrameStack for Recording<'_, V> {
    fn current_frame(&self) -> Option<FrameKind> {
        self.inner.current_frame()
    }
}
