//! Guests with an entry point, through the public API, on every engine.

mod engines;

use wasmrt::{Engine, ErrorKind, Linker, Module, Store};
use wasmrt_wasi::{InputBuffer, OutputBuffer, WasiConfig, WasiCtx, add_to_linker, add_to_linker_shared};

fn linker(engine: &Engine) -> Linker<WasiCtx> {
    let mut linker = Linker::new(engine);
    add_to_linker(&mut linker, |ctx| ctx).unwrap();
    linker
}

#[test]
fn a_command_writes_and_exits() {
    for engine in engines::all() {
        let stdout = OutputBuffer::new();
        let ctx = WasiConfig::new().stdout(stdout.clone()).build().unwrap();
        let mut store = Store::new(&engine, ctx);
        let module = Module::new(&engine, include_str!("guests/hello.wat")).unwrap();
        let instance = linker(&engine).instantiate(&mut store, &module).unwrap();
        let start = instance.get_typed_func::<(), ()>(&store, "_start").unwrap();
        let error = start.call(&mut store, ()).unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Exit { code: 3 });
        assert_eq!(stdout.contents(), b"hello, world\n");
    }
}

#[test]
fn a_large_input_reaches_a_file() {
    let input: Vec<u8> = (0..100_001u32).map(|number| number as u8).collect();
    let dir = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("large_input");
    std::fs::create_dir_all(&dir).unwrap();
    for engine in engines::all() {
        let mut config = WasiConfig::new();
        config.stdin(InputBuffer::new(input.clone())).preopen_dir(&dir, "/").unwrap();
        let mut store = Store::new(&engine, config.build().unwrap());
        let module = Module::new(&engine, include_str!("guests/copy.wat")).unwrap();
        let instance = linker(&engine).instantiate(&mut store, &module).unwrap();
        let copy = instance.get_typed_func::<(), u32>(&store, "copy").unwrap();
        assert_eq!(copy.call(&mut store, ()).unwrap(), 100_001);
        assert_eq!(std::fs::read(dir.join("out")).unwrap(), input);
    }
}

#[test]
fn a_linker_can_hold_the_context_itself() {
    for engine in engines::all() {
        let stdout = OutputBuffer::new();
        let mut linker = Linker::<u8>::new(&engine);
        add_to_linker_shared(&mut linker, WasiConfig::new().stdout(stdout.clone()).build().unwrap()).unwrap();
        let module = Module::new(&engine, include_str!("guests/hello.wat")).unwrap();
        for _ in 0..2 {
            let mut store = Store::new(&engine, 0);
            let instance = linker.instantiate(&mut store, &module).unwrap();
            let start = instance.get_func(&store, "_start").unwrap();
            assert_eq!(start.call(&mut store, &[], &mut []).unwrap_err().exit_code(), Some(3));
        }
        assert_eq!(stdout.contents(), b"hello, world\nhello, world\n");
    }
}

#[test]
fn both_import_modules_have_all_functions_and_their_types() {
    let types = [
        ("args_get", "i32 i32"),
        ("clock_time_get", "i32 i64 i32"),
        ("fd_advise", "i32 i64 i64 i32"),
        ("fd_pread", "i32 i32 i32 i64 i32"),
        ("fd_readdir", "i32 i32 i32 i64 i32"),
        ("fd_seek", "i32 i64 i32 i32"),
        ("path_filestat_set_times", "i32 i32 i32 i32 i64 i64 i32"),
        ("path_link", "i32 i32 i32 i32 i32 i32 i32"),
        ("path_open", "i32 i32 i32 i32 i32 i64 i64 i32 i32"),
        ("poll_oneoff", "i32 i32 i32 i32"),
        ("sched_yield", ""),
        ("sock_accept", "i32 i32 i32"),
        ("sock_recv", "i32 i32 i32 i32 i32 i32"),
    ];
    for engine in engines::all() {
        for import_module in ["wasi_snapshot_preview1", "wasi_unstable"] {
            let import = |(name, params): &(&str, &str)| {
                format!("(import \"{import_module}\" \"{name}\" (func (param {params}) (result i32)))\n")
            };
            let text = format!("(module {})", types.iter().map(import).collect::<String>());
            let mut store = Store::new(&engine, WasiConfig::new().build().unwrap());
            linker(&engine).instantiate(&mut store, &Module::new(&engine, text).unwrap()).unwrap();
        }
    }
}

#[test]
fn a_guest_without_memory_has_only_bad_pointers() {
    let text = r#"(module
        (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "sched_yield" (func $sched_yield (result i32)))
        (func (export "random") (result i32) (call $random_get (i32.const 0) (i32.const 1)))
        (func (export "yield") (result i32) (call $sched_yield)))"#;
    for engine in engines::all() {
        let mut store = Store::new(&engine, WasiConfig::new().build().unwrap());
        let instance = linker(&engine).instantiate(&mut store, &Module::new(&engine, text).unwrap()).unwrap();
        for (name, expected) in [("random", 21), ("yield", 0)] {
            let func = instance.get_typed_func::<(), i32>(&store, name).unwrap();
            assert_eq!(func.call(&mut store, ()).unwrap(), expected);
        }
    }
}
