//! Hardware faults as signals: the process-wide handler, and the stack that it runs on.
//!
//! The handler asks one registered function whether a fault is a trap; if so the thread goes on where that function
//! says, else the handler that was installed before gets the signal, exactly as if it had been called first. Others
//! may install theirs after us and call ours in turn, so that a chain can become a ring: a signal that meets our handler
//! again while it is being passed on goes to the handler that was replaced one earlier. So does one that a handler sends
//! to its own thread before it returns, as CPython's `faulthandler` does once it has put back what it had replaced: ours.
//!
//! Always true: what runs inside the handler takes no lock, allocates nothing and uses no thread-local.

use std::{
    cell::RefCell,
    mem, ptr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicPtr, AtomicUsize, Ordering},
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

/// A thread that has a signal passed on to a handler and is not back yet.
struct Passing {
    /// The thread's handle; 0 is a free place.
    thread: AtomicUsize,
    /// Address of a local of the frame that passes the signal on: whatever that handler does has lower ones.
    depth: AtomicUsize,
    entry: AtomicPtr<Replaced>,
}

/// Beyond so many threads with a crash at once, handlers that send their signal again may get it again.
static PASSING: [Passing; 16] = [const {
    Passing { thread: AtomicUsize::new(0), depth: AtomicUsize::new(0), entry: AtomicPtr::new(ptr::null_mut()) }
}; 16];

impl Passing {
    /// This thread's place, or a free one, taken.
    fn of_thread() -> Option<&'static Passing> {
        // SAFETY: [thread-self] has no preconditions.
        let own = unsafe { libc::pthread_self() } as usize;
        let take =
            |place: &&Passing| place.thread.compare_exchange(0, own, Ordering::AcqRel, Ordering::Acquire).is_ok();
        let known = PASSING.iter().find(|place| place.thread.load(Ordering::Acquire) == own);
        known.or_else(|| PASSING.iter().find(take))
    }

    /// Whom the thread was passing a signal on to when the frame with a local at `depth` was entered. A place that was
    /// left by `longjmp` is no deeper than that frame.
    fn entry_above(&self, depth: usize) -> *const Replaced {
        if depth < self.depth.load(Ordering::Relaxed) { self.entry.load(Ordering::Relaxed) } else { ptr::null() }
    }

    /// Notes another entry and gives what was noted before.
    fn set(&self, depth: usize, entry: *const Replaced) -> (usize, *const Replaced) {
        (self.depth.swap(depth, Ordering::Relaxed), self.entry.swap(entry.cast_mut(), Ordering::Relaxed))
    }
}

/// Installs the handler, or installs it again where somebody else's has taken its place since.
pub fn ensure_installed(classifier: Classifier) {
    CLASSIFIER.store(classifier as *mut (), Ordering::Release);
    install();
}

fn install() {
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
    let depth = (&raw const before).addr();
    let passing = Passing::of_thread();
    // A signal that was sent comes with a context of its own; whether a handler of ours sent it, the table says.
    let sender = match passing {
        Some(passing) if code <= 0 && before.is_null() => passing.entry_above(depth),
        _ => before.cast(),
    };
    let entry = Replaced::next(replaced.load(Ordering::Acquire), sender);
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
        address => {
            let noted = passing.map(|passing| (passing, passing.set(depth, entry)));
            call_handler(&action, address, signal, info, context);
            if let Some((passing, (depth, entry))) = noted {
                passing.set(depth, entry);
                if entry.is_null() {
                    passing.thread.store(0, Ordering::Release);
                }
            }
        }
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

#[cfg(test)]
mod tests {
    use super::{SIGNALS, current_action, install, ours, set_action};
    use std::sync::{
        Mutex,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    };

    static FIRST: AtomicU32 = AtomicU32::new(0);
    static SECOND: AtomicU32 = AtomicU32::new(0);
    static BEFORE_SECOND: Mutex<Option<libc::sigaction>> = Mutex::new(None);
    static DEPTH: AtomicUsize = AtomicUsize::new(0);

    unsafe extern "C" fn first(_: libc::c_int) {
        FIRST.fetch_add(1, Ordering::SeqCst);
    }

    /// Puts back what it had replaced and sends the signal again.
    unsafe extern "C" fn second(signal: libc::c_int) {
        SECOND.fetch_add(1, Ordering::SeqCst);
        assert!(DEPTH.fetch_add(1, Ordering::SeqCst) < 3, "the signal comes back for ever");
        set_action(signal, &BEFORE_SECOND.lock().unwrap().expect("the second handler was installed"));
        // SAFETY: [thread-self] sends a signal that has a handler.
        unsafe { libc::raise(signal) };
        DEPTH.fetch_sub(1, Ordering::SeqCst);
    }

    fn set_handler(signal: libc::c_int, handler: unsafe extern "C" fn(libc::c_int)) {
        let mut action = ours();
        action.sa_sigaction = handler as *const () as usize;
        action.sa_flags = libc::SA_ONSTACK | libc::SA_NODEFER;
        set_action(signal, &action);
    }

    #[test]
    fn a_handler_that_sends_its_signal_again_reaches_the_one_before_it() {
        let signal = libc::SIGBUS;
        assert!(SIGNALS.contains(&signal));
        let original = current_action(signal);
        set_handler(signal, first);
        install();
        *BEFORE_SECOND.lock().unwrap() = Some(current_action(signal));
        set_handler(signal, second);
        for round in 1..=3 {
            install();
            // SAFETY: [thread-self] sends a signal that has a handler.
            unsafe { libc::raise(signal) };
            assert_eq!((FIRST.load(Ordering::SeqCst), SECOND.load(Ordering::SeqCst)), (round, round));
        }
        set_action(signal, &original);
    }
}
