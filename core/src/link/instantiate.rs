//! Allocates an instance, initializes it and runs its start function.

use super::resolve::{Resolved, ResolvedImport, resolve};
use crate::{
    call::{self, StoreContextMut, host_of, interpreted_array_entry, new_host_context},
    code::ModuleCode,
    error::{Error, ErrorKind, Result},
    jit::{CompiledModule, Trampolines},
    store::{Handle, InstanceData, State, StoreInner},
    types::{ExternType, FuncIdx},
    vm::{
        self, ArrayEntry, ContextKind, FuncRef, Memory, Table, VmContext, instance::InstanceParts, pointers::FuncPtr,
    },
};
use std::{any::Any, collections::HashMap, ptr, sync::Arc};

/// Makes an instance of `module` from what the host gives for its imports, in their order.
pub fn instantiate<T>(
    cx: &mut StoreContextMut<'_, T>,
    module: &Arc<ModuleCode>,
    imports: &[ResolvedImport],
) -> Result<Handle> {
    let store = cx.inner();
    if !Arc::ptr_eq(&store.engine, &module.engine) {
        return Err(Error::usage("the module was made for another engine"));
    }
    if module.context_kind() == ContextKind::Compiled {
        call::catch_faults();
    }
    let handle = match allocate(store, module, imports) {
        // What was closed but still held by a table or global counts until somebody looks whether it still is.
        Err(error) if *error.kind() == ErrorKind::Limit && store.free_unreachable() => {
            allocate(store, module, imports)?
        }
        allocated => allocated?,
    };
    let started = initialize(cx, module, handle);
    if started.is_err() {
        cx.inner().close_instance(handle);
    }
    started.map(|()| handle)
}

/// Everything up to the point where the instance exists but nothing has run.
fn allocate(store: &StoreInner, module: &Arc<ModuleCode>, imports: &[ResolvedImport]) -> Result<Handle> {
    let mut state = store.state();
    let mut resolved = resolve(&mut state, module, imports)?;
    let defined_memories = resolved.memories.len();
    let defined_tables = resolved.tables.len();
    add_memories_and_tables(store, &mut state, module, &mut resolved)?;
    let styles: Vec<_> = resolved.memories.iter().map(|memory| memory.style()).collect();
    let compiled = module.compiled_for(&styles)?;
    let trampolines = trampolines(module, compiled.as_deref())?;
    let (memories, tables) =
        (resolved.memories[defined_memories..].to_vec(), resolved.tables[defined_tables..].to_vec());
    let handle = state.instances.insert_with(|handle| {
        let providers = resolved.providers.clone();
        let shares = resolved.shares_references || exports_references(module);
        let (vm, host_contexts) = build(store, module, compiled.as_ref(), &trampolines, handle, resolved);
        InstanceData {
            vm,
            module: module.clone(),
            compiled,
            host_contexts,
            providers,
            importers: 0,
            active: 1,
            closed: false,
            leaked: shares,
            handles: Vec::new(),
        }
    });
    state.memories_made.extend(memories.iter().map(Arc::downgrade));
    state.tables_made.extend(tables.iter().map(Arc::downgrade));
    let providers = state.instances.get(handle).map(|data| data.providers.clone()).unwrap_or_default();
    for provider in providers {
        if let Some(data) = state.instances.get_mut(provider) {
            data.importers += 1;
        }
    }
    Ok(handle)
}

/// Whether the module lets references out other than through `ref.func` values that stay inside.
fn exports_references(module: &ModuleCode) -> bool {
    module.info.exports.iter().any(|export| match module.info.export_type(export.item) {
        ExternType::Func(ty) | ExternType::Tag(ty) => ty.mentions_refs(),
        ExternType::Global(ty) => ty.content.is_ref(),
        ExternType::Table(_) | ExternType::Memory(_) => false,
    })
}

/// Globals, tables, segments and the start function.
fn initialize<T>(cx: &mut StoreContextMut<'_, T>, module: &ModuleCode, handle: Handle) -> Result<()> {
    let initialized = call::initialize(cx, handle);
    let start = {
        let store = cx.inner();
        let mut state = store.state();
        let Some(data) = state.instances.get_mut(handle) else { return Err(Error::internal("instance vanished")) };
        data.active -= 1;
        initialized?;
        let start = module.info.start.and_then(|func| FuncPtr::of(&data.vm, func));
        start.and_then(|start| state.func_handle(start))
    };
    match (start, module.info.start) {
        (Some(start), _) => call::call(cx, start, &mut []),
        (None, Some(_)) => Err(Error::internal("the start function has no reference")),
        (None, None) => Ok(()),
    }
}

fn add_memories_and_tables(
    store: &StoreInner,
    state: &mut State,
    module: &ModuleCode,
    resolved: &mut Resolved,
) -> Result<()> {
    let info = &module.info;
    let limits = store.limiter.get();
    let limiter = &*store.limiter;
    limiter.check_count("instances", state.instances.len() as u64, 1, limits.instances)?;
    if limits.memories.is_some()
        || limits.tables.is_some()
        || state.memories_made.len() > 2 * state.instances.len() + 64
    {
        state.memories_made.retain(|memory| memory.strong_count() > 0);
        state.tables_made.retain(|table| table.strong_count() > 0);
    }
    let adding_memories = (info.memories.len() - resolved.memories.len()) as u64;
    let adding_tables = (info.tables.len() - resolved.tables.len()) as u64;
    limiter.check_count("memories", state.memories_made.len() as u64, adding_memories, limits.memories)?;
    limiter.check_count("tables", state.tables_made.len() as u64, adding_tables, limits.tables)?;
    for ty in &info.memories[resolved.memories.len()..] {
        let bytes = u128::from(ty.min) << ty.page_size_log2;
        if limits.memory_bytes.is_some_and(|limit| bytes > limit.into()) {
            return Err(Error::limit(format!("a memory of {bytes} bytes exceeds the store's limit")));
        }
        resolved.memories.push(Arc::new(Memory::new(ty, &store.engine.settings.memory)?));
    }
    for ty in &info.tables[resolved.tables.len()..] {
        if limits.table_elements.is_some_and(|limit| ty.min > limit) {
            return Err(Error::limit(format!("a table of {} elements exceeds the store's limit", ty.min)));
        }
        resolved.tables.push(Arc::new(Table::new(ty, limits.table_elements.unwrap_or(u64::MAX))?));
    }
    Ok(())
}

/// The trampolines of every signature that an escaping function has, made before the context is.
fn trampolines(module: &ModuleCode, compiled: Option<&CompiledModule>) -> Result<HashMap<u32, Trampolines>> {
    let mut trampolines = HashMap::new();
    if compiled.is_none() {
        return Ok(trampolines);
    }
    for func in &module.info.escaping {
        let signature = module.signature_of(*func);
        if let std::collections::hash_map::Entry::Vacant(entry) = trampolines.entry(signature.0.get())
            && let Some(made) = module.engine.trampolines(signature, module.info.func_type(*func))?
        {
            entry.insert(made);
        }
    }
    Ok(trampolines)
}

type HostContexts = Vec<Box<dyn Any + Send + Sync>>;

fn build(
    store: &StoreInner,
    module: &Arc<ModuleCode>,
    compiled: Option<&Arc<CompiledModule>>,
    trampolines: &HashMap<u32, Trampolines>,
    handle: Handle,
    resolved: Resolved,
) -> (Box<vm::Instance>, HostContexts) {
    let mut host_contexts = HostContexts::new();
    let imported: Vec<FuncRef> = resolved
        .funcs
        .iter()
        .map(|func| match host_of(*func) {
            None => func.read(),
            Some(host) => {
                let (context, ptr) = new_host_context(store, host, Some(handle));
                host_contexts.push(context);
                ptr.read()
            }
        })
        .collect();
    let defined = Defined { module: module.clone(), compiled: compiled.cloned(), entries: entries(trampolines) };
    let parts = InstanceParts {
        kind: module.context_kind(),
        owner: handle.index,
        generation: handle.generation,
        info: module.info.clone(),
        layout: module.layout.clone(),
        signature_ids: module.signature_ids.clone(),
        builtins: &raw const store.builtins.0,
        types: store.engine.signatures.clone(),
        heap: store.heap.as_ptr(),
        interp_code: module.interpreted().map_or(ptr::null(), |code| ptr::from_ref(code).cast()),
        memories: resolved.memories,
        tables: resolved.tables,
        imported_globals: resolved.globals.iter().map(|cell| cell.as_ptr()).collect(),
        imported_tags: resolved.tags,
        func_refs: Box::new(move |vmctx| defined.func_refs(vmctx, &imported)),
        limiter: store.limiter.clone(),
    };
    (vm::Instance::new(parts), host_contexts)
}

fn entries(trampolines: &HashMap<u32, Trampolines>) -> HashMap<u32, ArrayEntry> {
    trampolines.iter().map(|(signature, made)| (*signature, made.array_entry)).collect()
}

/// What is needed to refer to the functions that a module defines.
struct Defined {
    module: Arc<ModuleCode>,
    compiled: Option<Arc<CompiledModule>>,
    entries: HashMap<u32, ArrayEntry>,
}

impl Defined {
    fn func_refs(&self, vmctx: *mut VmContext, imported: &[FuncRef]) -> Vec<FuncRef> {
        let escaping = self.module.info.escaping.iter();
        escaping
            .map(|func| imported.get(func.index()).copied().unwrap_or_else(|| self.func_ref(vmctx, *func)))
            .collect()
    }

    fn func_ref(&self, vmctx: *mut VmContext, func: FuncIdx) -> FuncRef {
        let signature = self.module.signature_of(func);
        let compiled_entry = self.entries.get(&signature.0.get()).copied();
        FuncRef {
            code: self.compiled.as_ref().map_or(ptr::null(), |code| code.entry(func)),
            vmctx,
            signature,
            index: func.0,
            array_entry: compiled_entry.unwrap_or(interpreted_array_entry),
        }
    }
}
