//! What came of a script's directives.

use std::ops::AddAssign;

/// The outcome of one script, or of several added up.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// Assertions that held.
    pub passed: usize,
    /// Directives that were left out on the caller's wish, or because they use a module that was.
    pub skipped: usize,
    /// Assertions that did not hold, and other directives that could not be carried out.
    pub failures: Vec<Failure>,
}

/// One directive that did not do what it says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// The directive's line in the script, from 1.
    pub line: usize,
    /// The directive's keyword.
    pub directive: &'static str,
    /// What happened instead.
    pub message: String,
}

impl AddAssign for Report {
    fn add_assign(&mut self, other: Report) {
        self.passed += other.passed;
        self.skipped += other.skipped;
        self.failures.extend(other.failures);
    }
}

/// Byte offsets in a text → lines, without reading the text again for each.
pub(super) struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    pub(super) fn of(text: &str) -> Lines {
        let after_breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Lines { starts: std::iter::once(0).chain(after_breaks).collect() }
    }

    /// The line, from 1, that the byte at `offset` is on.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn a_line_break_ends_its_own_line() {
        let lines = Lines::of("ab\nc\n\nd");
        let of_each: Vec<usize> = (0..7).map(|offset| lines.line(offset)).collect();
        assert_eq!(of_each, [1, 1, 1, 2, 2, 3, 4]);
    }
}
