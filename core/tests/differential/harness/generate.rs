//! Modules and arguments from a seed.

use super::IMPORTS;
use arbitrary::Unstructured;
use wasm_smith::{Config, Module};
use wasmparser::{Operator, Parser, Payload};
use wasmrt::Features;

/// Rounds and calls after which a module stops itself, in the runtime's place.
const ROUNDS: u32 = 1_000;

/// The same for modules that are stopped at every limit: some of them end without it.
const FEW_ROUNDS: u32 = 12;

/// Marsaglia's xorshift64*.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number with the bits that matter most: small ones, ends of ranges, and any.
    pub fn bits(&mut self) -> u64 {
        const SPECIAL: [u64; 8] = [0, 1, u64::MAX, 1 << 63, 1 << 31, 0x7fff_ffff, 65_535, 0x3ff0_0000_0000_0000];
        match self.next() % 4 {
            0 => SPECIAL[(self.next() % 8) as usize],
            1 => self.next() % 100_000,
            2 => self.next() & 0xffff_ffff,
            _ => self.next(),
        }
    }

    /// Yes, once in `times`.
    fn once_in(&mut self, times: u64) -> bool {
        self.next().is_multiple_of(times)
    }
}

/// How much a module does.
#[derive(Clone, Copy)]
pub enum Size {
    /// Functions with up to some hundred operators.
    Ordinary,
    /// Little enough to be stopped at each of its steps.
    Small,
}

/// A valid module that imports nothing but from its neighbour and ends by itself. Each uses some of the proposals that are on by default.
pub fn module(seed: u64, size: Size) -> Vec<u8> {
    let mut random = Random::new(seed);
    // Some settings, above all those with many types, take more bytes than there are; then others are drawn.
    for _ in 0..16 {
        let config = config(&mut random, size);
        let bytes: Vec<u8> = (0..2048 + random.next() % 4096).flat_map(|_| random.next().to_le_bytes()).collect();
        if let Some(module) = build(config, &bytes, size) {
            return module;
        }
    }
    panic!("seed {seed} makes no module");
}

/// The same from bytes that a fuzzer makes up; `None` if they are too few.
pub fn module_of(bytes: &[u8], size: Size) -> Option<Vec<u8>> {
    let (seed, bytes) = bytes.split_first_chunk()?;
    build(config(&mut Random::new(u64::from_le_bytes(*seed)), size), bytes, size)
}

/// Limits that let modules do something, and a choice of proposals.
fn config(random: &mut Random, size: Size) -> Config {
    let on = Features::default();
    let (most_functions, most_instructions) = match size {
        Size::Ordinary => (8, 200),
        Size::Small => (4, 60),
    };
    let functions = 1 + (random.next() % most_functions) as usize;
    let simd = on.simd && random.once_in(2);
    let imports = random.once_in(3);
    Config {
        export_everything: true,
        canonicalize_nans: true,
        max_instructions: 10 + (random.next() % most_instructions) as usize,
        min_types: 4,
        min_funcs: functions,
        max_funcs: functions + if imports { 7 } else { 0 },
        min_globals: (random.next() % 6) as usize,
        min_tables: (random.next() % 3) as u32,
        min_memories: (random.next() % 4).min(if on.multi_memory { 3 } else { 1 }) as u32,
        max_memories: if on.multi_memory { 3 } else { 1 },
        max_memory32_bytes: 8 << 16,
        max_memory64_bytes: 8 << 16,
        memory_max_size_required: true,
        max_tables: 3,
        max_table_elements: 60,
        table_max_size_required: true,
        max_globals: 10,
        max_data_segments: 6,
        max_element_segments: 6,
        max_imports: if imports { 12 } else { 0 },
        available_imports: imports.then(|| IMPORTS.clone()),
        disallow_traps: !random.once_in(4),
        gc_enabled: on.gc && on.function_references && random.once_in(2),
        exceptions_enabled: on.exceptions && random.once_in(2),
        tail_call_enabled: on.tail_call && random.once_in(2),
        threads_enabled: on.threads && random.once_in(3),
        simd_enabled: simd,
        relaxed_simd_enabled: on.relaxed_simd && simd && random.once_in(2),
        memory64_enabled: on.memory64 && random.once_in(2),
        wide_arithmetic_enabled: on.wide_arithmetic && random.once_in(2),
        extended_const_enabled: on.extended_const,
        custom_page_sizes_enabled: on.custom_page_sizes && random.once_in(4),
        compact_imports_enabled: false,
        ..Config::default()
    }
}

fn build(config: Config, bytes: &[u8], size: Size) -> Option<Vec<u8>> {
    let rounds = match size {
        Size::Ordinary => ROUNDS,
        Size::Small => FEW_ROUNDS,
    };
    let generate = |config: Config| {
        let mut module = Module::new(config, &mut Unstructured::new(bytes)).ok()?;
        module.ensure_termination(rounds).expect("bodies were generated");
        Some(module.to_bytes())
    };
    let module = generate(config.clone())?;
    if may_wait(&module) { generate(Config { threads_enabled: false, ..config }) } else { Some(module) }
}

/// Whether the module may wait for ever: only shared memories can be waited on, and nobody notifies.
fn may_wait(module: &[u8]) -> bool {
    let (mut is_shared, mut waits) = (false, false);
    for payload in Parser::new(0).parse_all(module) {
        match payload.expect("a valid module") {
            Payload::MemorySection(memories) => {
                is_shared |= memories.into_iter().any(|memory| memory.expect("a valid module").shared);
            }
            Payload::CodeSectionEntry(body) => {
                let mut operators = body.get_operators_reader().expect("a valid module").into_iter();
                waits |= operators.any(|operator| {
                    let operator = operator.expect("a valid module");
                    matches!(operator, Operator::MemoryAtomicWait32 { .. } | Operator::MemoryAtomicWait64 { .. })
                });
            }
            _ => {}
        }
    }
    is_shared && waits
}
