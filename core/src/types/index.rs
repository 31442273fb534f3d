//! Index spaces of a module (spec: "Indices"), one newtype each so that they cannot be mixed up.

macro_rules! index_newtypes {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub u32);

        impl $name {
            /// The index as an offset into a Rust slice.
            #[inline]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

index_newtypes! {
    /// A function, imported functions first.
    FuncIdx;
    /// A table, imported tables first.
    TableIdx;
    /// A memory, imported memories first.
    MemoryIdx;
    /// A global, imported globals first.
    GlobalIdx;
    /// A tag, imported tags first.
    TagIdx;
    /// A type of the type section.
    TypeIdx;
    /// A data segment.
    DataIdx;
    /// An element segment.
    ElemIdx;
    /// A local of a function, parameters first.
    LocalIdx;
    /// A label, counted from the innermost.
    LabelIdx;
}
