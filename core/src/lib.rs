//! stub
mod error;
mod module;
mod trap;
mod types;
mod vm;
