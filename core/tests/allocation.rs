//! How fast guests make objects, beside wasmtime. Run on a quiet machine:
//! `cargo test --release --workspace --test allocation -- --ignored --nocapture`
#![cfg(target_os = "linux")]

use std::{sync::Mutex, time::Instant};
use wasmrt::{Config, Strategy};

/// `run` makes objects of 24 bytes and keeps the last 32768 of them; `drop` keeps none; `list` makes a list as it goes.
const GUEST: &str = r#"(module
    (type $node (struct (field i64) (field (mut (ref null $node)))))
    (type $ring (array (mut (ref null $node))))
    (global $ring (ref $ring) (array.new_default $ring (i32.const 32768)))
    (func (export "run") (param $n i32)
        (loop $again
            (array.set $ring (global.get $ring) (i32.and (local.get $n) (i32.const 32767))
                (struct.new $node (i64.extend_i32_u (local.get $n)) (ref.null $node)))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (func (export "drop") (param $n i32) (local $last (ref null $node))
        (loop $again
            (local.set $last (struct.new $node (i64.extend_i32_u (local.get $n)) (ref.null $node)))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (func (export "list") (param $n i32) (local $list (ref null $node))
        (loop $again
            (local.set $list (struct.new $node (i64.extend_i32_u (local.get $n)) (local.get $list)))
            (if (i32.eqz (i32.and (local.get $n) (i32.const 0xffff))) (then (local.set $list (ref.null $node))))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))"#;

const OBJECTS: i32 = 20_000_000;
const WORKLOADS: [&str; 3] = ["run", "drop", "list"];

fn ours(strategy: Strategy, workload: &str, objects: i32) -> f64 {
    let engine = wasmrt::Engine::new(Config::new().strategy(strategy)).unwrap();
    let module = wasmrt::Module::new(&engine, GUEST).unwrap();
    let mut store = wasmrt::Store::new(&engine, ());
    let instance = wasmrt::Instance::new(&mut store, &module, &[]).unwrap();
    let run = instance.get_typed_func::<i32, ()>(&store, workload).unwrap();
    let start = Instant::now();
    run.call(&mut store, objects).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    println!("  {strategy:?}: {:?}", store.heap_stats());
    f64::from(objects) / seconds / 1e6
}

fn theirs(workload: &str, objects: i32) -> f64 {
    let mut config = wasmtime::Config::new();
    config.wasm_function_references(true).wasm_gc(true);
    let engine = wasmtime::Engine::new(&config).unwrap();
    let module = wasmtime::Module::new(&engine, wat::parse_str(GUEST).unwrap()).unwrap();
    let mut store = wasmtime::Store::new(&engine, ());
    let instance = wasmtime::Instance::new(&mut store, &module, &[]).unwrap();
    let run = instance.get_typed_func::<i32, ()>(&mut store, workload).unwrap();
    let start = Instant::now();
    run.call(&mut store, objects).unwrap();
    f64::from(objects) / start.elapsed().as_secs_f64() / 1e6
}

#[test]
#[ignore = "a measurement, for a quiet machine"]
fn objects_are_made_at_this_rate_beside_wasmtime() {
    for workload in WORKLOADS {
        let theirs = theirs(workload, OBJECTS);
        for strategy in Strategy::available() {
            let objects = if *strategy == Strategy::Jit { OBJECTS } else { OBJECTS / 10 };
            let ours = ours(*strategy, workload, objects);
            println!(
                "allocation/{strategy:?}/{workload}: {ours:.1} million objects a second, wasmtime {theirs:.1}: {:.2} times",
                ours / theirs
            );
        }
    }
}

/// Held by whoever measures the process.
static MEASURING: Mutex<()> = Mutex::new(());

/// Resident memory of this process, in KiB.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a process has a status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("resident memory is listed");
    line.trim().trim_end_matches("kB").trim().parse().expect("a number")
}

/// `WASMRT_ALLOCATION_MIB` sets how much is allocated in total; `make soak` takes 10 GiB.
#[test]
fn what_is_allocated_in_total_does_not_matter_when_little_is_live() {
    let _measuring = MEASURING.lock().unwrap();
    let total_mib = std::env::var("WASMRT_ALLOCATION_MIB").map_or(200, |text| text.parse().expect("a number"));
    let objects = (total_mib << 20) / 24u64;
    for strategy in Strategy::available() {
        let engine = wasmrt::Engine::new(Config::new().strategy(*strategy)).unwrap();
        let module = wasmrt::Module::new(&engine, GUEST).unwrap();
        let mut store = wasmrt::Store::new(&engine, ());
        let instance = wasmrt::Instance::new(&mut store, &module, &[]).unwrap();
        let run = instance.get_typed_func::<i32, ()>(&store, "run").unwrap();
        run.call(&mut store, 500_000).unwrap();
        let before = resident_kib();
        for _ in 0..objects.div_ceil(1_000_000) {
            run.call(&mut store, 1_000_000).unwrap();
        }
        let (after, stats) = (resident_kib(), store.heap_stats());
        println!("{strategy:?}: {total_mib} MiB allocated, resident {before} → {after} KiB, {stats:?}");
        assert!(stats.live_bytes < 1 << 20, "{stats:?}");
        assert!(stats.capacity_bytes <= 4 << 20, "{stats:?}");
        assert!(after < before + (4 << 10), "resident {before} → {after} KiB");
    }
}
