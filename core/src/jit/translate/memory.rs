//! Loads, stores and the operators on whole memories.
//!
//! A memory of the reserved style needs no check: its reservation covers every index plus a guard, and what is
//! beyond its length faults. Everything else compares with the current length first.

use super::{
    Translator,
    emit::{Region, clif_trap},
};
use crate::{
    jit::abi::{POINTER, builtin, offset},
    trap::TrapCode,
    types::MemoryIdx,
    vm::memory::MemoryStyle,
};
use cranelift_codegen::ir::{
    Endianness, InstBuilder, MemFlagsData, Opcode, Type, Value, condcodes::IntCC, immediates::Offset32, types,
};
use wasmparser::{MemArg, MemArgTarget};

/// Which bytes an access is to.
pub(super) struct Access {
    pub(super) memory: MemoryIdx,
    /// With 64 bits.
    pub(super) index: Value,
    pub(super) offset: u64,
    pub(super) size_bytes: u32,
}

/// Where an access goes: `base` plus `offset`, with the flags that say how it may fault.
pub(super) struct Place {
    pub(super) base: Value,
    pub(super) offset: i32,
    pub(super) flags: MemFlagsData,
}

impl Translator<'_> {
    /// Emits a load instruction whose result is of type `ty` and that reads `size_bytes`.
    pub(super) fn load(&mut self, opcode: Opcode, ty: Type, size_bytes: u32, memarg: &MemArg) {
        let index = self.pop();
        let index = self.widen_index(index);
        let place = self.place(Access { memory: memory_of(memarg), index, offset: memarg.offset, size_bytes });
        let flags = self.builder.func.dfg.mem_flags.insert_unchecked(place.flags);
        let (load, _) = self.builder.ins().Load(opcode, ty, flags, Offset32::new(place.offset), place.base);
        let value = self.builder.func.dfg.first_result(load);
        self.push(value);
    }

    /// Emits a store instruction that writes `size_bytes`.
    pub(super) fn store(&mut self, opcode: Opcode, size_bytes: u32, memarg: &MemArg) {
        let (index, value) = self.pop2();
        let index = self.widen_index(index);
        let place = self.place(Access { memory: memory_of(memarg), index, offset: memarg.offset, size_bytes });
        let ty = self.builder.func.dfg.value_type(value);
        let flags = self.builder.func.dfg.mem_flags.insert_unchecked(place.flags);
        self.builder.ins().Store(opcode, ty, flags, Offset32::new(place.offset), value, place.base);
    }

    /// Where an access goes, checked as far as that is necessary.
    pub(super) fn place(&mut self, access: Access) -> Place {
        let Access { memory, index, offset, size_bytes } = access;
        let region = self.region(Region::Memory);
        let flags = MemFlagsData::new().with_endianness(Endianness::Little).with_alias_region(region);
        let end = offset.checked_add(u64::from(size_bytes));
        if let (MemoryStyle::Reserved { guard_bytes }, true) =
            (self.module.styles[memory.index()], self.module.settings.signals)
            && end.is_some_and(|end| end <= guard_bytes)
            && let Ok(offset) = i32::try_from(offset)
        {
            let base = self.memory_base(memory);
            let base = self.builder.ins().iadd(base, index);
            return Place { base, offset, flags: flags.with_trap_code(Some(clif_trap(TrapCode::MemoryOutOfBounds))) };
        }
        let outside = match end {
            Some(end) => self.is_outside(memory, index, end),
            // No memory is that long.
            None => self.builder.ins().iconst(types::I8, 1),
        };
        let base = self.memory_base(memory);
        let base = self.builder.ins().iadd(base, index);
        let base = if offset == 0 { base } else { self.builder.ins().iadd_imm_s(base, offset as i64) };
        let (base, flags) = self.guard(outside, base, flags, TrapCode::MemoryOutOfBounds);
        Place { base, offset: 0, flags }
    }

    /// Whether the memory ends before the `end`th byte from `index` on.
    fn is_outside(&mut self, memory: MemoryIdx, index: Value, end: u64) -> Value {
        let ty = &self.module.info.memories[memory.index()];
        let len = self.memory_len(memory);
        if !ty.memory64 {
            // Both are below 2^33, so the sum does not wrap.
            let end = self.builder.ins().iadd_imm_s(index, end as i64);
            return self.builder.ins().icmp(IntCC::UnsignedGreaterThan, end, len);
        }
        let min_len = u128::from(ty.min) << ty.page_size_log2;
        let end_value = self.constant_i64(end as i64);
        if u128::from(end) <= min_len {
            // A memory never shrinks, so the difference does not wrap.
            let last = self.builder.ins().isub(len, end_value);
            return self.builder.ins().icmp(IntCC::UnsignedGreaterThan, index, last);
        }
        let sum = self.builder.ins().iadd(index, end_value);
        let wraps = self.builder.ins().icmp(IntCC::UnsignedLessThan, sum, end_value);
        let exceeds = self.builder.ins().icmp(IntCC::UnsignedGreaterThan, sum, len);
        self.builder.ins().bor(wraps, exceeds)
    }

    /// A number of pages that has a memory's index type.
    fn push_pages(&mut self, memory: MemoryIdx, pages: Value) {
        let is_wide = self.module.info.memories[memory.index()].memory64;
        let pages = if is_wide { pages } else { self.builder.ins().ireduce(types::I32, pages) };
        self.push(pages);
    }

    /// Makes sure that `address` is not accessed, not even speculatively where that is asked for, if `outside`.
    pub(super) fn guard(
        &mut self,
        outside: Value,
        address: Value,
        flags: MemFlagsData,
        code: TrapCode,
    ) -> (Value, MemFlagsData) {
        let settings = self.module.settings;
        let faults = settings.signals && settings.spectre;
        if !faults {
            self.trap_if(outside, code);
        }
        if !settings.spectre {
            return (address, flags.with_notrap());
        }
        // With signals, the access to the null page is the trap.
        let null = self.constant_i64(0);
        let address = self.builder.ins().select_spectre_guard(outside, null, address);
        (address, flags.with_trap_code(faults.then(|| clif_trap(code))))
    }

    fn memory_base(&mut self, memory: MemoryIdx) -> Value {
        let at = self.module.layout.memory(memory) as i32 + offset::MEMORY_BASE;
        self.load_constant(POINTER, self.vmctx, at)
    }

    fn memory_len(&mut self, memory: MemoryIdx) -> Value {
        let at = self.module.layout.memory(memory) as i32 + offset::MEMORY_DEF;
        let def = self.load_constant(POINTER, self.vmctx, at);
        let flags = self.trusted(Region::Lengths);
        self.builder.ins().load(types::I64, flags, def, offset::MEMORY_DEF_LEN_BYTES)
    }

    pub(super) fn memory_size(&mut self, memory: u32) {
        let memory = MemoryIdx(memory);
        let len = self.memory_len(memory);
        let page_size_log2 = self.module.info.memories[memory.index()].page_size_log2;
        let pages = self.builder.ins().ushr_imm_u(len, i64::from(page_size_log2));
        self.push_pages(memory, pages);
    }

    pub(super) fn memory_grow(&mut self, memory: u32) {
        let delta = self.pop();
        let delta = self.widen_index(delta);
        let number = self.constant_i32(memory);
        let old = self.call_builtin_value(builtin::memory_grow, &[number, delta]);
        // The 64-bit "failed" becomes the 32-bit one where that is asked for.
        self.push_pages(MemoryIdx(memory), old);
    }

    pub(super) fn memory_copy(&mut self, to_memory: u32, from_memory: u32) {
        let (to, from, len) = self.pop3();
        let (to, from, len) = (self.widen_index(to), self.widen_index(from), self.widen_index(len));
        let (to_memory, from_memory) = (self.constant_i32(to_memory), self.constant_i32(from_memory));
        self.call_builtin_status(builtin::memory_copy, &[to_memory, from_memory, to, from, len]);
    }

    pub(super) fn memory_fill(&mut self, memory: u32) {
        let (to, byte, len) = self.pop3();
        let (to, len) = (self.widen_index(to), self.widen_index(len));
        let memory = self.constant_i32(memory);
        self.call_builtin_status(builtin::memory_fill, &[memory, to, byte, len]);
    }

    pub(super) fn memory_init(&mut self, memory: u32, data: u32) {
        let (to, from, len) = self.pop3();
        let to = self.widen_index(to);
        let (memory, data) = (self.constant_i32(memory), self.constant_i32(data));
        self.call_builtin_status(builtin::memory_init, &[memory, data, to, from, len]);
    }

    pub(super) fn data_drop(&mut self, data: u32) {
        let data = self.constant_i32(data);
        self.call_builtin(builtin::data_drop, &[data]);
    }
}

/// The memory that an access goes to.
pub(super) fn memory_of(memarg: &MemArg) -> MemoryIdx {
    match memarg.target {
        MemArgTarget::Memory(memory) => MemoryIdx(memory),
        _ => unreachable!("[valid-module] decoding refuses accesses to arrays"),
    }
}
