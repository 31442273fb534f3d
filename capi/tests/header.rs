//! `include/wasmrt.h` says what the sources say. `WASMRT_BLESS=1` rewrites it.

use std::{env, fs, path::Path};

fn generated() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml is read");
    let bindings = cbindgen::Builder::new().with_crate(root).with_config(config).generate().expect("the crate parses");
    let mut header = Vec::new();
    bindings.write(&mut header);
    without_enum_typedefs(&String::from_utf8(header).expect("the header is UTF-8"))
}

/// An enum's tag stays, its typedef goes: nothing is declared with it, and one has the name of a function.
fn without_enum_typedefs(header: &str) -> String {
    let mut kept = String::new();
    let mut in_enum = false;
    for line in header.trim_start().lines() {
        let line = match line.strip_prefix("typedef enum ") {
            Some(rest) => {
                in_enum = true;
                format!("enum {rest}")
            }
            None if in_enum && line.starts_with('}') => {
                in_enum = false;
                "};".to_owned()
            }
            None => line.trim_end().to_owned(),
        };
        kept.push_str(&line);
        kept.push('\n');
    }
    kept
}

#[test]
fn the_header_is_what_the_sources_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../include/wasmrt.h");
    let generated = generated();
    if env::var_os("WASMRT_BLESS").is_some() {
        fs::write(&path, &generated).expect("the header is written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == generated, "include/wasmrt.h is stale: run this test with WASMRT_BLESS=1");
}
