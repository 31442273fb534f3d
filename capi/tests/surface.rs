//! `surface.toml` lists what the header declares, no more and no less, and the header keeps its promises of form.

use std::collections::BTreeSet;

const HEADER: &str = include_str!("../../include/wasmrt.h");
const SURFACE: &str = include_str!("surface.toml");
const EFFECTS: [&str; 4] = ["none", "allocates", "may move memory", "runs guest code"];

/// Each declared function with the comment before it.
fn declarations() -> Vec<(String, String)> {
    let mut declarations = Vec::new();
    let mut comment = String::new();
    for line in HEADER.lines() {
        if line.starts_with("/**") {
            comment.clear();
        } else if line.starts_with(" *") {
            comment.push_str(line.trim_start_matches([' ', '*']));
            comment.push('\n');
        } else if let Some((before, _)) = line.split_once('(')
            && !line.starts_with([' ', '#'])
            && !line.starts_with("typedef")
        {
            let name = before.rsplit([' ', '*']).next().unwrap_or_default();
            declarations.push((name.to_owned(), std::mem::take(&mut comment)));
        }
    }
    declarations
}

#[test]
fn the_list_is_the_header_s() {
    let table: toml::Table = SURFACE.parse().expect("surface.toml is TOML");
    let listed: BTreeSet<&str> = table.keys().map(String::as_str).collect();
    let declarations = declarations();
    let declared: BTreeSet<&str> = declarations.iter().map(|(name, _)| name.as_str()).collect();
    assert!(declared.len() > 100, "the header was not understood");
    let different: Vec<_> = listed.symmetric_difference(&declared).collect();
    assert!(different.is_empty(), "in one of header and surface.toml only: {different:?}");
    for (name, faces) in &table {
        for face in ["go", "python"] {
            let says = |key: &str| faces.get(key).and_then(toml::Value::as_str).is_some_and(|text| !text.is_empty());
            assert!(
                says(face) != says(&format!("no_{face}")),
                "{name}: a counterpart in {face}, or the reason why not"
            );
        }
    }
}

#[test]
fn every_function_says_its_effects_in_the_closed_list() {
    for (name, comment) in declarations() {
        let effects: Vec<_> = comment.lines().filter_map(|line| line.strip_prefix("Effects: ")).collect();
        let [effects] = effects[..] else { panic!("{name}: one Effects line, but found {effects:?}") };
        assert!(EFFECTS.contains(&effects.trim_end_matches('.')), "{name}: {effects}");
    }
}
