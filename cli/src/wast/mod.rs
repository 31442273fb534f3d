//! `wasmrt wast`, and the executor of test scripts behind it.
//!
//! Script text → directives (crate `wast`) → [`execute`] → [`Report`]. The command and the spec-suite test share
//! the executor; they differ in where scripts come from and in what they print. What is always true here: every
//! directive that does not do what it says ends up in the report with its line, and none stops the script.

mod command;
mod expect;
mod report;
mod script;
mod spectest;

pub use command::{Args, run};
pub use report::{Failure, Report};
pub use script::execute;
