//! How compiled code holds values, and which of them the collector must find.

use super::Translator;
use crate::{
    jit::abi::clif_type,
    module::ModuleInfo,
    types::{HeapType, RefType, ValType},
};
use cranelift_codegen::ir::{Type, Value, types};
use cranelift_frontend::Variable;
use wasmparser::UnpackedIndex;

/// How a value is held.
#[derive(Clone, Copy)]
pub(super) struct Held {
    pub(super) ty: Type,
    /// Whether it is a reference that the collector may have to change.
    pub(super) is_gc: bool,
}

impl Held {
    /// A gc reference.
    pub(super) const OBJECT: Held = Held { ty: types::I64, is_gc: true };

    pub(super) fn of(ty: ValType) -> Held {
        Held { ty: clif_type(ty), is_gc: matches!(ty, ValType::Ref(ty) if ty.is_gc()) }
    }

    /// Of a type in a body of `info`.
    pub(super) fn of_parsed(ty: wasmparser::ValType, info: &ModuleInfo) -> Held {
        Held::of(match ty {
            wasmparser::ValType::I32 => ValType::I32,
            wasmparser::ValType::I64 => ValType::I64,
            wasmparser::ValType::F32 => ValType::F32,
            wasmparser::ValType::F64 => ValType::F64,
            wasmparser::ValType::V128 => ValType::V128,
            wasmparser::ValType::Ref(ty) if is_func(ty.heap_type(), info) => ValType::FUNCREF,
            // Which hierarchy does not matter here.
            wasmparser::ValType::Ref(_) => ValType::Ref(RefType::null(HeapType::Any)),
        })
    }
}

fn is_func(heap: wasmparser::HeapType, info: &ModuleInfo) -> bool {
    match heap {
        wasmparser::HeapType::Abstract { ty, .. } => {
            matches!(ty, wasmparser::AbstractHeapType::Func | wasmparser::AbstractHeapType::NoFunc)
        }
        wasmparser::HeapType::Concrete(UnpackedIndex::Module(index)) => info.types[index as usize].as_func().is_some(),
        _ => false,
    }
}

impl Translator<'_> {
    /// Lets the collector find `value` wherever it may run, if it must.
    pub(super) fn declare(&mut self, value: Value, held: Held) {
        if held.is_gc {
            self.builder.declare_value_needs_stack_map(value);
        }
    }

    /// Pushes a value that is not a copy of one which was pushed before.
    pub(super) fn push_held(&mut self, value: Value, held: Held) {
        self.declare(value, held);
        self.push(value);
    }

    /// As [`Translator::push_held`], by the value's type.
    pub(super) fn push_typed(&mut self, value: Value, ty: ValType) {
        self.push_held(value, Held::of(ty));
    }

    /// A new variable, which holds what the collector must find if its values must be found.
    pub(super) fn declare_local(&mut self, held: Held) -> Variable {
        let variable = self.builder.declare_var(held.ty);
        if held.is_gc {
            self.builder.declare_var_needs_stack_map(variable);
        }
        variable
    }
}
