//! `surface.toml` lists what the header declares, no more and no less, and the header keeps its promises of form.

use std::{collections::BTreeSet, fs, path::Path};

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

/// Every source text below a directory of the repository with this ending.
fn sources(directory: &Path, ending: &str, text: &mut String) {
    for entry in fs::read_dir(directory).expect("the repository is readable").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, ending, text);
        } else if path.extension().is_some_and(|extension| extension == ending) {
            text.push_str(&fs::read_to_string(&path).expect("sources are UTF-8"));
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The words of what a face is written in.
fn words_of(directory: &str, endings: &[&str]) -> BTreeSet<String> {
    let mut text = String::new();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(directory);
    endings.iter().for_each(|ending| sources(&directory, ending, &mut text));
    words(&text).map(str::to_owned).collect()
}

#[test]
fn the_names_in_go_are_go_s() {
    let known = words_of("go", &["go"]);
    let table: toml::Table = SURFACE.parse().expect("surface.toml is TOML");
    for (name, faces) in &table {
        let go = faces.get("go").and_then(toml::Value::as_str).unwrap_or_default();
        for word in words(go).filter(|word| word.len() > 1 && word.starts_with(char::is_uppercase)) {
            assert!(known.contains(word), "{name}: `{go}`, but Go has no {word}");
        }
    }
}

#[test]
fn the_names_in_python_are_python_s() {
    let known = words_of("python/wasmrt", &["py", "pyi"]);
    let table: toml::Table = SURFACE.parse().expect("surface.toml is TOML");
    for (name, faces) in &table {
        let python = faces.get("python").and_then(toml::Value::as_str).unwrap_or_default();
        for word in words(python) {
            assert!(known.contains(word), "{name}: `{python}`, but Python has no {word}");
        }
    }
}
