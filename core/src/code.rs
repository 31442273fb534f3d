//! Where the two engines meet: a module and its code, whichever engine made it.
//!
//! In flow the bytes and the engine's settings; out flows a `ModuleCode` that linking turns into instances. Nothing
//! above asks which engine runs, except through [`ModuleCode::context_kind`].

use crate::{
    error::Result,
    interp::{InterpCode, InterpSettings},
    jit::{CompiledModule, Compiler, JitSettings, OptLevel, Trampolines},
    module::{self, ModuleInfo},
    sys,
    types::{Features, FuncIdx, FuncType},
    vm::{ContextKind, SignatureId, TypeRegistry, VmLayout, memory::MemoryOptions, memory::MemoryStyle},
};
use std::{
    num::NonZeroU32,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// Which engine runs the modules of an `Engine`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Strategy {
    /// Compile to machine code when the module is made.
    Jit,
    /// Run register bytecode, made of each function at its first call.
    Interpreter,
}

impl Strategy {
    /// The strategies that this build can run on this system.
    pub fn available() -> &'static [Strategy] {
        if sys::HAS_JIT { &[Strategy::Jit, Strategy::Interpreter] } else { &[Strategy::Interpreter] }
    }
}

/// What an `Engine` was configured with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which engine runs.
    pub strategy: Strategy,
    /// How hard the JIT tries.
    pub opt_level: OptLevel,
    /// Stack of one thread's nested guest calls, in bytes.
    pub max_stack_bytes: usize,
    /// Host stack kept free for host functions and builtins, in bytes.
    pub host_reserve_bytes: usize,
    /// Whether operators consume fuel.
    pub consume_fuel: bool,
    /// Whether compiled code polls for interruption; the interpreter always does.
    pub interruption: bool,
    /// Whether hardware faults are used to find traps.
    pub signals: bool,
    /// Whether speculative out-of-bounds accesses are masked.
    pub spectre_mitigations: bool,
    /// Proposals that modules may use.
    pub features: Features,
    /// Whether relaxed SIMD operators give the same results on every processor.
    pub relaxed_simd_deterministic: bool,
    /// How linear memories are laid out.
    pub memory: MemoryOptions,
    /// Whether heaps are collected before every allocation.
    pub gc_stress: bool,
    /// Threads that compile one module; 0 means one per processor.
    pub compile_threads: usize,
}

/// State behind an `Engine`.
#[derive(Debug)]
pub struct EngineInner {
    /// What it was configured with.
    pub settings: Settings,
    /// Function types of everything that runs here.
    pub signatures: Arc<TypeRegistry>,
    /// The number of epochs that have passed.
    pub epoch: AtomicU64,
    compiler: Option<Compiler>,
}

impl EngineInner {
    /// An engine; fails if the settings ask for something that this machine lacks.
    pub fn new(settings: Settings) -> Result<EngineInner> {
        let compiler = match settings.strategy {
            Strategy::Interpreter => None,
            Strategy::Jit => Some(Compiler::new(JitSettings {
                opt_level: settings.opt_level,
                signals: settings.signals,
                spectre: settings.spectre_mitigations,
                fuel: settings.consume_fuel,
                interruption: settings.interruption,
                relaxed_simd_deterministic: settings.relaxed_simd_deterministic,
                fused_multiply_add: true,
                threads: match settings.compile_threads {
                    0 => std::thread::available_parallelism().map_or(1, |threads| threads.get()),
                    threads => threads,
                },
            })?),
        };
        Ok(EngineInner { settings, signatures: Arc::default(), epoch: AtomicU64::new(0), compiler })
    }

    /// The current epoch.
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Relaxed)
    }

    /// The trampolines of a signature, if this engine compiles.
    pub fn trampolines(&self, signature: SignatureId, ty: &FuncType) -> Result<Option<Trampolines>> {
        self.compiler.as_ref().map(|compiler| compiler.trampolines(signature, ty)).transpose()
    }
}

/// A module with its code.
#[derive(Debug)]
pub struct ModuleCode {
    /// The engine it was made for.
    pub engine: Arc<EngineInner>,
    /// What the module says.
    pub info: Arc<ModuleInfo>,
    /// Layout of its instances' contexts.
    pub layout: Arc<VmLayout>,
    /// The engine's signature id of every type.
    pub signature_ids: Arc<[u32]>,
    code: Code,
}

#[derive(Debug)]
enum Code {
    Interpreted(Box<InterpCode>),
    Compiled(Mutex<Vec<Variant>>),
}

/// Code for one choice of memory styles.
#[derive(Debug)]
struct Variant {
    styles: Vec<MemoryStyle>,
    module: Arc<CompiledModule>,
}

impl ModuleCode {
    /// Decodes, validates and compiles (or gets ready to interpret) a binary module.
    pub fn new(engine: &Arc<EngineInner>, bytes: Arc<[u8]>) -> Result<ModuleCode> {
        let mut info = module::decode(bytes, &engine.settings.features)?;
        let signature_ids = engine.signatures.intern_module(&info.types, &info.rec_groups);
        info.renumber(&signature_ids);
        let info = Arc::new(info);
        let layout = Arc::new(VmLayout::new(&info));
        let code = match engine.settings.strategy {
            Strategy::Interpreter => {
                let settings = InterpSettings { fuel: engine.settings.consume_fuel };
                Code::Interpreted(Box::new(InterpCode::new(info.clone(), layout.clone(), settings)))
            }
            Strategy::Jit => Code::Compiled(Mutex::default()),
        };
        let module = ModuleCode { engine: engine.clone(), info, layout, signature_ids, code };
        if engine.settings.strategy == Strategy::Jit {
            let expected = |ty| engine.settings.memory.expected_style(ty);
            let styles: Vec<MemoryStyle> = module.info.memories.iter().map(expected).collect();
            module.compiled_for(&styles)?;
        }
        Ok(module)
    }

    /// What kind of context instances have.
    pub fn context_kind(&self) -> ContextKind {
        match self.code {
            Code::Interpreted(_) => ContextKind::Interpreted,
            Code::Compiled(_) => ContextKind::Compiled,
        }
    }

    /// The interpreter's code, if instances are interpreted.
    pub fn interpreted(&self) -> Option<&InterpCode> {
        if let Code::Interpreted(code) = &self.code { Some(code) } else { None }
    }

    /// Machine code for memories of these styles, made now if it does not exist; `None` if instances are interpreted.
    pub fn compiled_for(&self, styles: &[MemoryStyle]) -> Result<Option<Arc<CompiledModule>>> {
        let (Code::Compiled(variants), Some(compiler)) = (&self.code, &self.engine.compiler) else { return Ok(None) };
        let mut variants = variants.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(variant) = variants.iter().find(|variant| variant.styles == styles) {
            return Ok(Some(variant.module.clone()));
        }
        let module = Arc::new(compiler.compile(&self.info, &self.layout, styles)?);
        variants.push(Variant { styles: styles.to_vec(), module: module.clone() });
        Ok(Some(module))
    }

    /// Bytes of machine code that this module has now; 0 for interpreted ones.
    pub fn code_bytes(&self) -> usize {
        match &self.code {
            Code::Interpreted(_) => 0,
            Code::Compiled(variants) => {
                let variants = variants.lock().unwrap_or_else(PoisonError::into_inner);
                variants.iter().map(|variant| variant.module.code_bytes()).sum()
            }
        }
    }

    /// The engine's id of a function's signature.
    pub fn signature_of(&self, func: FuncIdx) -> SignatureId {
        let id = self.signature_ids[self.info.functions[func.index()].index()];
        SignatureId(NonZeroU32::new(id).expect("numbers of types start at 1"))
    }
}
