//! Several threads in a store whose guests have objects.

use super::all_engines;
use std::{
    sync::{
        Arc, Barrier,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use wasmrt::{AnyRef, AsContextMut, ErrorKind, Instance, Linker, Module, SharedStore, Val};

const LIST: &str = r#"(module
    (type $node (struct (field $value i32) (field $next (ref null $node))))
    (import "host" "pause" (func $pause (param anyref) (result anyref)))
    (global $shared (mut (ref null $node)) (ref.null $node))
    (func (export "run") (param $len i32) (result i32)
        (local $sum i32) (local $list (ref null $node)) (local $left i32)
        (local.set $left (local.get $len))
        (loop $make
            (local.set $list (struct.new $node (local.get $left) (local.get $list)))
            (global.set $shared (struct.new $node (local.get $left) (global.get $shared)))
            (local.set $left (i32.sub (local.get $left) (i32.const 1)))
            (br_if $make (local.get $left)))
        (global.set $shared (ref.null $node))
        (local.set $list (ref.cast (ref $node) (call $pause (local.get $list))))
        (loop $add
            (local.set $sum (i32.add (local.get $sum) (struct.get $node $value (local.get $list))))
            (local.set $list (struct.get $node $next (local.get $list)))
            (br_if $add (i32.eqz (ref.is_null (local.get $list)))))
        (local.get $sum))
    (func (export "spin") (loop $again (br $again))))"#;

fn linker(engine: &wasmrt::Engine, pause: impl Fn() + Send + Sync + 'static) -> Linker<()> {
    let mut linker = Linker::new(engine);
    let pause = move |reference: Option<AnyRef>| {
        pause();
        reference
    };
    linker.func_wrap("host", "pause", pause).unwrap();
    linker
}

#[test]
fn threads_take_turns_and_collect_each_others_frames() {
    for engine in all_engines() {
        let mut store = SharedStore::new(&engine);
        let module = Module::new(&engine, LIST).unwrap();
        let instance = linker(&engine, || thread::yield_now()).instantiate(&mut store, &module).unwrap();
        thread::scope(|scope| {
            for _ in 0..4 {
                let mut store = store.clone();
                scope.spawn(move || {
                    let run = instance.get_typed_func::<i32, i32>(&store, "run").unwrap();
                    for _ in 0..20 {
                        assert_eq!(run.call(&mut store, 200).unwrap(), 200 * 201 / 2);
                    }
                });
            }
            let store = store.clone();
            scope.spawn(move || (0..50).for_each(|_| store.gc().unwrap()));
        });
        store.gc().unwrap();
        assert_eq!(store.heap_stats().live_bytes, 0);
    }
}

#[test]
fn others_run_while_one_is_in_a_host_function() {
    for engine in all_engines() {
        let mut store = SharedStore::new(&engine);
        let module = Module::new(&engine, LIST).unwrap();
        let meeting = Arc::new(Barrier::new(3));
        let pause = {
            let meeting = meeting.clone();
            move || {
                meeting.wait();
            }
        };
        let instance = linker(&engine, pause).instantiate(&mut store, &module).unwrap();
        // All three have to be in the host function at once.
        thread::scope(|scope| {
            for _ in 0..3 {
                let mut store = store.clone();
                scope.spawn(move || {
                    let run = instance.get_typed_func::<i32, i32>(&store, "run").unwrap();
                    assert_eq!(run.call(&mut store, 50).unwrap(), 50 * 51 / 2);
                });
            }
        });
    }
}

#[test]
fn who_waits_for_a_turn_can_be_interrupted() {
    for engine in super::engines(|config| config.interruption(true)) {
        let mut store = SharedStore::new(&engine);
        let module = Module::new(&engine, LIST).unwrap();
        let instance = linker(&engine, || ()).instantiate(&mut store, &module).unwrap();
        let ended = Arc::new(AtomicU32::new(0));
        thread::scope(|scope| {
            for name in ["spin", "run"] {
                let (mut store, ended) = (store.clone(), ended.clone());
                scope.spawn(move || {
                    let func = instance.get_func(&store, name).unwrap();
                    let (params, mut results) = match name {
                        "run" => (vec![Val::I32(3)], vec![Val::I32(0)]),
                        _ => (vec![], vec![]),
                    };
                    if name == "run" {
                        thread::sleep(Duration::from_millis(50));
                    }
                    let error = func.call(store.as_context_mut(), &params, &mut results).unwrap_err();
                    assert_eq!(error.kind(), &ErrorKind::Interrupted);
                    ended.fetch_add(1, Ordering::SeqCst);
                });
            }
            thread::sleep(Duration::from_millis(150));
            assert_eq!(ended.load(Ordering::SeqCst), 0);
            store.interrupt_handle().interrupt();
        });
        assert_eq!(ended.load(Ordering::SeqCst), 2);
        let run = instance.get_typed_func::<i32, i32>(&store, "run").unwrap();
        assert_eq!(run.call(&mut store, 4).unwrap(), 10, "the gate is free again");
    }
}

#[test]
fn a_heap_is_opened_while_others_run() {
    let plain = r#"(module (import "host" "stop" (func $stop (result i32)))
        (func (export "run") (loop $again (br_if $again (i32.eqz (call $stop))))))"#;
    for engine in all_engines() {
        let mut store = SharedStore::new(&engine);
        let stop = Arc::new(AtomicU32::new(0));
        let mut running = Linker::<()>::new(&engine);
        let asked = stop.clone();
        running.func_wrap("host", "stop", move || asked.load(Ordering::SeqCst) as i32).unwrap();
        let running = running.instantiate(&mut store, &Module::new(&engine, plain).unwrap()).unwrap();
        thread::scope(|scope| {
            let mut spinning = store.clone();
            scope.spawn(move || {
                running.get_typed_func::<(), ()>(&spinning, "run").unwrap().call(&mut spinning, ()).unwrap();
            });
            thread::sleep(Duration::from_millis(20));
            let start = Instant::now();
            let module = Module::new(&engine, LIST).unwrap();
            let instance: Instance = linker(&engine, || ()).instantiate(&mut store, &module).unwrap();
            let run = instance.get_typed_func::<i32, i32>(&store, "run").unwrap();
            assert_eq!(run.call(&mut store, 20).unwrap(), 210);
            assert!(start.elapsed() < Duration::from_secs(20));
            stop.store(1, Ordering::SeqCst);
        });
    }
}
