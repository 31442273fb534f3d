//! `ModuleInfo`: a decoded and validated module, in the form that both engines and linking read.

use crate::types::{
    CompositeKind, DataIdx, ExternType, FuncIdx, FuncType, GlobalIdx, GlobalType, MemoryIdx, MemoryType, RefType,
    SubType, TableIdx, TableType, TagIdx, TypeIdx,
};
use std::{collections::HashMap, ops::Range, sync::Arc};
use wasmparser::{BinaryReader, FunctionBody};

/// A validated module. Indices follow the specification: imports come first in every index space.
#[derive(Debug, Default)]
pub struct ModuleInfo {
    /// The binary itself; ranges below point into it.
    pub bytes: Arc<[u8]>,
    /// The type section.
    pub types: Vec<SubType>,
    /// Its recursion groups, as consecutive ranges of `types`.
    pub rec_groups: Vec<Range<u32>>,
    /// The import section, in order.
    pub imports: Vec<Import>,
    /// Type of every function, imported ones first.
    pub functions: Vec<TypeIdx>,
    /// Every table, imported ones first.
    pub tables: Vec<TableType>,
    /// Every memory, imported ones first.
    pub memories: Vec<MemoryType>,
    /// Every global, imported ones first.
    pub globals: Vec<GlobalType>,
    /// Type of every tag, imported ones first.
    pub tags: Vec<TypeIdx>,
    /// How many functions are imported.
    pub imported_functions: u32,
    /// How many tables are imported.
    pub imported_tables: u32,
    /// How many memories are imported.
    pub imported_memories: u32,
    /// How many globals are imported.
    pub imported_globals: u32,
    /// How many tags are imported.
    pub imported_tags: u32,
    /// Value of every element of each defined table at its start; null if `None`.
    pub table_inits: Vec<Option<ConstExpr>>,
    /// Initial value of each defined global.
    pub global_inits: Vec<ConstExpr>,
    /// The export section, in order.
    pub exports: Vec<Export>,
    /// Position in `exports` by name.
    pub export_by_name: HashMap<Box<str>, u32>,
    /// The start function.
    pub start: Option<FuncIdx>,
    /// Element segments.
    pub elements: Vec<ElementSegment>,
    /// Data segments.
    pub data: Vec<DataSegment>,
    /// Body of each defined function, as a range of `bytes` (locals and operators, without the size prefix).
    pub bodies: Vec<Range<usize>>,
    /// Functions that can be referred to from outside direct calls (imported, exported, in element segments or in
    /// `ref.func`, the start function), ascending and unique: the ones that have a `FuncRef` in an instance.
    pub escaping: Vec<FuncIdx>,
    /// What the name section says.
    pub names: Names,
    /// Custom sections: name and contents, as a range of `bytes`.
    pub custom_sections: Vec<(String, Range<usize>)>,
    /// Proposals that the module uses, by name, in alphabetical order.
    pub features_used: Vec<&'static str>,
}

/// One import.
#[derive(Debug, Clone)]
pub struct Import {
    /// The module name.
    pub module: String,
    /// The item name.
    pub name: String,
    /// What is imported.
    pub item: ImportItem,
}

/// What an import brings; the n-th of its kind gets index n in its index space.
#[derive(Debug, Clone)]
pub enum ImportItem {
    /// A function of this type.
    Func(TypeIdx),
    /// A table.
    Table(TableType),
    /// A memory.
    Memory(MemoryType),
    /// A global.
    Global(GlobalType),
    /// A tag of this type.
    Tag(TypeIdx),
}

/// One export.
#[derive(Debug, Clone)]
pub struct Export {
    /// Its name, unique in the module.
    pub name: Box<str>,
    /// What is exported.
    pub item: ExportItem,
}

/// What an export refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportItem {
    /// A function.
    Func(FuncIdx),
    /// A table.
    Table(TableIdx),
    /// A memory.
    Memory(MemoryIdx),
    /// A global.
    Global(GlobalIdx),
    /// A tag.
    Tag(TagIdx),
}

/// A constant expression (spec: "Constant Expressions"), as a list of operators in postfix order.
#[derive(Debug, Clone, PartialEq)]
pub struct ConstExpr(pub Vec<ConstOp>);

/// One operator of a constant expression.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ConstOp {
    /// `i32.const`
    I32(i32),
    /// `i64.const`
    I64(i64),
    /// `f32.const`, as bits
    F32(u32),
    /// `f64.const`, as bits
    F64(u64),
    /// `v128.const`, as slots
    V128([u64; 2]),
    /// `i32.add`
    I32Add,
    /// `i32.sub`
    I32Sub,
    /// `i32.mul`
    I32Mul,
    /// `i64.add`
    I64Add,
    /// `i64.sub`
    I64Sub,
    /// `i64.mul`
    I64Mul,
    /// `global.get`
    GlobalGet(GlobalIdx),
    /// `ref.null`
    RefNull(RefType),
    /// `ref.func`
    RefFunc(FuncIdx),
    /// `ref.i31`
    RefI31,
    /// `struct.new`
    StructNew(TypeIdx),
    /// `struct.new_default`
    StructNewDefault(TypeIdx),
    /// `array.new`
    ArrayNew(TypeIdx),
    /// `array.new_default`
    ArrayNewDefault(TypeIdx),
    /// `array.new_fixed` with its length
    ArrayNewFixed(TypeIdx, u32),
}

/// One element segment.
#[derive(Debug, Clone)]
pub struct ElementSegment {
    /// The elements' type.
    pub element: RefType,
    /// When the segment is used.
    pub kind: ElementKind,
    /// The elements.
    pub items: ElementItems,
}

/// When an element segment is used.
#[derive(Debug, Clone)]
pub enum ElementKind {
    /// By `table.init`.
    Passive,
    /// Copied into a table by instantiation.
    Active(TableIdx, ConstExpr),
    /// Never: it only declares that functions may be referred to.
    Declared,
}

/// The elements of a segment.
#[derive(Debug, Clone)]
pub enum ElementItems {
    /// Functions.
    Functions(Vec<FuncIdx>),
    /// One constant expression each.
    Expressions(Vec<ConstExpr>),
}

impl ElementItems {
    /// Number of elements.
    pub fn len(&self) -> usize {
        match self {
            ElementItems::Functions(items) => items.len(),
            ElementItems::Expressions(items) => items.len(),
        }
    }

    /// Whether the segment has no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One data segment.
#[derive(Debug, Clone)]
pub struct DataSegment {
    /// Where it is copied by instantiation; passive if `None`.
    pub active: Option<(MemoryIdx, ConstExpr)>,
    /// Its bytes, as a range of the module's.
    pub range: Range<usize>,
}

/// The name section.
#[derive(Debug, Default, Clone)]
pub struct Names {
    /// The module's name.
    pub module: Option<String>,
    /// Names of functions.
    pub functions: HashMap<u32, Box<str>>,
}

impl ModuleInfo {
    /// The type of a function.
    pub fn func_type(&self, func: FuncIdx) -> &FuncType {
        self.func_type_at(self.functions[func.index()])
    }

    /// The type of a tag: its parameters are what an exception carries.
    pub fn tag_type(&self, tag: TagIdx) -> &FuncType {
        self.func_type_at(self.tags[tag.index()])
    }

    /// The function type at an index of the type section where validation has found one.
    pub fn func_type_at(&self, ty: TypeIdx) -> &FuncType {
        self.types[ty.index()].as_func().expect("validation has found a function type here")
    }

    /// Replaces the numbers of defined types by the engine's, given by type index.
    pub fn renumber(&mut self, ids: &[u32]) {
        let number = |index: u32| ids[index as usize];
        self.types.iter_mut().for_each(|ty| *ty = ty.renumbered(&number));
        self.tables.iter_mut().for_each(|ty| ty.element = ty.element.renumbered(&number));
        self.globals.iter_mut().for_each(|ty| ty.content = ty.content.renumbered(&number));
        for import in &mut self.imports {
            match &mut import.item {
                ImportItem::Table(ty) => ty.element = ty.element.renumbered(&number),
                ImportItem::Global(ty) => ty.content = ty.content.renumbered(&number),
                ImportItem::Func(_) | ImportItem::Memory(_) | ImportItem::Tag(_) => {}
            }
        }
        self.elements.iter_mut().for_each(|segment| segment.element = segment.element.renumbered(&number));
    }

    /// Whether values of a type in a body are references that the collector knows.
    pub fn is_gc(&self, ty: wasmparser::RefType) -> bool {
        match ty.heap_type() {
            wasmparser::HeapType::Abstract { ty, .. } => {
                !matches!(ty, wasmparser::AbstractHeapType::Func | wasmparser::AbstractHeapType::NoFunc)
            }
            wasmparser::HeapType::Concrete(index) | wasmparser::HeapType::Exact(index) => {
                let ty = index.as_module_index().map(|index| &self.types[index as usize]);
                ty.is_some_and(|ty| ty.kind() != CompositeKind::Func)
            }
        }
    }

    /// Position of `func` among the defined functions; `None` if it is imported.
    pub fn defined_index(&self, func: FuncIdx) -> Option<usize> {
        func.0.checked_sub(self.imported_functions).map(|index| index as usize)
    }

    /// Position of `func` among the functions that have a `FuncRef`.
    pub fn escaping_index(&self, func: FuncIdx) -> Option<usize> {
        self.escaping.binary_search(&func).ok()
    }

    /// The function's own name, or its import's `module.name`.
    pub fn func_name(&self, func: FuncIdx) -> Option<String> {
        if let Some(name) = self.names.functions.get(&func.0) {
            return Some(name.to_string());
        }
        let mut imported = self.imports.iter().filter(|import| matches!(import.item, ImportItem::Func(_)));
        let import = (func.0 < self.imported_functions).then(|| imported.nth(func.index())).flatten()?;
        Some(format!("{}.{}", import.module, import.name))
    }

    /// The body of the defined function at `defined_index`, for reading its locals and operators; offsets that come
    /// out are the module's.
    pub fn body(&self, defined_index: usize) -> FunctionBody<'_> {
        let range = self.bodies[defined_index].clone();
        FunctionBody::new(BinaryReader::new(&self.bytes[range.clone()], range.start as u64))
    }

    /// The bytes of a data segment.
    pub fn data_bytes(&self, data: DataIdx) -> &[u8] {
        &self.bytes[self.data[data.index()].range.clone()]
    }

    /// The type of an import or export.
    pub fn import_type(&self, item: &ImportItem) -> ExternType {
        match item {
            ImportItem::Func(ty) => ExternType::Func(self.func_type_at(*ty).clone()),
            ImportItem::Table(ty) => ExternType::Table(ty.clone()),
            ImportItem::Memory(ty) => ExternType::Memory(ty.clone()),
            ImportItem::Global(ty) => ExternType::Global(ty.clone()),
            ImportItem::Tag(ty) => ExternType::Tag(self.func_type_at(*ty).clone()),
        }
    }

    /// The type of what an export refers to.
    pub fn export_type(&self, item: ExportItem) -> ExternType {
        match item {
            ExportItem::Func(func) => ExternType::Func(self.func_type(func).clone()),
            ExportItem::Table(table) => ExternType::Table(self.tables[table.index()].clone()),
            ExportItem::Memory(memory) => ExternType::Memory(self.memories[memory.index()].clone()),
            ExportItem::Global(global) => ExternType::Global(self.globals[global.index()].clone()),
            ExportItem::Tag(tag) => ExternType::Tag(self.tag_type(tag).clone()),
        }
    }
}
