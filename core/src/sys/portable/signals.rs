//! No signals: nothing to install, since nothing that runs here faults.

/// Does nothing.
pub fn ensure_installed() {}

/// Does nothing.
pub fn prepare_thread() {}
