//! The table in the README that says how many assertions of each set passed on each engine.

use crate::sets::Set;
use std::{fmt::Write, fs, path::Path};
use wasmrt::Strategy;
use wasmrt_cli::wast::Report;

const BEGIN: &str = "<!-- suite: written by the test `spec` under WASMRT_BLESS=1 -->\n";
const END: &str = "<!-- end of suite -->\n";

/// Sets in each row of the table.
const COLUMNS: usize = 3;

/// What passed on an engine.
pub struct Passed {
    pub strategy: Strategy,
    pub by_set: Vec<(&'static Set, Report)>,
    /// Each different script counted once.
    pub total: Report,
}

/// Compares the README's table with what passed, or writes it.
pub fn check(passed: &[Passed]) {
    let of = |strategy| passed.iter().find(|passed| passed.strategy == strategy);
    let interpreter = of(Strategy::Interpreter).expect("the interpreter runs everywhere");
    // A build without the JIT says nothing about its numbers; the ordinary build checks both.
    let table = render(of(Strategy::Jit).unwrap_or(interpreter), interpreter);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = fs::read_to_string(&path).expect("the README is readable");
    let (before, rest) = readme.split_once(BEGIN).expect("the README marks where the table begins");
    let (found, after) = rest.split_once(END).expect("the README marks where the table ends");
    if std::env::var_os("WASMRT_BLESS").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).expect("the README is writable");
    } else {
        assert_eq!(found, table, "the README's table is not what passed; WASMRT_BLESS=1 writes it");
    }
}

fn render(jit: &Passed, interpreter: &Passed) -> String {
    let sets = jit.by_set.iter().zip(&interpreter.by_set);
    let cells: Vec<String> = sets
        .map(|((set, jit), (_, interpreter))| format!("| {} | {} | {} ", set.name, jit.passed, interpreter.passed))
        .collect();
    let rows = cells.len().div_ceil(COLUMNS);
    let mut table = format!("{}|\n{}|\n", "| Set | JIT | Interpreter ".repeat(COLUMNS), "|---|--:|--:".repeat(COLUMNS));
    for row in 0..rows {
        for column in 0..COLUMNS {
            table += cells.get(column * rows + row).map_or("| | | ", String::as_str);
        }
        table += "|\n";
    }
    let (passed, other, excused) = (jit.total.passed, interpreter.total.passed, jit.total.skipped);
    let contradicted = format!("{excused} more are contradicted by later editions (`cli/tests/spec/skips.rs`)");
    let _ = writeln!(table, "\nCounting shared scripts once, {passed} and {other} assertions; {contradicted}.");
    table
}
