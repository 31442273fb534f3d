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
        let place = self.place(index, size_bytes, memarg);
        let flags = self.builder.func.dfg.mem_flags.insert_unchecked(place.flags);
        let (load, _) = self.builder.ins().Load(opcode, ty, flags, Offset32::new(place.offset), place.base);
        let value = self.builder.func.dfg.first_result(load);
        self.push(value);
    }

    /// Emits a store instruction that writes `size_bytes`.
    pub(super) fn store(&mut self, opcode: Opcode, size_bytes: u32, memarg: &MemArg) {
        let (index, value) = self.pop2();
        let place = self.place(index, size_bytes, memarg);
        let ty = self.builder.func.dfg.value_type(value);
        let flags = self.builder.func.dfg.mem_flags.insert_unchecked(place.flags);
        self.builder.ins().Store(opcode, ty, flags, Offset32::new(place.offset), value, place.base);
    }

    pub(super) fn place(&mut self, index: Value, size_bytes: u32, memarg: &MemArg) -> Place {
        let MemArgTarget::Memory(memory) = memarg.target else { unreachable!("decoding refuses arrays") };
        let memory = MemoryIdx(memory);
        let index = self.extend(index);
        let region = self.region(Region::Memory);
        let flags = MemFlagsData::new().with_endianness(Endianness::Little).with_alias_region(region);
        let end = memarg.offset + u64::from(size_bytes);
        if let (MemoryStyle::Reserved { guard_bytes }, true) =
            (self.module.styles[memory.index()], self.module.settings.signals)
            && end <= guard_bytes
            && let Ok(offset) = i32::try_from(memarg.offset)
        {
            let base = self.memory_base(memory);
            let base = self.builder.ins().iadd(base, index);
            return Place { base, offset, flags: flags.with_trap_code(Some(clif_trap(TrapCode::MemoryOutOfBounds))) };
        }
        self.checked_place(memory, index, memarg.offset, end, flags)
    }

    /// `end` is the offset behind the last byte accessed, relative to `index`.
    fn checked_place(
        &mut self,
        memory: MemoryIdx,
        index: Value,
        offset: u64,
        end: u64,
        flags: MemFlagsData,
    ) -> Place {
        let len = self.memory_len(memory);
        // Both are below 2^33, so the sum does not wrap.
        let end = self.builder.ins().iadd_imm_s(index, end as i64);
        let outside = self.builder.ins().icmp(IntCC::UnsignedGreaterThan, end, len);
        let base = self.memory_base(memory);
        let base = self.builder.ins().iadd(base, index);
        let base = if offset == 0 { base } else { self.builder.ins().iadd_imm_s(base, offset as i64) };
        let (base, flags) = self.guard(outside, base, flags, TrapCode::MemoryOutOfBounds);
        Place { base, offset: 0, flags }
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
        let len = self.memory_len(MemoryIdx(memory));
        let page_size_log2 = self.module.info.memories[memory as usize].page_size_log2;
        let pages = self.builder.ins().ushr_imm_u(len, i64::from(page_size_log2));
        let pages = self.builder.ins().ireduce(types::I32, pages);
        self.push(pages);
    }

    pub(super) fn memory_grow(&mut self, memory: u32) {
        let delta = self.pop();
        let delta = self.extend(delta);
        let memory = self.constant_i32(memory);
        let old = self.call_builtin_value(builtin::memory_grow, &[memory, delta]);
        // The 64-bit "failed" becomes the 32-bit one.
        let old = self.builder.ins().ireduce(types::I32, old);
        self.push(old);
    }

    pub(super) fn memory_copy(&mut self, to_memory: u32, from_memory: u32) {
        let (to, from, len) = self.pop3();
        let (to, from, len) = (self.extend(to), self.extend(from), self.extend(len));
        let (to_memory, from_memory) = (self.constant_i32(to_memory), self.constant_i32(from_memory));
        self.call_builtin_status(builtin::memory_copy, &[to_memory, from_memory, to, from, len]);
    }

    pub(super) fn memory_fill(&mut self, memory: u32) {
        let (to, byte, len) = self.pop3();
        let (to, len) = (self.extend(to), self.extend(len));
        let memory = self.constant_i32(memory);
        self.call_builtin_status(builtin::memory_fill, &[memory, to, byte, len]);
    }

    pub(super) fn memory_init(&mut self, memory: u32, data: u32) {
        let (to, from, len) = self.pop3();
        let to = self.extend(to);
        let (memory, data) = (self.constant_i32(memory), self.constant_i32(data));
        self.call_builtin_status(builtin::memory_init, &[memory, data, to, from, len]);
    }

    pub(super) fn data_drop(&mut self, data: u32) {
        let data = self.constant_i32(data);
        self.call_builtin(builtin::data_drop, &[data]);
    }
}
