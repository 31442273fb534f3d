//! Storage of one global.

/// 16 bytes that hold a value of any type, in the layout of call slots: i32 and f32 in the low half of the first
/// slot with the upper half zero, v128 in both. References are raw: a `*const FuncRef`, or an externref handle.
#[repr(C, align(16))]
#[derive(Debug)]
pub struct GlobalCell(pub std::cell::UnsafeCell<[u64; 2]>);

impl GlobalCell {
    /// A cell holding `slots`.
    pub fn new(slots: [u64; 2]) -> GlobalCell {
        GlobalCell(std::cell::UnsafeCell::new(slots))
    }
}
