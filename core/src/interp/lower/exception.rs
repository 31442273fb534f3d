//! Exceptions. The code of a `try_table` is a range of positions; behind it stands its landing pad, which finds the
//! exception in a register above the label's operands, tries the clauses in order, and raises again if none fits.

use super::{
    super::{bytecode::Op, code::Handler},
    Lowering,
    emit::Operand::{K, R},
    stack::{Kind, Value},
};
use crate::{
    error::{Error, Result},
    types::TagIdx,
};
use wasmparser::{Catch, TryTable};

/// What a label knows that `try_table` opened.
#[derive(Debug)]
pub(super) struct Try {
    catches: Vec<Catch>,
    /// The first position of the body.
    start: usize,
}

impl Lowering<'_> {
    /// `try_table`.
    pub fn try_table(&mut self, table: &TryTable) -> Result<()> {
        self.block(table.ty)?;
        let start = self.code.bind();
        self.attach_try(Try { catches: table.catches.clone(), start });
        Ok(())
    }

    /// The landing pad of a body that ends here. Leaves `height` operands.
    pub(super) fn land(&mut self, Try { catches, start }: Try, height: usize) -> Result<()> {
        let end = self.code.bind();
        self.stack.truncate(height);
        let base = self.stack.next_slot()?;
        let payloads = catches.iter().map(|catch| match catch {
            Catch::One { tag, .. } | Catch::OneRef { tag, .. } => self.info.tag_type(TagIdx(*tag)).param_slots(),
            Catch::All { .. } | Catch::AllRef { .. } => 0,
        });
        let exception = usize::from(base) + payloads.max().unwrap_or(0);
        let exception = exception.try_into().map_err(|_| Error::limit("a function has too many registers"))?;
        self.reserved_slots = self.reserved_slots.max(u32::from(exception) + 1);
        self.handlers.push(Handler { start: start as u32, end: end as u32, landing: end as u32, exception });
        for catch in catches {
            let (label, next) = match catch {
                Catch::One { tag, label } | Catch::OneRef { tag, label } => {
                    let offset = self.layout.tag(TagIdx(tag));
                    let next = self.code.emit_jump(Op::BrUnlessTag, &[R(exception), K(offset)]);
                    self.code.emit(Op::ExceptionPayload, &[R(base), R(exception), K(tag)]);
                    for ty in self.info.tag_type(TagIdx(tag)).params() {
                        self.push_typed(*ty)?;
                    }
                    (label, Some(next))
                }
                Catch::All { label } | Catch::AllRef { label } => (label, None),
            };
            if matches!(catch, Catch::OneRef { .. } | Catch::AllRef { .. }) {
                let slot = self.stack.push_kind(Value::Temp, Kind::GcRef)?;
                if slot != exception {
                    self.code.emit_to(Op::Copy, slot, &[R(exception)]);
                }
            }
            self.reachable = true;
            self.br(label)?;
            self.stack.truncate(height);
            let Some(next) = next else { return Ok(()) };
            let here = self.code.bind();
            self.code.patch(next, here);
        }
        self.code.emit(Op::Rethrow, &[R(exception)]);
        self.reachable = false;
        Ok(())
    }

    /// `throw`.
    pub fn throw(&mut self, tag: u32) -> Result<()> {
        let ty = self.info.tag_type(TagIdx(tag));
        let base = self.pass_arguments(ty)?;
        self.code.emit(Op::Throw, &[R(base), K(tag)]);
        self.reachable = false;
        Ok(())
    }

    /// `throw_ref`.
    pub fn throw_ref(&mut self) -> Result<()> {
        let exception = self.pop_register();
        self.code.emit(Op::ThrowRef, &[R(exception)]);
        self.reachable = false;
        Ok(())
    }
}
