//! Files → bytes of modules, with errors that name the file and, where there is one, the place in it.

use crate::failure::Failure;
use std::{fs, path::Path};
use wasmrt::{Error, ErrorKind};

/// The file's contents.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::of_file(path, error))
}

/// The file as a binary module: text is translated first.
pub fn read_binary(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = read(path)?;
    match wat::parse_bytes(&bytes) {
        Ok(binary) => Ok(binary.into_owned()),
        Err(mut error) => {
            error.set_path(path);
            Err(Failure::Message(error.to_string()))
        }
    }
}

/// What is wrong with the module in the file, naming the byte offset in its binary form if the error has one.
pub fn module_failure(path: &Path, error: &Error) -> Failure {
    match error.kind() {
        ErrorKind::Unsupported { offset, .. } => {
            Failure::of_file(path, format!("{} (at offset {offset:#x})", error.message()))
        }
        _ => Failure::of_file(path, error.message()),
    }
}
