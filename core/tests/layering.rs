//! The structure that DESIGN fixes, read off the sources: layers, budgets and the places where `unsafe` may stand.

mod structure;

use structure::{Violation, budgets, layers, sources, unsafety};

fn assert_none(violations: Vec<Violation>) {
    let list: Vec<String> = violations.iter().map(Violation::to_string).collect();
    assert!(list.is_empty(), "\n{}", list.join("\n"));
}

#[test]
fn a_layer_imports_only_from_lower_layers() {
    assert_none(layers::check(&sources()));
}

#[test]
fn files_and_functions_stay_within_their_budgets() {
    assert_none(budgets::check(&sources()));
}

#[test]
fn unsafe_code_stands_where_it_may_and_says_why_it_is_sound() {
    assert_none(unsafety::check(&sources()));
}
