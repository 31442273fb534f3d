//! The host functions of a scenario: one callback, told by its `env` what to do.

use crate::{
    library::{Answer, Failure, call, get},
    scenario::{Does, HostFunction},
    values::{Pins, from_slot, matches, parse, show, to_slot, type_number},
};
use std::{
    collections::BTreeMap,
    ffi::c_void,
    mem::MaybeUninit,
    slice,
    sync::{Arc, Mutex, MutexGuard},
};
use wasmrt_capi::*;

/// What host functions leave behind.
#[derive(Default)]
pub struct Records {
    /// Arguments of all calls, by `module.name`, as `values::show` writes them; for `read` the text.
    calls: BTreeMap<String, Vec<Vec<String>>>,
    /// Objects that they made.
    pub pins: Pins,
}

impl Records {
    /// Whether the calls of a function were the expected ones.
    pub fn check(&self, function: &str, expected: &[Vec<String>]) -> Result<(), String> {
        let found = self.calls.get(function).map_or(&[][..], Vec::as_slice);
        let is_value = |text: &str| text.contains(':');
        let same = |(expected, found): (&String, &String)| {
            expected == found || (is_value(expected) && is_value(found) && matches(expected, found))
        };
        let is_same = |(expected, found): (&Vec<String>, &Vec<String>)| {
            expected.len() == found.len() && expected.iter().zip(found).all(same)
        };
        if expected.len() == found.len() && expected.iter().zip(found).all(is_same) {
            Ok(())
        } else {
            Err(format!("expected {expected:?}, found {found:?}"))
        }
    }
}

struct Host {
    name: String,
    params: Vec<u32>,
    does: Does,
    records: Arc<Mutex<Records>>,
}

/// Defines a function in the linker.
pub fn define(linker: *mut wasmrt_linker, function: &HostFunction, records: &Arc<Mutex<Records>>) -> Answer<()> {
    let types = |names: &[String]| names.iter().map(|name| type_number(name)).collect::<Vec<_>>();
    let (params, results) = (types(&function.params), types(&function.results));
    let ty = wasmrt_func_type {
        params: params.as_ptr(),
        params_len: params.len(),
        results: results.as_ptr(),
        results_len: results.len(),
    };
    let (module, name) = (&function.module, &function.name);
    let host = Box::new(Host {
        name: format!("{module}.{name}"),
        params: params.clone(),
        does: function.does.clone(),
        records: records.clone(),
    });
    call!(wasmrt_linker_define_func(
        linker,
        module.as_ptr().cast(),
        module.len(),
        name.as_ptr().cast(),
        name.len(),
        &raw const ty,
        Some(callback),
        Box::into_raw(host).cast(),
        Some(finalizer),
    ))
}

unsafe extern "C" fn finalizer(env: *mut c_void) {
    // SAFETY: [c-owned] the library gives `env` back once.
    drop(unsafe { Box::from_raw(env.cast::<Host>()) });
}

unsafe extern "C" fn callback(
    env: *mut c_void,
    caller: *mut wasmrt_caller<'_>,
    slots: *mut u64,
    slots_len: usize,
) -> *mut wasmrt_error {
    // SAFETY: [c-callback] `env` is what `define` gave, alive until the finalizer runs.
    let host = unsafe { &*env.cast::<Host>() };
    let slots: &mut [u64] = match slots_len {
        0 => &mut [],
        // SAFETY: [c-slice] the library's slots for this call.
        _ => unsafe { slice::from_raw_parts_mut(slots, slots_len) },
    };
    match host.call(caller, slots) {
        Ok(error) => error,
        Err(failure) => {
            let message = format!("{}: {failure:?}", host.name);
            // SAFETY: [c-slice]
            unsafe { wasmrt_error_new(message.as_ptr().cast(), message.len()) }
        }
    }
}

impl Host {
    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().expect("no callback panics")
    }

    fn call(&self, caller: *mut wasmrt_caller<'_>, slots: &mut [u64]) -> Result<*mut wasmrt_error, Failure> {
        // SAFETY: [c-borrow] the caller is alive during the callback.
        let store = unsafe { wasmrt_caller_store(caller) };
        let record = match self.does {
            Does::Read(true) => match read(caller, store, slots[0] as u32, slots[1] as u32) {
                Ok(text) => vec![text],
                Err(error) => return Ok(error),
            },
            _ => {
                let param = |(ty, slot): (&u32, &u64)| Ok(show(store, &from_slot(store, *ty, *slot)?));
                self.params.iter().zip(slots.iter()).map(param).collect::<Answer<_>>()?
            }
        };
        self.records().calls.entry(self.name.clone()).or_default().push(record);
        self.act(caller, store, slots)
    }

    fn act(
        &self,
        caller: *mut wasmrt_caller<'_>,
        store: *mut wasmrt_store,
        slots: &mut [u64],
    ) -> Result<*mut wasmrt_error, Failure> {
        let null = std::ptr::null_mut();
        match &self.does {
            Does::Return(values) => {
                for (text, slot) in values.iter().zip(slots) {
                    let value =
                        parse(text, store, &mut self.records().pins, |path| panic!("funcref:{path} as a constant"));
                    *slot = to_slot(store, &value)?;
                }
            }
            // Results begin where parameters do.
            Does::Echo | Does::Read(_) => {}
            // SAFETY: [c-slice]
            Does::Fail(message) => return Ok(unsafe { wasmrt_error_new(message.as_ptr().cast(), message.len()) }),
            Does::Exit(code) => return Ok(wasmrt_error_new_exit(*code)),
            Does::Call(name) => {
                let item = get!(wasmrt_caller_export(caller, name.as_ptr().cast(), name.len()))?;
                let func = get!(wasmrt_extern_as_func(&raw const item))?;
                // SAFETY: [c-borrow] [c-slice]
                return Ok(unsafe { wasmrt_func_call_slots(store, &raw const func, slots.as_mut_ptr(), slots.len()) });
            }
        }
        Ok(null)
    }
}

/// The text that the guest means. An error is passed on to it as it is.
fn read(
    caller: *mut wasmrt_caller<'_>,
    store: *mut wasmrt_store,
    offset: u32,
    len: u32,
) -> Result<String, *mut wasmrt_error> {
    let pass = |error: *mut wasmrt_error| if error.is_null() { Ok(()) } else { Err(error) };
    let mut bytes = vec![0; len as usize];
    let (mut item, mut memory) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    // SAFETY: [c-borrow] [c-slice] [c-out] the outputs are read only after success.
    unsafe {
        pass(wasmrt_caller_export(caller, c"memory".as_ptr(), 6, item.as_mut_ptr()))?;
        pass(wasmrt_extern_as_memory(item.as_ptr(), memory.as_mut_ptr()))?;
        pass(wasmrt_memory_read(store, memory.as_ptr(), u64::from(offset), bytes.as_mut_ptr(), bytes.len()))?;
    }
    Ok(String::from_utf8(bytes).expect("UTF-8"))
}
