//! Nothing is known here of how processes are copied: nobody waits, and nobody is waited for.

/// What is held while something of the whole process changes.
#[derive(Debug)]
pub struct Changing;

/// Marks that something of the whole process changes until the answer is dropped.
pub fn changing() -> Changing {
    Changing
}
