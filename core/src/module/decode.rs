//! The binary format, section by section: validated payloads in, `ModuleInfo` out.
//!
//! Every payload passes wasmparser's validator before it is read here, and bodies are validated last, when the
//! whole environment is known. Nothing is reserved because of a count that the bytes merely claim.

use super::{
    ConstExpr, ConstOp, DataSegment, ElementItems, ElementKind, ElementSegment, Export, ExportItem, Import, ImportItem,
    ModuleInfo,
    const_expr::const_expr,
    names, proposals,
    reject::{self, Failure},
    types::{global_type, kind, memory_type, ref_type, sub_type, table_type, unsupported},
    validate,
};
use crate::{
    error::{Error, Result},
    types::{
        CompositeKind, CompositeType, Features, FieldType, FuncIdx, GlobalIdx, HeapType, MemoryIdx, MemoryType,
        RefType, StorageType, SubType, TableIdx, TagIdx, TypeIdx, ValType,
    },
};
use std::{ops::Range, sync::Arc};
use wasmparser::{
    DataKind, ExternalKind, KnownCustom, Parser, Payload, RecGroup, TableInit, TypeRef, ValidPayload, Validator,
    WasmFeatures,
};

/// Size in bytes that a module may have (JS API, "Implementation-defined Limits").
const MAX_MODULE_BYTES: usize = 1 << 30;

/// Decodes and validates a module in the binary format.
///
/// Errors: `Decode` if the bytes are malformed, `Validate` if they break a rule, `Unsupported` if they use a proposal
/// outside `features`, `Limit` if they exceed an implementation limit of the JS API's specification.
pub fn decode(bytes: impl Into<Arc<[u8]>>, features: &Features) -> Result<ModuleInfo> {
    let bytes: Arc<[u8]> = bytes.into();
    if bytes.len() > MAX_MODULE_BYTES {
        return Err(Error::limit(format!("implementation limit: module size exceeds {MAX_MODULE_BYTES} bytes")));
    }
    let enabled = proposals::enabled(features);
    Builder::default().module(&bytes, enabled).map_err(|failure| reject::classify(&bytes, enabled, failure))
}

#[derive(Default)]
struct Builder {
    info: ModuleInfo,
    /// The kinds of the types read so far, the group at hand included.
    kinds: Vec<CompositeKind>,
    used: WasmFeatures,
}

impl Builder {
    fn module(mut self, bytes: &Arc<[u8]>, enabled: WasmFeatures) -> Result<ModuleInfo, Failure> {
        let mut validator = Validator::new_with_features(enabled);
        let mut parser = Parser::new(0);
        parser.set_features(enabled);
        self.used = WasmFeatures::empty();
        self.info.bytes = bytes.clone();
        let mut jobs = Vec::new();
        for payload in parser.parse_all(bytes) {
            let payload = payload?;
            match validator.payload(&payload)? {
                ValidPayload::Func(func, body) => {
                    self.info.bodies.push(range(body.range()));
                    jobs.push((func, body));
                }
                _ => self.payload(payload)?,
            }
        }
        self.used |= validate::bodies(jobs)?;
        self.info.escaping.sort_unstable();
        self.info.escaping.dedup();
        self.info.features_used = proposals::names(self.used);
        Ok(self.info)
    }

    fn payload(&mut self, payload: Payload<'_>) -> Result<(), Failure> {
        match payload {
            Payload::TypeSection(section) => {
                let offset = section.range().start;
                for group in section {
                    self.rec_group(&group?, offset)?;
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports_with_offsets() {
                    let (offset, import) = import?;
                    self.import(import, offset)?;
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    self.info.functions.push(TypeIdx(ty?));
                }
            }
            Payload::TableSection(section) => {
                for table in section.into_iter_with_offsets() {
                    let (offset, table) = table?;
                    self.table(&table.ty, offset)?;
                    self.table_init(&table.init)?;
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    self.memory(memory_type(&memory?));
                }
            }
            Payload::TagSection(section) => {
                for tag in section {
                    self.tag(tag?.func_type_idx);
                }
            }
            Payload::GlobalSection(section) => {
                for global in section.into_iter_with_offsets() {
                    let (offset, global) = global?;
                    self.global(&global.ty, offset)?;
                    let init = self.const_expr(&global.init_expr)?;
                    self.info.global_inits.push(init);
                }
            }
            Payload::ExportSection(section) => {
                for export in section.into_iter_with_offsets() {
                    let (offset, export) = export?;
                    self.export(export, offset)?;
                }
            }
            Payload::StartSection { func, .. } => {
                self.info.start = Some(FuncIdx(func));
                self.info.escaping.push(FuncIdx(func));
            }
            Payload::ElementSection(section) => {
                for element in section.into_iter_with_offsets() {
                    let (offset, element) = element?;
                    self.element(element, offset)?;
                }
            }
            Payload::DataCountSection { .. } => self.used |= WasmFeatures::BULK_MEMORY,
            Payload::DataSection(section) => {
                for data in section {
                    self.data(data?)?;
                }
            }
            Payload::CustomSection(section) => {
                let contents = range(section.range()).end - section.data().len()..range(section.range()).end;
                self.info.custom_sections.push((section.name().to_string(), contents));
                if let KnownCustom::Name(section) = section.as_known() {
                    names::read(section, &mut self.info.names);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn rec_group(&mut self, group: &RecGroup, offset: u64) -> Result<(), Failure> {
        let start = self.kinds.len() as u32;
        for ty in group.types() {
            self.kinds.push(kind(ty, offset)?);
        }
        if group.is_explicit_rec_group() {
            self.used |= WasmFeatures::GC;
        }
        for ty in group.types() {
            let ty = sub_type(ty, &self.kinds, offset)?;
            self.note_type(&ty);
            self.info.types.push(ty);
        }
        self.info.rec_groups.push(start..self.kinds.len() as u32);
        Ok(())
    }

    /// Notes the proposals that a defined type needs.
    fn note_type(&mut self, ty: &SubType) {
        if !ty.is_final || ty.supertype.is_some() {
            self.used |= WasmFeatures::GC;
        }
        match &ty.composite {
            CompositeType::Func(ty) => {
                if ty.results().len() > 1 {
                    self.used |= WasmFeatures::MULTI_VALUE;
                }
                ty.params().iter().chain(ty.results()).for_each(|ty| self.note_value(*ty));
            }
            CompositeType::Struct(fields) => fields.iter().for_each(|field| self.note_field(field)),
            CompositeType::Array(element) => self.note_field(element),
        }
    }

    fn note_field(&mut self, field: &FieldType) {
        self.used |= WasmFeatures::GC;
        if let StorageType::Val(ty) = field.storage {
            self.note_value(ty);
        }
    }

    fn note_value(&mut self, ty: ValType) {
        match ty {
            ValType::V128 => self.used |= WasmFeatures::SIMD,
            ValType::Ref(ty) => self.note_reference(ty),
            ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 => {}
        }
    }

    fn note_reference(&mut self, ty: RefType) {
        self.used |= WasmFeatures::REFERENCE_TYPES;
        match ty.heap.top() {
            HeapType::Exn => self.used |= WasmFeatures::EXCEPTIONS,
            HeapType::Func | HeapType::Extern if ty == RefType::FUNCREF || ty == RefType::EXTERNREF => {}
            HeapType::Func if ty.heap != HeapType::NoFunc => self.used |= WasmFeatures::FUNCTION_REFERENCES,
            HeapType::Extern if ty.heap == HeapType::Extern => self.used |= WasmFeatures::FUNCTION_REFERENCES,
            _ => self.used |= WasmFeatures::GC,
        }
    }

    fn memory(&mut self, ty: MemoryType) {
        for (is_used, proposal) in [
            (!self.info.memories.is_empty(), WasmFeatures::MULTI_MEMORY),
            (ty.memory64, WasmFeatures::MEMORY64),
            (ty.shared, WasmFeatures::THREADS),
            (ty.page_size_log2 != 16, WasmFeatures::CUSTOM_PAGE_SIZES),
        ] {
            self.used.set(proposal, is_used || self.used.contains(proposal));
        }
        self.info.memories.push(ty);
    }

    fn tag(&mut self, ty: u32) {
        self.used |= WasmFeatures::EXCEPTIONS;
        self.info.tags.push(TypeIdx(ty));
    }

    fn import(&mut self, import: wasmparser::Import<'_>, offset: u64) -> Result<(), Failure> {
        let item = match import.ty {
            TypeRef::Func(ty) => {
                self.info.escaping.push(FuncIdx(self.info.imported_functions));
                self.info.imported_functions += 1;
                self.info.functions.push(TypeIdx(ty));
                ImportItem::Func(TypeIdx(ty))
            }
            TypeRef::Table(ty) => {
                self.info.imported_tables += 1;
                ImportItem::Table(self.table(&ty, offset)?)
            }
            TypeRef::Memory(ty) => {
                self.info.imported_memories += 1;
                self.memory(memory_type(&ty));
                ImportItem::Memory(memory_type(&ty))
            }
            TypeRef::Global(ty) => {
                self.info.imported_globals += 1;
                if ty.mutable {
                    self.used |= WasmFeatures::MUTABLE_GLOBAL;
                }
                self.global(&ty, offset)?;
                ImportItem::Global(global_type(&ty, &self.kinds, offset)?)
            }
            TypeRef::Tag(ty) => {
                self.info.imported_tags += 1;
                self.tag(ty.func_type_idx);
                ImportItem::Tag(TypeIdx(ty.func_type_idx))
            }
            TypeRef::FuncExact(_) => return Err(unsupported("custom-descriptors", offset).into()),
        };
        self.info.imports.push(Import { module: import.module.to_string(), name: import.name.to_string(), item });
        Ok(())
    }

    fn table(&mut self, ty: &wasmparser::TableType, offset: u64) -> Result<crate::types::TableType, Failure> {
        let ty = table_type(ty, &self.kinds, offset)?;
        if ty.element != RefType::FUNCREF || !self.info.tables.is_empty() {
            self.note_reference(ty.element);
        }
        if ty.table64 {
            self.used |= WasmFeatures::MEMORY64;
        }
        self.info.tables.push(ty.clone());
        Ok(ty)
    }

    fn table_init(&mut self, init: &TableInit<'_>) -> Result<(), Failure> {
        let init = match init {
            TableInit::RefNull => None,
            TableInit::Expr(expr) => Some(self.const_expr(expr)?),
        };
        self.info.table_inits.push(init);
        Ok(())
    }

    fn global(&mut self, ty: &wasmparser::GlobalType, offset: u64) -> Result<(), Failure> {
        let ty = global_type(ty, &self.kinds, offset)?;
        self.note_value(ty.content);
        self.info.globals.push(ty);
        Ok(())
    }

    fn export(&mut self, export: wasmparser::Export<'_>, offset: u64) -> Result<(), Failure> {
        let item = match export.kind {
            ExternalKind::Func => {
                self.info.escaping.push(FuncIdx(export.index));
                ExportItem::Func(FuncIdx(export.index))
            }
            ExternalKind::Table => ExportItem::Table(TableIdx(export.index)),
            ExternalKind::Memory => ExportItem::Memory(MemoryIdx(export.index)),
            ExternalKind::Global => {
                if self.info.globals[export.index as usize].mutable {
                    self.used |= WasmFeatures::MUTABLE_GLOBAL;
                }
                ExportItem::Global(GlobalIdx(export.index))
            }
            ExternalKind::Tag => ExportItem::Tag(TagIdx(export.index)),
            ExternalKind::FuncExact => return Err(unsupported("custom-descriptors", offset).into()),
        };
        let position = self.info.exports.len() as u32;
        self.info.export_by_name.insert(export.name.into(), position);
        self.info.exports.push(Export { name: export.name.into(), item });
        Ok(())
    }

    fn element(&mut self, element: wasmparser::Element<'_>, offset: u64) -> Result<(), Failure> {
        let kind = match element.kind {
            wasmparser::ElementKind::Active { table_index, offset_expr } => {
                if table_index.is_some_and(|table| table != 0) {
                    self.used |= WasmFeatures::REFERENCE_TYPES;
                }
                ElementKind::Active(TableIdx(table_index.unwrap_or(0)), self.const_expr(&offset_expr)?)
            }
            wasmparser::ElementKind::Passive => ElementKind::Passive,
            wasmparser::ElementKind::Declared => ElementKind::Declared,
        };
        if !matches!(kind, ElementKind::Active(..)) {
            self.used |= WasmFeatures::BULK_MEMORY;
        }
        let (element, items) = match element.items {
            wasmparser::ElementItems::Functions(functions) => {
                let mut items = Vec::new();
                for func in functions {
                    items.push(FuncIdx(func?));
                }
                self.info.escaping.extend(&items);
                (RefType::FUNCREF, ElementItems::Functions(items))
            }
            wasmparser::ElementItems::Expressions(ty, expressions) => {
                let element = ref_type(ty, &self.kinds, offset)?;
                self.note_reference(element);
                let mut items = Vec::new();
                for expression in expressions {
                    items.push(self.const_expr(&expression?)?);
                }
                (element, ElementItems::Expressions(items))
            }
        };
        self.info.elements.push(ElementSegment { element, kind, items });
        Ok(())
    }

    fn data(&mut self, data: wasmparser::Data<'_>) -> Result<(), Failure> {
        let active = match data.kind {
            DataKind::Passive => {
                self.used |= WasmFeatures::BULK_MEMORY;
                None
            }
            DataKind::Active { memory_index, offset_expr } => {
                Some((MemoryIdx(memory_index), self.const_expr(&offset_expr)?))
            }
        };
        let end = data.range.end as usize;
        self.info.data.push(DataSegment { active, range: end - data.data.len()..end });
        Ok(())
    }

    fn const_expr(&mut self, expr: &wasmparser::ConstExpr<'_>) -> Result<ConstExpr, Failure> {
        let expr = const_expr(expr, &self.kinds)?;
        for operator in &expr.0 {
            self.used |= match operator {
                ConstOp::RefNull(_) | ConstOp::RefFunc(_) => WasmFeatures::REFERENCE_TYPES,
                ConstOp::V128(_) => WasmFeatures::SIMD,
                ConstOp::I32(_) | ConstOp::I64(_) | ConstOp::F32(_) | ConstOp::F64(_) | ConstOp::GlobalGet(_) => {
                    WasmFeatures::empty()
                }
                ConstOp::RefI31
                | ConstOp::StructNew(_)
                | ConstOp::StructNewDefault(_)
                | ConstOp::ArrayNew(_)
                | ConstOp::ArrayNewDefault(_)
                | ConstOp::ArrayNewFixed(..) => WasmFeatures::GC,
                _ => WasmFeatures::EXTENDED_CONST,
            };
        }
        self.info.escaping.extend(expr.functions());
        Ok(expr)
    }
}

/// wasmparser counts in u64; a module that is in memory has offsets that fit.
fn range(range: Range<u64>) -> Range<usize> {
    range.start as usize..range.end as usize
}
