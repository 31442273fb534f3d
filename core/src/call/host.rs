//! Wasm → host: the entry of every host function. A panic of the host ends here and becomes an error.

use super::{
    context::{CallContext, StoreContextMut},
    enter::return_lease,
    references::{forget_tokens, slots_from_raw, slots_to_raw},
    state::CallState,
};
use crate::{
    error::{Error, Result},
    store::{Handle, StoreInner, Thrown},
    types::FuncType,
    vm::{Activation, ContextKind, FuncRef, STATUS_OK, STATUS_RAISE, SignatureId, VmContext, pointers::FuncPtr},
};
use std::{
    any::Any,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    ptr::{self, NonNull},
    slice,
    sync::Arc,
};

/// A host function, apart from who imports it.
pub struct HostFunc {
    ty: FuncType,
    signature: SignatureId,
    /// Native entry for compiled callers; null where nothing is compiled.
    code: usize,
    body: Body,
}

/// The body with its data type erased. The pointer is the store's data, see `[store-access]`.
type Body = Box<dyn Fn(RawCaller<'_>, &mut [u64]) -> Result<()> + Send + Sync>;

struct RawCaller<'a> {
    state: &'a CallState,
    context: CallContext,
}

impl HostFunc {
    /// A host function over slots, for stores whose data is a `T`. `code` is the signature's native host entry.
    pub fn new<T: 'static>(
        ty: FuncType,
        signature: SignatureId,
        code: *const u8,
        body: impl Fn(StoreContextMut<'_, T>, &mut [u64]) -> Result<()> + Send + Sync + 'static,
    ) -> HostFunc {
        let body = move |caller: RawCaller<'_>, slots: &mut [u64]| {
            // SAFETY: [activation-live], [store-access] a host function reaches only stores of its own data type, and
            // the running call suspends the access it was made with.
            let cx = unsafe {
                let store = CallState::store(caller.state);
                StoreContextMut::<T>::of_call(store, caller.state.data, caller.context)
            };
            body(cx, slots)
        };
        HostFunc { ty, signature, code: code as usize, body: Box::new(body) }
    }

    /// Its type.
    pub fn ty(&self) -> &FuncType {
        &self.ty
    }
}

impl fmt::Debug for HostFunc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostFunc({})", self.ty)
    }
}

/// A host function together with the instance that imports it: the context that its callers pass.
#[repr(C)]
#[derive(Debug)]
pub struct HostContext {
    head: VmContext,
    func_ref: FuncRef,
    func: Arc<HostFunc>,
}

// SAFETY: [vmctx-live] head and reference are immutable after `new_host_context`.
unsafe impl Send for HostContext {}
// SAFETY: [vmctx-live] as above.
unsafe impl Sync for HostContext {}

/// Makes the context of a host function for the importer `owner` (or, without one, for direct calls).
pub fn new_host_context(
    store: &StoreInner,
    func: Arc<HostFunc>,
    owner: Option<Handle>,
) -> (Box<dyn Any + Send + Sync>, FuncPtr) {
    let owner = owner.unwrap_or(Handle { index: u32::MAX, generation: 0 });
    let head = VmContext {
        kind: ContextKind::Host,
        owner: owner.index,
        generation: owner.generation,
        reserved: 0,
        // Compiled callers raise through these when the function fails.
        builtins: &raw const store.builtins.0,
        func_refs: ptr::null(),
        interp_code: ptr::null(),
        instance: ptr::null(),
        signature_ids: ptr::null(),
        heap: ptr::null_mut(),
        reserved_end: 0,
    };
    let func_ref = FuncRef {
        code: func.code as *const u8,
        vmctx: ptr::null_mut(),
        signature: func.signature,
        index: 0,
        array_entry: host_array_entry,
    };
    let raw = Box::into_raw(Box::new(HostContext { head, func_ref, func }));
    // SAFETY: [vmctx-live] the box was just made; the pointers into it stay good since it never moves.
    let context = unsafe {
        (*raw).head.func_refs = &raw const (*raw).func_ref;
        (*raw).func_ref.vmctx = raw.cast();
        Box::from_raw(raw)
    };
    let ptr = context.head.func_refs as u64;
    let ptr = FuncPtr::from_raw(ptr).unwrap_or_else(|| unreachable!("a field's address is not null"));
    (context, ptr)
}

/// The host function behind a reference, if it is one.
pub fn host_of(func: FuncPtr) -> Option<Arc<HostFunc>> {
    if func.kind() != ContextKind::Host {
        return None;
    }
    // SAFETY: [vmctx-live] a context of this kind is the head of a `HostContext`.
    Some(unsafe { (*func.read().vmctx.cast::<HostContext>()).func.clone() })
}

/// The uniform entry of every host function.
unsafe extern "C" fn host_array_entry(func: *const FuncRef, activation: *mut Activation, slots: *mut u64) -> u32 {
    let state = activation.cast::<CallState>();
    // SAFETY: [vmctx-live] the context of a host function's reference is a `HostContext`.
    let context = unsafe { &*(*func).vmctx.cast::<HostContext>() };
    // SAFETY: [slots-len]
    let slots = unsafe { slice::from_raw_parts_mut(slots, context.func.ty.call_slots()) };
    return_lease(state);
    // SAFETY: [activation-live]
    let outcome = unsafe { host_side(context, state, slots) };
    let error = match outcome {
        Ok(()) => return STATUS_OK,
        Err(error) => error,
    };
    // SAFETY: [activation-live]
    unsafe {
        if let Some(thrown) = error.thrown::<Thrown>()
            && let Ok(exception) = thrown.reference(CallState::store(state))
        {
            (*activation).set_exception(exception);
            (*activation).carrier = Some(Box::new(error));
        } else {
            (*activation).error = Some(Box::new(error));
        }
    }
    STATUS_RAISE
}

/// Runs a host function with raw references in its slots, between two turns of the guest.
///
/// # Safety
///
/// `[activation-live]`
unsafe fn host_side(context: &HostContext, state: *mut CallState, slots: &mut [u64]) -> Result<()> {
    let ty = &context.func.ty;
    // SAFETY: [activation-live]
    let store = unsafe { CallState::store(state) };
    let tokens = slots_from_raw(store, ty.params(), slots);
    let mut outcome = Ok(());
    // SAFETY: [activation-live]; the guest's references are in its frames.
    let turn = unsafe {
        CallState::between_turns(state, || {
            outcome = guarded(context, state, slots);
            Ok(())
        })
    };
    // An interruption that came while this call waited for its turn goes before what the host function answered.
    let result = turn.and_then(|()| {
        outcome?;
        // SAFETY: [heap-access] it is this call's turn again.
        unsafe { slots_to_raw(store, ty.results(), slots) }
    });
    forget_tokens(store, &tokens);
    result
}

/// Runs the body; a panic becomes an error.
///
/// # Safety
///
/// `[activation-live]`
unsafe fn guarded(context: &HostContext, state: *mut CallState, slots: &mut [u64]) -> Result<()> {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: [activation-live]; nothing else looks at the state while the host function runs but through raw
        // pointers.
        unsafe { run(context, state, slots) }
    }));
    outcome.unwrap_or_else(|panic| Err(Error::host(format!("host function panicked: {}", panic_text(&*panic)))))
}

unsafe fn run(context: &HostContext, state: *mut CallState, slots: &mut [u64]) -> Result<()> {
    let head = &context.head;
    let instance = Handle { index: head.owner, generation: head.generation };
    let instance = (head.owner != u32::MAX).then_some(instance);
    // SAFETY: [activation-live]
    let (store, raw_state) = unsafe { (CallState::store(state), &*state) };
    let state = NonNull::from(raw_state);
    (context.func.body)(RawCaller { state: raw_state, context: CallContext { instance, state } }, slots)?;
    // SAFETY: [activation-live]
    let limits = unsafe { &state.as_ref().limits };
    match store.interrupt.word.load(std::sync::atomic::Ordering::Relaxed) {
        0 => Ok(()),
        _ => store.interrupt.check(limits, store.engine.epoch()),
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
