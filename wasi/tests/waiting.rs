//! Calls that wait can be stopped, and several threads of one guest can wait at once.

mod engines;

use std::{
    io::{self, PipeReader, Read, Write},
    os::fd::{AsFd, BorrowedFd},
    thread,
    time::{Duration, Instant},
};
use wasmrt::{Engine, ErrorKind, Instance, Linker, Module, SharedStore, Store};
use wasmrt_wasi::{InputStream, WasiConfig, add_to_linker_shared};

struct Pipe(PipeReader);

impl InputStream for Pipe {
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        (&self.0).read(buffer)
    }

    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.0.as_fd())
    }
}

fn guest(engine: &Engine, store: impl wasmrt::AsContextMut<Data = ()>, config: &WasiConfig) -> Instance {
    let mut linker = Linker::new(engine);
    add_to_linker_shared(&mut linker, config.build().unwrap()).unwrap();
    linker.instantiate(store, &Module::new(engine, include_str!("guests/wait.wat")).unwrap()).unwrap()
}

#[test]
fn a_timeout_ends_a_sleep() {
    for engine in engines::all() {
        let mut store = Store::new(&engine, ());
        let instance = guest(&engine, &mut store, &WasiConfig::new());
        store.set_timeout(Some(Duration::from_millis(50)));
        let sleep = instance.get_typed_func::<(), i32>(&store, "sleep").unwrap();
        let started = Instant::now();
        assert_eq!(*sleep.call(&mut store, ()).unwrap_err().kind(), ErrorKind::Interrupted);
        assert!(started.elapsed() < Duration::from_secs(30));
    }
}

#[test]
fn an_interruption_ends_a_read_from_a_pipe() {
    for engine in engines::all() {
        let (reader, writer) = io::pipe().unwrap();
        let mut store = Store::new(&engine, ());
        let instance = guest(&engine, &mut store, WasiConfig::new().stdin(Pipe(reader)));
        let handle = store.interrupt_handle();
        let thread = thread::spawn(move || {
            thread::sleep(Duration::from_millis(50));
            handle.interrupt();
        });
        let read = instance.get_typed_func::<(), i32>(&store, "read").unwrap();
        assert_eq!(*read.call(&mut store, ()).unwrap_err().kind(), ErrorKind::Interrupted);
        thread.join().unwrap();
        drop(writer);
        assert_eq!(read.call(&mut store, ()).unwrap(), 0);
    }
}

#[test]
fn threads_of_a_shared_store_wait_side_by_side() {
    for engine in engines::all() {
        let (reader, mut writer) = io::pipe().unwrap();
        let store = SharedStore::new(&engine);
        let instance = guest(&engine, store.clone(), WasiConfig::new().stdin(Pipe(reader)));
        let read = instance.get_typed_func::<(), i32>(&store, "read").unwrap();
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let mut store = store.clone();
                thread::spawn(move || read.call(&mut store, ()).unwrap())
            })
            .collect();
        thread::sleep(Duration::from_millis(30));
        writer.write_all(b"abc").unwrap();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), 0);
        }
        let memory = instance.get_memory(&store, "memory").unwrap();
        let mut byte = [0];
        memory.read(&store, 64, &mut byte).unwrap();
        assert!(b"abc".contains(&byte[0]));
    }
}
