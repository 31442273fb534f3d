//! The door between a linker and the functions: one table of names and signatures, one closure per entry, which finds
//! the guest's context and memory, makes the call and turns its outcome into what the guest receives.

use crate::{
    context::WasiCtx,
    errno::{Errno, Failure, Outcome},
    functions::{Call, args, clock, fd, file, path, poll, process, random, socket},
    memory::{GuestMemory, SharedBytes},
    types::Edition,
};
use wasmrt::{Caller, FuncType, Linker, Memory, Result, ValType};

/// Functions that are importable but always fail, and why.
pub const UNSUPPORTED: &[(&str, &str)] = &[
    ("fd_fdstat_set_rights", "ENOTSUP: rights follow from how a descriptor was opened and cannot be given up"),
    ("proc_raise", "ENOSYS: a guest has no signals"),
    ("sock_accept", "ENOTSOCK: no descriptor is a socket"),
    ("sock_recv", "ENOTSOCK: no descriptor is a socket"),
    ("sock_send", "ENOTSOCK: no descriptor is a socket"),
    ("sock_shutdown", "ENOTSOCK: no descriptor is a socket"),
];

/// Defines all functions under `wasi_snapshot_preview1` and `wasi_unstable` for stores whose data holds the context.
///
/// ```
/// use wasmrt::{Engine, Linker, Store};
/// use wasmrt_wasi::{WasiConfig, WasiCtx, add_to_linker};
/// let engine = Engine::default();
/// let mut linker = Linker::<WasiCtx>::new(&engine);
/// add_to_linker(&mut linker, |ctx| ctx)?;
/// let store = Store::new(&engine, WasiConfig::new().arg("prog").build()?);
/// # drop(store);
/// # Ok::<(), wasmrt::Error>(())
/// ```
pub fn add_to_linker<T: 'static>(
    linker: &mut Linker<T>,
    context: impl Fn(&mut T) -> &mut WasiCtx + Send + Sync + Copy + 'static,
) -> Result<()> {
    define_all(linker, move |caller: &mut Caller<'_, T>| context(caller.data_mut()).clone())
}

/// Defines all functions for one context that every guest of this linker uses, whatever the store's data.
pub fn add_to_linker_shared<T: 'static>(linker: &mut Linker<T>, context: WasiCtx) -> Result<()> {
    define_all(linker, move |_: &mut Caller<'_, T>| context.clone())
}

fn define_all<T: 'static>(
    linker: &mut Linker<T>,
    context: impl Fn(&mut Caller<'_, T>) -> WasiCtx + Send + Sync + Clone + 'static,
) -> Result<()> {
    for edition in [Edition::Preview1, Edition::Unstable] {
        for function in FUNCTIONS {
            let results = (!function.never_returns).then_some(ValType::I32);
            let ty = FuncType::new(function.params.iter().copied(), results);
            let context = context.clone();
            linker.func_new_unchecked(edition.module_name(), function.name, ty, move |mut caller, slots| {
                let ctx = context(&mut caller);
                answer(function, run(function, edition, &ctx, &mut caller, slots), slots)
            })?;
        }
    }
    Ok(())
}

/// Makes one call with the memory that the calling instance exports; without one every pointer is bad.
fn run<T: 'static>(
    function: &Function,
    edition: Edition,
    ctx: &WasiCtx,
    caller: &mut Caller<'_, T>,
    slots: &[u64],
) -> Outcome {
    let watch = function.may_wait.then(|| caller.watch());
    let shared = caller.is_shared();
    let memory = caller.get_export("memory").and_then(|export| export.into_memory());
    let call = |memory| (function.call)(&mut Call { ctx, memory, edition, watch }, slots);
    match memory {
        None => call(GuestMemory::new(&mut [])),
        Some(memory) if shared => {
            let len = memory.data_size(&*caller).map_err(Failure::Stop)?;
            call(GuestMemory::shared(&mut CallerBytes { caller, memory }, len))
        }
        Some(memory) => call(GuestMemory::new(memory.data_mut(caller).map_err(Failure::Stop)?)),
    }
}

fn answer(function: &Function, outcome: Outcome, slots: &mut [u64]) -> Result<()> {
    let number = match outcome {
        Ok(()) => 0,
        Err(Failure::Errno(errno)) => errno.number(),
        Err(Failure::Stop(error)) => return Err(error),
    };
    if !function.never_returns {
        slots[0] = number.into();
    }
    Ok(())
}

/// The memory of a guest in a shared store.
struct CallerBytes<'a, 'b, T: 'static> {
    caller: &'a mut Caller<'b, T>,
    memory: Memory,
}

impl<T: 'static> SharedBytes for CallerBytes<'_, '_, T> {
    fn read(&self, at: usize, buffer: &mut [u8]) -> bool {
        self.memory.read(&*self.caller, at, buffer).is_ok()
    }

    fn write(&mut self, at: usize, bytes: &[u8]) -> bool {
        self.memory.write(&mut *self.caller, at, bytes).is_ok()
    }
}

/// One entry of the table.
struct Function {
    name: &'static str,
    params: &'static [ValType],
    call: fn(&mut Call<'_>, &[u64]) -> Outcome,
    may_wait: bool,
    never_returns: bool,
}

/// A parameter as it stands in a call slot; the upper half of a 32-bit one means nothing.
trait Param {
    const TYPE: ValType;
    fn of(slot: u64) -> Self;
}

impl Param for u32 {
    const TYPE: ValType = ValType::I32;
    fn of(slot: u64) -> u32 {
        slot as u32
    }
}

impl Param for u64 {
    const TYPE: ValType = ValType::I64;
    fn of(slot: u64) -> u64 {
        slot
    }
}

impl Param for i64 {
    const TYPE: ValType = ValType::I64;
    fn of(slot: u64) -> i64 {
        slot as i64
    }
}

/// `name = file(parameter types) attributes`, in the order of the witx definition.
macro_rules! functions {
    ($($name:ident = $file:ident($($param:ty),*) $($attribute:ident)*;)*) => {
        const FUNCTIONS: &[Function] = &[$(Function {
            name: stringify!($name),
            params: &[$(<$param as Param>::TYPE),*],
            #[allow(unused_mut, unused_variables, reason = "functions without parameters")]
            call: |call, slots| {
                let mut slots = slots.iter().copied();
                let mut next = || slots.next().ok_or(Errno::Inval);
                $file::$name(call $(, <$param as Param>::of(next()?))*)
            },
            $($attribute: true,)*
            ..DEFAULTS
        }),*];
    };
}

const DEFAULTS: Function =
    Function { name: "", params: &[], call: |_, _| Ok(()), may_wait: false, never_returns: false };

functions! {
    args_get = args(u32, u32);
    args_sizes_get = args(u32, u32);
    environ_get = args(u32, u32);
    environ_sizes_get = args(u32, u32);
    clock_res_get = clock(u32, u32);
    clock_time_get = clock(u32, u64, u32);
    fd_advise = file(u32, u64, u64, u32);
    fd_allocate = file(u32, u64, u64);
    fd_close = fd(u32);
    fd_datasync = fd(u32);
    fd_fdstat_get = fd(u32, u32);
    fd_fdstat_set_flags = fd(u32, u32);
    fd_fdstat_set_rights = fd(u32, u64, u64);
    fd_filestat_get = fd(u32, u32);
    fd_filestat_set_size = file(u32, u64);
    fd_filestat_set_times = file(u32, u64, u64, u32);
    fd_pread = fd(u32, u32, u32, u64, u32);
    fd_prestat_get = file(u32, u32);
    fd_prestat_dir_name = file(u32, u32, u32);
    fd_pwrite = fd(u32, u32, u32, u64, u32);
    fd_read = fd(u32, u32, u32, u32) may_wait;
    fd_readdir = file(u32, u32, u32, u64, u32);
    fd_renumber = fd(u32, u32);
    fd_seek = fd(u32, i64, u32, u32);
    fd_sync = fd(u32);
    fd_tell = fd(u32, u32);
    fd_write = fd(u32, u32, u32, u32);
    path_create_directory = path(u32, u32, u32);
    path_filestat_get = path(u32, u32, u32, u32, u32);
    path_filestat_set_times = path(u32, u32, u32, u32, u64, u64, u32);
    path_link = path(u32, u32, u32, u32, u32, u32, u32);
    path_open = path(u32, u32, u32, u32, u32, u64, u64, u32, u32);
    path_readlink = path(u32, u32, u32, u32, u32, u32);
    path_remove_directory = path(u32, u32, u32);
    path_rename = path(u32, u32, u32, u32, u32, u32);
    path_symlink = path(u32, u32, u32, u32, u32);
    path_unlink_file = path(u32, u32, u32);
    poll_oneoff = poll(u32, u32, u32, u32) may_wait;
    proc_exit = process(u32) never_returns;
    proc_raise = process(u32);
    sched_yield = process();
    random_get = random(u32, u32) may_wait;
    sock_accept = socket(u32, u32, u32);
    sock_recv = socket(u32, u32, u32, u32, u32, u32);
    sock_send = socket(u32, u32, u32, u32, u32);
    sock_shutdown = socket(u32, u32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_all_46_functions_once() {
        let mut names: Vec<_> = FUNCTIONS.iter().map(|function| function.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 46);
        assert!(UNSUPPORTED.iter().all(|(name, _)| names.contains(name)));
    }
}
