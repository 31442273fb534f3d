use super::*;
use crate::{error::ErrorKind, vm::Unlimited};
use std::sync::atomic::AtomicU64;

const PAGE: u64 = 65536;

fn memory(min: u64, max: Option<u64>) -> Memory {
    Memory::new(&MemoryType::new(min, max), &MemoryOptions::default()).unwrap()
}

fn checked() -> MemoryOptions {
    MemoryOptions { allow_reserved_style: false, ..MemoryOptions::default() }
}

#[derive(Debug)]
struct AtMost(u64, AtomicU64);

impl GrowthLimiter for AtMost {
    fn memory_growing(&self, _current_bytes: u64, desired_bytes: u64) -> bool {
        self.1.fetch_add(1, Ordering::Relaxed);
        desired_bytes <= self.0
    }

    fn table_growing(&self, _current: u64, _desired: u64) -> bool {
        unreachable!("a memory grows here")
    }
}

#[test]
fn a_32_bit_memory_is_in_reserved_style_where_pages_can_guard_it() {
    let style = memory(1, None).style();
    let expected = MemoryStyle::Reserved { guard_bytes: 32 << 20 };
    assert_eq!(style, if mmap::HAS_GUARDS { expected } else { MemoryStyle::Checked });
}

#[test]
fn options_indices_and_page_sizes_can_demand_checked_style() {
    let ty = MemoryType::new(1, Some(2));
    let small = MemoryOptions { reservation_bytes: 1 << 20, ..MemoryOptions::default() };
    let impossible = MemoryOptions { guard_bytes: 1 << 60, ..MemoryOptions::default() };
    for options in [checked(), small, impossible] {
        assert_eq!(Memory::new(&ty, &options).unwrap().style(), MemoryStyle::Checked);
    }
    for ty in [MemoryType { memory64: true, ..ty.clone() }, MemoryType { page_size_log2: 0, ..ty.clone() }] {
        assert_eq!(Memory::new(&ty, &MemoryOptions::default()).unwrap().style(), MemoryStyle::Checked);
    }
}

#[test]
fn growing_returns_the_old_size_keeps_the_base_and_gives_zeros() {
    for options in [MemoryOptions::default(), checked()] {
        let memory = Memory::new(&MemoryType::new(1, Some(3)), &options).unwrap();
        let base = memory.base();
        // SAFETY: [mem-stable] The first page exists.
        unsafe { base.write(9) };
        assert_eq!(memory.grow(0, &Unlimited), Some(1));
        assert_eq!(memory.grow(2, &Unlimited), Some(1));
        assert_eq!((memory.size_pages(), memory.len_bytes(), memory.base()), (3, 3 * PAGE, base));
        // SAFETY: [mem-stable] Three pages exist now.
        unsafe {
            assert_eq!((base.read(), base.add(3 * PAGE as usize - 1).read()), (9, 0));
            base.add(3 * PAGE as usize - 1).write(1);
        }
        assert_eq!(memory.grow(1, &Unlimited), None);
        assert_eq!(memory.grow(u64::MAX, &Unlimited), None);
        assert_eq!(memory.size_pages(), 3);
    }
}

#[test]
fn a_memory_can_start_empty() {
    let memory = memory(0, None);
    assert_eq!((memory.size_pages(), memory.len_bytes()), (0, 0));
    assert!(memory.range(0, 0).is_some() && memory.range(0, 1).is_none() && memory.range(1, 0).is_none());
    assert_eq!(memory.grow(1, &Unlimited), Some(0));
}

#[test]
fn the_limiter_decides_and_is_asked_only_about_growth_that_could_happen() {
    let memory = memory(1, Some(10));
    let limiter = AtMost(2 * PAGE, AtomicU64::new(0));
    assert_eq!(memory.grow(11, &limiter), None);
    assert_eq!(memory.grow(0, &limiter), Some(1));
    assert_eq!(limiter.1.load(Ordering::Relaxed), 0);
    assert_eq!(memory.grow(2, &limiter), None);
    assert_eq!(memory.grow(1, &limiter), Some(1));
    assert_eq!(memory.grow(1, &limiter), None);
    assert_eq!(memory.size_pages(), 2);
}

#[test]
fn a_checked_memory_stops_at_its_reservation() {
    let options = MemoryOptions { reservation64_bytes: 4 * PAGE, ..checked() };
    let ty = MemoryType { memory64: true, ..MemoryType::new(1, None) };
    let memory = Memory::new(&ty, &options).unwrap();
    assert_eq!(memory.grow(4, &Unlimited), None);
    assert_eq!(memory.grow(3, &Unlimited), Some(1));
    assert_eq!(memory.grow(1, &Unlimited), None);
}

#[test]
fn a_minimum_above_the_reservation_is_still_served_and_may_double() {
    let options = MemoryOptions { reservation_bytes: PAGE, ..checked() };
    let memory = Memory::new(&MemoryType::new(3, None), &options).unwrap();
    assert_eq!(memory.len_bytes(), 3 * PAGE);
    assert_eq!(memory.grow(4, &Unlimited), None);
    assert_eq!(memory.grow(3, &Unlimited), Some(3));
}

#[test]
fn a_64_bit_memory_grows_beyond_the_range_of_32_bits() {
    let ty = MemoryType { memory64: true, ..MemoryType::new(0, None) };
    let memory = Memory::new(&ty, &MemoryOptions::default()).unwrap();
    if mmap::HAS_GUARDS {
        assert_eq!(memory.grow((1 << 16) + 1, &Unlimited), Some(0));
        let last = memory.range(INDEX_RANGE_BYTES + PAGE - 1, 1).unwrap();
        // SAFETY: [mem-stable] The byte exists.
        unsafe { last.write(1) };
    }
}

#[test]
fn a_minimum_that_nobody_has_is_a_limit_error() {
    let huge = MemoryType { memory64: true, ..MemoryType::new(1 << 40, None) };
    let overflowing = MemoryType { memory64: true, ..MemoryType::new(u64::MAX, None) };
    let above_max = MemoryType::new(2, Some(1));
    for ty in [huge, overflowing, above_max] {
        assert_eq!(*Memory::new(&ty, &MemoryOptions::default()).unwrap_err().kind(), ErrorKind::Limit);
    }
}

#[test]
fn pages_of_one_byte_grow_byte_by_byte() {
    let memory =
        Memory::new(&MemoryType { page_size_log2: 0, ..MemoryType::new(1, Some(10_000)) }, &MemoryOptions::default());
    let memory = memory.unwrap();
    assert_eq!(memory.grow(9_000, &Unlimited), Some(1));
    assert_eq!(memory.len_bytes(), 9_001);
    // SAFETY: [mem-stable] The byte exists.
    unsafe { memory.base().add(9_000).write(1) };
}

#[test]
fn ranges_are_checked_without_overflow() {
    let memory = memory(1, None);
    assert_eq!(memory.range(PAGE - 1, 1), Some(memory.base().wrapping_add(PAGE as usize - 1)));
    assert!(memory.range(PAGE, 0).is_some());
    for (offset, len) in [(PAGE, 1), (PAGE + 1, 0), (0, PAGE + 1), (u64::MAX, 1), (1, u64::MAX), (u64::MAX, u64::MAX)] {
        assert!(memory.range(offset, len).is_none(), "{offset} {len}");
    }
}

#[test]
fn threads_that_grow_at_once_each_get_their_own_pages() {
    let memory = memory(0, Some(400));
    let mut old_sizes: Vec<u64> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| (0..100).map(|_| memory.grow(1, &Unlimited).unwrap()).collect::<Vec<_>>()))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    old_sizes.sort_unstable();
    assert_eq!(old_sizes, (0..400).collect::<Vec<_>>());
    assert_eq!(memory.grow(1, &Unlimited), None);
}
