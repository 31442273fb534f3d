//! The table in the README that says how many assertions of each set passed on each engine.

use crate::sets::Set;
use std::{fmt::Write, fs, path::Path};
use wasmrt::Strategy;
use wasmrt_cli::wast::Report;

const BEGIN: &str = "<!-- suite: written by the test `spec` under WASMRT_BLESS=1 -->\n";
const END: &str = "<!-- end of suite -->\n";

/// Compares the README's table with what passed, or writes it.
pub fn check(passed: &[(Strategy, Vec<(&'static Set, Report)>)]) {
    let of = |strategy| passed.iter().find(|(other, _)| *other == strategy).map(|(_, sets)| sets);
    let interpreter = of(Strategy::Interpreter).expect("the interpreter runs everywhere");
    // A build without the JIT says nothing about its numbers; the ordinary build checks both.
    let jit = of(Strategy::Jit).unwrap_or(interpreter);
    let table = render(jit, interpreter);
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

/// Two sets in each row.
fn render(jit: &[(&'static Set, Report)], interpreter: &[(&'static Set, Report)]) -> String {
    let cells: Vec<String> = jit
        .iter()
        .zip(interpreter)
        .map(|((set, jit), (_, interpreter))| format!("{} | {} | {}", set.name, jit.passed, interpreter.passed))
        .collect();
    let mut table = "| Set | JIT | Interpreter | Set | JIT | Interpreter |\n|---|---|---|---|---|---|\n".to_string();
    let (left, right) = cells.split_at(cells.len().div_ceil(2));
    for (row, cell) in left.iter().enumerate() {
        let other = right.get(row).map_or(" | | ", String::as_str);
        let _ = writeln!(table, "| {cell} | {other} |");
    }
    table
}
