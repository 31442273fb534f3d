//! The bytecode: a list of instructions of 2-byte units, run on a frame of 8-byte slots.
//!
//! An instruction is its opcode followed by its operands, in the order and widths that its shape tells (`Shape`).
//! Registers are slots of the frame: locals first, then one for each height of the operand stack. What is always
//! true here: a 32-bit value in a slot has a zero upper half, so that addresses and zero extensions need no work; a
//! jump counts units from the start of the instruction that holds it.

/// A unit of bytecode.
pub type Unit = u16;
/// A register: the index of a slot in the frame. Frames of more slots than this can name are refused by lowering.
pub type Reg = u16;

/// The letters of a shape, one per operand: `r` register, for a vector that of its low half; `i` 32-bit signed
/// immediate; `k` 32-bit unsigned index, offset or count; `l` 64-bit immediate; `n` lane; `v` vector operator (module
/// `vector`); `j` jump. `t` stands for the targets of `br_table`: a count `k` that does
/// not include the default, then that many jumps and the default's.
pub type Shape = &'static str;

macro_rules! ops {
    ($($name:ident $text:literal $shape:literal;)*) => {
        /// An opcode.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u16)]
        pub enum Op {
            $(#[doc = $text] $name,)*
        }

        impl Op {
            /// Every opcode, in the order of their numbers.
            #[cfg(test)]
            pub const ALL: &'static [Op] = &[$(Op::$name),*];

            /// The name shown by the disassembler.
            #[cfg(test)]
            pub const fn text(self) -> &'static str {
                match self {
                    $(Op::$name => $text,)*
                }
            }

            /// The operands.
            pub const fn shape(self) -> Shape {
                match self {
                    $(Op::$name => $shape,)*
                }
            }
        }
    };
}

ops! {
    // Control.
    Unreachable "unreachable" "";
    Done "done" "";
    Charge "charge" "k";
    Br "br" "j";
    BrIf "br_if" "rj";
    BrUnless "br_unless" "rj";
    BrIfI32And "br_if.i32.and" "rrj";
    BrIfI32AndI "br_if.i32.and_imm" "rij";
    BrUnlessI32And "br_unless.i32.and" "rrj";
    BrUnlessI32AndI "br_unless.i32.and_imm" "rij";
    BrIfI32Eq "br_if.i32.eq" "rrj";
    BrIfI32Ne "br_if.i32.ne" "rrj";
    BrIfI32LtS "br_if.i32.lt_s" "rrj";
    BrIfI32LtU "br_if.i32.lt_u" "rrj";
    BrIfI32LeS "br_if.i32.le_s" "rrj";
    BrIfI32LeU "br_if.i32.le_u" "rrj";
    BrIfI32EqI "br_if.i32.eq_imm" "rij";
    BrIfI32NeI "br_if.i32.ne_imm" "rij";
    BrIfI32LtSI "br_if.i32.lt_s_imm" "rij";
    BrIfI32LtUI "br_if.i32.lt_u_imm" "rij";
    BrIfI32LeSI "br_if.i32.le_s_imm" "rij";
    BrIfI32LeUI "br_if.i32.le_u_imm" "rij";
    BrIfI32GtSI "br_if.i32.gt_s_imm" "rij";
    BrIfI32GtUI "br_if.i32.gt_u_imm" "rij";
    BrIfI32GeSI "br_if.i32.ge_s_imm" "rij";
    BrIfI32GeUI "br_if.i32.ge_u_imm" "rij";
    BrIfI64Eq "br_if.i64.eq" "rrj";
    BrIfI64Ne "br_if.i64.ne" "rrj";
    BrIfI64LtS "br_if.i64.lt_s" "rrj";
    BrIfI64LtU "br_if.i64.lt_u" "rrj";
    BrIfI64LeS "br_if.i64.le_s" "rrj";
    BrIfI64LeU "br_if.i64.le_u" "rrj";
    BrIfI64EqI "br_if.i64.eq_imm" "rij";
    BrIfI64NeI "br_if.i64.ne_imm" "rij";
    BrIfI64LtSI "br_if.i64.lt_s_imm" "rij";
    BrIfI64LtUI "br_if.i64.lt_u_imm" "rij";
    BrIfI64LeSI "br_if.i64.le_s_imm" "rij";
    BrIfI64LeUI "br_if.i64.le_u_imm" "rij";
    BrIfI64GtSI "br_if.i64.gt_s_imm" "rij";
    BrIfI64GtUI "br_if.i64.gt_u_imm" "rij";
    BrIfI64GeSI "br_if.i64.ge_s_imm" "rij";
    BrIfI64GeUI "br_if.i64.ge_u_imm" "rij";
    BrIfF32Eq "br_if.f32.eq" "rrj";
    BrIfF32Ne "br_if.f32.ne" "rrj";
    BrIfF32Lt "br_if.f32.lt" "rrj";
    BrIfF32Le "br_if.f32.le" "rrj";
    BrUnlessF32Lt "br_unless.f32.lt" "rrj";
    BrUnlessF32Le "br_unless.f32.le" "rrj";
    BrIfF64Eq "br_if.f64.eq" "rrj";
    BrIfF64Ne "br_if.f64.ne" "rrj";
    BrIfF64Lt "br_if.f64.lt" "rrj";
    BrIfF64Le "br_if.f64.le" "rrj";
    BrUnlessF64Lt "br_unless.f64.lt" "rrj";
    BrUnlessF64Le "br_unless.f64.le" "rrj";
    BrTable "br_table" "rt";
    Return "return" "";
    ReturnOne "return_one" "r";
    ReturnMany "return_many" "rk";
    // Calls: the register is the callee's slot 0.
    Call "call" "rk";
    CallImport "call_import" "rk";
    CallIndirect "call_indirect" "rrkkk";
    CallRef "call_ref" "rr";
    // Tail calls: the register is where the arguments are, which move to slot 0 of the frame; the last operand of those
    // that may lead out of the interpreter is how many slots they take.
    ReturnCall "return_call" "rk";
    ReturnCallImport "return_call_import" "rkk";
    ReturnCallIndirect "return_call_indirect" "rrkkkk";
    ReturnCallRef "return_call_ref" "rrk";
    // Exceptions. A tag is named by the offset of its identity in the context, by `throw` with its index.
    Throw "throw" "rk";
    ThrowRef "throw_ref" "r";
    Rethrow "rethrow" "r";
    BrUnlessTag "br_unless_tag" "rkj";
    ExceptionPayload "exception_payload" "rrk";
    // Variables. Globals are named by their byte offset in the context.
    Copy "copy" "rr";
    CopyMany "copy_many" "rrk";
    Const32 "const32" "ri";
    Const64S "const64_s" "ri";
    Const64 "const64" "rl";
    Select "select" "rrrr";
    GlobalGet "global.get" "rk";
    GlobalSet "global.set" "rk";
    GlobalGetImported "global.get_imported" "rk";
    GlobalSetImported "global.set_imported" "rk";
    // References.
    RefFunc "ref.func" "rk";
    RefAsNonNull "ref.as_non_null" "r";
    // Memory 0: register of the value, register of the address, offset; `_at` has a constant effective address.
    Load8U "load8_u" "rrk";
    Load16U "load16_u" "rrk";
    Load32 "load32" "rrk";
    Load64 "load64" "rrk";
    I32Load8S "i32.load8_s" "rrk";
    I32Load16S "i32.load16_s" "rrk";
    I64Load8S "i64.load8_s" "rrk";
    I64Load16S "i64.load16_s" "rrk";
    I64Load32S "i64.load32_s" "rrk";
    Load8UAt "load8_u_at" "rl";
    Load16UAt "load16_u_at" "rl";
    Load32At "load32_at" "rl";
    Load64At "load64_at" "rl";
    I32Load8SAt "i32.load8_s_at" "rl";
    I32Load16SAt "i32.load16_s_at" "rl";
    I64Load8SAt "i64.load8_s_at" "rl";
    I64Load16SAt "i64.load16_s_at" "rl";
    I64Load32SAt "i64.load32_s_at" "rl";
    Store8 "store8" "rrk";
    Store16 "store16" "rrk";
    Store32 "store32" "rrk";
    Store64 "store64" "rrk";
    Store8I "store8_imm" "irk";
    Store16I "store16_imm" "irk";
    Store32I "store32_imm" "irk";
    Store64I "store64_imm" "irk";
    Store8At "store8_at" "rl";
    Store16At "store16_at" "rl";
    Store32At "store32_at" "rl";
    Store64At "store64_at" "rl";
    // Any memory, named by its offset in the context, with indices of any width.
    Load8UIn "load8_u_in" "rrkl";
    Load16UIn "load16_u_in" "rrkl";
    Load32In "load32_in" "rrkl";
    Load64In "load64_in" "rrkl";
    I32Load8SIn "i32.load8_s_in" "rrkl";
    I32Load16SIn "i32.load16_s_in" "rrkl";
    I64Load8SIn "i64.load8_s_in" "rrkl";
    I64Load16SIn "i64.load16_s_in" "rrkl";
    I64Load32SIn "i64.load32_s_in" "rrkl";
    Store8In "store8_in" "rrkl";
    Store16In "store16_in" "rrkl";
    Store32In "store32_in" "rrkl";
    Store64In "store64_in" "rrkl";
    // Atomic accesses to any memory: result or value, address, further values, the memory's offset in the context and
    // the access's. Narrow results are zero-extended.
    AtomicLoad8 "atomic.load8" "rrkl";
    AtomicLoad16 "atomic.load16" "rrkl";
    AtomicLoad32 "atomic.load32" "rrkl";
    AtomicLoad64 "atomic.load64" "rrkl";
    AtomicStore8 "atomic.store8" "rrkl";
    AtomicStore16 "atomic.store16" "rrkl";
    AtomicStore32 "atomic.store32" "rrkl";
    AtomicStore64 "atomic.store64" "rrkl";
    AtomicRmw8Add "atomic.rmw8.add" "rrrkl";
    AtomicRmw16Add "atomic.rmw16.add" "rrrkl";
    AtomicRmw32Add "atomic.rmw32.add" "rrrkl";
    AtomicRmw64Add "atomic.rmw64.add" "rrrkl";
    AtomicRmw8Sub "atomic.rmw8.sub" "rrrkl";
    AtomicRmw16Sub "atomic.rmw16.sub" "rrrkl";
    AtomicRmw32Sub "atomic.rmw32.sub" "rrrkl";
    AtomicRmw64Sub "atomic.rmw64.sub" "rrrkl";
    AtomicRmw8And "atomic.rmw8.and" "rrrkl";
    AtomicRmw16And "atomic.rmw16.and" "rrrkl";
    AtomicRmw32And "atomic.rmw32.and" "rrrkl";
    AtomicRmw64And "atomic.rmw64.and" "rrrkl";
    AtomicRmw8Or "atomic.rmw8.or" "rrrkl";
    AtomicRmw16Or "atomic.rmw16.or" "rrrkl";
    AtomicRmw32Or "atomic.rmw32.or" "rrrkl";
    AtomicRmw64Or "atomic.rmw64.or" "rrrkl";
    AtomicRmw8Xor "atomic.rmw8.xor" "rrrkl";
    AtomicRmw16Xor "atomic.rmw16.xor" "rrrkl";
    AtomicRmw32Xor "atomic.rmw32.xor" "rrrkl";
    AtomicRmw64Xor "atomic.rmw64.xor" "rrrkl";
    AtomicRmw8Xchg "atomic.rmw8.xchg" "rrrkl";
    AtomicRmw16Xchg "atomic.rmw16.xchg" "rrrkl";
    AtomicRmw32Xchg "atomic.rmw32.xchg" "rrrkl";
    AtomicRmw64Xchg "atomic.rmw64.xchg" "rrrkl";
    AtomicRmw8Cmpxchg "atomic.rmw8.cmpxchg" "rrrrkl";
    AtomicRmw16Cmpxchg "atomic.rmw16.cmpxchg" "rrrrkl";
    AtomicRmw32Cmpxchg "atomic.rmw32.cmpxchg" "rrrrkl";
    AtomicRmw64Cmpxchg "atomic.rmw64.cmpxchg" "rrrrkl";
    // These name the memory by its index.
    AtomicNotify "memory.atomic.notify" "rrrkl";
    AtomicWait32 "memory.atomic.wait32" "rrrrkl";
    AtomicWait64 "memory.atomic.wait64" "rrrrkl";
    AtomicFence "atomic.fence" "";
    MemorySize "memory.size" "rkk";
    MemoryGrow "memory.grow" "rrk";
    MemoryGrow64 "memory.grow64" "rrk";
    MemoryFill "memory.fill" "rrrk";
    MemoryCopy "memory.copy" "rrrkk";
    MemoryInit "memory.init" "rrrkk";
    DataDrop "data.drop" "k";
    TableGet "table.get" "rrk";
    TableSet "table.set" "rrk";
    TableSize "table.size" "rk";
    TableGrow "table.grow" "rrrk";
    TableGrow64 "table.grow64" "rrrk";
    TableFill "table.fill" "rrrk";
    TableCopy "table.copy" "rrrkk";
    TableInit "table.init" "rrrkk";
    ElemDrop "elem.drop" "k";
    // Integers.
    I32Eq "i32.eq" "rrr";
    I32Ne "i32.ne" "rrr";
    I32LtS "i32.lt_s" "rrr";
    I32LtU "i32.lt_u" "rrr";
    I32LeS "i32.le_s" "rrr";
    I32LeU "i32.le_u" "rrr";
    I32EqI "i32.eq_imm" "rri";
    I32NeI "i32.ne_imm" "rri";
    I32LtSI "i32.lt_s_imm" "rri";
    I32LtUI "i32.lt_u_imm" "rri";
    I32LeSI "i32.le_s_imm" "rri";
    I32LeUI "i32.le_u_imm" "rri";
    I32GtSI "i32.gt_s_imm" "rri";
    I32GtUI "i32.gt_u_imm" "rri";
    I32GeSI "i32.ge_s_imm" "rri";
    I32GeUI "i32.ge_u_imm" "rri";
    I64Eq "i64.eq" "rrr";
    I64Ne "i64.ne" "rrr";
    I64LtS "i64.lt_s" "rrr";
    I64LtU "i64.lt_u" "rrr";
    I64LeS "i64.le_s" "rrr";
    I64LeU "i64.le_u" "rrr";
    I64EqI "i64.eq_imm" "rri";
    I64NeI "i64.ne_imm" "rri";
    I64LtSI "i64.lt_s_imm" "rri";
    I64LtUI "i64.lt_u_imm" "rri";
    I64LeSI "i64.le_s_imm" "rri";
    I64LeUI "i64.le_u_imm" "rri";
    I64GtSI "i64.gt_s_imm" "rri";
    I64GtUI "i64.gt_u_imm" "rri";
    I64GeSI "i64.ge_s_imm" "rri";
    I64GeUI "i64.ge_u_imm" "rri";
    I32Clz "i32.clz" "rr";
    I32Ctz "i32.ctz" "rr";
    I32Popcnt "i32.popcnt" "rr";
    I32Add "i32.add" "rrr";
    I32Sub "i32.sub" "rrr";
    I32Mul "i32.mul" "rrr";
    I32DivS "i32.div_s" "rrr";
    I32DivU "i32.div_u" "rrr";
    I32RemS "i32.rem_s" "rrr";
    I32RemU "i32.rem_u" "rrr";
    I32And "i32.and" "rrr";
    I32Or "i32.or" "rrr";
    I32Xor "i32.xor" "rrr";
    I32Shl "i32.shl" "rrr";
    I32ShrS "i32.shr_s" "rrr";
    I32ShrU "i32.shr_u" "rrr";
    I32Rotl "i32.rotl" "rrr";
    I32Rotr "i32.rotr" "rrr";
    I32AddI "i32.add_imm" "rri";
    I32MulI "i32.mul_imm" "rri";
    I32DivSI "i32.div_s_imm" "rri";
    I32DivUI "i32.div_u_imm" "rri";
    I32RemSI "i32.rem_s_imm" "rri";
    I32RemUI "i32.rem_u_imm" "rri";
    I32AndI "i32.and_imm" "rri";
    I32OrI "i32.or_imm" "rri";
    I32XorI "i32.xor_imm" "rri";
    I32ShlI "i32.shl_imm" "rri";
    I32ShrSI "i32.shr_s_imm" "rri";
    I32ShrUI "i32.shr_u_imm" "rri";
    I32RotlI "i32.rotl_imm" "rri";
    I32RotrI "i32.rotr_imm" "rri";
    I64Clz "i64.clz" "rr";
    I64Ctz "i64.ctz" "rr";
    I64Popcnt "i64.popcnt" "rr";
    I64Add "i64.add" "rrr";
    I64Sub "i64.sub" "rrr";
    I64Mul "i64.mul" "rrr";
    I64DivS "i64.div_s" "rrr";
    I64DivU "i64.div_u" "rrr";
    I64RemS "i64.rem_s" "rrr";
    I64RemU "i64.rem_u" "rrr";
    I64And "i64.and" "rrr";
    I64Or "i64.or" "rrr";
    I64Xor "i64.xor" "rrr";
    I64Shl "i64.shl" "rrr";
    I64ShrS "i64.shr_s" "rrr";
    I64ShrU "i64.shr_u" "rrr";
    I64Rotl "i64.rotl" "rrr";
    I64Rotr "i64.rotr" "rrr";
    I64AddI "i64.add_imm" "rri";
    I64MulI "i64.mul_imm" "rri";
    I64DivSI "i64.div_s_imm" "rri";
    I64DivUI "i64.div_u_imm" "rri";
    I64RemSI "i64.rem_s_imm" "rri";
    I64RemUI "i64.rem_u_imm" "rri";
    I64AndI "i64.and_imm" "rri";
    I64OrI "i64.or_imm" "rri";
    I64XorI "i64.xor_imm" "rri";
    I64ShlI "i64.shl_imm" "rri";
    I64ShrSI "i64.shr_s_imm" "rri";
    I64ShrUI "i64.shr_u_imm" "rri";
    I64RotlI "i64.rotl_imm" "rri";
    I64RotrI "i64.rotr_imm" "rri";
    I32Extend8S "i32.extend8_s" "rr";
    I32Extend16S "i32.extend16_s" "rr";
    I64Extend8S "i64.extend8_s" "rr";
    I64Extend16S "i64.extend16_s" "rr";
    I64Extend32S "i64.extend32_s" "rr";
    I32WrapI64 "i32.wrap_i64" "rr";
    // 128 bits, low half first: the result's first register, then the operands.
    I64Add128 "i64.add128" "rrrrr";
    I64Sub128 "i64.sub128" "rrrrr";
    I64MulWideS "i64.mul_wide_s" "rrr";
    I64MulWideU "i64.mul_wide_u" "rrr";
    // Floats.
    F32Eq "f32.eq" "rrr";
    F32Ne "f32.ne" "rrr";
    F32Lt "f32.lt" "rrr";
    F32Le "f32.le" "rrr";
    F64Eq "f64.eq" "rrr";
    F64Ne "f64.ne" "rrr";
    F64Lt "f64.lt" "rrr";
    F64Le "f64.le" "rrr";
    F32Abs "f32.abs" "rr";
    F32Neg "f32.neg" "rr";
    F32Ceil "f32.ceil" "rr";
    F32Floor "f32.floor" "rr";
    F32Trunc "f32.trunc" "rr";
    F32Nearest "f32.nearest" "rr";
    F32Sqrt "f32.sqrt" "rr";
    F32Add "f32.add" "rrr";
    F32Sub "f32.sub" "rrr";
    F32Mul "f32.mul" "rrr";
    F32Div "f32.div" "rrr";
    F32Min "f32.min" "rrr";
    F32Max "f32.max" "rrr";
    F32Copysign "f32.copysign" "rrr";
    F64Abs "f64.abs" "rr";
    F64Neg "f64.neg" "rr";
    F64Ceil "f64.ceil" "rr";
    F64Floor "f64.floor" "rr";
    F64Trunc "f64.trunc" "rr";
    F64Nearest "f64.nearest" "rr";
    F64Sqrt "f64.sqrt" "rr";
    F64Add "f64.add" "rrr";
    F64Sub "f64.sub" "rrr";
    F64Mul "f64.mul" "rrr";
    F64Div "f64.div" "rrr";
    F64Min "f64.min" "rrr";
    F64Max "f64.max" "rrr";
    F64Copysign "f64.copysign" "rrr";
    // Conversions.
    I32TruncF32S "i32.trunc_f32_s" "rr";
    I32TruncF32U "i32.trunc_f32_u" "rr";
    I32TruncF64S "i32.trunc_f64_s" "rr";
    I32TruncF64U "i32.trunc_f64_u" "rr";
    I64TruncF32S "i64.trunc_f32_s" "rr";
    I64TruncF32U "i64.trunc_f32_u" "rr";
    I64TruncF64S "i64.trunc_f64_s" "rr";
    I64TruncF64U "i64.trunc_f64_u" "rr";
    I32TruncSatF32S "i32.trunc_sat_f32_s" "rr";
    I32TruncSatF32U "i32.trunc_sat_f32_u" "rr";
    I32TruncSatF64S "i32.trunc_sat_f64_s" "rr";
    I32TruncSatF64U "i32.trunc_sat_f64_u" "rr";
    I64TruncSatF32S "i64.trunc_sat_f32_s" "rr";
    I64TruncSatF32U "i64.trunc_sat_f32_u" "rr";
    I64TruncSatF64S "i64.trunc_sat_f64_s" "rr";
    I64TruncSatF64U "i64.trunc_sat_f64_u" "rr";
    F32ConvertI32S "f32.convert_i32_s" "rr";
    F32ConvertI32U "f32.convert_i32_u" "rr";
    F32ConvertI64S "f32.convert_i64_s" "rr";
    F32ConvertI64U "f32.convert_i64_u" "rr";
    F32DemoteF64 "f32.demote_f64" "rr";
    F64ConvertI32S "f64.convert_i32_s" "rr";
    F64ConvertI32U "f64.convert_i32_u" "rr";
    F64ConvertI64S "f64.convert_i64_s" "rr";
    F64ConvertI64U "f64.convert_i64_u" "rr";
    F64PromoteF32 "f64.promote_f32" "rr";
    // Vectors. Accesses to memory name it by its byte offset in the context.
    CopyVector "copy.v128" "rr";
    ConstVector "v128.const" "rll";
    SelectVector "select.v128" "rrrr";
    GlobalGetVector "global.get.v128" "rk";
    GlobalSetVector "global.set.v128" "rk";
    GlobalGetVectorImported "global.get_imported.v128" "rk";
    GlobalSetVectorImported "global.set_imported.v128" "rk";
    VectorLoad "v128.load" "rrkl";
    VectorLoadPart "v128.load_part" "rrklv";
    VectorLoadLane "v128.load_lane" "rrrklnv";
    VectorStore "v128.store" "rrkl";
    VectorStoreLane "v128.store_lane" "rrklnv";
    VectorUnary "v128.unary" "rrv";
    VectorBinary "v128.binary" "rrrv";
    VectorTernary "v128.ternary" "rrrrv";
    VectorShift "v128.shift" "rrrv";
    VectorTest "v128.test" "rrv";
    VectorSplat "v128.splat" "rrv";
    VectorExtract "v128.extract" "rrnv";
    VectorReplace "v128.replace" "rrrnv";
    VectorShuffle "i8x16.shuffle" "rrrll";
    // Objects. Fields are named by their byte offset in the object, casts by a test (lowest bit: whether null passes).
    StructNew "struct.new" "rrk";
    StructNewDefault "struct.new_default" "rk";
    StructGet8S "struct.get8_s" "rrk";
    StructGet8U "struct.get8_u" "rrk";
    StructGet16S "struct.get16_s" "rrk";
    StructGet16U "struct.get16_u" "rrk";
    StructGet32 "struct.get32" "rrk";
    StructGet64 "struct.get64" "rrk";
    StructGetVector "struct.get.v128" "rrk";
    StructSet8 "struct.set8" "rrk";
    StructSet16 "struct.set16" "rrk";
    StructSet32 "struct.set32" "rrk";
    StructSet64 "struct.set64" "rrk";
    StructSetVector "struct.set.v128" "rrk";
    ArrayNew "array.new" "rrrk";
    ArrayNewDefault "array.new_default" "rrk";
    ArrayNewFixed "array.new_fixed" "rrkk";
    ArrayNewData "array.new_data" "rrrkk";
    ArrayNewElem "array.new_elem" "rrrkk";
    ArrayGet8S "array.get8_s" "rrr";
    ArrayGet8U "array.get8_u" "rrr";
    ArrayGet16S "array.get16_s" "rrr";
    ArrayGet16U "array.get16_u" "rrr";
    ArrayGet32 "array.get32" "rrr";
    ArrayGet64 "array.get64" "rrr";
    ArrayGetVector "array.get.v128" "rrr";
    ArraySet8 "array.set8" "rrr";
    ArraySet16 "array.set16" "rrr";
    ArraySet32 "array.set32" "rrr";
    ArraySet64 "array.set64" "rrr";
    ArraySetVector "array.set.v128" "rrr";
    ArrayLen "array.len" "rr";
    ArrayFill "array.fill" "rrrrk";
    ArrayCopy "array.copy" "rrrrrk";
    ArrayInitData "array.init_data" "rrrrkk";
    ArrayInitElem "array.init_elem" "rrrrkk";
    I31GetS "i31.get_s" "rr";
    I31GetU "i31.get_u" "rr";
    RefCast "ref.cast" "rkk";
    RefI31 "ref.i31" "rr";
    RefTest "ref.test" "rrkk";
}

impl Op {
    /// Units of an instruction with this opcode, its opcode included; for `br_table` without the targets.
    pub const fn len_units(self) -> usize {
        let shape = self.shape().as_bytes();
        let mut len = 1;
        let mut at = 0;
        while at < shape.len() {
            len += operand_units(shape[at]);
            at += 1;
        }
        len
    }
}

/// Units that an operand takes.
pub const fn operand_units(letter: u8) -> usize {
    match letter {
        b'r' | b'n' | b'v' => 1,
        b'l' => 4,
        _ => 2,
    }
}
