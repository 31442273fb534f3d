//! What the spec-suite test leaves out, and why.

/// Directives of one file that are not executed.
pub struct Skip {
    /// The set that the file is in, as the suite's package names it.
    pub set: &'static str,
    /// The file's name.
    pub file: &'static str,
    /// Lines of the directives; none means the whole file.
    pub lines: &'static [usize],
    /// Why they are left out: a decision about what wasmrt is, never a lack of time.
    pub reason: &'static str,
}

/// Every skip.
pub const SKIPS: &[Skip] = &[];
