use crate::{engines, instantiate};
use std::time::Duration;
use wasmrt::{Caller, Error, ErrorKind, Linker, Module, Store, StoreLimits, TrapCode};

const RECURSE: &str = r#"(module (import "host" "f" (func $f)) (global $depth (export "depth") (mut i32) (i32.const 0))
    (func $run (export "run") (global.set $depth (i32.add (global.get $depth) (i32.const 1))) (call $f) (call $run))
    (func (export "one") (result i32) (i32.const 1)))"#;

#[test]
fn endless_recursion_ends_in_a_trap_and_the_store_stays_usable() {
    for engine in engines(|config| config) {
        let module = Module::new(&engine, RECURSE).unwrap();
        let mut linker = Linker::<()>::new(&engine);
        linker.func_wrap("host", "f", || ()).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = linker.instantiate(&mut store, &module).unwrap();
        for _ in 0..3 {
            let run = instance.get_typed_func::<(), ()>(&store, "run").unwrap();
            assert_eq!(run.call(&mut store, ()).unwrap_err().trap_code(), Some(TrapCode::StackOverflow));
            let one = instance.get_typed_func::<(), i32>(&store, "one").unwrap();
            assert_eq!(one.call(&mut store, ()).unwrap(), 1);
        }
        let depth = instance.get_global(&store, "depth").unwrap().get(&store).unwrap().i32().unwrap();
        assert!(depth > 1000, "{depth}");
    }
}

#[test]
fn a_small_thread_traps_too_with_a_host_function_at_the_deepest_point() {
    for engine in engines(|config| config) {
        let run = move || {
            let module = Module::new(&engine, RECURSE).unwrap();
            let mut linker = Linker::<()>::new(&engine);
            let body = || assert_eq!(std::hint::black_box([0u8; 8 << 10])[0], 0);
            linker.func_wrap("host", "f", body).unwrap();
            let mut store = Store::new(&engine, ());
            let instance = linker.instantiate(&mut store, &module).unwrap();
            let run = instance.get_typed_func::<(), ()>(&store, "run").unwrap();
            run.call(&mut store, ()).unwrap_err().trap_code()
        };
        let thread = std::thread::Builder::new().stack_size(128 << 10).spawn(run).unwrap();
        assert_eq!(thread.join().unwrap(), Some(TrapCode::StackOverflow));
    }
}

#[test]
fn mutual_recursion_through_the_host_shares_one_budget() {
    let text = r#"(module (import "host" "again" (func $again)) (func (export "run") (call $again)))"#;
    for engine in engines(|config| config) {
        let module = Module::new(&engine, text).unwrap();
        let mut linker = Linker::<()>::new(&engine);
        let again = |mut caller: Caller<'_, ()>| -> Result<(), Error> {
            let run = caller.get_export("run").and_then(wasmrt::Extern::into_func).unwrap();
            run.call(&mut caller, &[], &mut [])
        };
        linker.func_wrap("host", "again", again).unwrap();
        let mut store = Store::new(&engine, ());
        let run = linker.instantiate(&mut store, &module).unwrap().get_typed_func::<(), ()>(&store, "run").unwrap();
        assert_eq!(run.call(&mut store, ()).unwrap_err().trap_code(), Some(TrapCode::StackOverflow));
    }
}

const LOOPS: &str = r#"(module (func (export "forever") (loop (br 0)))
    (func (export "count") (param i32) (result i32) (local i32)
      (loop (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (br_if 0 (i32.lt_u (local.get 1) (local.get 0)))) (local.get 1)))"#;

#[test]
fn an_endless_loop_stops_at_its_deadline() {
    for engine in engines(|config| config.interruption(true)) {
        let (mut store, instance) = instantiate(&engine, LOOPS);
        store.set_timeout(Some(Duration::from_millis(20)));
        let forever = instance.get_typed_func::<(), ()>(&store, "forever").unwrap();
        for _ in 0..2 {
            let error = forever.call(&mut store, ()).unwrap_err();
            assert_eq!((error.kind(), error.message()), (&ErrorKind::Interrupted, "deadline exceeded"));
        }
        let count = instance.get_typed_func::<i32, i32>(&store, "count").unwrap();
        assert_eq!(count.call(&mut store, 1000).unwrap(), 1000);
    }
}

#[test]
fn an_endless_loop_stops_on_request_and_at_an_epoch() {
    for engine in engines(|config| config.interruption(true)) {
        let (mut store, instance) = instantiate(&engine, LOOPS);
        let forever = instance.get_typed_func::<(), ()>(&store, "forever").unwrap();
        let handle = store.interrupt_handle();
        let stop = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    handle.interrupt();
                    std::thread::sleep(Duration::from_millis(1));
                }
            });
            let error = forever.call(&mut store, ()).unwrap_err();
            assert_eq!((error.kind(), error.message()), (&ErrorKind::Interrupted, "interrupted"));
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        store.set_epoch_deadline(1);
        let ticking = engine.clone();
        let ticker = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(10));
            ticking.increment_epoch();
        });
        let error = forever.call(&mut store, ()).unwrap_err();
        assert_eq!(error.message(), "epoch deadline reached");
        ticker.join().unwrap();
    }
}

#[test]
fn fuel_runs_out_at_the_same_point_in_every_engine() {
    let mut outcomes = Vec::new();
    for engine in engines(|config| config.consume_fuel(true)) {
        let (mut store, instance) = instantiate(&engine, LOOPS);
        let count = instance.get_typed_func::<i32, i32>(&store, "count").unwrap();
        let mut outcome = Vec::new();
        for fuel in 0..200 {
            store.set_fuel(fuel).unwrap();
            let result = count.call(&mut store, 10).map_err(|error| error.trap_code());
            outcome.push((result, store.fuel().unwrap()));
        }
        assert_eq!(outcome[0].0, Err(Some(TrapCode::OutOfFuel)));
        assert_eq!(outcome[199].0, Ok(10));
        outcomes.push(outcome);
    }
    assert!(outcomes.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn memories_and_tables_grow_to_their_limits_only() {
    let text = r#"(module (memory (export "m") 1) (table (export "t") 1 funcref)
        (func (export "memory") (param i32) (result i32) (memory.grow (local.get 0)))
        (func (export "table") (param i32) (result i32) (table.grow (ref.null func) (local.get 0))))"#;
    for engine in engines(|config| config) {
        let (mut store, instance) = instantiate(&engine, text);
        let memory = instance.get_typed_func::<i32, i32>(&store, "memory").unwrap();
        let table = instance.get_typed_func::<i32, i32>(&store, "table").unwrap();
        let limits = StoreLimits {
            memory_bytes: Some(3 << 16),
            table_elements: Some(5),
            instances: Some(1),
            ..Default::default()
        };
        store.set_limits(limits);
        assert_eq!([2, 1].map(|delta| memory.call(&mut store, delta).unwrap()), [1, -1]);
        assert_eq!([4, 1].map(|delta| table.call(&mut store, delta).unwrap()), [1, -1]);
        assert_eq!(instance.get_memory(&store, "m").unwrap().size(&store).unwrap(), 3);
        let module = Module::new(&engine, "(module)").unwrap();
        let error = wasmrt::Instance::new(&mut store, &module, &[]).unwrap_err();
        assert_eq!((error.kind(), error.message()), (&ErrorKind::Limit, "the store's limit of 1 instances is reached"));
    }
}
