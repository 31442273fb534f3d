//! Linkers: definitions by name, from which modules take their imports.

use super::{
    AsContext, AsContextMut, Caller, Engine, Extern, Func, Instance, IntoFunc, Module, Val,
    func::{host_func, over_values},
};
use crate::{
    call::HostFunc,
    error::{Error, Result},
    link,
    types::FuncType,
};
use std::{collections::HashMap, fmt, marker::PhantomData, sync::Arc};

/// Definitions by module and item name. Host functions are defined once for all stores with data `T`; other items
/// belong to one store.
///
/// ```
/// use wasmrt::{Engine, Linker, Module, Store};
/// let engine = Engine::default();
/// let mut linker = Linker::new(&engine);
/// linker.func_wrap("host", "add", |a: i32, b: i32| a + b)?;
/// let text = r#"(module (import "host" "add" (func $add (param i32 i32) (result i32)))
///   (func (export "five") (result i32) (call $add (i32.const 2) (i32.const 3))))"#;
/// let mut store = Store::new(&engine, ());
/// let instance = linker.instantiate(&mut store, &Module::new(&engine, text)?)?;
/// assert_eq!(instance.get_typed_func::<(), i32>(&store, "five")?.call(&mut store, ())?, 5);
/// # Ok::<(), wasmrt::Error>(())
/// ```
pub struct Linker<T> {
    engine: Engine,
    allow_shadowing: bool,
    definitions: HashMap<String, HashMap<String, Definition>>,
    data: PhantomData<fn(T)>,
}

#[derive(Clone)]
enum Definition {
    Host(Arc<HostFunc>),
    Item(Extern),
}

impl<T> Clone for Linker<T> {
    fn clone(&self) -> Linker<T> {
        Linker {
            engine: self.engine.clone(),
            allow_shadowing: self.allow_shadowing,
            definitions: self.definitions.clone(),
            data: PhantomData,
        }
    }
}

impl<T> fmt::Debug for Linker<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |(module, items): (&String, &HashMap<_, _>)| format!("{module} ({} items)", items.len());
        f.debug_list().entries(self.definitions.iter().map(names)).finish()
    }
}

impl<T: 'static> Linker<T> {
    /// A linker without definitions.
    pub fn new(engine: &Engine) -> Linker<T> {
        Linker { engine: engine.clone(), allow_shadowing: false, definitions: HashMap::new(), data: PhantomData }
    }

    /// Whether a name may be defined again; the last definition counts. Default no.
    pub fn allow_shadowing(&mut self, allow: bool) -> &mut Self {
        self.allow_shadowing = allow;
        self
    }

    fn insert(&mut self, module: &str, name: &str, definition: Definition) -> Result<&mut Self> {
        let items = self.definitions.entry(module.to_owned()).or_default();
        if !self.allow_shadowing && items.contains_key(name) {
            return Err(Error::usage(format!("`{module}.{name}` is defined already")));
        }
        items.insert(name.to_owned(), definition);
        Ok(self)
    }

    /// Defines an item of a store.
    pub fn define(&mut self, cx: impl AsContext, module: &str, name: &str, item: impl Into<Extern>) -> Result<&mut Self> {
        let item = item.into();
        item.resolve(cx.as_context().inner())?;
        self.insert(module, name, Definition::Item(item))
    }

    /// Defines a host function whose type follows from a Rust closure's.
    pub fn func_wrap<P, R>(&mut self, module: &str, name: &str, body: impl IntoFunc<T, P, R>) -> Result<&mut Self> {
        let (ty, body) = body.into_func();
        self.func_new_unchecked(module, name, ty, body)
    }

    /// Defines a host function over values; see [`Func::new`].
    pub fn func_new(
        &mut self,
        module: &str,
        name: &str,
        ty: FuncType,
        body: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
    ) -> Result<&mut Self> {
        self.func_new_unchecked(module, name, ty.clone(), over_values(ty, body))
    }

    /// Defines a host function over call slots; see [`Func::new_unchecked`].
    pub fn func_new_unchecked(
        &mut self,
        module: &str,
        name: &str,
        ty: FuncType,
        body: impl Fn(Caller<'_, T>, &mut [u64]) -> Result<()> + Send + Sync + 'static,
    ) -> Result<&mut Self> {
        let host = host_func(&self.engine.inner, ty, body)?;
        self.insert(module, name, Definition::Host(Arc::new(host)))
    }

    /// Defines every export of an instance under `module`.
    pub fn instance(&mut self, cx: impl AsContext, module: &str, instance: Instance) -> Result<&mut Self> {
        for (name, item) in instance.exports(cx)? {
            self.insert(module, &name, Definition::Item(item))?;
        }
        Ok(self)
    }

    /// The definition with this name as an item of the store.
    pub fn get(&self, mut cx: impl AsContextMut<Data = T>, module: &str, name: &str) -> Option<Extern> {
        Some(match self.definitions.get(module)?.get(name)? {
            Definition::Item(item) => *item,
            Definition::Host(host) => Extern::Func(Func::from_host(cx.as_context_mut().inner(), host.clone())),
        })
    }

    /// Instantiates a module with these definitions; `Link` names the first import that has none.
    pub fn instantiate(&self, mut cx: impl AsContextMut<Data = T>, module: &Module) -> Result<Instance> {
        let mut made = Vec::new();
        let mut imports = Vec::with_capacity(module.code.info.imports.len());
        for import in &module.code.info.imports {
            let definition = self.definitions.get(&import.module).and_then(|items| items.get(&import.name));
            let item = match definition {
                Some(Definition::Item(item)) => *item,
                Some(Definition::Host(host)) => {
                    let func = Func::from_host(cx.as_context_mut().inner(), host.clone());
                    made.push(func);
                    Extern::Func(func)
                }
                None => return Err(link::missing(import, &module.code.info.import_type(&import.item))),
            };
            imports.push(item);
        }
        let instance = Instance::new(&mut cx, module, &imports);
        cx.as_context_mut().inner().forget_host_funcs(made.iter().map(Func::handle));
        instance
    }
}
