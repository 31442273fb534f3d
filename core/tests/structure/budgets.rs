//! Sizes that keep every file and every function readable in one sitting.

use super::{Language, Source, Violation};
use std::ops::Range;

const MAX_FILE_LINES: usize = 700;
const MAX_MEDIAN_LINES: usize = 200;
const MAX_FUNCTION_LINES: usize = 80;

/// Every file and function over its budget.
pub fn check(sources: &[Source]) -> Vec<Violation> {
    let counted: Vec<&Source> =
        sources.iter().filter(|source| !is_header_copy(&source.path) && !source.is_generated()).collect();
    let mut violations = Vec::new();
    let mut lens: Vec<usize> = Vec::new();
    for source in &counted {
        let lines = source.text.lines().count();
        lens.push(lines);
        if lines > MAX_FILE_LINES {
            let rule = format!("a file has at most {MAX_FILE_LINES} lines, this one {lines}");
            violations.push(Violation::new(source, lines, rule));
        }
        // The flat operator tables: one line per operator, no logic.
        if source.path.ends_with("/opcodes.rs") {
            continue;
        }
        for function in functions(source) {
            let lines = function.len();
            if lines > MAX_FUNCTION_LINES {
                let rule = format!("a function has at most {MAX_FUNCTION_LINES} lines, this one {lines}");
                violations.push(Violation::new(source, function.start, rule));
            }
        }
    }
    lens.sort_unstable();
    let median = lens[lens.len() / 2];
    if median > MAX_MEDIAN_LINES {
        let rule = format!("the median file has at most {MAX_MEDIAN_LINES} lines, here {median}");
        violations.push(Violation { file: "the repository".into(), line: 0, rule });
    }
    violations
}

/// The C headers are generated, wherever a copy of them lies.
fn is_header_copy(path: &str) -> bool {
    path.split('/').any(|component| component == "include")
}

/// The lines of every function, counted from 1.
fn functions(source: &Source) -> Vec<Range<usize>> {
    match source.language {
        Language::Rust => braced(source, "fn", false),
        Language::Go => braced(source, "func", true),
        Language::Python => indented(source),
        Language::C => at_margin(source),
    }
}

/// Functions that start with `keyword` and have a body in braces.
fn braced(source: &Source, keyword: &str, only_at_margin: bool) -> Vec<Range<usize>> {
    let starts = source.words(keyword).filter(|position| {
        let at_margin = *position == 0 || source.code[..*position].ends_with('\n');
        // `fn(` is a type.
        let is_named = source.code[position + keyword.len()..].starts_with(' ');
        is_named && (at_margin || !only_at_margin)
    });
    let blocks = starts.filter_map(|start| Some((start, source.block_after(start)?)));
    blocks.map(|(start, block)| source.line_of(start)..source.line_of(block.end - 1) + 1).collect()
}

/// Functions as Python writes them: everything indented more deeply than their `def`.
fn indented(source: &Source) -> Vec<Range<usize>> {
    let lines: Vec<&str> = source.code.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let is_def = |line: &str| line.trim_start().starts_with("def ") || line.trim_start().starts_with("async def ");
    let mut functions = Vec::new();
    for (start, line) in lines.iter().enumerate().filter(|(_, line)| is_def(line)) {
        let mut end = start + 1;
        for (index, other) in lines.iter().enumerate().skip(start + 1) {
            let closes_signature = other.trim_start().starts_with(')');
            if !other.trim().is_empty() && indent(other) <= indent(line) && !closes_signature {
                break;
            }
            if !other.trim().is_empty() {
                end = index + 1;
            }
        }
        functions.push(start + 1..end + 1);
    }
    functions
}

/// Functions as C is laid out here: from the line of the parameter list to the brace at the margin.
fn at_margin(source: &Source) -> Vec<Range<usize>> {
    let lines: Vec<&str> = source.code.lines().collect();
    let mut functions = Vec::new();
    let mut start = None;
    for (index, line) in lines.iter().enumerate() {
        let at_margin = line.starts_with(|c: char| c.is_alphabetic() || c == '_');
        if at_margin && line.contains('(') && !line.trim_end().ends_with(';') {
            start = Some(index + 1);
        }
        if line.starts_with('}')
            && let Some(start) = start.take()
        {
            functions.push(start..index + 2);
        }
    }
    functions
}

#[test]
fn functions_are_measured_in_every_language() {
    let measured = |language, text: &str| -> Vec<Range<usize>> {
        functions(&Source::new("x".to_string(), language, text.to_string()))
    };
    let rust = "trait T { fn no_body(&self) -> [u8; 2]; }\nfn f<F: Fn(u8) -> fn(u8)>(f: F)\n{\n    g(\"}\");\n}\n";
    assert_eq!(measured(Language::Rust, rust), [2..6]);
    assert_eq!(measured(Language::Go, "func f() {\n\tg := func() {\n\t}\n}\n"), [1..5]);
    assert_eq!(measured(Language::Python, "def f(\n    a,\n):\n    b\n\n    c\n\n\nd = 1\n"), [1..7]);
    assert_eq!(measured(Language::C, "struct s {\n};\nint f(int a,\n      int b) {\n  return a;\n}\n"), [3..7]);
}
