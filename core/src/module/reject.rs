//! Why a module was refused: wasmparser's one error type in, our error kinds out.
//!
//! wasmparser reports malformed bytes, broken rules and missing proposals alike. Which of them it was is found out
//! by reading the bytes again, first with every settled proposal enabled, then without validation; only refused
//! modules pay for that.

use super::{proposals, types::unsupported, validate};
use crate::error::{Error, ErrorKind};
use wasmparser::{FunctionBody, Parser, Payload, SectionLimited, WasmFeatures};

/// Why reading a module stopped.
pub(super) enum Failure {
    /// wasmparser refused it.
    Parser(wasmparser::Error),
    /// We refused it.
    Known(Error),
}

impl From<wasmparser::Error> for Failure {
    fn from(error: wasmparser::Error) -> Failure {
        Failure::Parser(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Known(error)
    }
}

/// The error for `failure`, which `bytes` caused with the proposals `enabled`.
pub(super) fn classify(bytes: &[u8], enabled: WasmFeatures, failure: Failure) -> Error {
    let error = match failure {
        Failure::Known(error) => return error,
        Failure::Parser(error) => error,
    };
    if Parser::is_component(bytes) {
        return unsupported("component-model", 4);
    }
    if let Some(proposal) = error.missing_wasm_feature().and_then(proposals::name) {
        return unsupported(proposal, error.offset());
    }
    if let Some(proposal) = missing_proposal(bytes, enabled, error.offset()) {
        return unsupported(proposal, error.offset());
    }
    if let Err(malformed) = parse(bytes, enabled)
        && malformed.missing_wasm_feature().is_none()
    {
        return limit(bytes, &malformed).unwrap_or_else(|| decode_error(&malformed));
    }
    // Rules of the binary format that wasmparser leaves to its validator.
    if ["data count section required", "malformed section id"].iter().any(|rule| error.message().starts_with(rule)) {
        return decode_error(&error);
    }
    limit(bytes, &error).unwrap_or_else(|| {
        Error::new(ErrorKind::Validate { offset: error.offset() }, format!("invalid module: {error}"))
    })
}

fn decode_error(error: &wasmparser::Error) -> Error {
    Error::new(ErrorKind::Decode { offset: error.offset() }, format!("malformed module: {error}"))
}

/// The error for an implementation limit (JS API, "Implementation-defined Limits"), if that is what was reached.
fn limit(bytes: &[u8], error: &wasmparser::Error) -> Option<Error> {
    let message = error.message();
    let remaining_bytes = (bytes.len() as u64).saturating_sub(error.offset());
    let is_limit = message.contains("exceeds limit of")
        || message.contains("exceeds the limit of")
        || message.contains("implementation limit")
        || message.contains("too many data segments")
        || message.starts_with("number of elements is out of bounds")
        || message.starts_with("too many locals: locals exceed maximum")
        // A size that also runs past the end of the bytes is malformed; each counted item takes at least a byte.
        || (message == "string size out of bounds" && remaining_bytes > 100_000)
        || (message.ends_with("size is out of bounds") && remaining_bytes > 1_000);
    is_limit.then(|| Error::limit(format!("implementation limit: {error}")))
}

/// The proposal without which validation stops at `offset`, if there is one.
fn missing_proposal(bytes: &[u8], enabled: WasmFeatures, offset: u64) -> Option<&'static str> {
    let gets_further = |features: WasmFeatures| match validate::check(bytes, features) {
        Ok(()) => true,
        Err(error) => error.offset() > offset,
    };
    // Younger proposals give new meanings to bits that are plainly wrong without them. wasmparser names them itself.
    let settled = WasmFeatures::default() | WasmFeatures::LEGACY_EXCEPTIONS | WasmFeatures::CUSTOM_PAGE_SIZES;
    if !gets_further(settled) {
        return None;
    }
    let missing = || proposals::PROPOSALS.iter().filter(|(flag, _)| settled.difference(enabled).contains(*flag));
    let sufficient = missing().find(|(flag, _)| gets_further(enabled | *flag));
    let necessary = || missing().find(|(flag, _)| !gets_further(settled.difference(*flag)));
    sufficient.or_else(necessary).map(|(_, name)| *name)
}

/// Reads all of `bytes` without validating anything.
fn parse(bytes: &[u8], enabled: WasmFeatures) -> wasmparser::Result<()> {
    let mut parser = Parser::new(0);
    parser.set_features(enabled);
    for payload in parser.parse_all(bytes) {
        match payload? {
            Payload::TypeSection(section) => items(section)?,
            Payload::ImportSection(section) => section.into_imports().try_for_each(|import| import.map(drop))?,
            Payload::FunctionSection(section) => items(section)?,
            Payload::TableSection(section) => items(section)?,
            Payload::MemorySection(section) => items(section)?,
            Payload::TagSection(section) => items(section)?,
            Payload::GlobalSection(section) => items(section)?,
            Payload::ExportSection(section) => items(section)?,
            Payload::ElementSection(section) => items(section)?,
            Payload::DataSection(section) => items(section)?,
            Payload::CodeSectionEntry(body) => parse_body(&body)?,
            _ => {}
        }
    }
    Ok(())
}

fn items<'a, T: wasmparser::FromReader<'a>>(section: SectionLimited<'a, T>) -> wasmparser::Result<()> {
    section.into_iter().try_for_each(|item| item.map(drop))
}

fn parse_body(body: &FunctionBody<'_>) -> wasmparser::Result<()> {
    let mut locals = body.get_locals_reader()?.into_iter();
    locals.by_ref().try_for_each(|local| local.map(drop))?;
    let mut operators = locals.into_operators_reader();
    while !operators.eof() {
        operators.read()?;
    }
    operators.finish()
}
