//! Operators on tables.

use super::{Translator, emit::Region, held::Held};
use crate::{
    jit::abi::{ENTRY_SIZE_LOG2, POINTER, builtin, offset},
    trap::TrapCode,
    types::{TableIdx, ValType},
};
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value, condcodes::IntCC, types};

/// Logarithm of the size of a handle in a table that does not hold functions.
const HANDLE_SIZE_LOG2: i64 = 3;

impl Translator<'_> {
    fn holds_functions(&self, table: TableIdx) -> bool {
        !self.module.info.tables[table.index()].element.is_gc()
    }

    fn table_len(&mut self, table: TableIdx) -> Value {
        let at = self.module.layout.table(table) as i32 + offset::TABLE_DEF;
        let def = self.load_constant(POINTER, self.vmctx, at);
        let flags = self.trusted(Region::Lengths);
        self.builder.ins().load(types::I64, flags, def, offset::TABLE_DEF_LEN)
    }

    /// The address of an entry, and the flags of the first access to it, which traps with `code` if there is none.
    pub(super) fn table_entry(&mut self, table: TableIdx, index: Value, code: TrapCode) -> (Value, MemFlagsData) {
        let len = self.table_len(table);
        let outside = self.builder.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, index, len);
        let at = self.module.layout.table(table) as i32 + offset::TABLE_BASE;
        let base = self.load_constant(POINTER, self.vmctx, at);
        let size_log2 = if self.holds_functions(table) { ENTRY_SIZE_LOG2 } else { HANDLE_SIZE_LOG2 };
        let distance = self.builder.ins().ishl_imm_u(index, size_log2);
        let entry = self.builder.ins().iadd(base, distance);
        let flags = self.trusted(Region::Table);
        self.guard(outside, entry, flags, code)
    }

    pub(super) fn table_get(&mut self, table: u32) {
        let table = TableIdx(table);
        let index = self.pop();
        let index = self.widen_index(index);
        let (entry, flags) = self.table_entry(table, index, TrapCode::TableOutOfBounds);
        // One word tells the reference, so that this needs no look at the entry's version.
        let at = if self.holds_functions(table) { offset::ENTRY_ORIGIN } else { 0 };
        let reference = self.builder.ins().load(types::I64, flags, entry, at);
        let element = self.module.info.tables[table.index()].element;
        self.push_held(reference, Held::of(ValType::Ref(element)));
    }

    pub(super) fn table_set(&mut self, table: u32) {
        let (index, reference) = self.pop2();
        let index = self.widen_index(index);
        let table = self.constant_i32(table);
        self.call_builtin_status(builtin::table_set, &[table, index, reference]);
    }

    pub(super) fn table_size(&mut self, table: u32) {
        let len = self.table_len(TableIdx(table));
        self.push_elements(TableIdx(table), len);
    }

    pub(super) fn table_grow(&mut self, table: u32) {
        let (reference, delta) = self.pop2();
        let delta = self.widen_index(delta);
        let number = self.constant_i32(table);
        let old = self.call_builtin_value(builtin::table_grow, &[number, delta, reference]);
        self.push_elements(TableIdx(table), old);
    }

    /// A number of elements that has a table's index type.
    fn push_elements(&mut self, table: TableIdx, elements: Value) {
        let is_wide = self.module.info.tables[table.index()].table64;
        let elements = if is_wide { elements } else { self.builder.ins().ireduce(types::I32, elements) };
        self.push(elements);
    }

    pub(super) fn table_fill(&mut self, table: u32) {
        let (to, reference, len) = self.pop3();
        let (to, len) = (self.widen_index(to), self.widen_index(len));
        let table = self.constant_i32(table);
        self.call_builtin_status(builtin::table_fill, &[table, to, reference, len]);
    }

    pub(super) fn table_copy(&mut self, to_table: u32, from_table: u32) {
        let (to, from, len) = self.pop3();
        let (to, from, len) = (self.widen_index(to), self.widen_index(from), self.widen_index(len));
        let (to_table, from_table) = (self.constant_i32(to_table), self.constant_i32(from_table));
        self.call_builtin_status(builtin::table_copy, &[to_table, from_table, to, from, len]);
    }

    pub(super) fn table_init(&mut self, table: u32, elem: u32) {
        let (to, from, len) = self.pop3();
        let to = self.widen_index(to);
        let (table, elem) = (self.constant_i32(table), self.constant_i32(elem));
        self.call_builtin_status(builtin::table_init, &[table, elem, to, from, len]);
    }

    pub(super) fn elem_drop(&mut self, elem: u32) {
        let elem = self.constant_i32(elem);
        self.call_builtin(builtin::elem_drop, &[elem]);
    }
}
