//! A store that lives long and opens and closes instances all the time keeps none of them, and little of memories that
//! somebody looked into.
//!
//! `WASMRT_ENDURANCE_INSTANCES` sets how many; `make soak` takes 100 000.
#![cfg(target_os = "linux")]

use std::sync::{Mutex, PoisonError};
use wasmrt::{Config, Engine, Instance, Linker, Module, Store, StoreLimits, Strategy};

/// Instances in `make test`.
const INSTANCES: u64 = 20_000;

const GUEST: &str = r#"(module (import "host" "f" (func $f (param i32) (result i32))) (memory (export "m") 1) (data (i32.const 0) "x")
    (table (export "t") 100 funcref) (elem (i32.const 0) $run) (global (export "g") (mut i64) (i64.const 1))
    (func $run (export "run") (param i32) (result i32)
      (i32.store (i32.const 60000) (local.get 0)) (call $f (i32.load (i32.const 60000)))))"#;

/// Held by whoever measures the process.
static MEASURING: Mutex<()> = Mutex::new(());

/// Resident memory of this process, in KiB.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a process has a status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("resident memory is listed");
    line.trim().trim_end_matches("kB").trim().parse().expect("a number")
}

fn mappings() -> usize {
    std::fs::read_to_string("/proc/self/maps").expect("a process has mappings").lines().count()
}

fn open_and_close(store: &mut Store<()>, linker: &Linker<()>, module: &Module, instances: u64) {
    for round in 0..instances {
        let instance: Instance = linker.instantiate(&mut *store, module).expect("nothing was kept");
        let run = instance.get_typed_func::<i32, i32>(&*store, "run").unwrap();
        assert_eq!(run.call(&mut *store, round as i32).unwrap(), round as i32 + 1);
        assert_eq!(instance.exports(&*store).unwrap().len(), 4);
        instance.close(&*store).unwrap();
    }
}

#[test]
fn a_store_keeps_nothing_of_the_instances_that_it_closed() {
    let _measuring = MEASURING.lock().unwrap_or_else(PoisonError::into_inner);
    let instances =
        std::env::var("WASMRT_ENDURANCE_INSTANCES").map_or(INSTANCES, |text| text.parse().expect("a number"));
    for strategy in Strategy::available() {
        let engine = Engine::new(Config::new().strategy(*strategy)).unwrap();
        let mut linker = Linker::<()>::new(&engine);
        linker.func_wrap("host", "f", |value: i32| value + 1).unwrap();
        let module = Module::new(&engine, GUEST).unwrap();
        let mut store = Store::new(&engine, ());
        // With room for one, a second that is still there makes the next one fail.
        let one = Some(1);
        store.set_limits(StoreLimits { instances: one, memories: one, tables: one, ..Default::default() });
        open_and_close(&mut store, &linker, &module, instances / 4);
        let before = (resident_kib(), mappings());
        open_and_close(&mut store, &linker, &module, instances);
        let after = (resident_kib(), mappings());
        println!(
            "{strategy:?}: {instances} instances, resident {} → {} KiB, mappings {} → {}",
            before.0, after.0, before.1, after.1
        );
        // An instance with its memory and table touches three pages at least; one in fifty kept would be seen.
        let bound_kib = 512 + instances * 12 / 50;
        assert!(after.0 < before.0 + bound_kib, "{strategy:?}: resident {} → {} KiB", before.0, after.0);
        assert!(after.1 < before.1 + 20, "{strategy:?}: mappings {} → {}", before.1, after.1);
    }
}

#[test]
fn what_views_of_closed_memories_keep_takes_a_bounded_amount_of_memory() {
    const MIB: usize = 1 << 20;
    let _measuring = MEASURING.lock().unwrap_or_else(PoisonError::into_inner);
    let engine = Engine::default();
    let module = Module::new(&engine, r#"(module (memory (export "m") 16 16))"#).unwrap();
    let mut store = Store::new(&engine, ());
    let before_kib = resident_kib();
    for _ in 0..1200 {
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        let memory = instance.get_memory(&store, "m").unwrap();
        memory.write(&mut store, 0, &[7; MIB]).unwrap();
        assert_eq!(memory.lasting_view(&store).unwrap().1, MIB);
        instance.close(&store).unwrap();
    }
    let after_kib = resident_kib();
    assert!(after_kib < before_kib + (160 << 10), "resident {before_kib} → {after_kib} KiB");
}
