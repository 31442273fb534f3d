//! A source file with its comments and literals blanked out, so that rules look at code only.

use std::ops::Range;

/// The languages with budgets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    Rust,
    Go,
    Python,
    C,
}

impl Language {
    /// The language of a file, by its name.
    pub fn of(name: &str) -> Option<Language> {
        match name.rsplit_once('.')?.1 {
            "rs" => Some(Language::Rust),
            "go" => Some(Language::Go),
            "py" => Some(Language::Python),
            "c" | "h" => Some(Language::C),
            _ => None,
        }
    }
}

/// One source file.
pub struct Source {
    /// Its path from the repository's root.
    pub path: String,
    pub language: Language,
    /// The file as it is.
    pub text: String,
    /// The same with every character of comments and literals, line breaks excepted, replaced by a space.
    pub code: String,
}

impl Source {
    pub fn new(path: String, language: Language, text: String) -> Source {
        let code = blank(&text, language);
        Source { path, language, text, code }
    }

    /// The line of the byte at `position`, counted from 1.
    pub fn line_of(&self, position: usize) -> usize {
        self.code[..position].matches('\n').count() + 1
    }

    /// Where the identifier `word` stands in the code.
    pub fn words<'a>(&'a self, word: &'a str) -> impl Iterator<Item = usize> + 'a {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        self.code.match_indices(word).map(|(position, _)| position).filter(move |position| {
            !self.code[..*position].ends_with(is_word) && !self.code[position + word.len()..].starts_with(is_word)
        })
    }

    /// Whether the file says that a program wrote it.
    pub fn is_generated(&self) -> bool {
        self.text.lines().take(5).any(|line| line.contains("Code generated ") || line.contains("@generated"))
    }

    /// The block in braces that begins at or after `position`, unless a `;` outside brackets comes first.
    pub fn block_after(&self, position: usize) -> Option<Range<usize>> {
        let mut brackets = 0;
        let mut braces = 0;
        let mut start = None;
        for (offset, c) in self.code[position..].char_indices() {
            match c {
                '(' | '[' => brackets += 1,
                ')' | ']' => brackets -= 1,
                ';' if start.is_none() && brackets == 0 => return None,
                '{' if start.is_some() || brackets == 0 => {
                    start.get_or_insert(position + offset);
                    braces += 1;
                }
                '}' if start.is_some() => {
                    braces -= 1;
                    if braces == 0 {
                        return Some(start?..position + offset + 1);
                    }
                }
                _ => {}
            }
        }
        None
    }
}

/// `text` with comments and literals blanked.
pub fn blank(text: &str, language: Language) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after_word = code.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        match skipped_len(rest, language, after_word) {
            Some(len) => {
                code.extend(rest[..len].chars().map(|c| if c == '\n' { c } else { ' ' }));
                rest = &rest[len..];
            }
            None => {
                code.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    code
}

/// Length in bytes of the comment or literal that `rest` starts with.
fn skipped_len(rest: &str, language: Language, after_word: bool) -> Option<usize> {
    let to_line_end = || rest.find('\n').unwrap_or(rest.len());
    if language == Language::Python {
        let quotes = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quotes| rest.starts_with(quotes));
        return match quotes {
            Some(quotes) => Some(literal_len(rest, quotes)),
            None => rest.starts_with('#').then(to_line_end),
        };
    }
    if rest.starts_with("//") {
        return Some(to_line_end());
    }
    if rest.starts_with("/*") {
        return Some(block_comment_len(rest, language == Language::Rust));
    }
    match (rest.as_bytes()[0], language) {
        (b'"', _) => Some(literal_len(rest, "\"")),
        (b'`', Language::Go) => Some(rest[1..].find('`').map_or(rest.len(), |end| end + 2)),
        (b'r' | b'b' | b'c', Language::Rust) if !after_word => raw_string_len(rest),
        (b'\'', Language::Rust) => char_len(rest),
        (b'\'', _) => Some(literal_len(rest, "'")),
        _ => None,
    }
}

/// Length of a literal between `quotes`, with backslash escapes.
fn literal_len(rest: &str, quotes: &str) -> usize {
    let mut position = quotes.len();
    while position < rest.len() {
        if rest[position..].starts_with(quotes) {
            return position + quotes.len();
        }
        let mut chars = rest[position..].chars();
        let c = chars.next().map_or(1, char::len_utf8);
        position += if rest[position..].starts_with('\\') { 1 + chars.next().map_or(0, char::len_utf8) } else { c };
    }
    rest.len()
}

fn block_comment_len(rest: &str, nests: bool) -> usize {
    let mut depth = 0;
    let mut position = 0;
    while position < rest.len() {
        let here = &rest[position..];
        if here.starts_with("/*") && (nests || depth == 0) {
            depth += 1;
            position += 2;
        } else if here.starts_with("*/") {
            depth -= 1;
            position += 2;
            if depth == 0 {
                return position;
            }
        } else {
            position += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// Length of `r"…"`, `br#"…"#` and the like; `None` if `rest` starts with an ordinary word.
fn raw_string_len(rest: &str) -> Option<usize> {
    let prefix = ["br", "cr", "r"].into_iter().find(|prefix| rest.starts_with(prefix))?;
    let after = &rest[prefix.len()..];
    let hashes = after.len() - after.trim_start_matches('#').len();
    if !after[hashes..].starts_with('"') {
        return None;
    }
    let closing = format!("\"{}", "#".repeat(hashes));
    let start = prefix.len() + hashes + 1;
    Some(rest[start..].find(&closing).map_or(rest.len(), |end| start + end + closing.len()))
}

/// Length of a character literal; `None` for a lifetime.
fn char_len(rest: &str) -> Option<usize> {
    let mut chars = rest[1..].chars();
    let first = chars.next()?;
    (first == '\\' || chars.next() == Some('\'')).then(|| literal_len(rest, "'"))
}

#[test]
fn comments_and_literals_are_blanked_and_code_stays() {
    let cases = [
        (Language::Rust, "a // b", "a     "),
        (Language::Rust, "a /* b /* c */ d */ e", "a                   e"),
        (Language::Rust, r#"f("x\"y", 'z', '\'', 'a)"#, "f(      ,    ,     , 'a)"),
        (Language::Rust, r##"r#"a"b"# r#loop"##, "         r#loop"),
        (Language::Go, "a `b\nc` d", "a   \n   d"),
        (Language::C, "a /* /* */ b", "a          b"),
        (Language::Python, "a '''b\n''' # c", "a     \n       "),
    ];
    for (language, text, code) in cases {
        assert_eq!(blank(text, language), code, "{language:?}");
    }
}
