//! A forked child compiles and runs modules, although the threads of its parent's engine and timer are gone.
#![cfg(unix)]
#![expect(unsafe_code, reason = "fork, waitpid and _exit have no safe form")]

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    thread::sleep,
    time::{Duration, Instant},
};
use wasmrt::{Config, Engine, ErrorKind, Instance, Module, Store, Strategy, TrapCode};

/// How long a child may take before it counts as hung.
const PATIENCE: Duration = Duration::from_secs(60);

const GUEST: &str = r#"(module (memory 1)
    (func (export "fib") (param i32) (result i32)
      (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))
        (else (i32.add (call 0 (i32.sub (local.get 0) (i32.const 1))) (call 0 (i32.sub (local.get 0) (i32.const 2)))))))
    (func (export "outside") (result i32) (i32.load (i32.const 65536)))
    (func (export "forever") (loop (br 0))))"#;

/// Everything that needs a signal, a thread or a lock at some point.
fn work(store: &mut Store<()>, instance: Instance) {
    let fib = instance.get_typed_func::<i32, i32>(&*store, "fib").unwrap();
    assert_eq!(fib.call(&mut *store, 15).unwrap(), 610);
    let outside = instance.get_typed_func::<(), i32>(&*store, "outside").unwrap();
    assert_eq!(outside.call(&mut *store, ()).unwrap_err().trap_code(), Some(TrapCode::MemoryOutOfBounds));
    store.set_timeout(Some(Duration::from_millis(20)));
    let forever = instance.get_typed_func::<(), ()>(&*store, "forever").unwrap();
    assert_eq!(forever.call(&mut *store, ()).unwrap_err().kind(), &ErrorKind::Interrupted);
    store.set_timeout(None);
}

fn compile_and_work(engine: &Engine) {
    // Enough functions for every thread of the compiler.
    let many: String = (0..200).map(|index| format!("(func (result i32) (i32.const {index}))")).collect();
    Module::new(engine, format!("(module {many})")).unwrap();
    let mut store = Store::new(engine, ());
    let module = Module::new(engine, GUEST).unwrap();
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    work(&mut store, instance);
}

/// Runs `body` in a child and answers its exit code.
fn in_child(body: impl FnOnce()) -> i32 {
    // SAFETY: the child runs `body` and leaves with `_exit`, so nothing of the test harness runs twice.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "fork: {}", std::io::Error::last_os_error());
    if child == 0 {
        let code = i32::from(catch_unwind(AssertUnwindSafe(body)).is_err());
        // SAFETY: ends the child.
        unsafe { libc::_exit(code) };
    }
    let started = Instant::now();
    let mut status = 0;
    // SAFETY: `status` is a place for the answer, and the child is this process's own.
    while unsafe { libc::waitpid(child, &raw mut status, libc::WNOHANG) } == 0 {
        if started.elapsed() > PATIENCE {
            // SAFETY: the child has not been waited for, so the number is still its own.
            unsafe { libc::kill(child, libc::SIGKILL) };
        }
        sleep(Duration::from_millis(5));
    }
    if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { -libc::WTERMSIG(status) }
}

#[test]
fn a_forked_child_compiles_and_runs_with_what_it_inherited_and_with_its_own() {
    for strategy in Strategy::available() {
        let mut config = Config::new();
        config.strategy(*strategy).interruption(true).compile_threads(2);
        let engine = Engine::new(&config).unwrap();
        compile_and_work(&engine);
        let mut store = Store::new(&engine, ());
        let module = Module::new(&engine, GUEST).unwrap();
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        work(&mut store, instance);
        let code = in_child(|| {
            work(&mut store, instance);
            compile_and_work(&engine);
            compile_and_work(&Engine::new(&config).unwrap());
        });
        assert_eq!(code, 0, "{strategy:?}");
        work(&mut store, instance);
    }
}
