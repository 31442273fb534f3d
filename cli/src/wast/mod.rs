//! `wasmrt wast`, and the executor of test scripts behind it.
//!
//! Script text → directives (crate `wast`) → [`execute`] → [`Report`]. The command and the spec-suite test share
//! the executor; they differ in where scripts come from and in what they print. What is always true here: every
//! directive that does not do what it says ends up in the report with its place, and none stops the script.

mod command;
mod expect;
mod refusal;
mod report;
mod script;
mod spectest;
mod threads;
mod values;

pub(crate) use command::{Args, run};
pub use report::{Failure, Place, Report};
pub use script::execute;
