//! The documents at the repository's root stay short, and what they point at exists.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The documents with a budget, in lines.
const BUDGETS: &[(&str, usize)] =
    &[("README.md", 120), ("ARCHITECTURE.md", 150), ("CONTRIBUTING.md", 100), ("RATIONALE.md", 400)];

/// Where a path in a document may start.
const BASES: &[&str] = &["", "core", "core/src"];

/// Made by builds: a document may name them, a checkout need not have them.
const BUILT: &[&str] = &["target", "dist"];

const SOURCE_ENDINGS: &[&str] = &["rs", "md", "toml", "go", "py", "pyi", "c", "h", "wat", "json", "sh", "yml", "yaml"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("core/ lies in the repository").to_path_buf()
}

/// The documents, by name.
fn documents() -> Vec<(String, String)> {
    let entries = fs::read_dir(root()).expect("the repository is readable").flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut documents: Vec<_> = names
        .filter(|name| name.ends_with(".md"))
        .map(|name| (name.clone(), fs::read_to_string(root().join(&name)).expect("a document is text")))
        .collect();
    documents.sort();
    documents
}

/// A piece of code in a document, with its line.
struct Code {
    line: usize,
    text: String,
}

/// What stands in backticks, and every line of a fenced block.
fn code_of(document: &str) -> (Vec<Code>, Vec<Code>) {
    let (mut spans, mut blocks) = (Vec::new(), Vec::new());
    let mut is_fenced = false;
    for (index, line) in document.lines().enumerate() {
        let code = |text: &str| Code { line: index + 1, text: text.to_string() };
        if line.trim_start().starts_with("```") {
            is_fenced = !is_fenced;
        } else if is_fenced {
            blocks.push(code(line.trim()));
        } else {
            spans.extend(line.split('`').skip(1).step_by(2).map(code));
        }
    }
    (spans, blocks)
}

/// Targets of links that stay inside the repository.
fn links_of(document: &str) -> Vec<Code> {
    let mut links = Vec::new();
    for (index, line) in document.lines().enumerate() {
        for target in line.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            if !target.is_empty() && !target.contains("://") {
                links.push(Code { line: index + 1, text: target.to_string() });
            }
        }
    }
    links
}

fn exists(path: &str) -> bool {
    BASES.iter().any(|base| root().join(base).join(path).exists())
}

/// Whether `text` is meant as a path into this repository: it starts at a place that exists, or names a source file.
fn is_repository_path(text: &str) -> bool {
    let is_path = (text.contains('/') || text.ends_with(".md"))
        && !text.contains("//")
        && text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-*".contains(c));
    let first = text.split('/').next().unwrap_or_default();
    let last = text.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let is_source = last.rsplit_once('.').is_some_and(|(_, ending)| SOURCE_ENDINGS.contains(&ending));
    // A first part with a dot inside is a host: a Go module or a registry.
    let is_host = text.contains('/') && first.trim_start_matches('.').contains('.');
    is_path && !is_host && !BUILT.contains(&first) && (exists(first) || is_source)
}

/// The part of a path that can be looked up: without line number, and up to the first wildcard.
fn lookup(path: &str) -> &str {
    let path = path.split(':').next().unwrap_or(path);
    match path.find('*') {
        Some(wildcard) => path[..wildcard].rsplit_once('/').map_or("", |(directory, _)| directory),
        None => path,
    }
}

#[test]
fn documents_keep_to_their_length() {
    for (name, max_lines) in BUDGETS {
        let text = fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let lines = text.lines().count();
        assert!(lines <= *max_lines, "{name}:{lines}: {name} has at most {max_lines} lines");
    }
}

#[test]
fn paths_in_documents_exist() {
    let mut missing = Vec::new();
    let mut checked = 0;
    for (name, text) in documents() {
        let (spans, _) = code_of(&text);
        let paths = spans.iter().filter(|span| is_repository_path(span.text.split(':').next().unwrap_or_default()));
        for path in paths.chain(&links_of(&text)) {
            checked += 1;
            if !exists(lookup(&path.text)) {
                missing.push(format!("{name}:{}: `{}` does not exist", path.line, path.text));
            }
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
    assert!(checked > 20, "the paths are found: {checked}");
}

#[test]
fn make_targets_in_documents_exist() {
    let makefile = fs::read_to_string(root().join("Makefile")).expect("there is a Makefile");
    let rules = makefile.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_alphanumeric()));
    let heads = rules.filter_map(|line| line.split_once(':')).filter(|(_, rest)| !rest.starts_with('='));
    let targets: BTreeSet<&str> = heads.flat_map(|(head, _)| head.split_whitespace()).collect();
    let mut missing = Vec::new();
    for (name, text) in documents() {
        let (spans, blocks) = code_of(&text);
        for code in spans.iter().chain(&blocks) {
            let Some(arguments) = code.text.trim_start_matches("$ ").strip_prefix("make ") else { continue };
            let command = arguments.split([';', '&', '|', '#']).next().unwrap_or_default();
            let words = command.split_whitespace().filter(|word| !word.starts_with('-') && !word.contains('='));
            for target in words.filter(|word| !targets.contains(word)) {
                missing.push(format!("{name}:{}: the Makefile has no target `{target}`", code.line));
            }
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

#[test]
fn what_looks_like_a_path_is_told_from_what_does_not() {
    for path in ["core/src/lib.rs", "core/src/", "nowhere/at/all.rs", "tests/*.rs", "core/missing", "MISSING.md"] {
        assert!(is_repository_path(path), "{path}");
    }
    let others =
        ["i32/i64", "application/wasm", "github.com/tetratelabs/wazero", "/etc/hosts", "https://x.y/z.md", "a b/c"];
    for other in others {
        assert!(!is_repository_path(other), "{other}");
    }
    assert_eq!(lookup("core/tests/conformance/*.json"), "core/tests/conformance");
    assert_eq!(lookup("core/src/lib.rs:12"), "core/src/lib.rs");
}
