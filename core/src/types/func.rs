//! Function types (spec: "Function Types").

use super::ValType;
use std::{fmt, sync::Arc};

/// Parameter and result types of a function. Cloning is cheap: the lists are shared.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FuncType {
    types: Arc<[ValType]>,
    params_len: u32,
}

impl FuncType {
    /// A function type from its parameter and result types.
    pub fn new(params: impl IntoIterator<Item = ValType>, results: impl IntoIterator<Item = ValType>) -> FuncType {
        let mut types: Vec<ValType> = params.into_iter().collect();
        let params_len = types.len() as u32;
        types.extend(results);
        FuncType { types: types.into(), params_len }
    }

    /// The parameter types.
    #[inline]
    pub fn params(&self) -> &[ValType] {
        &self.types[..self.params_len as usize]
    }

    /// The result types.
    #[inline]
    pub fn results(&self) -> &[ValType] {
        &self.types[self.params_len as usize..]
    }

    /// 8-byte slots taken by the parameters.
    pub fn param_slots(&self) -> usize {
        self.params().iter().map(|ty| ty.slots()).sum()
    }

    /// 8-byte slots taken by the results.
    pub fn result_slots(&self) -> usize {
        self.results().iter().map(|ty| ty.slots()).sum()
    }

    /// Length in 8-byte slots of the array through which this function is called: parameters come in from slot 0,
    /// results go out from slot 0.
    pub fn call_slots(&self) -> usize {
        self.param_slots().max(self.result_slots())
    }

    /// Whether any parameter or result is a reference.
    pub fn mentions_refs(&self) -> bool {
        self.types.iter().any(|ty| ty.is_ref())
    }
}

impl fmt::Display for FuncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, types: &[ValType]| -> fmt::Result {
            f.write_str("[")?;
            for (position, ty) in types.iter().enumerate() {
                if position > 0 {
                    f.write_str(" ")?;
                }
                ty.fmt(f)?;
            }
            f.write_str("]")
        };
        list(f, self.params())?;
        f.write_str(" -> ")?;
        list(f, self.results())
    }
}
