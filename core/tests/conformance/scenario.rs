//! The format, as data.

use serde::{Deserialize, de::Error as _};
use std::collections::BTreeMap;

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Theme {
    pub about: String,
    pub scenarios: Vec<Scenario>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    pub name: String,
    #[serde(default)]
    pub config: Settings,
    #[serde(default)]
    pub limits: Limits,
    pub fuel: Option<u64>,
    pub timeout_ms: Option<u64>,
    #[serde(default)]
    pub host: Vec<HostFunction>,
    pub modules: BTreeMap<String, String>,
    #[serde(deserialize_with = "steps")]
    pub steps: Vec<Step>,
    #[serde(default)]
    pub not_in: BTreeMap<String, String>,
}

#[derive(Deserialize, Debug, Default, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    #[serde(default)]
    pub fuel: bool,
    #[serde(default)]
    pub interruption: bool,
    pub max_stack_bytes: Option<usize>,
}

#[derive(Deserialize, Debug, Default, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub memory_bytes: Option<u64>,
    pub table_elements: Option<u64>,
    pub instances: Option<u64>,
    pub memories: Option<u64>,
    pub tables: Option<u64>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct HostFunction {
    pub module: String,
    pub name: String,
    #[serde(default)]
    pub params: Vec<String>,
    #[serde(default)]
    pub results: Vec<String>,
    pub does: Does,
}

#[derive(Deserialize, Debug, Clone)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Does {
    Return(Vec<String>),
    Echo,
    Fail(String),
    Exit(u32),
    Call(String),
    Read(bool),
}

#[derive(Deserialize, Debug)]
#[serde(untagged, deny_unknown_fields)]
pub enum Step {
    Compile {
        compile: String,
        error: Option<Expected>,
    },
    Instantiate {
        instantiate: String,
        r#as: String,
        error: Option<Expected>,
    },
    Call {
        call: String,
        #[serde(default)]
        args: Vec<String>,
        #[serde(default)]
        results: Vec<String>,
        error: Option<Expected>,
    },
    MemorySize {
        memory_size: String,
        pages: u64,
    },
    MemoryGrow {
        memory_grow: String,
        delta: u64,
        #[serde(deserialize_with = "present")]
        previous: Option<u64>,
    },
    MemoryWrite {
        memory_write: String,
        offset: usize,
        bytes: String,
        #[serde(default)]
        out_of_bounds: bool,
    },
    MemoryRead {
        memory_read: String,
        offset: usize,
        bytes: String,
    },
    MemoryReadOutside {
        memory_read: String,
        offset: usize,
        length: usize,
        out_of_bounds: bool,
    },
    GlobalGet {
        global_get: String,
        value: Option<String>,
        error: Option<Expected>,
    },
    GlobalSet {
        global_set: String,
        value: String,
        error: Option<Expected>,
    },
    TableSize {
        table_size: String,
        elements: u64,
    },
    TableGet {
        table_get: String,
        index: u64,
        value: Option<String>,
        error: Option<Expected>,
    },
    TableSet {
        table_set: String,
        index: u64,
        value: String,
        error: Option<Expected>,
    },
    TableGrow {
        table_grow: String,
        delta: u64,
        value: String,
        #[serde(deserialize_with = "present")]
        previous: Option<u64>,
    },
    Fuel {
        fuel: u64,
    },
    SetFuel {
        set_fuel: u64,
    },
    Close {
        close: String,
        error: Option<Expected>,
    },
    Recorded {
        recorded: String,
        calls: Vec<Vec<String>>,
    },
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    pub kind: String,
    pub code: Option<String>,
    pub message: Option<String>,
    #[serde(default)]
    pub message_has: Vec<String>,
    pub functions: Option<Vec<Option<String>>>,
    pub exit_code: Option<u32>,
}

/// One by one, so that a wrong step is shown.
fn steps<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Step>, D::Error> {
    let steps = Vec::<serde_json::Value>::deserialize(deserializer)?;
    let step = |step: serde_json::Value| {
        serde_json::from_value(step.clone()).map_err(|_| D::Error::custom(format!("no step has these keys: {step}")))
    };
    steps.into_iter().map(step).collect()
}

/// Null is a value here: the key must be there.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Option::deserialize(deserializer)
}
