//! Tests and casts. What they compare first is whether an object's type is the very one that is asked for.

use super::{Region, Translator};
use crate::{
    jit::abi::{builtin, offset},
    module::cast::{Cast, Test},
    trap::TrapCode,
    types::TypeIdx,
    vm::gc::{HOST_KIND, I31_BIT, KIND_BITS, layout::TYPE_OFFSET},
};
use cranelift_codegen::ir::{InstBuilder, Value, condcodes::IntCC, types};

impl Translator<'_> {
    pub(in crate::jit::translate) fn ref_test(&mut self, cast: Cast) {
        let reference = self.pop();
        let answer = self.is_of_type(reference, cast);
        self.push(answer);
    }

    pub(in crate::jit::translate) fn ref_cast(&mut self, cast: Cast) {
        let reference = self.top();
        let answer = self.is_of_type(reference, cast);
        let failed = self.is_zero(answer);
        self.trap_if(failed, TrapCode::CastFailure);
    }

    pub(in crate::jit::translate) fn br_on_cast(&mut self, depth: u32, cast: Cast) {
        let reference = self.top();
        let answer = self.is_of_type(reference, cast);
        self.branch_if(answer, depth);
    }

    pub(in crate::jit::translate) fn br_on_cast_fail(&mut self, depth: u32, cast: Cast) {
        let reference = self.top();
        let answer = self.is_of_type(reference, cast);
        let failed = self.is_zero(answer);
        self.branch_if(failed, depth);
    }

    fn top(&self) -> Value {
        *self.stack.last().expect("[valid-module]")
    }

    fn is_zero(&mut self, value: Value) -> Value {
        let zero = self.constant_i32(0);
        self.builder.ins().icmp(IntCC::Equal, value, zero)
    }

    /// Whether a reference has a type, as an i32.
    fn is_of_type(&mut self, reference: Value, cast: Cast) -> Value {
        let null = self.constant_i64(0);
        match (cast.test, cast.accepts_null) {
            (Test::All, true) => self.constant_i32(1),
            (Test::All, false) => self.compare(IntCC::NotEqual, reference, null),
            (Test::None, true) => self.compare(IntCC::Equal, reference, null),
            (Test::None, false) => self.constant_i32(0),
            (Test::I31, accepts_null) => {
                let narrow = self.builder.ins().ireduce(types::I32, reference);
                let is_number = self.builder.ins().band_imm_u(narrow, i64::from(I31_BIT));
                if !accepts_null {
                    return is_number;
                }
                let is_null = self.compare(IntCC::Equal, reference, null);
                self.builder.ins().bor(is_number, is_null)
            }
            (Test::Eq, accepts_null) => {
                let kind = self.builder.ins().band_imm_u(reference, i64::from(KIND_BITS));
                let host = self.constant_i64(HOST_KIND.into());
                let is_known = self.compare(IntCC::NotEqual, kind, host);
                if accepts_null {
                    return is_known;
                }
                let is_something = self.compare(IntCC::NotEqual, reference, null);
                self.builder.ins().band(is_known, is_something)
            }
            (Test::Func, accepts_null) => self.by_looking(reference, reference, accepts_null, |this| {
                let flags = this.trusted(Region::Context);
                let found = this.builder.ins().load(types::I32, flags, reference, offset::FUNC_REF_SIGNATURE);
                this.is_subtype(found, cast.ty)
            }),
            (Test::Object | Test::Struct | Test::Array, accepts_null) => {
                // Null and other kinds of references have no type to look at.
                let kind = self.builder.ins().band_imm_u(reference, i64::from(KIND_BITS));
                let other = self.compare(IntCC::NotEqual, kind, null);
                let is_null = self.compare(IntCC::Equal, reference, null);
                let none = self.builder.ins().bor(other, is_null);
                let zero = self.constant_i32(0);
                let has_type = self.builder.ins().icmp(IntCC::Equal, none, zero);
                self.by_looking(reference, has_type, accepts_null, |this| match cast.test {
                    Test::Object => {
                        let address = this.address(reference);
                        let flags = this.trusted(Region::Header);
                        let found = this.builder.ins().load(types::I32, flags, address, TYPE_OFFSET as i32);
                        this.is_subtype(found, cast.ty)
                    }
                    test => {
                        let is_array = this.call_builtin_value(builtin::ref_is_array, &[reference]);
                        let wanted = this.constant_i32(u32::from(test == Test::Array));
                        this.compare(IntCC::Equal, is_array, wanted)
                    }
                })
            }
        }
    }

    /// What `look` answers if `has_type`; else whether the reference is a null that is accepted.
    fn by_looking(
        &mut self,
        reference: Value,
        has_type: Value,
        accepts_null: bool,
        look: impl FnOnce(&mut Self) -> Value,
    ) -> Value {
        let otherwise = if accepts_null {
            let null = self.constant_i64(0);
            self.compare(IntCC::Equal, reference, null)
        } else {
            self.constant_i32(0)
        };
        let (looking, done) = (self.builder.create_block(), self.builder.create_block());
        self.builder.append_block_param(done, types::I32);
        self.builder.ins().brif(has_type, looking, &[], done, &[otherwise.into()]);
        self.start_block(looking);
        let answer = look(self);
        self.builder.ins().jump(done, &[answer.into()]);
        self.start_block(done);
        self.builder.block_params(done)[0]
    }

    /// Whether a type is one of the module's types or declared below it, as an i32.
    fn is_subtype(&mut self, found: Value, ty: TypeIdx) -> Value {
        let wanted = self.type_id(ty.0);
        if self.module.info.types[ty.index()].is_final {
            return self.compare(IntCC::Equal, found, wanted);
        }
        let same = self.builder.ins().icmp(IntCC::Equal, found, wanted);
        let (other, done) = (self.cold_block(), self.builder.create_block());
        self.builder.append_block_param(done, types::I32);
        let one = self.constant_i32(1);
        self.builder.ins().brif(same, done, &[one.into()], other, &[]);
        self.start_block(other);
        let answer = self.call_builtin_value(builtin::type_is_subtype, &[found, wanted]);
        self.builder.ins().jump(done, &[answer.into()]);
        self.start_block(done);
        self.builder.block_params(done)[0]
    }
}
