//! Where `unsafe` may stand, and that each use cites the invariants that make it sound.

use super::{Source, Violation};
use std::collections::BTreeSet;

/// Paths, from the root, under which code may be unsafe. A file counts as the module of the same name.
const ALLOWED: &[&str] = &[
    "core/src/sys",
    "core/src/vm",
    "core/src/interp/stack",
    "core/src/interp/exec",
    "core/src/jit/image",
    "core/src/tier",
    "core/src/call",
    "core/src/cache",
    "capi",
    "python",
];

/// Here only functions may be declared unsafe, for what their callers must promise.
const DECLARATIONS_ONLY: &[&str] = &["core/src/api"];

/// Where the invariants are registered.
const REGISTRY: &str = "core/src/vm/mod.rs";

fn lies_under(path: &str, place: &str) -> bool {
    path.strip_prefix(place).is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
}

/// Whether the position belongs to test code.
fn is_test(source: &Source, position: usize) -> bool {
    let path = &source.path;
    let is_test_file = path.contains("/tests/") || path.ends_with("/tests.rs") || path.ends_with("_test.rs");
    is_test_file || source.code[..position].contains("#[cfg(test)]\nmod tests {")
}

/// Every `unsafe` in a wrong place, and every one whose soundness is not argued.
pub fn check(sources: &[Source]) -> Vec<Violation> {
    let registry = sources.iter().find(|source| source.path == REGISTRY).map(registered).unwrap_or_default();
    let mut violations = Vec::new();
    for source in sources.iter().filter(|source| source.path.ends_with(".rs")) {
        for position in source.words("unsafe") {
            let line = source.line_of(position);
            let what = source.code[position + "unsafe".len()..].trim_start();
            let declares = what.starts_with("fn") || what.starts_with("extern");
            let is_here_allowed = is_test(source, position)
                || ALLOWED.iter().any(|place| lies_under(&source.path, place))
                || (declares && DECLARATIONS_ONLY.iter().any(|place| lies_under(&source.path, place)));
            if !is_here_allowed {
                violations.push(Violation::new(source, line, "`unsafe` may not stand in this module"));
            }
            if what.starts_with('{') || what.starts_with("impl") {
                let must_cite = source.path.starts_with("core/src/") && !is_test(source, position);
                violations.extend(unargued(source, line, &registry, must_cite));
            }
        }
    }
    violations
}

/// The names in `[…]` that a file's documentation lists as `- `[name]` …`.
fn registered(source: &Source) -> BTreeSet<String> {
    let items = source.text.lines().filter_map(|line| line.trim().strip_prefix("//! - `[")?.split_once(']'));
    items.map(|(name, _)| name.to_string()).collect()
}

/// What is wrong with the SAFETY comment of the `unsafe` in `line`.
fn unargued(source: &Source, line: usize, registry: &BTreeSet<String>, must_cite: bool) -> Option<Violation> {
    let Some(comment) = safety_comment(source, line) else {
        return Some(Violation::new(source, line, "`unsafe` without a SAFETY comment"));
    };
    let cited = citations(&comment);
    if let Some(unknown) = cited.iter().find(|name| source.path.starts_with("core/") && !registry.contains(*name)) {
        return Some(Violation::new(source, line, format!("`[{unknown}]` is not registered in {REGISTRY}")));
    }
    // An unsafe function passes its caller's promise on.
    let must_cite = must_cite && !comment.trim_start().starts_with("the caller's");
    let rule = format!("a SAFETY comment cites an invariant registered in {REGISTRY}");
    (must_cite && cited.is_empty()).then(|| Violation::new(source, line, rule))
}

/// The comment above the statement that `line` (from 1) belongs to, from `SAFETY:` on.
fn safety_comment(source: &Source, line: usize) -> Option<String> {
    let texts: Vec<&str> = source.text.lines().collect();
    let codes: Vec<&str> = source.code.lines().collect();
    let is_comment = |index: usize| texts[index].trim_start().starts_with("//");
    let mut index = line - 1;
    while index > 0 && !is_comment(index - 1) {
        index -= 1;
        let code = codes[index].trim_end();
        if code.trim().is_empty() || code.ends_with([';', '{', '}']) {
            return None;
        }
    }
    let first = (0..index).rev().take_while(|index| is_comment(*index)).last()?;
    let comment = texts[first..index].join(" ").replace("//", "");
    comment.split_once("SAFETY:").map(|(_, argument)| argument.to_string())
}

/// The invariants that a comment cites: words with hyphens in square brackets.
fn citations(comment: &str) -> Vec<String> {
    let candidates = comment.split('[').skip(1).filter_map(|rest| rest.split_once(']'));
    let names = candidates
        .map(|(name, _)| name)
        .filter(|name| name.contains('-') && name.chars().all(|c| c.is_ascii_lowercase() || c == '-'));
    names.map(str::to_string).collect()
}

#[test]
fn misplaced_and_unargued_unsafe_is_found() {
    let source = |path: &str, text: &str| Source::new(path.into(), super::Language::Rust, text.into());
    let registry = "//! - `[mem-stable]` The base stays.\n";
    let rules = |path: &str, text: &str| -> Vec<usize> {
        check(&[source(REGISTRY, registry), source(path, text)]).iter().map(|violation| violation.line).collect()
    };
    let argued = "// SAFETY: the base stays\n// [mem-stable].\nlet byte =\n    unsafe { *base };\n";
    assert_eq!(rules("core/src/vm/memory.rs", argued), []);
    assert_eq!(rules("core/src/link.rs", argued), [4]);
    assert_eq!(rules("core/src/vm/memory.rs", "// SAFETY: [mem-stable]\nf();\nunsafe { g() };\n"), [3]);
    assert_eq!(rules("core/src/vm/memory.rs", "// SAFETY: trust me\nunsafe impl Send for M {}\n"), [2]);
    assert_eq!(rules("core/src/vm/memory.rs", "// SAFETY: [mem-moves]\nunsafe { g() }\n"), [2]);
    assert_eq!(rules("core/src/api/module.rs", "pub unsafe fn deserialize() {}\n"), []);
    assert_eq!(rules("capi/src/config.rs", "// SAFETY: the caller's promise.\nunsafe { g() }\n"), []);
    assert_eq!(rules("core/src/module/x.rs", "// unsafe\n\"unsafe\";\n"), []);
}
