//! Hardware faults as signals: the process-wide handler, and the stack that it runs on.
//!
//! The handler asks one registered function whether a fault is a trap; if so the thread goes on where that function
//! says, else the handler that was installed before gets the signal, exactly as if it had been called first. Others
//! may install theirs after us and call ours in turn, so that a chain can become a ring: a signal that meets our handler
//! again while it is being passed on goes to the handler that was replaced one earlier.
//!
//! Always true: what runs inside the handler takes no lock, allocates nothing and uses no thread-local.

use std::{
    cell::RefCell,
    mem, ptr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicPtr, Ordering},
    },
};

/// Signals that hardware faults and trap instructions raise.
const SIGNALS: [libc::c_int; 4] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE];
/// Size of the signal stacks that we make, in bytes: room for the widest register state and for chained handlers.
const SIGNAL_STACK_BYTES: usize = 64 << 10;

/// A fault of the current thread.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// Address of the instruction.
    pub pc: usize,
    /// The frame pointer (rbp).
    pub frame_pointer: usize,
    /// The register that compiled code keeps for the activation (r15).
    pub pinned: usize,
}

/// Where a thread goes on after a fault.
#[derive(Clone, Copy, Debug)]
pub struct Redirect {
    /// A function of the C convention that does not return.
    pub pc: usize,
    /// Its argument.
    pub argument: usize,
}

/// Decides whether a fault is a trap. Called from a signal handler.
pub type Classifier = fn(&Fault) -> Option<Redirect>;

static CLASSIFIER: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());
static INSTALLING: Mutex<()> = Mutex::new(());

/// A handler that ours replaced. Never freed: a handler may be reading it.
struct Replaced {
    action: libc::sigaction,
    earlier: *const Replaced,
}

/// The latest of them, by position in [`SIGNALS`].
static REPLACED: [AtomicPtr<Replaced>; SIGNALS.len()] = [const { AtomicPtr::new(ptr::null_mut()) }; SIGNALS.len()];

impl Replaced {
    /// Who gets a signal from us: the latest, unless the signal came back from one that got it before.
    fn next(latest: *const Replaced, before: *const Replaced) -> *const Replaced {
        let mut replaced = latest;
        // SAFETY: [thread-self] entries are complete before they are published, and never freed.
        while let Some(entry) = unsafe { replaced.as_ref() } {
            if replaced == before {
                return entry.earlier;
            }
            replaced = entry.earlier;
        }
        latest
    }
}

/// Installs the handler, or installs it again where somebody else's has taken its place since.
pub fn ensure_installed(classifier: Classifier) {
    CLASSIFIER.store(classifier as *mut (), Ordering::Release);
    let _changing = super::fork::changing();
    let _installing = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    for (signal, replaced) in SIGNALS.into_iter().zip(&REPLACED) {
        let current = current_action(signal);
        if current.sa_sigaction == handler_address() {
            continue;
        }
        let earlier = replaced.load(Ordering::Acquire);
        // SAFETY: [thread-self] as in `Replaced::next`.
        let is_known = unsafe { earlier.as_ref() }.is_some_and(|earlier| {
            let known = &earlier.action;
            known.sa_sigaction == current.sa_sigaction && known.sa_flags == current.sa_flags
        });
        if !is_known {
            replaced.store(Box::into_raw(Box::new(Replaced { action: current, earlier })), Ordering::Release);
        }
        set_action(signal, &ours());
    }
}

fn handler_address() -> usize {
    handler as *const () as usize
}

fn ours() -> libc::sigaction {
    // SAFETY: [thread-self] a `sigaction` of zeros is a valid value: the default action.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    action.sa_sigaction = handler_address();
    // Not deferred: the handler returns to code that may fault again, and chained handlers may never return.
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
    action
}

fn current_action(signal: libc::c_int) -> libc::sigaction {
    // SAFETY: [thread-self] as in `ours`.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    // SAFETY: [thread-self] only writes to `action`.
    unsafe { libc::sigaction(signal, ptr::null(), &raw mut action) };
    action
}

fn set_action(signal: libc::c_int, action: &libc::sigaction) {
    // SAFETY: [thread-self] the handlers set here are ours or were installed by their owners before.
    unsafe { libc::sigaction(signal, action, ptr::null_mut()) };
}

unsafe extern "C" fn handler(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: [thread-self] the kernel passes a valid siginfo and the interrupted thread's context.
    let (code, registers) = unsafe { ((*info).si_code, &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs) };
    // Codes up to 0 come from `kill` and its siblings, not from the instruction.
    if code > 0
        && let Some(redirect) = redirect(registers)
    {
        registers[libc::REG_RIP as usize] = redirect.pc as i64;
        registers[libc::REG_RDI as usize] = redirect.argument as i64;
        return;
    }
    pass_on(signal, code, info, context);
}

fn redirect(registers: &[i64; 23]) -> Option<Redirect> {
    let classifier = CLASSIFIER.load(Ordering::Acquire);
    if classifier.is_null() {
        return None;
    }
    // SAFETY: [thread-self] only `ensure_installed` stores here, and only functions of this type.
    let classifier = unsafe { mem::transmute::<*mut (), Classifier>(classifier) };
    let register = |name: libc::c_int| registers[name as usize] as usize;
    classifier(&Fault {
        pc: register(libc::REG_RIP),
        frame_pointer: register(libc::REG_RBP),
        pinned: register(libc::REG_R15),
    })
}

/// Gives a signal that is not ours to the handler before us.
fn pass_on(signal: libc::c_int, code: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let Some(replaced) = SIGNALS.iter().position(|known| *known == signal).map(|position| &REPLACED[position]) else {
        return;
    };
    // The entry stands in the signal's context, so that it goes away with the signal even if a handler leaves by
    // `longjmp`. The kernel writes NULL there for each signal and never reads it.
    // SAFETY: [thread-self] the kernel's context, or one that a chained handler passes on.
    let link = unsafe { &raw mut (*context.cast::<libc::ucontext_t>()).uc_link };
    // SAFETY: [thread-self] as above.
    let before = unsafe { *link };
    let entry = Replaced::next(replaced.load(Ordering::Acquire), before.cast());
    // SAFETY: [thread-self] as above, and as in `Replaced::next`.
    let action = unsafe {
        *link = entry.cast_mut().cast();
        entry.as_ref().map_or_else(|| mem::zeroed(), |entry| entry.action)
    };
    match action.sa_sigaction {
        libc::SIG_IGN if code <= 0 => {}
        libc::SIG_DFL | libc::SIG_IGN => {
            // The kernel does not ignore faults either: the instruction runs again and meets the default action.
            // SAFETY: [thread-self] as in `ours`.
            set_action(signal, &unsafe { mem::zeroed() });
            if code <= 0 {
                // SAFETY: [thread-self] the signal was sent; nothing but sending it again brings it back.
                unsafe { libc::raise(signal) };
            }
        }
        address => call_handler(&action, address, signal, info, context),
    }
    // SAFETY: [thread-self] as above.
    unsafe { *link = before };
}

/// Calls another handler the way the kernel would; what it blocks is unblocked when we return to the kernel.
fn call_handler(
    action: &libc::sigaction,
    address: usize,
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    context: *mut libc::c_void,
) {
    let mut blocked = action.sa_mask;
    // SAFETY: [thread-self] these change the calling thread's mask only.
    unsafe {
        if action.sa_flags & libc::SA_NODEFER == 0 {
            libc::sigaddset(&raw mut blocked, signal);
        }
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const blocked, ptr::null_mut());
    }
    type Plain = unsafe extern "C" fn(libc::c_int);
    type WithInfo = unsafe extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);
    // SAFETY: [thread-self] the address was registered as a handler of the kind that its flags say.
    unsafe {
        if action.sa_flags & libc::SA_SIGINFO != 0 {
            mem::transmute::<usize, WithInfo>(address)(signal, info, context);
        } else {
            mem::transmute::<usize, Plain>(address)(signal);
        }
    }
}

/// The state of a thread's signal stack, as far as it is ours.
enum SignalStack {
    Unknown,
    /// The thread had one.
    Foreign,
    /// First byte of the mapping, guard page included, and its length.
    Ours(*mut libc::c_void, usize),
}

thread_local! {
    static SIGNAL_STACK: RefCell<SignalStack> = const { RefCell::new(SignalStack::Unknown) };
}

/// Gives the current thread a signal stack if it has none; cheap after the first call.
pub fn prepare_thread() {
    // Fails only while the thread is ending, when no more signal stacks can be owned.
    let _ = SIGNAL_STACK.try_with(|stack| {
        if let Ok(mut stack) = stack.try_borrow_mut()
            && matches!(*stack, SignalStack::Unknown)
        {
            *stack = make_signal_stack();
        }
    });
}

fn current_signal_stack() -> libc::stack_t {
    let mut current = libc::stack_t { ss_sp: ptr::null_mut(), ss_flags: 0, ss_size: 0 };
    // SAFETY: [thread-self] only writes to `current`.
    unsafe { libc::sigaltstack(ptr::null(), &raw mut current) };
    current
}

fn make_signal_stack() -> SignalStack {
    if current_signal_stack().ss_flags & libc::SS_DISABLE == 0 {
        return SignalStack::Foreign;
    }
    let page = super::mmap::page_size();
    let len = SIGNAL_STACK_BYTES + page;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: [mapping-owned] a fresh mapping, owned by the value returned; its lowest page becomes the guard.
    unsafe {
        let base = libc::mmap(ptr::null_mut(), len, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
        if base == libc::MAP_FAILED {
            return SignalStack::Foreign;
        }
        libc::mprotect(base, page, libc::PROT_NONE);
        let stack = libc::stack_t { ss_sp: base.byte_add(page), ss_flags: 0, ss_size: SIGNAL_STACK_BYTES };
        libc::sigaltstack(&raw const stack, ptr::null_mut());
        SignalStack::Ours(base, len)
    }
}

impl Drop for SignalStack {
    fn drop(&mut self) {
        let SignalStack::Ours(base, len) = *self else { return };
        let current = current_signal_stack();
        let is_inside = (base.addr()..base.addr() + len).contains(&current.ss_sp.addr());
        // SAFETY: [mapping-owned] the thread is ending and does not use the stack any more; it is unmapped only after
        // the system has forgotten it.
        unsafe {
            if is_inside && current.ss_flags & libc::SS_DISABLE == 0 {
                let disabled = libc::stack_t { ss_sp: ptr::null_mut(), ss_flags: libc::SS_DISABLE, ss_size: 0 };
                libc::sigaltstack(&raw const disabled, ptr::null_mut());
            }
            libc::munmap(base, len);
        }
    }
}
