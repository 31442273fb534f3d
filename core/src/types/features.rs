//! Which WebAssembly proposals a module may use.

/// The proposals that validation accepts. The default is everything that both engines run.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Features {
    /// Import and export of mutable globals.
    pub mutable_global: bool,
    /// `i32.extend8_s` and its siblings.
    pub sign_extension: bool,
    /// `i32.trunc_sat_f32_s` and its siblings.
    pub saturating_float_to_int: bool,
    /// Several results; block parameters.
    pub multi_value: bool,
    /// `memory.copy`, `table.init` and their siblings.
    pub bulk_memory: bool,
    /// `externref`, several tables, `table.get` and its siblings.
    pub reference_types: bool,
}

impl Default for Features {
    fn default() -> Features {
        Features {
            mutable_global: true,
            sign_extension: true,
            saturating_float_to_int: true,
            multi_value: true,
            bulk_memory: true,
            reference_types: true,
        }
    }
}
