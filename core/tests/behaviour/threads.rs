use crate::engines;
use std::{
    sync::{
        Barrier, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::Duration,
};
use wasmrt::{Caller, Engine, ErrorKind, Linker, Module, SharedStore, Store};

const WORK: &str = r#"(module (import "host" "wait" (func $wait))
    (func (export "block") (call $wait))
    (func (export "sum") (param i32) (result i64) (local i64)
      (loop (local.set 1 (i64.add (local.get 1) (i64.extend_i32_u (local.get 0))))
        (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if 0 (local.get 0)))
      (local.get 1)))"#;

#[test]
fn eight_threads_run_one_instance_while_one_is_blocked_in_the_host() {
    for engine in engines(|config| config) {
        let (entered, has_entered) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let (entered, released) = (std::sync::Mutex::new(entered), std::sync::Mutex::new(released));
        let mut linker = Linker::<()>::new(&engine);
        let wait = move || {
            entered.lock().unwrap().send(()).unwrap();
            released.lock().unwrap().recv().unwrap();
        };
        linker.func_wrap("host", "wait", wait).unwrap();
        let mut store = SharedStore::new(&engine);
        let instance = linker.instantiate(&mut store, &Module::new(&engine, WORK).unwrap()).unwrap();
        std::thread::scope(|scope| {
            let mut blocked = store.clone();
            scope.spawn(move || {
                instance.get_func(&blocked, "block").unwrap().call(&mut blocked, &[], &mut []).unwrap();
            });
            has_entered.recv().unwrap();
            let start = Barrier::new(7);
            std::thread::scope(|scope| {
                for _ in 0..7 {
                    let mut store = store.clone();
                    let start = &start;
                    scope.spawn(move || {
                        start.wait();
                        let sum = instance.get_typed_func::<i32, i64>(&store, "sum").unwrap();
                        for len in 1..300 {
                            let expected = i64::from(len) * i64::from(len + 1) / 2;
                            assert_eq!(sum.call(&mut store, len).unwrap(), expected);
                        }
                    });
                }
            });
            release.send(()).unwrap();
        });
    }
}

#[test]
fn instances_come_and_go_on_several_threads_of_one_store() {
    for engine in engines(|config| config) {
        let mut linker = Linker::<()>::new(&engine);
        linker.func_wrap("host", "wait", || ()).unwrap();
        let module = Module::new(&engine, WORK).unwrap();
        let store = SharedStore::new(&engine);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let (mut store, linker, module) = (store.clone(), &linker, &module);
                scope.spawn(move || {
                    for _ in 0..100 {
                        let instance = linker.instantiate(&mut store, module).unwrap();
                        let sum = instance.get_typed_func::<i32, i64>(&store, "sum").unwrap();
                        assert_eq!(sum.call(&mut store, 4).unwrap(), 10);
                        instance.close(&store).unwrap();
                    }
                });
            }
        });
    }
}

#[test]
fn the_types_cross_threads_as_documented() {
    fn sends<T: Send>() {}
    fn shares<T: Send + Sync>() {}
    shares::<(Engine, Module, SharedStore, Linker<()>, wasmrt::InterruptHandle, wasmrt::Error)>();
    sends::<Store<u32>>();
    let _: Option<fn(Caller<'_, ()>)> = None;
}

#[test]
fn interrupting_one_instance_stops_its_calls_and_no_others_and_is_never_missed() {
    for engine in engines(|config| config.interruption(true)) {
        let module = Module::new(
            &engine,
            r#"(module (func (export "spin") (loop (br 0)))
            (func (export "short") (param i32)
              (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"#,
        );
        let module = module.unwrap();
        let store = SharedStore::new(&engine);
        let linker = Linker::<()>::new(&engine);
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut store = store.clone();
                let other = linker.instantiate(&mut store, &module).unwrap();
                let short = other.get_typed_func::<i32, ()>(&store, "short").unwrap();
                while !done.load(Ordering::Relaxed) {
                    short.call(&mut store, 1000).unwrap();
                }
            });
            let mut store = store.clone();
            for round in 0..100 {
                let instance = linker.instantiate(&mut store, &module).unwrap();
                let spin = instance.get_typed_func::<(), ()>(&store, "spin").unwrap();
                let outside = store.clone();
                let stop = scope.spawn(move || {
                    // Early or late: before the call has begun, while it does, and when it runs.
                    std::thread::sleep(Duration::from_micros(round % 20 * 10));
                    instance.close(&outside).unwrap();
                    instance.interrupt(&outside).unwrap();
                });
                let error = spin.call(&mut store, ()).unwrap_err();
                assert!(matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::Usage), "{error:?}");
                stop.join().unwrap();
            }
            done.store(true, Ordering::Relaxed);
        });
    }
}

/// How long one thread waits for another before the test fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs `block` in a store of its own; its host function says that it runs and waits until the other one's does.
fn meet(engine: &Engine, own: mpsc::Sender<()>, other: mpsc::Receiver<()>) {
    let (own, other) = (Mutex::new(own), Mutex::new(other));
    let mut linker = Linker::<()>::new(engine);
    let wait = move || {
        own.lock().unwrap().send(()).unwrap();
        other.lock().unwrap().recv_timeout(PATIENCE).expect("the other store's guest runs at the same time");
    };
    linker.func_wrap("host", "wait", wait).unwrap();
    let mut store = Store::new(engine, ());
    let instance = linker.instantiate(&mut store, &Module::new(engine, WORK).unwrap()).unwrap();
    let block = instance.get_typed_func::<(), ()>(&store, "block").unwrap();
    for _ in 0..100 {
        block.call(&mut store, ()).unwrap();
    }
}

#[test]
fn two_stores_of_one_engine_run_at_the_same_time() {
    for engine in engines(|config| config) {
        let ((to_a, from_b), (to_b, from_a)) = (mpsc::channel(), mpsc::channel());
        std::thread::scope(|scope| {
            scope.spawn(|| meet(&engine, to_a, from_a));
            scope.spawn(|| meet(&engine, to_b, from_b));
        });
    }
}

#[test]
fn eight_threads_run_one_module_in_stores_of_their_own() {
    for engine in engines(|config| config) {
        let module = Module::new(&engine, WORK).unwrap();
        let mut linker = Linker::<()>::new(&engine);
        linker.func_wrap("host", "wait", || ()).unwrap();
        let start = Barrier::new(8);
        std::thread::scope(|scope| {
            for thread in 1..=8 {
                let (engine, module, linker, start) = (&engine, &module, &linker, &start);
                scope.spawn(move || {
                    let mut store = Store::new(engine, ());
                    let instance = linker.instantiate(&mut store, module).unwrap();
                    let sum = instance.get_typed_func::<i32, i64>(&store, "sum").unwrap();
                    start.wait();
                    for len in (1..300).map(|len| len * thread) {
                        assert_eq!(sum.call(&mut store, len).unwrap(), i64::from(len) * i64::from(len + 1) / 2);
                    }
                });
            }
        });
    }
}
