//! What came of a script's directives.

use std::ops::AddAssign;
use wast::WastDirective;

/// The outcome of one script, or of several added up.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// Assertions that held.
    pub passed: usize,
    /// Directives on lines that the caller excused and that indeed did not hold, and those that use a module defined
    /// there.
    pub skipped: usize,
    /// Assertions that did not hold, and other directives that could not be carried out.
    pub failures: Vec<Failure>,
}

/// One directive that did not do what it says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// Where the directive starts.
    pub place: Place,
    /// The directive's keyword.
    pub directive: &'static str,
    /// What was expected and what happened instead.
    pub message: String,
}

impl AddAssign for Report {
    fn add_assign(&mut self, other: Report) {
        self.passed += other.passed;
        self.skipped += other.skipped;
        self.failures.extend(other.failures);
    }
}

/// A place in a text. Displays as `line:column`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Byte offsets in a text → places, without reading the whole text again for each.
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Lines<'a> {
        let after_breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Lines { text, starts: std::iter::once(0).chain(after_breaks).collect() }
    }

    /// The place of the byte at `offset`.
    pub(super) fn place(&self, offset: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= offset);
        let before = &self.text.as_bytes()[self.starts[line - 1]..offset.min(self.text.len())];
        Place { line, column: 1 + String::from_utf8_lossy(before).chars().count() }
    }
}

/// The word that a directive starts with.
pub(super) fn keyword(directive: &WastDirective<'_>) -> &'static str {
    match directive {
        WastDirective::Module(_) => "module",
        WastDirective::ModuleDefinition(_) => "module definition",
        WastDirective::ModuleInstance { .. } => "module instance",
        WastDirective::Register { .. } => "register",
        WastDirective::Invoke(_) => "invoke",
        WastDirective::AssertReturn { .. } => "assert_return",
        WastDirective::AssertTrap { .. } => "assert_trap",
        WastDirective::AssertExhaustion { .. } => "assert_exhaustion",
        WastDirective::AssertException { .. } => "assert_exception",
        WastDirective::AssertSuspension { .. } => "assert_suspension",
        WastDirective::AssertUnlinkable { .. } => "assert_unlinkable",
        WastDirective::AssertMalformed { .. } => "assert_malformed",
        WastDirective::AssertMalformedCustom { .. } => "assert_malformed_custom",
        WastDirective::AssertInvalid { .. } => "assert_invalid",
        WastDirective::AssertInvalidCustom { .. } => "assert_invalid_custom",
        WastDirective::Thread(_) => "thread",
        WastDirective::Wait { .. } => "wait",
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn a_line_break_ends_its_own_line() {
        let lines = Lines::of("ab\nc\n\nd");
        let of_each: Vec<String> = (0..7).map(|offset| lines.place(offset).to_string()).collect();
        assert_eq!(of_each, ["1:1", "1:2", "1:3", "2:1", "2:2", "3:1", "4:1"]);
    }

    #[test]
    fn columns_count_characters() {
        assert_eq!(Lines::of("é(").place("é".len()).to_string(), "1:2");
    }
}
