//! Settings of an `Engine`.

use crate::{
    code::{Settings, Strategy},
    jit::OptLevel,
    sys,
    types::Features,
};

/// How an [`crate::Engine`] runs its modules. The default is the JIT at full optimization with every feature.
///
/// ```
/// use wasmrt::{Config, Engine, Strategy};
/// let engine = Engine::new(Config::new().strategy(Strategy::Interpreter).consume_fuel(true))?;
/// # Ok::<(), wasmrt::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Config(pub(crate) Settings);

impl Default for Config {
    fn default() -> Config {
        Config::new()
    }
}

impl Config {
    /// The default settings.
    pub fn new() -> Config {
        Config(Settings {
            strategy: if sys::HAS_JIT { Strategy::Jit } else { Strategy::Interpreter },
            opt_level: OptLevel::Speed,
            max_stack_bytes: 512 << 10,
            host_reserve_bytes: 128 << 10,
            consume_fuel: false,
            interruption: false,
            signals: sys::HAS_JIT,
            spectre_mitigations: true,
            features: Features::default(),
            relaxed_simd_deterministic: true,
            memory: Default::default(),
            gc_stress: false,
            compile_threads: 0,
        })
    }

    /// Which engine runs the modules.
    pub fn strategy(&mut self, strategy: Strategy) -> &mut Config {
        self.0.strategy = strategy;
        self
    }

    /// How hard the JIT tries.
    pub fn opt_level(&mut self, level: OptLevel) -> &mut Config {
        self.0.opt_level = level;
        self
    }

    /// Stack of one thread's nested guest calls, in bytes. Default 512 KiB.
    pub fn max_stack_bytes(&mut self, bytes: usize) -> &mut Config {
        self.0.max_stack_bytes = bytes;
        self
    }

    /// Host stack that stays free for host functions, in bytes; on small stacks at most half of what is left.
    /// Default 128 KiB.
    pub fn host_reserve_bytes(&mut self, bytes: usize) -> &mut Config {
        self.0.host_reserve_bytes = bytes;
        self
    }

    /// Whether operators consume the store's fuel. Default no.
    pub fn consume_fuel(&mut self, enabled: bool) -> &mut Config {
        self.0.consume_fuel = enabled;
        self
    }

    /// Whether compiled code looks for interruption at loop headers and function entries. The interpreter always
    /// does. Default no.
    pub fn interruption(&mut self, enabled: bool) -> &mut Config {
        self.0.interruption = enabled;
        self
    }

    /// Whether compiled code relies on hardware faults for its traps. Without, everything is checked explicitly and
    /// no signal handler is installed. Default yes where supported.
    pub fn signals(&mut self, enabled: bool) -> &mut Config {
        self.0.signals = enabled && sys::HAS_JIT;
        self.0.memory.allow_reserved_style = self.0.signals;
        self
    }

    /// Whether compiled code masks speculative accesses beyond bounds checks. Default yes.
    pub fn spectre_mitigations(&mut self, enabled: bool) -> &mut Config {
        self.0.spectre_mitigations = enabled;
        self
    }

    /// Proposals that modules may use.
    pub fn features(&mut self, features: Features) -> &mut Config {
        self.0.features = features;
        self
    }

    /// Whether relaxed SIMD operators give the same results on every processor and in both engines (specification:
    /// "Deterministic Profile"). Without, compiled code may use what the processor does fastest. Default yes.
    pub fn relaxed_simd_deterministic(&mut self, enabled: bool) -> &mut Config {
        self.0.relaxed_simd_deterministic = enabled;
        self
    }

    /// Address space set aside for each linear memory, in bytes. A memory never moves, so it cannot grow beyond this;
    /// less than 4 GiB also means explicit bounds checks in compiled code. Default 4 GiB.
    pub fn memory_reservation_bytes(&mut self, bytes: u64) -> &mut Config {
        self.0.memory.reservation_bytes = bytes;
        self
    }

    /// Address space set aside for each linear memory with 64-bit indices, in bytes; at least twice its minimum. It
    /// cannot grow beyond this. Default 64 GiB, or as much as the system gives.
    pub fn memory64_reservation_bytes(&mut self, bytes: u64) -> &mut Config {
        self.0.memory.reservation64_bytes = bytes;
        self
    }

    /// Unmapped address space behind each reserved memory, in bytes. Accesses with larger constant offsets are
    /// checked explicitly.
    pub fn memory_guard_bytes(&mut self, bytes: u64) -> &mut Config {
        self.0.memory.guard_bytes = bytes;
        self
    }

    /// Whether objects are collected before every allocation, for tests of this library and of hosts that hold
    /// references: slow, but a reference that the collector does not know is found out at once. Default no.
    pub fn gc_stress(&mut self, enabled: bool) -> &mut Config {
        self.0.gc_stress = enabled;
        self
    }

    /// Threads that compile one module; 0, the default, is one per processor.
    pub fn compile_threads(&mut self, threads: usize) -> &mut Config {
        self.0.compile_threads = threads;
        self
    }
}
