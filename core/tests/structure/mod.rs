//! What the structure tests share: the repository's sources and how a broken rule is reported.

pub mod budgets;
pub mod layers;
pub mod source;
pub mod unsafety;

pub use source::{Language, Source};

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

/// Directories that hold nothing a person wrote for this repository.
const SKIPPED: &[&str] = &["target", "dist", "build", "node_modules", "vendor", "__pycache__", "site-packages"];

/// A broken rule.
pub struct Violation {
    pub file: String,
    pub line: usize,
    pub rule: String,
}

impl Violation {
    /// A rule broken at `line`, counted from 1.
    pub fn new(source: &Source, line: usize, rule: impl Into<String>) -> Violation {
        Violation { file: source.path.clone(), line, rule: rule.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.rule)
    }
}

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("core/ lies in the repository").to_path_buf()
}

/// Every source file of the repository, by path.
pub fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    collect(&root(), "", &mut sources);
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(sources.len() > 10, "the sources are found");
    sources
}

fn collect(directory: &Path, prefix: &str, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(directory).expect("the repository is readable").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            if !name.starts_with('.') && !SKIPPED.contains(&name.as_str()) {
                collect(&entry.path(), &format!("{path}/"), sources);
            }
        } else if kind.is_file()
            && let Some(language) = Language::of(&name)
            && let Ok(text) = fs::read_to_string(entry.path())
        {
            sources.push(Source::new(path, language, text));
        }
    }
}
