//! Giving a new instance its state: constant expressions, globals, tables and segments, in the specification's order
//! (spec: "Instantiation").

use super::Instance;
use crate::{
    module::{ConstExpr, ConstOp, ElementItems, ElementKind},
    trap::TrapCode,
    types::{DataIdx, ElemIdx, GlobalIdx, TableIdx, TypeIdx, ValType},
    vm::{
        Activation,
        builtins::{Caller, Stop},
        gc::I31_BIT,
    },
};
use std::sync::atomic::Ordering;

/// A value on the way through a constant expression.
#[derive(Clone, Copy)]
struct Operand {
    slots: [u64; 2],
    /// Whether it is a reference that the collector knows.
    is_gc: bool,
}

impl Operand {
    fn number(slots: [u64; 2]) -> Operand {
        Operand { slots, is_gc: false }
    }

    fn reference(reference: u64) -> Operand {
        Operand { slots: [reference, 0], is_gc: true }
    }
}

impl Instance {
    /// Evaluates every initializer and segment and copies the active segments. What was written before one that does
    /// not fit stays written.
    ///
    /// # Safety
    ///
    /// `[activation-live]`: `activation` is that of a call on this thread in the instance's store.
    pub unsafe fn initialize(&self, activation: *mut Activation) -> Result<(), Stop> {
        // SAFETY: [activation-live] [vmctx-live] The caller's promise, and this instance's own context.
        let caller = unsafe { Caller::new(activation, self.vmctx()) };
        self.initialize_globals(caller)?;
        self.initialize_tables(caller)?;
        self.evaluate_elements(caller)?;
        self.initialize_segments(caller)
    }

    /// Gives every defined global the value of its initializer, in order: later ones may read earlier ones.
    fn initialize_globals(&self, caller: Caller<'_>) -> Result<(), Stop> {
        for (index, init) in (self.info.imported_globals..).zip(&self.info.global_inits) {
            let value = self.evaluate(caller, init)?;
            // SAFETY: [vmctx-live] The cell is part of this context, and no code of the instance runs yet.
            unsafe { (*self.global(GlobalIdx(index))).0.get().write(value) };
        }
        Ok(())
    }

    /// Gives the elements of every defined table that has an initializer its value.
    fn initialize_tables(&self, caller: Caller<'_>) -> Result<(), Stop> {
        for (table, init) in self.tables[self.info.imported_tables as usize..].iter().zip(&self.info.table_inits) {
            if let Some(init) = init {
                table.fill(0, self.evaluate(caller, init)?[0], table.len())?;
            }
        }
        Ok(())
    }

    /// Evaluates the element segments that are lists of expressions.
    fn evaluate_elements(&self, caller: Caller<'_>) -> Result<(), Stop> {
        for (index, segment) in (0..).map(ElemIdx).zip(&self.info.elements) {
            if let ElementItems::Expressions(items) = &segment.items {
                for (place, item) in self.segments.prepare(&self.info, index).iter().zip(items) {
                    place.store(self.evaluate(caller, item)?[0], Ordering::Relaxed);
                }
            }
        }
        Ok(())
    }

    /// Copies the active element segments, then the active data segments, each in order, and drops them and the
    /// declared ones.
    fn initialize_segments(&self, caller: Caller<'_>) -> Result<(), Stop> {
        for (index, segment) in (0..).map(ElemIdx).zip(&self.info.elements) {
            if let ElementKind::Active(table, offset) = &segment.kind {
                let to = self.evaluate(caller, offset)?[0];
                self.write_elements(*table, index, to, 0, segment.items.len() as u64)?;
            }
            if !matches!(segment.kind, ElementKind::Passive) {
                self.segments.drop_element(index);
            }
        }
        for (index, segment) in (0..).map(DataIdx).zip(&self.info.data) {
            if let Some((memory, offset)) = &segment.active {
                let to = self.evaluate(caller, offset)?[0];
                let source = self.info.data_bytes(index);
                let target = self.memories[memory.index()].range(to, source.len() as u64);
                let target = target.ok_or(TrapCode::MemoryOutOfBounds)?;
                // SAFETY: [mem-stable] The target was checked; a module's bytes are not in a linear memory.
                unsafe { target.copy_from_nonoverlapping(source.as_ptr(), source.len()) };
                self.segments.drop_data(index);
            }
        }
        Ok(())
    }

    /// The value of a constant expression, as raw slots.
    pub(super) fn evaluate(&self, caller: Caller<'_>, expr: &ConstExpr) -> Result<[u64; 2], Stop> {
        let mut stack: Vec<Operand> = Vec::new();
        for op in &expr.0 {
            let value = match *op {
                ConstOp::I32(bits) => Operand::number([bits as u32 as u64, 0]),
                ConstOp::I64(bits) => Operand::number([bits as u64, 0]),
                ConstOp::F32(bits) => Operand::number([bits.into(), 0]),
                ConstOp::F64(bits) => Operand::number([bits, 0]),
                ConstOp::V128(slots) => Operand::number(slots),
                ConstOp::I32Add => arithmetic(&mut stack, |a, b| u64::from((a as u32).wrapping_add(b as u32))),
                ConstOp::I32Sub => arithmetic(&mut stack, |a, b| u64::from((a as u32).wrapping_sub(b as u32))),
                ConstOp::I32Mul => arithmetic(&mut stack, |a, b| u64::from((a as u32).wrapping_mul(b as u32))),
                ConstOp::I64Add => arithmetic(&mut stack, u64::wrapping_add),
                ConstOp::I64Sub => arithmetic(&mut stack, u64::wrapping_sub),
                ConstOp::I64Mul => arithmetic(&mut stack, u64::wrapping_mul),
                ConstOp::GlobalGet(global) => self.read_global(global),
                ConstOp::RefNull(_) => Operand::number([0; 2]),
                ConstOp::RefFunc(func) => Operand::number([self.raw_func(func), 0]),
                ConstOp::RefI31 => Operand::reference(u64::from((pop(&mut stack)[0] as u32) << 1 | I31_BIT)),
                ConstOp::StructNew(ty) => new_struct(caller, ty, &mut stack)?,
                ConstOp::StructNewDefault(ty) => new_object(caller, ty, 0, &mut stack)?,
                ConstOp::ArrayNew(ty) => {
                    let len = pop(&mut stack)[0] as u32;
                    let array = new_object(caller, ty, len, &mut stack)?;
                    let value = pop(&mut stack);
                    caller.fill_array(ty, array.slots[0], 0..u64::from(len), value)?;
                    array
                }
                ConstOp::ArrayNewDefault(ty) => {
                    let len = pop(&mut stack)[0] as u32;
                    new_object(caller, ty, len, &mut stack)?
                }
                ConstOp::ArrayNewFixed(ty, len) => new_array_of(caller, ty, len, &mut stack)?,
            };
            stack.push(value);
        }
        Ok(pop(&mut stack))
    }

    fn read_global(&self, global: GlobalIdx) -> Operand {
        // SAFETY: [vmctx-live] The cell is this context's or one that outlives it.
        let slots = unsafe { (*self.global(global)).0.get().read() };
        let ty = self.info.globals[global.index()].content;
        Operand { slots, is_gc: matches!(ty, ValType::Ref(ty) if ty.is_gc()) }
    }

    /// Whether an element segment has elements `from..from + len`; a dropped one is empty.
    pub fn check_elements(&self, elem: ElemIdx, from: u64, len: u64) -> Result<(), TrapCode> {
        let available = self.segments.elements_len(&self.info, elem);
        let fits = from.checked_add(len).is_some_and(|end| end <= available);
        if fits { Ok(()) } else { Err(TrapCode::TableOutOfBounds) }
    }

    /// Writes elements `from..from + len` of a segment, which has been checked, into a table from `to` on.
    pub fn write_elements(&self, table: TableIdx, elem: ElemIdx, to: u64, from: u64, len: u64) -> Result<(), TrapCode> {
        self.with_elements(elem, |element| {
            self.tables[table.index()].write(to, len, |position| element(from + position))
        })
    }

    /// Runs `read` with what gives the raw references of an element segment.
    pub fn with_elements<R>(&self, elem: ElemIdx, read: impl FnOnce(&dyn Fn(u64) -> u64) -> R) -> R {
        match &self.info.elements[elem.index()].items {
            ElementItems::Functions(items) => read(&|position| self.raw_func(items[position as usize])),
            ElementItems::Expressions(_) => {
                let values = self.segments.values(elem);
                // Whoever dropped the segment meanwhile has emptied it.
                read(&|position| values.get(position as usize).map_or(0, |value| value.load(Ordering::Relaxed)))
            }
        }
    }
}

fn pop(stack: &mut Vec<Operand>) -> [u64; 2] {
    stack.pop().expect("[valid-module]").slots
}

/// Replaces the two topmost values by what `operator` makes of them.
fn arithmetic(stack: &mut Vec<Operand>, operator: impl FnOnce(u64, u64) -> u64) -> Operand {
    let (right, left) = (pop(stack)[0], pop(stack)[0]);
    Operand::number([operator(left, right), 0])
}

/// A zeroed object. The references on the stack may change with it.
fn new_object(caller: Caller<'_>, ty: TypeIdx, len: u32, stack: &mut [Operand]) -> Result<Operand, Stop> {
    let mut references: Vec<u64> = stack.iter().filter(|value| value.is_gc).map(|value| value.slots[0]).collect();
    let object = caller.keeping(&mut references, || caller.new_object(ty.0, len))?;
    for (value, reference) in stack.iter_mut().filter(|value| value.is_gc).zip(references) {
        value.slots[0] = reference;
    }
    Ok(Operand::reference(object))
}

fn new_struct(caller: Caller<'_>, ty: TypeIdx, stack: &mut Vec<Operand>) -> Result<Operand, Stop> {
    let object = new_object(caller, ty, 0, stack)?;
    let fields = caller.instance.layout.object(ty).fields();
    let values = stack.split_off(stack.len() - fields.len());
    for (field, value) in fields.iter().zip(values) {
        caller.store_field(object.slots[0], field.offset.into(), field.storage, value.slots);
    }
    Ok(object)
}

fn new_array_of(caller: Caller<'_>, ty: TypeIdx, len: u32, stack: &mut Vec<Operand>) -> Result<Operand, Stop> {
    let array = new_object(caller, ty, len, stack)?;
    let first = caller.instance.layout.object(ty).element();
    let values = stack.split_off(stack.len() - len as usize);
    for (index, value) in (0..len).zip(values) {
        caller.store_field(array.slots[0], first.at(index), first.storage, value.slots);
    }
    Ok(array)
}
