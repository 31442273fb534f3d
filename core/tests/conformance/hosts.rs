//! The host functions of a scenario.

use crate::{
    scenario::{Does, HostFunction},
    values::{matches, parse, value_type},
};
use std::collections::BTreeMap;
use wasmrt::{Caller, Error, Extern, FuncType, Linker, Result, Val};

/// What one call of a host function left behind.
#[derive(Debug)]
pub enum Record {
    Arguments(Vec<Val>),
    Text(String),
}

impl Record {
    /// Whether this is the call that was expected.
    pub fn matches(&self, expected: &[String]) -> bool {
        match self {
            Record::Text(text) => matches!(expected, [only] if only == text),
            Record::Arguments(found) => {
                found.len() == expected.len()
                    && expected.iter().zip(found).all(|(expected, found)| matches(expected, found))
            }
        }
    }
}

/// All calls so far, by `module.name`: the host data of the store.
pub type Records = BTreeMap<String, Vec<Record>>;

/// Defines `function` in the linker.
pub fn define(linker: &mut Linker<Records>, function: &HostFunction) -> Result<()> {
    let types = |names: &[String]| names.iter().map(|name| value_type(name)).collect::<Vec<_>>();
    let ty = FuncType::new(types(&function.params), types(&function.results));
    let name = format!("{}.{}", function.module, function.name);
    let does = function.does.clone();
    let body = move |mut caller: Caller<'_, Records>, params: &[Val], results: &mut [Val]| {
        let record = match does {
            Does::Read(_) => Record::Text(read(&mut caller, params)?),
            _ => Record::Arguments(params.to_vec()),
        };
        caller.data_mut().entry(name.clone()).or_default().push(record);
        act(&does, &mut caller, params, results)
    };
    linker.func_new(&function.module, &function.name, ty, body)?;
    Ok(())
}

fn act(does: &Does, caller: &mut Caller<'_, Records>, params: &[Val], results: &mut [Val]) -> Result<()> {
    match does {
        Does::Return(values) => {
            let values = values.iter().map(|text| parse(text, |path| panic!("funcref:{path} as a constant")));
            results.iter_mut().zip(values).for_each(|(result, value)| *result = value);
        }
        Does::Echo => results.clone_from_slice(params),
        Does::Fail(message) => return Err(Error::host(message.clone())),
        Does::Exit(code) => return Err(Error::exit(*code)),
        Does::Call(name) => {
            let func = caller.get_export(name).and_then(Extern::into_func).expect("the caller exports the function");
            func.call(caller, params, results)?;
        }
        Does::Read(reads) => assert!(*reads, "`read` is true where it stands"),
    }
    Ok(())
}

fn read(caller: &mut Caller<'_, Records>, params: &[Val]) -> Result<String> {
    let number = |index: usize| params[index].i32().expect("an i32") as u32 as usize;
    let memory = caller.get_export("memory").and_then(Extern::into_memory).expect("the caller exports its memory");
    let mut bytes = vec![0; number(1)];
    memory.read(caller, number(0), &mut bytes)?;
    Ok(String::from_utf8(bytes).expect("UTF-8"))
}
