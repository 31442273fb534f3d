//! The compiler of an engine: shares the work on a module's functions among threads.

use super::{
    JitSettings, OptLevel, Trampolines,
    function::{CompiledFunction, FunctionCompiler},
    image::CompiledModule,
    target,
    trampoline::TrampolineCache,
    translate::ModuleContext,
};
use crate::{
    error::{Error, Result},
    module::ModuleInfo,
    sys::stack,
    types::{FuncIdx, FuncType},
    vm::{SignatureId, VmLayout, memory::MemoryStyle},
};
use cranelift_codegen::isa::{OwnedTargetIsa, TargetIsa};
use std::{
    cmp::Reverse,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

/// Bodies above this many bytes are compiled without optimization, whose cost grows faster than the body.
const MAX_OPTIMIZED_BODY_BYTES: usize = 256 << 10;
/// Modules below this many bytes of code are not worth a thread.
const MIN_PARALLEL_BYTES: usize = 8 << 10;
/// Stack of a compiling thread in bytes; most of it is never touched.
const THREAD_STACK_BYTES: usize = 16 << 20;

/// Stack in bytes that a thread must have left to compile on it; Cranelift's frames are large.
const MIN_STACK_BYTES: usize = 512 << 10;

/// Makes machine code for the modules of one engine.
pub struct Compiler {
    settings: JitSettings,
    isa: OwnedTargetIsa,
    /// For bodies that are too large to optimize.
    fast_isa: OwnedTargetIsa,
    trampolines: TrampolineCache,
}

impl fmt::Debug for Compiler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compiler").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Compiler {
    /// A compiler for this machine; `Unsupported` if Cranelift cannot make code for it.
    pub fn new(settings: JitSettings) -> Result<Compiler> {
        let isa = target::isa(settings.opt_level)?;
        let fast_isa = target::isa(OptLevel::None)?;
        let trampolines = TrampolineCache::new(isa.clone());
        Ok(Compiler { settings, isa, fast_isa, trampolines })
    }

    /// Compiles every defined function. `styles` tells by memory index what code may rely on.
    pub fn compile(&self, info: &Arc<ModuleInfo>, layout: &VmLayout, styles: &[MemoryStyle]) -> Result<CompiledModule> {
        let module = ModuleContext {
            info,
            layout,
            styles,
            settings: &self.settings,
            frontend: self.isa.frontend_config(),
            has_fma: self.settings.fused_multiply_add && self.isa.has_native_fma(),
        };
        let sizes: Vec<usize> = info.bodies.iter().map(|body| body.len()).collect();
        let mut order: Vec<usize> = (0..sizes.len()).collect();
        order.sort_by_key(|defined| Reverse(sizes[*defined]));
        let queue = Queue { order, next: AtomicUsize::new(0), failed: AtomicBool::new(false) };
        let threads = match sizes.iter().sum::<usize>() {
            total if total < MIN_PARALLEL_BYTES => 1,
            _ => self.settings.threads.clamp(1, sizes.len().max(1)),
        };
        let mut functions = with_stack(|| self.share(module, &queue, threads))?;
        functions.sort_unstable_by_key(|function| function.index);
        CompiledModule::new(functions, info)
    }

    /// The conversions for a signature, made at the first request.
    pub fn trampolines(&self, signature: SignatureId, ty: &FuncType) -> Result<Trampolines> {
        self.trampolines.get(signature, ty)
    }

    fn share(&self, module: ModuleContext<'_>, queue: &Queue, threads: usize) -> Result<Vec<CompiledFunction>> {
        if threads == 1 {
            return self.work(module, queue);
        }
        thread::scope(|scope| {
            let spawn = |_| {
                compiling_thread().spawn_scoped(scope, || self.work(module, queue))
            };
            let workers: Vec<_> = (1..threads).map_while(|worker| spawn(worker).ok()).collect();
            // This thread works as well, so that a system without threads to spare still gets its code.
            let mut outcome = self.work(module, queue);
            for worker in workers {
                let functions = worker.join().unwrap_or_else(|_| Err(panicked()));
                outcome = outcome.and_then(|mut all| {
                    all.extend(functions?);
                    Ok(all)
                });
            }
            outcome
        })
    }

    /// Compiles functions from the queue until it is empty or somebody failed.
    fn work(&self, module: ModuleContext<'_>, queue: &Queue) -> Result<Vec<CompiledFunction>> {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let mut compiler = FunctionCompiler::new(module);
            let mut functions = Vec::new();
            while let Some(defined) = queue.take() {
                let index = FuncIdx(module.info.imported_functions + defined as u32);
                functions.push(compiler.compile(self.isa_for(module.info.bodies[defined].len()), index)?);
            }
            Ok(functions)
        }));
        let outcome = outcome.unwrap_or_else(|_| Err(panicked()));
        if outcome.is_err() {
            queue.failed.store(true, Ordering::Relaxed);
        }
        outcome
    }

    fn isa_for(&self, body_bytes: usize) -> &dyn TargetIsa {
        if body_bytes > MAX_OPTIMIZED_BODY_BYTES { &*self.fast_isa } else { &*self.isa }
    }
}

/// Compiles on this thread, or on one of its own if this one has too little stack left.
pub(super) fn with_stack<R: Send>(compile: impl FnOnce() -> Result<R> + Send) -> Result<R> {
    if stack::stack_remaining_bytes() >= MIN_STACK_BYTES {
        return compile();
    }
    thread::scope(|scope| match compiling_thread().spawn_scoped(scope, compile) {
        Ok(thread) => thread.join().unwrap_or_else(|_| Err(panicked())),
        Err(error) => Err(Error::limit(format!("there is too little stack to compile, and no thread: {error}"))),
    })
}

fn compiling_thread() -> thread::Builder {
    thread::Builder::new().name("wasmrt-compile".into()).stack_size(THREAD_STACK_BYTES)
}

fn panicked() -> Error {
    Error::internal("the code generator panicked")
}

/// Defined functions yet to be compiled, large ones first so that no thread is left with one at the end.
struct Queue {
    order: Vec<usize>,
    next: AtomicUsize,
    failed: AtomicBool,
}

impl Queue {
    fn take(&self) -> Option<usize> {
        if self.failed.load(Ordering::Relaxed) {
            return None;
        }
        self.order.get(self.next.fetch_add(1, Ordering::Relaxed)).copied()
    }
}
