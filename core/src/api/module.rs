//! Modules.

use super::Engine;
use crate::{
    code::ModuleCode,
    error::{Error, ErrorKind, Result},
    module::{self, Export, ExportItem, Import, ModuleInfo},
    types::ExternType,
};
use std::{borrow::Cow, sync::Arc};

/// A validated module with its code. Cheap to clone; usable from all threads and in any store of its engine.
///
/// ```
/// use wasmrt::{Engine, Module};
/// let module = Module::new(&Engine::default(), "(module (func (export \"f\")))")?;
/// assert_eq!(module.exports().len(), 1);
/// # Ok::<(), wasmrt::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Module {
    pub(crate) code: Arc<ModuleCode>,
    engine: Engine,
}

impl Module {
    /// Decodes, validates and compiles a module in the binary or (with the feature `wat`) the text format.
    ///
    /// Errors: `Decode`, `Validate`, `Unsupported` with the byte offset; `Limit`.
    pub fn new(engine: &Engine, bytes: impl AsRef<[u8]>) -> Result<Module> {
        Module::from_binary(engine, &binary(bytes.as_ref())?)
    }

    /// As [`Module::new`], for the binary format only.
    pub fn from_binary(engine: &Engine, bytes: &[u8]) -> Result<Module> {
        engine.catch_faults();
        let code = ModuleCode::new(&engine.inner, bytes.into())?;
        Ok(Module { code: Arc::new(code), engine: engine.clone() })
    }

    /// Decodes and validates only.
    pub fn validate(engine: &Engine, bytes: &[u8]) -> Result<()> {
        module::decode(binary(bytes)?.into_owned(), &engine.inner.settings.features).map(|_| ())
    }

    pub(crate) fn from_code(code: Arc<ModuleCode>, engine: Engine) -> Module {
        Module { code, engine }
    }

    /// The binary that this was made from; of a text, what it was translated to.
    pub fn bytes(&self) -> &[u8] {
        &self.code.info.bytes
    }

    /// The name in the name section.
    pub fn name(&self) -> Option<&str> {
        self.code.info.names.module.as_deref()
    }

    /// The imports in their order.
    pub fn imports(&self) -> impl ExactSizeIterator<Item = ImportType<'_>> {
        self.code.info.imports.iter().map(|import| ImportType { info: &self.code.info, import })
    }

    /// The exports in their order.
    pub fn exports(&self) -> impl ExactSizeIterator<Item = ExportType<'_>> {
        self.code.info.exports.iter().map(|export| ExportType { info: &self.code.info, export })
    }

    /// The type of the export with this name.
    pub fn export(&self, name: &str) -> Option<ExternType> {
        let position = *self.code.info.export_by_name.get(name)?;
        Some(self.code.info.export_type(self.code.info.exports[position as usize].item))
    }

    /// Proposals beyond the first version of the standard that the module uses, in alphabetical order.
    pub fn features_used(&self) -> &[&'static str] {
        &self.code.info.features_used
    }

    /// The custom sections in their order: name and contents.
    pub fn custom_sections(&self) -> impl ExactSizeIterator<Item = (&str, &[u8])> {
        let info = &self.code.info;
        info.custom_sections.iter().map(|(name, range)| (name.as_str(), &info.bytes[range.clone()]))
    }

    /// Everything that was decoded.
    #[doc(hidden)]
    pub fn info(&self) -> &ModuleInfo {
        &self.code.info
    }

    /// Bytes of machine code; 0 for the interpreter.
    pub fn code_bytes(&self) -> usize {
        self.code.code_bytes()
    }

    /// The engine that the module was made for.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }
}

/// Turns text into binary; leaves binary, and whatever is neither, as it is.
fn binary(bytes: &[u8]) -> Result<Cow<'_, [u8]>> {
    if bytes.starts_with(b"\0asm") || !cfg!(feature = "wat") || !looks_like_text(bytes) {
        return Ok(Cow::Borrowed(bytes));
    }
    #[cfg(feature = "wat")]
    return wat::parse_bytes(bytes)
        .map_err(|error| Error::new(ErrorKind::Decode { offset: 0 }, format!("text format: {error}")));
    #[cfg(not(feature = "wat"))]
    Err(Error::new(ErrorKind::Decode { offset: 0 }, "the text format is not part of this build"))
}

fn looks_like_text(bytes: &[u8]) -> bool {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    matches!(first, Some(b'(' | b';'))
}

/// One import of a module.
#[derive(Clone, Copy, Debug)]
pub struct ImportType<'a> {
    info: &'a ModuleInfo,
    import: &'a Import,
}

impl<'a> ImportType<'a> {
    /// The module name.
    pub fn module(&self) -> &'a str {
        &self.import.module
    }

    /// The item name.
    pub fn name(&self) -> &'a str {
        &self.import.name
    }

    /// What is expected.
    pub fn ty(&self) -> ExternType {
        self.info.import_type(&self.import.item)
    }
}

/// One export of a module.
#[derive(Clone, Copy, Debug)]
pub struct ExportType<'a> {
    info: &'a ModuleInfo,
    export: &'a Export,
}

impl<'a> ExportType<'a> {
    /// The export's name.
    pub fn name(&self) -> &'a str {
        &self.export.name
    }

    /// The item's position in its index space, imported ones first.
    pub fn index(&self) -> u32 {
        match self.export.item {
            ExportItem::Func(func) => func.0,
            ExportItem::Table(table) => table.0,
            ExportItem::Memory(memory) => memory.0,
            ExportItem::Global(global) => global.0,
            ExportItem::Tag(tag) => tag.0,
        }
    }

    /// What is exported.
    pub fn ty(&self) -> ExternType {
        self.info.export_type(self.export.item)
    }
}
