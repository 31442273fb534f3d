//! Memories that several stores and threads use at once, and threads that wait on them.

use crate::{engines, instantiate};
use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};
use wasmrt::{
    Engine, ErrorKind, Extern, Instance, Linker, Memory, MemoryType, Module, SharedMemory, SharedStore, Store,
    StoreLimits, TrapCode, WaitResult,
};

/// How long one thread waits for another before the test fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(60);

/// Counters that are changed in every way that has a sequential sum, a lock, and wait and notify.
const GUEST: &str = r#"(module
  (import "host" "memory" (memory 1 4 shared))
  (func (export "hammer") (param $rounds i32) (local $seen i64)
    (loop
      (drop (i32.atomic.rmw8.add_u (i32.const 0) (i32.const 1)))
      (drop (i32.atomic.rmw16.add_u (i32.const 2) (i32.const 3)))
      (drop (i32.atomic.rmw.sub (i32.const 4) (i32.const 5)))
      (drop (i64.atomic.rmw.add (i32.const 8) (i64.const 0x1_0000_0001)))
      (drop (i64.atomic.rmw32.xor_u (i32.const 16) (i64.const 0xffff)))
      (loop $again
        (local.set $seen (i64.atomic.load (i32.const 24)))
        (br_if $again (i64.ne (local.get $seen)
          (i64.atomic.rmw.cmpxchg (i32.const 24) (local.get $seen) (i64.add (local.get $seen) (i64.const 7))))))
      (call $lock)
      (i32.store (i32.const 36) (i32.add (i32.load (i32.const 36)) (i32.const 1)))
      (call $unlock)
      (br_if 0 (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1))))))
  (func $lock
    (loop $again
      (if (i32.atomic.rmw.cmpxchg (i32.const 32) (i32.const 0) (i32.const 1))
        (then
          (drop (memory.atomic.wait32 (i32.const 32) (i32.const 1) (i64.const -1)))
          (br $again)))))
  (func $unlock
    (i32.atomic.store (i32.const 32) (i32.const 0))
    (drop (memory.atomic.notify (i32.const 32) (i32.const 1))))
  (func (export "wait32") (param i32 i32 i64) (result i32)
    (memory.atomic.wait32 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "wait64") (param i32 i64 i64) (result i32)
    (memory.atomic.wait64 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "notify") (param i32 i32) (result i32) (memory.atomic.notify (local.get 0) (local.get 1)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "size") (result i32) (memory.size)))"#;

fn shared(engine: &Engine) -> SharedMemory {
    SharedMemory::new(engine, MemoryType::shared(1, 4)).unwrap()
}

/// The guest in a store of its own, on this memory.
fn guest(engine: &Engine, memory: &SharedMemory) -> (Store<()>, Instance) {
    let mut store = Store::new(engine, ());
    let import = Memory::from_shared(&mut store, memory).unwrap();
    let module = Module::new(engine, GUEST).unwrap();
    let instance = Instance::new(&mut store, &module, &[Extern::Memory(import)]).unwrap();
    (store, instance)
}

fn number(memory: &SharedMemory, offset: usize, len: usize) -> u64 {
    let mut bytes = [0; 8];
    memory.read(offset, &mut bytes[..len]).unwrap();
    u64::from_le_bytes(bytes)
}

fn wait_for(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "what was waited for does not happen");
        thread::yield_now();
    }
}

#[test]
fn threads_that_hammer_one_memory_from_stores_and_engines_of_their_own_agree_with_one_after_the_other() {
    const ROUNDS: i32 = 2000;
    let engines = engines(|config| config);
    // All threads on each engine, then one on each.
    let mut teams: Vec<Vec<&Engine>> = engines.iter().map(|engine| vec![engine; 3]).collect();
    teams.push(engines.iter().collect());
    for team in teams {
        let memory = shared(team[0]);
        thread::scope(|scope| {
            for engine in &team {
                scope.spawn(|| {
                    let (mut store, instance) = guest(engine, &memory);
                    let hammer = instance.get_typed_func::<i32, ()>(&store, "hammer").unwrap();
                    hammer.call(&mut store, ROUNDS).unwrap();
                });
            }
        });
        let total = ROUNDS as u64 * team.len() as u64;
        assert_eq!(number(&memory, 0, 1), total & 0xff);
        assert_eq!(number(&memory, 2, 2), (3 * total) & 0xffff);
        assert_eq!(number(&memory, 4, 4), (5 * total).wrapping_neg() & 0xffff_ffff);
        assert_eq!(number(&memory, 8, 8), 0x1_0000_0001 * total);
        assert_eq!(number(&memory, 16, 8), if total.is_multiple_of(2) { 0 } else { 0xffff });
        assert_eq!(number(&memory, 24, 8), 7 * total);
        assert_eq!(number(&memory, 36, 4), total, "plain accesses under a lock");
    }
}

#[test]
fn guests_and_hosts_wake_each_other() {
    for engine in engines(|config| config) {
        let memory = shared(&engine);
        thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                let (mut store, instance) = guest(&engine, &memory);
                let wait32 = instance.get_typed_func::<(i32, i32, i64), i32>(&store, "wait32").unwrap();
                let wait64 = instance.get_typed_func::<(i32, i64, i64), i32>(&store, "wait64").unwrap();
                [wait32.call(&mut store, (64, 0, -1)).unwrap(), wait64.call(&mut store, (72, 0, i64::MAX)).unwrap()]
            });
            wait_for(|| memory.atomic_notify(64, 1).unwrap() == 1);
            wait_for(|| memory.atomic_notify(72, u32::MAX).unwrap() == 1);
            assert_eq!(waiting.join().unwrap(), [0, 0]);

            let host = scope.spawn(|| memory.atomic_wait32(80, 0, Some(PATIENCE)).unwrap());
            let (mut store, instance) = guest(&engine, &memory);
            let notify = instance.get_typed_func::<(i32, i32), i32>(&store, "notify").unwrap();
            while notify.call(&mut store, (80, 1)).unwrap() == 0 {
                thread::yield_now();
            }
            assert_eq!(host.join().unwrap(), WaitResult::Notified);
        });
        assert_eq!(memory.atomic_wait64(88, 1, None).unwrap(), WaitResult::NotEqual);
        assert_eq!(memory.atomic_wait64(88, 0, Some(Duration::from_millis(2))).unwrap(), WaitResult::TimedOut);
        for address in [2, 65536, u64::MAX - 3] {
            assert_eq!(*memory.atomic_wait32(address, 0, None).unwrap_err().kind(), ErrorKind::Usage);
            assert_eq!(*memory.atomic_notify(address, 1).unwrap_err().kind(), ErrorKind::Usage);
        }
    }
}

#[test]
fn a_guest_that_waits_for_a_time_wakes_when_it_is_over() {
    for engine in engines(|config| config) {
        let (mut store, instance) = guest(&engine, &shared(&engine));
        let wait32 = instance.get_typed_func::<(i32, i32, i64), i32>(&store, "wait32").unwrap();
        let start = Instant::now();
        assert_eq!(wait32.call(&mut store, (0, 0, 20_000_000)).unwrap(), 2);
        assert!(start.elapsed() >= Duration::from_millis(20));
        assert_eq!(wait32.call(&mut store, (0, 1, -1)).unwrap(), 1);
    }
}

/// Lets a guest wait for ever, calls `stop` once it does, and gives the error that this ends in.
fn stopped(engine: &Engine, stop: impl FnOnce(&SharedStore, Instance)) -> wasmrt::Error {
    let memory = shared(engine);
    let mut store = SharedStore::new(engine);
    let import = Memory::from_shared(&mut store, &memory).unwrap();
    let module = Module::new(engine, GUEST).unwrap();
    let instance = Instance::new(&mut store, &module, &[Extern::Memory(import)]).unwrap();
    let (ended, has_ended) = mpsc::channel();
    let mut inside = store.clone();
    let waiting = thread::spawn(move || {
        let wait32 = instance.get_typed_func::<(i32, i32, i64), i32>(&inside, "wait32").unwrap();
        ended.send(wait32.call(&mut inside, (0, 0, -1)).unwrap_err()).unwrap();
    });
    // Long enough that most runs find the guest asleep; in the others it has to notice before it sleeps.
    thread::sleep(Duration::from_millis(20));
    stop(&store, instance);
    let error = has_ended.recv_timeout(PATIENCE).expect("a waiting guest is woken");
    waiting.join().unwrap();
    assert_eq!(memory.atomic_notify(0, 1).unwrap(), 0, "who was stopped waits no longer");
    error
}

#[test]
fn interruption_epochs_and_closing_wake_a_guest_that_waits() {
    // Compiled code polls nowhere else.
    for engine in engines(|config| config) {
        let error = stopped(&engine, |store, _| store.interrupt_handle().interrupt());
        assert_eq!(*error.kind(), ErrorKind::Interrupted);
        let error = stopped(&engine, |store, _| {
            store.set_epoch_deadline(1);
            engine.increment_epoch();
        });
        assert_eq!(*error.kind(), ErrorKind::Interrupted);
        let error = stopped(&engine, |store, instance| {
            instance.close(store).unwrap();
            instance.interrupt(store).unwrap();
        });
        assert_eq!(*error.kind(), ErrorKind::Interrupted);
    }
}

#[test]
fn a_deadline_wakes_a_guest_that_waits() {
    for engine in engines(|config| config) {
        let (mut store, instance) = guest(&engine, &shared(&engine));
        let wait32 = instance.get_typed_func::<(i32, i32, i64), i32>(&store, "wait32").unwrap();
        store.set_timeout(Some(Duration::from_millis(30)));
        let start = Instant::now();
        let error = wait32.call(&mut store, (0, 0, -1)).unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Interrupted);
        assert!(start.elapsed() >= Duration::from_millis(30));
    }
}

#[test]
fn threads_of_one_shared_store_wait_for_each_other_inside_one_instance() {
    for engine in engines(|config| config) {
        let memory = shared(&engine);
        let mut store = SharedStore::new(&engine);
        let import = Memory::from_shared(&mut store, &memory).unwrap();
        let module = Module::new(&engine, GUEST).unwrap();
        let instance = Instance::new(&mut store, &module, &[Extern::Memory(import)]).unwrap();
        thread::scope(|scope| {
            for _ in 0..3 {
                let mut store = store.clone();
                scope.spawn(move || {
                    let hammer = instance.get_typed_func::<i32, ()>(&store, "hammer").unwrap();
                    hammer.call(&mut store, 1000).unwrap();
                });
            }
        });
        assert_eq!(number(&memory, 36, 4), 3000);
    }
}

#[test]
fn atomics_on_an_unshared_memory_are_atomic_between_the_threads_of_a_shared_store() {
    for engine in engines(|config| config) {
        let module = Module::new(
            &engine,
            r#"(module (memory 1)
              (func (export "count") (param i32)
                (loop (drop (i64.atomic.rmw.add (i32.const 8) (i64.const 1)))
                  (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
              (func (export "total") (result i64) (i64.atomic.load (i32.const 8))))"#,
        );
        let mut store = SharedStore::new(&engine);
        let instance = Linker::<()>::new(&engine).instantiate(&mut store, &module.unwrap()).unwrap();
        thread::scope(|scope| {
            for _ in 0..3 {
                let mut store = store.clone();
                scope.spawn(move || {
                    let count = instance.get_typed_func::<i32, ()>(&store, "count").unwrap();
                    count.call(&mut store, 20_000).unwrap();
                });
            }
        });
        assert_eq!(instance.get_typed_func::<(), i64>(&store, "total").unwrap().call(&mut store, ()).unwrap(), 60_000);
    }
}

#[test]
fn what_one_store_grows_all_stores_see_within_the_limits_of_the_one_that_grows() {
    for engine in engines(|config| config) {
        let memory = shared(&engine);
        let ((mut a, in_a), (mut b, in_b)) = (guest(&engine, &memory), guest(&engine, &memory));
        b.set_limits(StoreLimits { memory_bytes: Some(2 << 16), ..StoreLimits::default() });
        let (grow_a, grow_b) = (
            in_a.get_typed_func::<i32, i32>(&a, "grow").unwrap(),
            in_b.get_typed_func::<i32, i32>(&b, "grow").unwrap(),
        );
        assert_eq!(grow_b.call(&mut b, 2).unwrap(), -1);
        assert_eq!(grow_b.call(&mut b, 1).unwrap(), 1);
        assert_eq!(grow_a.call(&mut a, 1).unwrap(), 2);
        let size = in_b.get_typed_func::<(), i32>(&b, "size").unwrap();
        assert_eq!(size.call(&mut b, ()).unwrap(), 3);
        assert_eq!(memory.grow(1).unwrap(), 3);
        assert_eq!(*memory.grow(1).unwrap_err().kind(), ErrorKind::Limit);
        assert_eq!((memory.size(), memory.data_size(), memory.ty().min), (4, 4 << 16, 4));
    }
}

#[test]
fn a_memory_that_a_module_defines_can_be_shared_and_outlives_its_instance_and_store() {
    for engine in engines(|config| config) {
        let (mut store, instance) =
            instantiate(&engine, r#"(module (memory (export "m") 1 2 shared) (data (i32.const 4) "abcd"))"#);
        let memory = instance.get_memory(&store, "m").unwrap();
        let shared = memory.to_shared(&store).unwrap().unwrap();
        let own = Memory::from_shared(&mut store, &shared).unwrap();
        assert_eq!(own, memory, "one memory has one handle");
        instance.close(&store).unwrap();
        let mut bytes = [0; 4];
        own.read(&store, 4, &mut bytes).unwrap();
        assert_eq!(&bytes, b"abcd");
        drop(store);
        shared.read(4, &mut bytes).unwrap();
        assert_eq!(&bytes, b"abcd");
    }
}

#[test]
fn a_shared_memory_gives_no_exclusive_view_and_its_type_is_checked() {
    for engine in engines(|config| config) {
        let memory = shared(&engine);
        let mut store = Store::new(&engine, ());
        let inside = Memory::from_shared(&mut store, &memory).unwrap();
        assert_eq!(*inside.data(&store).unwrap_err().kind(), ErrorKind::Usage);
        assert_eq!(*inside.data_mut(&mut store).unwrap_err().kind(), ErrorKind::Usage);
        assert_eq!(inside.data_ptr(&store).unwrap(), memory.data_ptr());
        let own = Memory::new(&mut store, MemoryType::new(1, Some(2))).unwrap();
        assert!(own.to_shared(&store).unwrap().is_none());
        for ty in [
            MemoryType::new(1, Some(2)),
            MemoryType { max: None, ..MemoryType::shared(1, 2) },
            MemoryType::shared(3, 2),
            MemoryType { page_size_log2: 12, ..MemoryType::shared(1, 2) },
        ] {
            assert_eq!(*SharedMemory::new(&engine, ty).unwrap_err().kind(), ErrorKind::Usage);
        }
        for text in ["(memory 1 4)", "(memory 2 4 shared)", "(memory 1 3 shared)"] {
            let module = Module::new(&engine, format!(r#"(module (import "" "" {text}))"#)).unwrap();
            let error = Instance::new(&mut store, &module, &[Extern::Memory(inside)]).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Link { .. }), "{error}");
        }
    }
}

#[test]
fn waiting_on_an_unshared_memory_traps() {
    for engine in engines(|config| config) {
        let (mut store, instance) = instantiate(
            &engine,
            r#"(module (memory 1) (func (export "wait") (result i32)
              (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))"#,
        );
        let wait = instance.get_typed_func::<(), i32>(&store, "wait").unwrap();
        let error = wait.call(&mut store, ()).unwrap_err();
        assert_eq!(error.trap_code(), Some(TrapCode::ExpectedSharedMemory));
        assert_eq!(error.backtrace()[0].func_index, 0);
    }
}
