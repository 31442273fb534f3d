//! Imports between the layers of the core: from lower numbers only.

use super::{Source, Violation};

/// The crate's top-level modules and their layers.
const LAYERS: &[(&str, u32)] = &[
    ("types", 0),
    ("trap", 0),
    ("error", 0),
    ("sys", 0),
    ("module", 1),
    ("vm", 2),
    ("interp", 3),
    ("jit", 3),
    ("code", 4),
    ("tier", 4),
    ("store", 5),
    ("call", 6),
    ("link", 7),
    ("cache", 7),
    ("api", 8),
];

/// Layers whose modules may see each other: the vocabulary, and the two that choose between the engines.
const OPEN_LAYERS: &[u32] = &[0, 4];

fn layer(module: &str) -> Option<u32> {
    LAYERS.iter().find(|(name, _)| *name == module).map(|(_, number)| *number)
}

/// Every import that goes up, sideways or through the crate's root.
pub fn check(sources: &[Source]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for source in sources {
        let Some(path) = source.path.strip_prefix("core/src/") else { continue };
        if path == "lib.rs" {
            continue;
        }
        let components: Vec<&str> = path.trim_end_matches(".rs").split('/').filter(|part| *part != "mod").collect();
        let own = components[0];
        let Some(number) = layer(own) else {
            violations.push(Violation::new(source, 1, format!("`{own}` is no layer of the design")));
            continue;
        };
        for (position, imported) in imports(source, components.len()) {
            let rule = match layer(&imported) {
                _ if imported == own => continue,
                Some(other) if other < number || (other == number && OPEN_LAYERS.contains(&number)) => continue,
                Some(other) => format!("`{own}` (layer {number}) must not import `{imported}` (layer {other})"),
                None => format!("`{own}` imports `{imported}` from the crate's root: name the layer it comes from"),
            };
            violations.push(Violation::new(source, source.line_of(position), rule));
        }
    }
    violations
}

/// The top-level modules that a file names, with where it does. `depth` is how many modules deep the file lies.
fn imports(source: &Source, depth: usize) -> Vec<(usize, String)> {
    let mut imports = Vec::new();
    for position in source.words("crate") {
        if let Some(path) = source.code[position + "crate".len()..].strip_prefix("::") {
            heads(path, |name| imports.push((position, name.to_string())));
        }
    }
    let out_of_the_file = "super::".repeat(depth);
    for (position, _) in source.code.match_indices(&out_of_the_file) {
        if source.code[..position].ends_with("::") {
            continue;
        }
        heads(&source.code[position + out_of_the_file.len()..], |name| {
            // `super` of a module written inside the file does not leave it: only other layers' names count.
            if layer(name).is_some() {
                imports.push((position, name.to_string()));
            }
        });
    }
    imports
}

/// The first names of a path or of a group of paths in braces.
fn heads(path: &str, mut visit: impl FnMut(&str)) {
    let name_of = |text: &str| -> usize { text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len()) };
    let Some(group) = path.strip_prefix('{') else {
        let len = name_of(path);
        if len > 0 {
            visit(&path[..len]);
        }
        return;
    };
    let mut depth = 0;
    let mut at_head = true;
    for (position, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return,
            '}' => depth -= 1,
            ',' if depth == 0 => at_head = true,
            c if at_head && depth == 0 && (c.is_alphabetic() || c == '_') => {
                visit(&group[position..position + name_of(&group[position..])]);
                at_head = false;
            }
            _ => {}
        }
    }
}

#[test]
fn imports_that_go_up_or_sideways_are_found() {
    let rules = |path: &str, text: &str| -> Vec<String> {
        let source = Source::new(path.to_string(), super::Language::Rust, text.to_string());
        check(&[source]).iter().map(Violation::to_string).collect()
    };
    assert!(rules("core/src/vm/mod.rs", "use crate::{module::{a, b}, vm::c, types::{D}};").is_empty());
    assert!(rules("core/src/error.rs", "use crate::trap::T; mod tests { use super::*; }").is_empty());
    assert!(rules("core/src/module/decode.rs", "use super::types::x; // crate::api").is_empty());
    let up = rules("core/src/vm/table.rs", "\nuse crate::{types::A,\n store::B};");
    assert_eq!(up, ["core/src/vm/table.rs:2: `vm` (layer 2) must not import `store` (layer 5)"]);
    assert_eq!(rules("core/src/jit/mod.rs", "fn f() { crate::interp::g() }").len(), 1);
    assert_eq!(rules("core/src/vm/table.rs", "use super::super::api::Engine;").len(), 1);
    assert_eq!(rules("core/src/vm/table.rs", "use crate::Error;").len(), 1);
}
