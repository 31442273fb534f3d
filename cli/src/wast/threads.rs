//! `thread` and `wait`: parts of a script that run on threads of their own, each with a store of its own.

use super::{
    report::Report,
    script::{Stop, Text, run},
};
use std::{
    collections::HashMap,
    panic::resume_unwind,
    thread::{Scope, ScopedJoinHandle},
};
use wasmrt::{Extern, Instance, Linker, Memory, SharedMemory, Store};
use wast::{WastThread, token::Id};

/// The threads that a script has started and not yet waited for.
pub(super) struct Threads<'scope, 'env> {
    text: Text<'env>,
    scope: &'scope Scope<'scope, 'env>,
    running: HashMap<String, ScopedJoinHandle<'scope, Report>>,
}

impl<'scope, 'env> Threads<'scope, 'env> {
    pub(super) fn new(text: Text<'env>, scope: &'scope Scope<'scope, 'env>) -> Threads<'scope, 'env> {
        Threads { text, scope, running: HashMap::new() }
    }

    /// Starts a thread with what it shares.
    pub(super) fn start(&mut self, thread: WastThread<'env>, shared: Option<SharedModule>) -> Result<(), Stop> {
        let name = thread.name.name().to_string();
        if self.running.contains_key(&name) {
            return Err(Stop::Failed(format!("thread ${name} is already running")));
        }
        let (text, scope) = (self.text, self.scope);
        let handle = scope.spawn(move || run(text, scope, shared, thread.directives));
        self.running.insert(name, handle);
        Ok(())
    }

    /// Waits for a thread and adds its part of the report.
    pub(super) fn join(&mut self, thread: Id<'_>, report: &mut Report) -> Result<(), Stop> {
        match self.running.remove(thread.name()) {
            Some(handle) => {
                *report += handle.join().unwrap_or_else(|panic| resume_unwind(panic));
                Ok(())
            }
            None => Err(Stop::Failed(format!("no thread ${} is running", thread.name()))),
        }
    }

    /// Waits for those that the script did not wait for.
    pub(super) fn join_all(self, report: &mut Report) {
        for (_, handle) in self.running {
            *report += handle.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
    }
}

/// What a thread sees of a module that the thread which started it has instantiated: its shared memories.
#[derive(Clone)]
pub(super) struct SharedModule {
    name: String,
    memories: Vec<(String, SharedMemory)>,
}

impl SharedModule {
    /// The shared memories that an instance exports.
    pub(super) fn of(name: Id<'_>, store: &Store<()>, instance: Instance) -> Result<SharedModule, Stop> {
        let mut memories = Vec::new();
        for (export, item) in instance.exports(store)? {
            if let Extern::Memory(memory) = item
                && let Some(shared) = memory.to_shared(store)?
            {
                memories.push((export, shared));
            }
        }
        Ok(SharedModule { name: name.name().to_string(), memories })
    }

    /// The module's name in the script.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Makes the memories importable from a module called `name`.
    pub(super) fn register(&self, name: &str, linker: &mut Linker<()>, store: &mut Store<()>) -> Result<(), Stop> {
        for (export, shared) in &self.memories {
            let memory = Memory::from_shared(&mut *store, shared)?;
            linker.define(&*store, name, export, memory)?;
        }
        Ok(())
    }
}
