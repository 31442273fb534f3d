//! Instances.

use super::{
    AsContext, AsContextMut, Engine, Extern, Func, Global, Memory, Module, Table, Tag, TypedFunc, WasmParams,
    WasmResults,
};
use crate::{
    error::{Error, Result},
    link,
    module::ExportItem,
    store::{GlobalEntry, Handle, State, StoreInner, TagEntry, stale},
    vm::pointers::{CellPtr, FuncPtr},
};

/// An instance of a module in a store.
///
/// ```
/// use wasmrt::{Engine, Instance, Module, Store};
/// let engine = Engine::default();
/// let module = Module::new(&engine, r#"(module (func (export "two") (result i32) (i32.const 2)))"#)?;
/// let mut store = Store::new(&engine, ());
/// let instance = Instance::new(&mut store, &module, &[])?;
/// assert_eq!(instance.get_typed_func::<(), i32>(&mut store, "two")?.call(&mut store, ())?, 2);
/// # Ok::<(), wasmrt::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Instance {
    store: u64,
    handle: Handle,
}

impl Instance {
    pub(crate) fn from_handle(store: u64, handle: Handle) -> Instance {
        Instance { store, handle }
    }

    /// An instance as numbers: store, index, generation; see [`Instance::from_parts`].
    pub fn to_parts(&self) -> (u64, u32, u32) {
        (self.store, self.handle.index, self.handle.generation)
    }

    /// The instance of [`Instance::to_parts`]. Numbers that name none are found out at use.
    pub fn from_parts(store: u64, index: u32, generation: u32) -> Instance {
        Instance { store, handle: Handle { index, generation } }
    }

    /// Instantiates a module with one item for each of its imports, in their order, and runs its start function.
    ///
    /// Errors: `Link` for an item of the wrong type, `Usage` for a wrong count or a foreign store, `Limit`, and what
    /// the start function ends with.
    pub fn new(mut cx: impl AsContextMut, module: &Module, imports: &[Extern]) -> Result<Instance> {
        let mut cx = cx.as_context_mut();
        let imports: Vec<_> = imports.iter().map(|import| import.resolve(cx.inner())).collect::<Result<_>>()?;
        let handle = link::instantiate(&mut cx, &module.code, &imports)?;
        Ok(Instance { store: cx.inner().id, handle })
    }

    /// The export with this name; `None` too if the instance was closed or belongs to another store.
    pub fn get_export(&self, cx: impl AsContext, name: &str) -> Option<Extern> {
        let cx = cx.as_context();
        let store = cx.inner();
        store.check_id(self.store, "instance").ok()?;
        let mut state = store.state();
        let info = state.instances.get(self.handle).filter(|data| !data.closed)?.module.info.clone();
        let position = *info.export_by_name.get(name)?;
        external(store, &mut state, self.handle, info.exports[position as usize].item)
    }

    /// The exported function with this name.
    pub fn get_func(&self, cx: impl AsContext, name: &str) -> Option<Func> {
        self.get_export(cx, name)?.into_func()
    }

    /// The exported memory with this name.
    pub fn get_memory(&self, cx: impl AsContext, name: &str) -> Option<Memory> {
        self.get_export(cx, name)?.into_memory()
    }

    /// The exported table with this name.
    pub fn get_table(&self, cx: impl AsContext, name: &str) -> Option<Table> {
        self.get_export(cx, name)?.into_table()
    }

    /// The exported global with this name.
    pub fn get_global(&self, cx: impl AsContext, name: &str) -> Option<Global> {
        self.get_export(cx, name)?.into_global()
    }

    /// The exported function with this name and signature: `Usage` if there is none.
    pub fn get_typed_func<P: WasmParams, R: WasmResults>(
        &self,
        cx: impl AsContext,
        name: &str,
    ) -> Result<TypedFunc<P, R>> {
        let func = self.get_func(&cx, name).ok_or_else(|| Error::usage(format!("no exported function `{name}`")))?;
        func.typed(cx)
    }

    /// All exports in their order.
    pub fn exports(&self, cx: impl AsContext) -> Result<Vec<(String, Extern)>> {
        let cx = cx.as_context();
        let store = cx.inner();
        let mut state = self.open_state(store)?;
        let info = state.instances.get(self.handle).map(|data| data.module.info.clone()).unwrap_or_default();
        let exports = info.exports.iter();
        Ok(exports
            .filter_map(|export| {
                Some((export.name.to_string(), external(store, &mut state, self.handle, export.item)?))
            })
            .collect())
    }

    /// The module.
    pub fn module(&self, cx: impl AsContext, engine: &Engine) -> Result<Module> {
        let cx = cx.as_context();
        let state = self.open_state(cx.inner())?;
        let data = state.instances.get(self.handle).ok_or_else(|| stale("instance"))?;
        Ok(Module::from_code(data.module.clone(), engine.clone()))
    }

    /// Closes the instance: from now on its functions cannot be called from the host. It is freed when no call runs
    /// in it and nothing that is open can reach it.
    pub fn close(&self, cx: impl AsContext) -> Result<()> {
        let cx = cx.as_context();
        cx.inner().check_id(self.store, "instance")?;
        if cx.inner().close_instance(self.handle) { Ok(()) } else { Err(stale("instance")) }
    }

    /// Ends the calls that the host made to functions of this instance and that still run, with `Interrupted`; so too
    /// those that begin before the last of them has ended. Compiled code needs `Config::interruption`.
    pub fn interrupt(&self, cx: impl AsContext) -> Result<()> {
        let cx = cx.as_context();
        let store = cx.inner();
        store.check_id(self.store, "instance")?;
        let state = store.state();
        if state.instances.get(self.handle).is_some_and(|data| data.active > 0) {
            store.interrupt.stop_instance(self.handle);
        }
        Ok(())
    }

    fn open_state<'a>(&self, store: &'a StoreInner) -> Result<std::sync::MutexGuard<'a, State>> {
        store.check_id(self.store, "instance")?;
        let state = store.state();
        let open = state.instances.get(self.handle).is_some_and(|data| !data.closed);
        if open { Ok(state) } else { Err(stale("instance")) }
    }
}

fn external(store: &StoreInner, state: &mut State, owner: Handle, item: ExportItem) -> Option<Extern> {
    let data = state.instances.get(owner)?;
    Some(match item {
        ExportItem::Func(func) => {
            let ptr = FuncPtr::of(&data.vm, func)?;
            Extern::Func(Func::from_handle(store.id, state.func_handle(ptr)?))
        }
        ExportItem::Table(table) => {
            let table = data.vm.tables[table.index()].clone();
            Extern::Table(Table::from_handle(store.id, state.table_handle(&table, Some(owner))))
        }
        ExportItem::Memory(memory) => {
            let memory = data.vm.memories[memory.index()].clone();
            Extern::Memory(Memory::from_handle(store.id, state.memory_handle(&memory, Some(owner))))
        }
        ExportItem::Global(global) => {
            let ty = data.module.info.globals[global.index()].clone();
            let cell = CellPtr::of(&data.vm, global)?;
            let entry = GlobalEntry { cell, ty, owner: Some(owner), host_cell: None };
            Extern::Global(Global::from_handle(store.id, state.global_handle(entry)))
        }
        ExportItem::Tag(tag) => {
            let ty = data.module.info.tag_type(tag).clone();
            let (id, signature) = data.vm.tag(tag);
            let entry = TagEntry { id, ty, signature, owner: Some(owner) };
            Extern::Tag(Tag::from_handle(store.id, state.tag_handle(entry)))
        }
    })
}
