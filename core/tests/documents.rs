//! The documents at the top of the tree stay short, and the paths they name exist.

use std::{fs, path::Path};

/// Each document with the most lines it may have.
const DOCUMENTS: [(&str, usize); 5] = [
    ("README.md", 120),
    ("ARCHITECTURE.md", 150),
    ("CONTRIBUTING.md", 100),
    ("RATIONALE.md", 400),
    ("CHANGELOG.md", usize::MAX),
];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn documents_stay_within_their_length() {
    for (name, most) in DOCUMENTS {
        let lines = read(name).lines().count();
        assert!(lines <= most, "{name} has {lines} lines, at most {most} are wanted");
    }
}

#[test]
fn paths_in_documents_exist() {
    let mut checked = 0;
    for (name, _) in DOCUMENTS {
        for path in paths(&read(name)) {
            assert!(root().join(&path).exists(), "{name} names `{path}`, which does not exist");
            checked += 1;
        }
    }
    assert!(checked > 20, "only {checked} paths were found");
}

/// What stands in backquotes or as the target of a link, begins with a name that the root has and looks like a path.
fn paths(text: &str) -> Vec<String> {
    let quoted = text.split('`').skip(1).step_by(2);
    let linked = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let begins_here = |path: &str| path.split('/').next().is_some_and(|first| root().join(first).exists());
    quoted
        .chain(linked)
        .filter(|path| path.contains('/') || path.ends_with(".md"))
        .filter(|path| !path.contains(char::is_whitespace) && !path.contains("://") && begins_here(path))
        .map(str::to_string)
        .collect()
}
