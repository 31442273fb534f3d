//! Script modules → modules of the core, or why not.

use std::fmt;
use wasmrt::{Engine, Error, ErrorKind, Features, Module};
use wast::{
    QuoteWat, QuoteWatTest, Wat,
    lexer::Lexer,
    parser::{self, ParseBuffer},
};

/// Why a module was refused.
pub(super) enum Refusal {
    /// Its text cannot be read.
    Text(String),
    /// Its binary was refused by the core.
    Binary(Error),
}

impl Refusal {
    pub(super) fn is_malformed(&self) -> bool {
        match self {
            Refusal::Text(_) => true,
            Refusal::Binary(error) => {
                matches!(error.kind(), ErrorKind::Decode { .. }) || needs_an_unknown_proposal(error)
            }
        }
    }

    pub(super) fn is_invalid(&self) -> bool {
        match self {
            Refusal::Text(_) => false,
            Refusal::Binary(error) => {
                matches!(error.kind(), ErrorKind::Validate { .. }) || needs_an_unknown_proposal(error)
            }
        }
    }
}

/// What the standard calls malformed or invalid may mean something in a proposal that wasmrt does not have; the core
/// then names that proposal.
fn needs_an_unknown_proposal(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Unsupported { feature, .. } => !Features::ALL.iter().any(|(_, known, _)| known == feature),
        _ => false,
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Text(message) => write!(f, "a text that cannot be read: {message}"),
            Refusal::Binary(error) => write!(f, "{}", super::expect::told(error)),
        }
    }
}

impl From<wast::Error> for Refusal {
    fn from(error: wast::Error) -> Refusal {
        Refusal::Text(error.message())
    }
}

/// Compiles a module as a script gives it.
pub(super) fn compile(engine: &Engine, mut module: QuoteWat<'_>) -> Result<Module, Refusal> {
    let binary = match module.to_test()? {
        QuoteWatTest::Binary(binary) => binary,
        QuoteWatTest::Text(text) => encode(&text)?,
    };
    Module::from_binary(engine, &binary).map_err(Refusal::Binary)
}

fn encode(text: &[u8]) -> Result<Vec<u8>, Refusal> {
    let text = std::str::from_utf8(text).map_err(|_| Refusal::Text("malformed UTF-8 encoding".to_string()))?;
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    let buffer = ParseBuffer::new_with_lexer(lexer)?;
    Ok(parser::parse::<Wat<'_>>(&buffer)?.encode()?)
}
