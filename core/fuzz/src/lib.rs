//! What fuzz targets share with the differential test: the runtimes, and how their outcomes are compared.

#[path = "../../tests/differential/harness/mod.rs"]
pub mod harness;
