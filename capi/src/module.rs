//! Modules: compiled once, instantiated any number of times.

use crate::{
    engine::{Home, wasmrt_engine},
    error::wasmrt_error,
    external::{wasmrt_extern_type, wasmrt_func_type},
    ffi::{answer, array, borrow, boundary, delete, out, put_if_wanted},
};
use std::{ffi::c_char, ptr, sync::Arc};
use wasmrt::{Error, Module, Result, types::FuncIdx};

/// A validated module with its code. Owned by the caller: free it with `wasmrt_module_delete`, at any time, since
/// instances keep what they need. Any number of threads may use a module at once, in any store of its engine. Strings
/// and arrays borrowed from a module end with it.
pub struct wasmrt_module {
    pub(crate) module: Module,
    pub(crate) home: Arc<Home>,
}

/// An import of a module. Strings are not NUL-terminated.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wasmrt_import_type {
    /// The module name.
    pub module: *const c_char,
    /// Length of `module` in bytes.
    pub module_len: usize,
    /// The item name.
    pub name: *const c_char,
    /// Length of `name` in bytes.
    pub name_len: usize,
    /// What is expected.
    pub r#type: wasmrt_extern_type,
}

/// An export of a module. Strings are not NUL-terminated.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wasmrt_export_type {
    /// Its name.
    pub name: *const c_char,
    /// Length of `name` in bytes.
    pub name_len: usize,
    /// Position of the item in its index space, imported ones first.
    pub index: u32,
    /// Zero.
    pub reserved: u32,
    /// What is exported.
    pub r#type: wasmrt_extern_type,
}

/// A function of a module, exported or not. Strings are not NUL-terminated.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wasmrt_func_info {
    /// The name in the name section; NULL if it has none.
    pub name: *const c_char,
    /// Length of `name` in bytes.
    pub name_len: usize,
    /// 1 if the function is imported, else 0.
    pub is_import: u32,
    /// Zero.
    pub reserved: u32,
    /// Its type.
    pub r#type: wasmrt_func_type,
}

/// A custom section of a module. The name is not NUL-terminated.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wasmrt_custom_section {
    /// Its name.
    pub name: *const c_char,
    /// Length of `name` in bytes.
    pub name_len: usize,
    /// Its contents.
    pub data: *const u8,
    /// Length of `data` in bytes.
    pub data_len: usize,
}

fn no_such(what: &str, index: usize, len: usize) -> Error {
    Error::usage(format!("no {what} {index}: the module has {len}"))
}

/// Decodes, validates and compiles a module in the binary or the text format. Fails with Decode, Validate, Unsupported
/// or Limit.
///
/// Ownership: `*out_module` is the caller's; the bytes are not needed afterwards.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_module_new(
    engine: *const wasmrt_engine,
    bytes: *const u8,
    bytes_len: usize,
    out_module: *mut *mut wasmrt_module,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_module = unsafe { out(out_module, "out_module") }?;
        // SAFETY: [c-borrow]
        let engine = unsafe { borrow(engine, "engine") }?;
        // SAFETY: [c-slice]
        let bytes = unsafe { array(bytes, bytes_len, "bytes") }?;
        let module = Module::new(&engine.engine, bytes)?;
        out_module.give(wasmrt_module { module, home: engine.home.clone() })
    })
}

/// As `wasmrt_module_new`, for the binary format only.
///
/// Ownership: `*out_module` is the caller's; the bytes are not needed afterwards.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_module_from_binary(
    engine: *const wasmrt_engine,
    bytes: *const u8,
    bytes_len: usize,
    out_module: *mut *mut wasmrt_module,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_module = unsafe { out(out_module, "out_module") }?;
        // SAFETY: [c-borrow]
        let engine = unsafe { borrow(engine, "engine") }?;
        // SAFETY: [c-slice]
        let bytes = unsafe { array(bytes, bytes_len, "bytes") }?;
        let module = Module::from_binary(&engine.engine, bytes)?;
        out_module.give(wasmrt_module { module, home: engine.home.clone() })
    })
}

/// Decodes and validates a module in either format without compiling it. Fails as `wasmrt_module_new`.
///
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_module_validate(
    engine: *const wasmrt_engine,
    bytes: *const u8,
    bytes_len: usize,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-borrow]
        let engine = unsafe { borrow(engine, "engine") }?;
        // SAFETY: [c-slice]
        let bytes = unsafe { array(bytes, bytes_len, "bytes") }?;
        Module::validate(&engine.engine, bytes)
    })
}

/// Frees a module; NULL is nothing. Instances stay.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_module_delete(module: *mut wasmrt_module) {
    // SAFETY: [c-owned]
    unsafe { delete(module) }
}

/// The module's name in its name section, not NUL-terminated; NULL if it has none. `out_len` may be NULL.
///
/// Ownership: borrowed from `module`.
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_module_name(module: *const wasmrt_module, out_len: *mut usize) -> *const c_char {
    // SAFETY: [c-borrow]
    let name = unsafe { borrow(module, "module") }.ok().and_then(|module| module.module.name());
    name.map_or(ptr::null(), |name| {
        // SAFETY: [c-out]
        unsafe { put_if_wanted(out_len, name.len()) };
        name.as_ptr().cast()
    })
}

/// The binary that the module was made from; of a text, what it was translated to. NULL for NULL.
///
/// Ownership: borrowed from `module`.
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_module_bytes(module: *const wasmrt_module, out_len: *mut usize) -> *const u8 {
    // SAFETY: [c-borrow]
    let bytes = unsafe { borrow(module, "module") }.ok().map(|module| module.module.bytes());
    bytes.map_or(ptr::null(), |bytes| {
        // SAFETY: [c-out]
        unsafe { put_if_wanted(out_len, bytes.len()) };
        bytes.as_ptr()
    })
}

/// A count of something in a module; 0 for NULL.
///
/// # Safety
///
/// `[c-borrow]`
unsafe fn count(module: *const wasmrt_module, count: impl FnOnce(&Module) -> usize) -> usize {
    // SAFETY: [c-borrow]
    answer(0, || unsafe { borrow(module, "module") }.map_or(0, |module| count(&module.module)))
}

/// Number of imports; 0 for NULL.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_module_imports_len(module: *const wasmrt_module) -> usize {
    // SAFETY: [c-borrow]
    unsafe { count(module, |module| module.imports().len()) }
}

/// Import `index`, in the module's order.
///
/// Ownership: the strings and arrays in `*out_import` are borrowed from `module`.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_module_import(
    module: *const wasmrt_module,
    index: usize,
    out_import: *mut wasmrt_import_type,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_import = unsafe { out(out_import, "out_import") }?;
        // SAFETY: [c-borrow]
        let module = unsafe { borrow(module, "module") }?;
        let mut imports = module.module.imports();
        let len = imports.len();
        let import = imports.nth(index).ok_or_else(|| no_such("import", index, len))?;
        out_import.put(wasmrt_import_type {
            module: import.module().as_ptr().cast(),
            module_len: import.module().len(),
            name: import.name().as_ptr().cast(),
            name_len: import.name().len(),
            r#type: module.home.types.lend_extern(&import.ty()),
        })
    })
}

/// Number of exports; 0 for NULL.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_module_exports_len(module: *const wasmrt_module) -> usize {
    // SAFETY: [c-borrow]
    unsafe { count(module, |module| module.exports().len()) }
}

/// Export `index`, in the module's order.
///
/// Ownership: the strings and arrays in `*out_export` are borrowed from `module`.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_module_export(
    module: *const wasmrt_module,
    index: usize,
    out_export: *mut wasmrt_export_type,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_export = unsafe { out(out_export, "out_export") }?;
        // SAFETY: [c-borrow]
        let module = unsafe { borrow(module, "module") }?;
        let mut exports = module.module.exports();
        let len = exports.len();
        let export = exports.nth(index).ok_or_else(|| no_such("export", index, len))?;
        out_export.put(wasmrt_export_type {
            name: export.name().as_ptr().cast(),
            name_len: export.name().len(),
            index: export.index(),
            reserved: 0,
            r#type: module.home.types.lend_extern(&export.ty()),
        })
    })
}

/// Number of functions, imported ones first; 0 for NULL.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_module_funcs_len(module: *const wasmrt_module) -> usize {
    // SAFETY: [c-borrow]
    unsafe { count(module, |module| module.info().functions.len()) }
}

fn func_info(module: &wasmrt_module, index: usize) -> Result<wasmrt_func_info> {
    let info = module.module.info();
    if index >= info.functions.len() {
        return Err(no_such("function", index, info.functions.len()));
    }
    let func = FuncIdx(index as u32);
    let name = info.names.functions.get(&func.0);
    Ok(wasmrt_func_info {
        name: name.map_or(ptr::null(), |name| name.as_ptr().cast()),
        name_len: name.map_or(0, |name| name.len()),
        is_import: u32::from(func.0 < info.imported_functions),
        reserved: 0,
        r#type: module.home.types.lend(info.func_type(func)),
    })
}

/// Function `index` of the module's function index space.
///
/// Ownership: the strings and arrays in `*out_info` are borrowed from `module`.
/// Effects: allocates.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_module_func(
    module: *const wasmrt_module,
    index: usize,
    out_info: *mut wasmrt_func_info,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_info = unsafe { out(out_info, "out_info") }?;
        // SAFETY: [c-borrow]
        out_info.put(func_info(unsafe { borrow(module, "module") }?, index)?)
    })
}

/// Number of custom sections; 0 for NULL.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_module_custom_sections_len(module: *const wasmrt_module) -> usize {
    // SAFETY: [c-borrow]
    unsafe { count(module, |module| module.custom_sections().len()) }
}

/// Custom section `index`, in the module's order.
///
/// Ownership: name and contents are borrowed from `module`.
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_module_custom_section(
    module: *const wasmrt_module,
    index: usize,
    out_section: *mut wasmrt_custom_section,
) -> *mut wasmrt_error {
    boundary(|| {
        // SAFETY: [c-out]
        let out_section = unsafe { out(out_section, "out_section") }?;
        // SAFETY: [c-borrow]
        let mut sections = unsafe { borrow(module, "module") }?.module.custom_sections();
        let len = sections.len();
        let (name, data) = sections.nth(index).ok_or_else(|| no_such("custom section", index, len))?;
        out_section.put(wasmrt_custom_section {
            name: name.as_ptr().cast(),
            name_len: name.len(),
            data: data.as_ptr(),
            data_len: data.len(),
        })
    })
}

/// Machine code of the module in bytes; 0 for interpreted modules and for NULL.
///
/// Effects: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmrt_module_code_bytes(module: *const wasmrt_module) -> usize {
    // SAFETY: [c-borrow]
    unsafe { count(module, Module::code_bytes) }
}
