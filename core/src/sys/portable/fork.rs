//! Without `fork` there is nothing to keep in one piece.

/// See `sys/unix/fork.rs`.
pub fn changing() {}
