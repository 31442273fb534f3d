//! The host module `spectest` that scripts may import from (spec repository: "interpreter/README.md", "Scripts").

use wasmrt::{
    FuncType, Global, GlobalType, Linker, Memory, MemoryType, RefType, Result, Store, Table, TableType, Val, ValType,
};

const MODULE: &str = "spectest";

/// Functions that take values and do nothing with them: what a script prints is no part of its outcome.
const PRINTERS: [(&str, &[ValType]); 7] = [
    ("print", &[]),
    ("print_i32", &[ValType::I32]),
    ("print_i64", &[ValType::I64]),
    ("print_f32", &[ValType::F32]),
    ("print_f64", &[ValType::F64]),
    ("print_i32_f32", &[ValType::I32, ValType::F32]),
    ("print_f64_f64", &[ValType::F64, ValType::F64]),
];

/// Defines the module's functions, globals, tables and memories in `linker`.
pub(super) fn define(linker: &mut Linker<()>, store: &mut Store<()>) -> Result<()> {
    for (name, params) in PRINTERS {
        linker.func_new(MODULE, name, FuncType::new(params.iter().copied(), []), |_, _, _| Ok(()))?;
    }
    let globals = [
        ("global_i32", Val::I32(666)),
        ("global_i64", Val::I64(666)),
        ("global_f32", Val::F32(666.6f32.to_bits())),
        ("global_f64", Val::F64(666.6f64.to_bits())),
    ];
    for (name, value) in globals {
        let global = Global::new(&mut *store, GlobalType { content: value.ty(), mutable: false }, value)?;
        linker.define(&*store, MODULE, name, global)?;
    }
    for (name, table64) in [("table", false), ("table64", true)] {
        let ty = TableType { element: RefType::FUNCREF, min: 10, max: Some(20), table64 };
        let table = Table::new(&mut *store, ty, Val::FuncRef(None))?;
        linker.define(&*store, MODULE, name, table)?;
    }
    let memory = Memory::new(&mut *store, MemoryType::new(1, Some(2)))?;
    linker.define(&*store, MODULE, "memory", memory)?;
    let shared = Memory::new(&mut *store, MemoryType::shared(1, 2))?;
    linker.define(&*store, MODULE, "shared_memory", shared)?;
    Ok(())
}
