//! Collecting a store's heap, and access to it from the host.
//!
//! The collector starts from the store's tables, globals and segments, from what the host holds, and from the frames of
//! every call of the store: those of this thread and, in a shared store, those of others, which wait for their turn.

use super::{
    backtrace::walk,
    references::{GcRef, gc_of_raw, gc_to_raw},
    state::CallState,
};
use crate::{
    error::{Error, Result},
    interp, jit,
    store::{Object, State, StoreInner},
    types::{GlobalIdx, StorageType, SubType, ValType},
    vm::{
        self, Activation, STATUS_OK, STATUS_RAISE, VmContext,
        gc::{Full, Heap, HeapStats, ObjectLayout, Roots, heap::MAX_HEAP_BYTES, layout::LENGTH_OFFSET, stored},
        pointers::CellPtr,
    },
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{MutexGuard, atomic::Ordering},
};

/// `Builtins::gc_collect`.
pub(super) unsafe extern "C" fn gc_collect(activation: *mut Activation, _: *mut VmContext, bytes: u64) -> u32 {
    let state = activation.cast::<CallState>();
    // SAFETY: [activation-live] every activation that code receives is the head of a `CallState`.
    let store = unsafe { CallState::store(state) };
    // SAFETY: [heap-access] a builtin runs where guest code does.
    let made = unsafe { make_room(store, store.heap.get(), bytes) };
    let outcome = made.and_then(|dead| match dead.is_empty() {
        true => Ok(()),
        // SAFETY: [activation-live]; builtins hold no references that the collector does not know.
        false => unsafe { CallState::between_turns(state, || Ok(drop_all(dead))) },
    });
    match outcome {
        Ok(()) => STATUS_OK,
        Err(error) => {
            // SAFETY: [activation-live]
            unsafe { (*activation).error = Some(Box::new(error)) };
            STATUS_RAISE
        }
    }
}

/// Runs `work` on the heap of a store whose guests may have objects. No call of this thread runs guest code now, and
/// `work` must not run any.
pub fn with_heap<R>(store: &StoreInner, work: impl FnOnce(&mut HeapAccess<'_>) -> R) -> R {
    let entered = store.gate.enter(|| Ok(()));
    debug_assert!(entered.is_ok());
    let gate = Leave(store);
    // SAFETY: [heap-access] in a shared store whoever runs guest code has passed the gate. In any other the caller has
    // access to the store, and the gate keeps others out who have it, too.
    let mut access = HeapAccess { store, heap: unsafe { store.heap.get() }, dead: Vec::new() };
    let result = work(&mut access);
    let dead = access.dead;
    drop(gate);
    drop_all(dead);
    result
}

/// Leaves the gate of a store, even if the host panics.
struct Leave<'a>(&'a StoreInner);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.gate.leave();
    }
}

/// Access to a heap.
pub struct HeapAccess<'a> {
    store: &'a StoreInner,
    heap: &'a mut Heap,
    /// Host objects that nothing refers to any more, to be dropped by whoever has left the gate.
    dead: Vec<Object>,
}

impl HeapAccess<'_> {
    /// The heap.
    pub fn heap(&mut self) -> &mut Heap {
        self.heap
    }

    /// Makes sure that an object of `bytes` fits.
    pub fn reserve(&mut self, bytes: u64) -> Result<()> {
        // SAFETY: [heap-access]
        self.dead.extend(unsafe { make_room(self.store, self.heap, bytes)? });
        Ok(())
    }

    /// A new object of a type of the engine, all zeros; `len` is the length of an array.
    pub fn new_object(&mut self, id: u32, ty: &SubType, len: u32) -> Result<u64> {
        self.heap.register([(id, ty)].into_iter());
        let bytes = ObjectLayout::of(ty).object_bytes(len);
        self.reserve(bytes)?;
        // SAFETY: [heap-access]
        let made = unsafe { Heap::allocate(self.store.heap.as_ptr(), id, len, bytes) };
        made.map(u64::from).ok_or_else(|| Error::internal("no room where room was made"))
    }

    /// What a raw reference from a place that the collector knows refers to; `None` for null.
    pub fn held(&self, raw: u64) -> Result<Option<GcRef>> {
        // SAFETY: [heap-access] [heap-objects]
        unsafe { gc_of_raw(self.store, raw) }
    }

    /// The raw reference of what the host holds, good until the next collection.
    pub fn raw(&self, reference: &GcRef) -> Result<u64> {
        gc_to_raw(self.store, reference)
    }

    /// The length of an array.
    pub fn array_len(&self, object: u64) -> u32 {
        // SAFETY: [heap-access] [heap-objects] an object starts with its header.
        unsafe { self.place(object, LENGTH_OFFSET.into()).cast::<u32>().read() }
    }

    /// The value of a field or element, as raw slots; the place lies in the object.
    pub fn load(&self, object: u64, offset: u64, storage: StorageType) -> [u64; 2] {
        // SAFETY: [heap-access] [heap-objects]
        unsafe { stored::load(self.place(object, offset), storage) }
    }

    /// Replaces the value of a field or element.
    pub fn store(&mut self, object: u64, offset: u64, storage: StorageType, slots: [u64; 2]) {
        // SAFETY: [heap-access] [heap-objects]
        unsafe { stored::store(self.place(object, offset), storage, slots) }
    }

    fn place(&self, object: u64, offset: u64) -> *mut u8 {
        self.heap.address(object + offset)
    }

    /// Collects now.
    pub fn collect(&mut self) -> Result<()> {
        // SAFETY: [heap-access]
        let dead = unsafe { sweeping(self.store, true, |roots, max_bytes| self.heap.collect(0, max_bytes, roots)) };
        self.dead.extend(dead?);
        Ok(())
    }
}

/// Collects the heap of a store now; does nothing if its guests have no objects.
pub fn collect_now(store: &StoreInner) -> Result<()> {
    if store.has_heap.load(Ordering::SeqCst) { with_heap(store, |access| access.collect()) } else { Ok(()) }
}

/// How the heap of a store is doing.
pub fn heap_stats(store: &StoreInner) -> HeapStats {
    if !store.has_heap.load(Ordering::SeqCst) {
        return HeapStats::default();
    }
    with_heap(store, |access| access.heap().stats())
}

/// Drops what was the host's. Its destructors are not to unwind through guests.
fn drop_all(objects: Vec<Object>) {
    for object in objects {
        drop(catch_unwind(AssertUnwindSafe(|| drop(object))));
    }
}

/// # Safety
///
/// `[heap-access]`
unsafe fn make_room(store: &StoreInner, heap: &mut Heap, bytes: u64) -> Result<Vec<Object>> {
    // SAFETY: [heap-access] [heap-objects] `StoreRoots` shows every reference.
    unsafe { sweeping(store, false, |roots, max_bytes| heap.make_room(bytes, max_bytes, roots)) }
}

/// Runs `collect` with the store's roots, and takes out the host objects that turn out to be unreachable: if it is time
/// for that, or always.
///
/// # Safety
///
/// `[heap-access]`
unsafe fn sweeping(
    store: &StoreInner,
    always: bool,
    collect: impl FnOnce(&mut dyn Roots, u64) -> Result<(), Full>,
) -> Result<Vec<Object>> {
    let max_bytes = store.limiter.get().heap_bytes.unwrap_or(MAX_HEAP_BYTES);
    let state = store.state();
    let sweeps = always || state.externs.sweep_due();
    let mut roots = StoreRoots { store, state, sweeps, is_shown: false };
    collect(&mut roots, max_bytes).map_err(|full| match full {
        Full::Limit(bytes) => Error::limit(format!("the heap is full: its limit is {bytes} bytes")),
        Full::System => Error::limit("the system has no memory for the heap"),
    })?;
    let is_in_call = store.active.load(Ordering::SeqCst) != 0;
    Ok(if sweeps && roots.is_shown { roots.state.externs.sweep(is_in_call) } else { Vec::new() })
}

/// What refers to the objects of a store.
struct StoreRoots<'a> {
    store: &'a StoreInner,
    state: MutexGuard<'a, State>,
    /// Whether host objects are marked.
    sweeps: bool,
    /// Whether anybody has looked.
    is_shown: bool,
}

impl Roots for StoreRoots<'_> {
    fn each(&mut self, visit: &mut dyn FnMut(&mut u64)) {
        self.is_shown = true;
        for (_, data) in self.state.instances.iter() {
            instance_roots(&data.vm, visit);
        }
        self.state.tables.iter().for_each(|(_, entry)| entry.table.each_reference_mut(visit));
        for (_, entry) in self.state.globals.iter() {
            if is_gc(entry.ty.content) {
                entry.cell.visit_reference(visit);
            }
        }
        self.store.roots.each_mut(visit);
        if self.store.shared {
            // SAFETY: [activation-live] a call takes itself off the list before it ends, and waits for its turn now.
            self.store.calls.each(|call| unsafe { call_roots(call as *mut CallState, visit) });
            return;
        }
        let mut call = CallState::current();
        while !call.is_null() {
            // SAFETY: [activation-live] the calls of this thread wait for this one.
            unsafe {
                if std::ptr::eq(CallState::store(call), self.store) {
                    call_roots(call, visit);
                }
                call = (*call).parent;
            }
        }
    }

    fn host_object(&mut self, reference: u32) {
        if self.sweeps {
            self.state.externs.mark(reference);
        }
    }
}

fn is_gc(ty: ValType) -> bool {
    matches!(ty, ValType::Ref(ty) if ty.is_gc())
}

fn instance_roots(instance: &vm::Instance, visit: &mut dyn FnMut(&mut u64)) {
    instance.tables.iter().for_each(|table| table.each_reference_mut(visit));
    instance.segments.each_reference_mut(&mut *visit);
    for (index, ty) in (0..).zip(&instance.info.globals) {
        if is_gc(ty.content)
            && let Some(cell) = CellPtr::of(instance, GlobalIdx(index))
        {
            cell.visit_reference(visit);
        }
    }
}

/// Shows what the frames of a call and its builtins hold.
///
/// # Safety
///
/// `[activation-live]`; the call's guest code does not run.
unsafe fn call_roots(call: *mut CallState, visit: &mut dyn FnMut(&mut u64)) {
    // SAFETY: [activation-live] the caller's promise; the call's thread changes nothing of this meanwhile.
    let activation = unsafe { &mut (*call).activation };
    activation.temporaries.iter_mut().for_each(&mut *visit);
    visit(&mut activation.exception);
    walk(activation.last_pc, activation.last_fp, activation.entry_fp, |pc, fp| {
        // SAFETY: [frame-chain] [code-live] the frame's function keeps a reference there during this call.
        jit::each_root(pc, |distance| visit(unsafe { &mut *((fp - distance) as *mut u64) }));
        true
    });
    // SAFETY: [interp-stack] the call's loop is not running.
    unsafe { interp::each_root(activation, visit) };
}
