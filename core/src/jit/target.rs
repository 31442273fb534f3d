//! The machine that code is made for: the host, with the flags that the rest of this crate counts on.
//!
//! Always true: frame pointers are kept (`[frame-chain]`), r15 is the pinned register (the activation), and code
//! refers to nothing outside its image, so no operator may turn into a call of a C library function.

use crate::{
    error::{Error, ErrorKind, Result},
    jit::OptLevel,
};
use cranelift_codegen::{
    isa::OwnedTargetIsa,
    settings::{self, Configurable, Flags},
};

/// The code generator for the host at one optimization level.
pub(super) fn isa(opt_level: OptLevel) -> Result<OwnedTargetIsa> {
    let opt_level = match opt_level {
        OptLevel::None => "none",
        OptLevel::Speed => "speed",
        OptLevel::SpeedAndSize => "speed_and_size",
    };
    let flags = [
        ("opt_level", opt_level),
        ("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" }),
        ("preserve_frame_pointers", "true"),
        ("enable_pinned_reg", "true"),
        // Functions compare the stack pointer, their frame included, with the activation's limit before they use it.
        ("enable_probestack", "false"),
        ("unwind_info", "false"),
        ("is_pic", "false"),
    ];
    let mut builder = settings::builder();
    for (name, value) in flags {
        builder.set(name, value).map_err(|error| Error::internal(format!("code generator flag {name}: {error}")))?;
    }
    let host = cranelift_native::builder().map_err(unsupported)?;
    let isa = host.finish(Flags::new(builder)).map_err(|error| unsupported(&error.to_string()))?;
    check_instructions(&isa)?;
    Ok(isa)
}

/// Without SSSE3, shuffles become calls of C library functions; without SSE4.1, `f32.ceil` and its siblings. Without
/// FMA, `fma` does, which is why code asks for it before.
fn check_instructions(isa: &OwnedTargetIsa) -> Result<()> {
    let has = |name: &str| isa.isa_flags().iter().any(|flag| flag.name == name && flag.as_bool() == Some(true));
    let missing = [("has_ssse3", "SSSE3"), ("has_sse41", "SSE4.1")].into_iter().find(|(flag, _)| !has(flag));
    match missing {
        Some((_, name)) if cfg!(target_arch = "x86_64") => Err(unsupported(&format!("the processor lacks {name}"))),
        _ => Ok(()),
    }
}

fn unsupported(reason: &str) -> Error {
    let kind = ErrorKind::Unsupported { offset: 0, feature: "compilation for this processor".to_owned() };
    Error::new(kind, format!("compilation for this processor is not supported: {reason}"))
}
