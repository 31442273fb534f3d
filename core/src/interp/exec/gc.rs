//! Structs, arrays, `i31` and casts. What allocates or calls a builtin is out of line.

use super::{
    Exit,
    machine::{Machine, Slot, status},
};
use crate::{
    module::cast::Test,
    trap::TrapCode,
    types::TypeIdx,
    vm::{
        FuncRef,
        gc::{
            HOST_KIND, Heap, I31_BIT, KIND_BITS, ObjectLayout, VmHeap, is_object,
            layout::{FieldLayout, HEADER_BYTES, LENGTH_OFFSET, TYPE_OFFSET},
            stored,
        },
    },
};

impl Machine {
    /// The store's heap.
    #[inline(always)]
    fn heap(&self) -> *mut VmHeap {
        // SAFETY: [vmctx-live] a context names its store's heap.
        unsafe { (*self.vmctx).heap }
    }

    /// The address of the object that a non-null reference names.
    #[inline(always)]
    fn address(&self, reference: u64) -> *mut u8 {
        // SAFETY: [heap-access] [heap-objects] the reference is the offset of an object.
        unsafe { (*self.heap()).base.wrapping_add(reference as usize) }
    }

    /// The object named by the register at `at`.
    #[inline(always)]
    fn object(&self, at: usize) -> Result<*mut u8, TrapCode> {
        let reference = self.get::<u64>(at);
        if reference == 0 { Err(TrapCode::NullReference) } else { Ok(self.address(reference)) }
    }

    /// The length of the array named by the register at `at`, and its first element.
    #[inline(always)]
    fn array(&self, at: usize) -> Result<(u32, *mut u8), TrapCode> {
        let array = self.object(at)?;
        // SAFETY: [heap-objects] an object starts with its header.
        unsafe { Ok((array.add(LENGTH_OFFSET as usize).cast::<u32>().read(), array.add(HEADER_BYTES as usize))) }
    }

    /// The element that the registers at `at` (the array) and behind it (the index) name.
    #[inline(always)]
    fn element<const N: usize>(&self, at: usize) -> Result<*mut [u8; N], TrapCode> {
        let (len, first) = self.array(at)?;
        let index = self.get::<u32>(at + 1);
        if index >= len {
            return Err(TrapCode::ArrayOutOfBounds);
        }
        // SAFETY: [heap-objects] the element lies in the array, as was just checked.
        Ok(unsafe { first.cast::<[u8; N]>().add(index as usize) })
    }

    /// Runs an instruction of `units` out of line.
    #[inline(always)]
    pub fn apart(&mut self, units: usize, run: impl FnOnce(Machine) -> Result<(), Exit>) -> Result<(), Exit> {
        run(*self)?;
        self.advance(units);
        Ok(())
    }

    /// `struct.get` and its siblings.
    #[inline(always)]
    pub fn struct_get<const N: usize, T: Slot>(&mut self, load: impl FnOnce([u8; N]) -> T) -> Result<(), TrapCode> {
        let object = self.object(2)?;
        // SAFETY: [heap-objects] [bytecode] the field's offset is in the object.
        let bytes = unsafe { object.add(self.word(3) as usize).cast::<[u8; N]>().read() };
        self.set(1, load(bytes));
        self.advance(5);
        Ok(())
    }

    /// `struct.get` of a vector.
    #[inline(always)]
    pub fn struct_get_vector(&mut self) -> Result<(), TrapCode> {
        let object = self.object(2)?;
        // SAFETY: [heap-objects] [bytecode] as in `struct_get`.
        let bytes = unsafe { object.add(self.word(3) as usize).cast::<[u8; 16]>().read() };
        self.set_vector(1, u128::from_ne_bytes(bytes));
        self.advance(5);
        Ok(())
    }

    /// `struct.set`.
    #[inline(always)]
    pub fn struct_set<const N: usize>(&mut self, store: impl FnOnce(u64) -> [u8; N]) -> Result<(), TrapCode> {
        let object = self.object(1)?;
        // SAFETY: [heap-objects] [bytecode] as in `struct_get`.
        unsafe { object.add(self.word(3) as usize).cast::<[u8; N]>().write(store(self.get(2))) };
        self.advance(5);
        Ok(())
    }

    /// `struct.set` of a vector.
    #[inline(always)]
    pub fn struct_set_vector(&mut self) -> Result<(), TrapCode> {
        let object = self.object(1)?;
        // SAFETY: [heap-objects] [bytecode] as in `struct_get`.
        unsafe { object.add(self.word(3) as usize).cast::<[u8; 16]>().write(self.vector(2).to_ne_bytes()) };
        self.advance(5);
        Ok(())
    }

    /// `array.get` and its siblings.
    #[inline(always)]
    pub fn array_get<const N: usize, T: Slot>(&mut self, load: impl FnOnce([u8; N]) -> T) -> Result<(), TrapCode> {
        let element = self.element::<N>(2)?;
        // SAFETY: [heap-objects] `element` answers one of the array.
        self.set(1, load(unsafe { element.read() }));
        self.advance(4);
        Ok(())
    }

    /// `array.get` of a vector.
    #[inline(always)]
    pub fn array_get_vector(&mut self) -> Result<(), TrapCode> {
        let element = self.element::<16>(2)?;
        // SAFETY: [heap-objects] as in `array_get`.
        self.set_vector(1, u128::from_ne_bytes(unsafe { element.read() }));
        self.advance(4);
        Ok(())
    }

    /// `array.set`.
    #[inline(always)]
    pub fn array_set<const N: usize>(&mut self, store: impl FnOnce(u64) -> [u8; N]) -> Result<(), TrapCode> {
        let element = self.element::<N>(1)?;
        // SAFETY: [heap-objects] as in `array_get`.
        unsafe { element.write(store(self.get(3))) };
        self.advance(4);
        Ok(())
    }

    /// `array.set` of a vector.
    #[inline(always)]
    pub fn array_set_vector(&mut self) -> Result<(), TrapCode> {
        let element = self.element::<16>(1)?;
        // SAFETY: [heap-objects] as in `array_get`.
        unsafe { element.write(self.vector(3).to_ne_bytes()) };
        self.advance(4);
        Ok(())
    }

    /// `array.len`.
    #[inline(always)]
    pub fn array_len(&mut self) -> Result<(), TrapCode> {
        let (len, _) = self.array(2)?;
        self.set(1, len);
        self.advance(3);
        Ok(())
    }

    /// `ref.i31`.
    #[inline(always)]
    pub fn ref_i31(&mut self) {
        self.set(1, self.get::<u32>(2) << 1 | I31_BIT);
        self.advance(3);
    }

    /// `i31.get_s`, `i31.get_u`.
    #[inline(always)]
    pub fn i31_get(&mut self, get: impl FnOnce(u32) -> u32) -> Result<(), TrapCode> {
        let reference = self.get::<u32>(2);
        if reference == 0 {
            return Err(TrapCode::NullReference);
        }
        self.set(1, get(reference));
        self.advance(3);
        Ok(())
    }

    /// `ref.test`.
    #[inline(always)]
    pub fn ref_test(&mut self) {
        let matches = is_of_type(*self, self.get(2), self.word(3), self.word(5));
        self.set(1, matches);
        self.advance(7);
    }

    /// `ref.cast`.
    #[inline(always)]
    pub fn ref_cast(&mut self) -> Result<(), TrapCode> {
        if !is_of_type(*self, self.get(1), self.word(2), self.word(4)) {
            return Err(TrapCode::CastFailure);
        }
        self.advance(6);
        Ok(())
    }

    fn layout(&self, ty: u32) -> &ObjectLayout {
        // SAFETY: [vmctx-live] [valid-module] a context's instance knows the layout of its module's types.
        unsafe { (*(*self.vmctx).instance).layout.object(TypeIdx(ty)) }
    }

    /// The engine's number of a type.
    #[inline(always)]
    fn type_id(&self, ty: u32) -> u32 {
        // SAFETY: [vmctx-live] [valid-module] there is a number for every type of the module.
        unsafe { *(*self.vmctx).signature_ids.add(ty as usize) }
    }

    /// The values of `fields` from the register at `at` on, into an object.
    fn store_fields(&self, at: usize, object: *mut u8, fields: impl Iterator<Item = FieldLayout>) {
        let mut slot = self.slot(at);
        for field in fields {
            let slots = field.storage.unpacked().slots();
            // SAFETY: [bytecode] [interp-stack] lowering has put the values into consecutive registers.
            // [heap-objects] the object has these fields.
            unsafe {
                let high = if slots == 2 { *slot.add(1) } else { 0 };
                stored::store(object.add(field.offset as usize), field.storage, [*slot, high]);
                slot = slot.add(slots);
            }
        }
    }
}

/// A new object, zero but for its header.
fn allocate(m: Machine, ty: u32, len: u32) -> Result<u64, Exit> {
    let layout = m.layout(ty);
    // SAFETY: [heap-access] the guest runs on this thread only.
    let room = unsafe { Heap::allocate(m.heap(), m.type_id(ty), len, layout.object_bytes(len)) };
    if let Some(reference) = room {
        return Ok(reference.into());
    }
    m.save();
    // SAFETY: [activation-live] [vmctx-live] [valid-module]
    answer(unsafe {
        match layout {
            ObjectLayout::Array { .. } => (m.builtins().gc_new_array)(m.act, m.vmctx, ty, len),
            _ => (m.builtins().gc_new_struct)(m.act, m.vmctx, ty),
        }
    })
}

/// What a builtin that makes an object has answered.
fn answer(reference: u64) -> Result<u64, Exit> {
    if reference == 0 { Err(Exit::Raise) } else { Ok(reference) }
}

fn put(m: Machine, reference: u64) -> Result<(), Exit> {
    // SAFETY: [interp-stack] as in `Machine::set`.
    unsafe { *m.slot(1) = reference };
    Ok(())
}

#[inline(never)]
pub(super) fn struct_new(m: Machine) -> Result<(), Exit> {
    let ty = m.word(3);
    let object = allocate(m, ty, 0)?;
    m.store_fields(2, m.address(object), m.layout(ty).fields().iter().copied());
    put(m, object)
}

#[inline(never)]
pub(super) fn struct_new_default(m: Machine) -> Result<(), Exit> {
    put(m, allocate(m, m.word(2), 0)?)
}

#[inline(never)]
pub(super) fn array_new_fixed(m: Machine) -> Result<(), Exit> {
    let (len, ty) = (m.word(3), m.word(5));
    let array = allocate(m, ty, len)?;
    let first = m.layout(ty).element();
    let elements = (0..len).map(|index| FieldLayout { offset: first.at(index) as u32, ..first });
    m.store_fields(2, m.address(array), elements);
    put(m, array)
}

#[inline(never)]
pub(super) fn array_new(m: Machine) -> Result<(), Exit> {
    m.save();
    let ty = m.word(4);
    let value = value(m, 2, ty);
    // SAFETY: [activation-live] [vmctx-live] [valid-module]
    put(m, answer(unsafe { (m.builtins().array_new)(m.act, m.vmctx, ty, m.get(3), value[0], value[1]) })?)
}

#[inline(never)]
pub(super) fn array_new_default(m: Machine) -> Result<(), Exit> {
    m.save();
    // SAFETY: [activation-live] [vmctx-live] [valid-module]
    put(m, answer(unsafe { (m.builtins().array_new_default)(m.act, m.vmctx, m.word(3), m.get(2)) })?)
}

#[inline(never)]
pub(super) fn array_new_data(m: Machine) -> Result<(), Exit> {
    m.save();
    let new = m.builtins().array_new_data;
    // SAFETY: [activation-live] [vmctx-live] [valid-module]
    put(m, answer(unsafe { new(m.act, m.vmctx, m.word(4), m.word(6), m.get(2), m.get(3)) })?)
}

#[inline(never)]
pub(super) fn array_new_elem(m: Machine) -> Result<(), Exit> {
    m.save();
    let new = m.builtins().array_new_elem;
    // SAFETY: [activation-live] [vmctx-live] [valid-module]
    put(m, answer(unsafe { new(m.act, m.vmctx, m.word(4), m.word(6), m.get(2), m.get(3)) })?)
}

#[inline(never)]
pub(super) fn array_fill(m: Machine) -> Result<(), Exit> {
    m.save();
    let ty = m.word(5);
    let value = value(m, 3, ty);
    let fill = m.builtins().array_fill;
    // SAFETY: [activation-live] [vmctx-live] [valid-module]
    status(unsafe { fill(m.act, m.vmctx, ty, m.get(1), m.get(2), value[0], value[1], m.get(4)) })
}

#[inline(never)]
pub(super) fn array_copy(m: Machine) -> Result<(), Exit> {
    m.save();
    let copy = m.builtins().array_copy;
    // SAFETY: [activation-live] [vmctx-live] [valid-module]
    status(unsafe { copy(m.act, m.vmctx, m.word(6), m.get(1), m.get(2), m.get(3), m.get(4), m.get(5)) })
}

#[inline(never)]
pub(super) fn array_init_data(m: Machine) -> Result<(), Exit> {
    m.save();
    let init = m.builtins().array_init_data;
    // SAFETY: [activation-live] [vmctx-live] [valid-module]
    status(unsafe { init(m.act, m.vmctx, m.word(5), m.word(7), m.get(1), m.get(2), m.get(3), m.get(4)) })
}

#[inline(never)]
pub(super) fn array_init_elem(m: Machine) -> Result<(), Exit> {
    m.save();
    let init = m.builtins().array_init_elem;
    // SAFETY: [activation-live] [vmctx-live] [valid-module]
    status(unsafe { init(m.act, m.vmctx, m.word(5), m.word(7), m.get(1), m.get(2), m.get(3), m.get(4)) })
}

/// The slots of the value for elements of a type, in the registers from the one at `at` on.
fn value(m: Machine, at: usize, ty: u32) -> [u64; 2] {
    let slot = m.slot(at);
    let slots = m.layout(ty).element().storage.unpacked().slots();
    // SAFETY: [bytecode] [interp-stack] a vector takes two slots of the frame.
    unsafe { [*slot, if slots == 2 { *slot.add(1) } else { 0 }] }
}

/// Whether a reference has the type that a cast names.
#[inline(never)]
fn is_of_type(m: Machine, reference: u64, test: u32, ty: u32) -> bool {
    if reference == 0 {
        return test & 1 != 0;
    }
    match Test::from_number(test >> 1) {
        Test::All => true,
        Test::None => false,
        Test::I31 => reference as u32 & I31_BIT != 0,
        Test::Eq => reference as u32 & KIND_BITS != HOST_KIND,
        Test::Struct => is_object(reference) && !is_array(m, reference),
        Test::Array => is_object(reference) && is_array(m, reference),
        Test::Object => is_object(reference) && is_object_of_type(m, reference, ty),
        // SAFETY: [raw-ref] a reference that is not null points to a live `FuncRef`.
        Test::Func => is_subtype(m, unsafe { (*(reference as usize as *const FuncRef)).signature.0.get() }, ty),
    }
}

fn is_array(m: Machine, reference: u64) -> bool {
    // SAFETY: [activation-live] [vmctx-live] the reference names an object.
    unsafe { (m.builtins().ref_is_array)(m.act, m.vmctx, reference) != 0 }
}

fn is_object_of_type(m: Machine, reference: u64, ty: u32) -> bool {
    // SAFETY: [heap-objects] an object starts with its header.
    let found = unsafe { m.address(reference).add(TYPE_OFFSET as usize).cast::<u32>().read() };
    is_subtype(m, found, ty)
}

fn is_subtype(m: Machine, found: u32, ty: u32) -> bool {
    let wanted = m.type_id(ty);
    // SAFETY: [activation-live] [vmctx-live]
    found == wanted || unsafe { (m.builtins().type_is_subtype)(m.act, m.vmctx, found, wanted) != 0 }
}
