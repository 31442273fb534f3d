//! Modules and arguments from a seed.

use arbitrary::Unstructured;
use wasm_smith::{Config, Module};

/// Rounds and calls after which a module stops itself, in the runtime's place.
const ROUNDS: u32 = 1_000;

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
}

/// A valid module of WebAssembly 2.0 with relaxed vectors and without imports, that ends by itself.
pub fn module(seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let bytes: Vec<u8> = (0..2048 + random.next() % 4096).flat_map(|_| random.next().to_le_bytes()).collect();
    let functions = 1 + (random.next() % 8) as usize;
    let config = Config {
        export_everything: true,
        canonicalize_nans: true,
        min_types: 4,
        min_funcs: functions,
        max_funcs: functions,
        min_globals: (random.next() % 6) as usize,
        min_tables: (random.next() % 3) as u32,
        max_instructions: 20 + (random.next() % 200) as usize,
        min_memories: u32::from(!random.next().is_multiple_of(4)),
        max_memories: 1,
        max_memory32_bytes: 8 << 16,
        memory_max_size_required: true,
        max_tables: 3,
        max_table_elements: 60,
        table_max_size_required: true,
        max_globals: 10,
        max_data_segments: 6,
        max_element_segments: 6,
        max_imports: 0,
        disallow_traps: !random.next().is_multiple_of(4),
        gc_enabled: false,
        exceptions_enabled: false,
        tail_call_enabled: false,
        threads_enabled: false,
        relaxed_simd_enabled: true,
        memory64_enabled: false,
        wide_arithmetic_enabled: false,
        extended_const_enabled: false,
        compact_imports_enabled: false,
        ..Config::default()
    };
    let mut module = Module::new(config, &mut Unstructured::new(&bytes)).expect("enough bytes");
    module.ensure_termination(ROUNDS).expect("bodies were generated");
    module.to_bytes()
}
