//! Segments that can be dropped.
