//! No signals: nothing that runs here faults.

/// Does nothing.
pub fn prepare_thread() {}
