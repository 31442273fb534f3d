//! Which WebAssembly proposals a module may use.

macro_rules! features {
    ($($(#[$doc:meta])* $field:ident $name:literal $bit:literal $default:literal;)*) => {
        /// The proposals that validation accepts. The default is everything that both engines run.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub struct Features {
            $($(#[$doc])* pub $field: bool,)*
        }

        impl Features {
            /// Every feature: its name as a field, the name of its proposal, and its bit in a set of features as the
            /// C interface and Go know it.
            pub const ALL: &'static [(&'static str, &'static str, u32)] =
                &[$((stringify!($field), $name, $bit)),*];

            /// Nothing beyond the first version of the standard.
            pub const NONE: Features = Features { $($field: false),* };

            /// The feature with this name, spelled as a field or as the proposal is.
            pub fn by_name(&mut self, name: &str) -> Option<&mut bool> {
                $(if name == stringify!($field) || name == $name {
                    return Some(&mut self.$field);
                })*
                None
            }

            /// The features as a set of bits.
            pub fn to_bits(self) -> u64 {
                0 $(| u64::from(self.$field) << $bit)*
            }

            /// The features whose bits are set; `None` if a bit stands for no feature.
            pub fn from_bits(bits: u64) -> Option<Features> {
                let features = Features { $($field: bits >> $bit & 1 == 1),* };
                (features.to_bits() == bits).then_some(features)
            }
        }

        impl Default for Features {
            fn default() -> Features {
                Features { $($field: $default),* }
            }
        }
    };
}

features! {
    /// `memory.copy`, `table.init` and their siblings.
    bulk_memory "bulk-memory-operations" 0 true;
    /// Several results; block parameters.
    multi_value "multi-value" 1 true;
    /// Import and export of mutable globals.
    mutable_global "mutable-global" 2 true;
    /// `i32.trunc_sat_f32_s` and its siblings.
    saturating_float_to_int "nontrapping-float-to-int-conversions" 3 true;
    /// `externref`, several tables, `table.get` and its siblings.
    reference_types "reference-types" 4 true;
    /// `i32.extend8_s` and its siblings.
    sign_extension "sign-extension-ops" 5 true;
    /// `v128` and its operators.
    simd "simd" 6 true;
    /// Shared memories, atomic operators, waiting.
    threads "threads" 7 true;
    /// `return_call` and its siblings.
    tail_call "tail-call" 8 true;
    /// Arithmetic in constant expressions.
    extended_const "extended-const" 9 true;
    /// Vector operators that may differ between processors.
    relaxed_simd "relaxed-simd" 10 true;
    /// Several memories in one module.
    multi_memory "multi-memory" 11 true;
    /// Memories and tables with 64-bit indices.
    memory64 "memory64" 12 true;
    /// `call_ref`, references that are not null, references to functions of one type.
    function_references "function-references" 13 true;
    /// Structs, arrays, `i31`, subtyping.
    gc "gc" 14 true;
    /// Tags, `throw`, `try_table`.
    exceptions "exception-handling" 15 true;
    /// `i64.add128` and its siblings.
    wide_arithmetic "wide-arithmetic" 16 true;
    /// Memories with pages of one byte.
    custom_page_sizes "custom-page-sizes" 17 true;
}

#[cfg(test)]
mod tests {
    use super::Features;

    #[test]
    fn a_set_of_bits_names_the_same_features_again() {
        let features = Features::default();
        assert_eq!(Features::from_bits(features.to_bits()), Some(features));
        assert_eq!(Features::from_bits(0), Some(Features::NONE));
        assert_eq!(Features::from_bits(1 << 63), None);
    }

    #[test]
    fn every_feature_is_found_by_both_of_its_names() {
        for (field, proposal, bit) in Features::ALL {
            for name in [field, proposal] {
                let mut features = Features::NONE;
                *features.by_name(name).unwrap() = true;
                assert_eq!(features.to_bits(), 1 << bit);
            }
        }
        assert!({ Features::NONE }.by_name("telepathy").is_none());
    }
}
