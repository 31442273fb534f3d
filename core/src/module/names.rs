//! The name section (spec: appendix "Name Section"). Broken names never refuse a module: what could be read stays.

use super::Names;
use wasmparser::{Name, NameSectionReader};

/// Adds what `section` says to `names`.
pub(super) fn read(section: NameSectionReader<'_>, names: &mut Names) {
    for subsection in section {
        match subsection {
            Ok(Name::Module { name, .. }) => names.module = Some(name.to_string()),
            Ok(Name::Function(map)) => {
                for naming in map {
                    let Ok(naming) = naming else { return };
                    names.functions.insert(naming.index, naming.name.into());
                }
            }
            Ok(_) => {}
            Err(_) => return,
        }
    }
}
