use crate::{
    types::MemoryType,
    vm::memory::{Memory, MemoryOptions},
};

/// A memory of one page with a view of it and a byte written.
fn viewed() -> (Memory, *mut u8) {
    let memory = Memory::new(&MemoryType::new(1, None), &MemoryOptions::default()).unwrap();
    let (data, len) = memory.lasting_view();
    assert_eq!(len, 65536);
    // SAFETY: [mem-stable] The first page exists.
    unsafe { data.write(7) };
    (memory, data)
}

#[test]
fn views_of_ended_memories_are_zeros_of_their_own() {
    let mut views = Vec::new();
    for round in 0..500 {
        let (memory, data) = viewed();
        // SAFETY: [mem-stable] The memory lives.
        assert_eq!(unsafe { data.read() }, 7, "{round}");
        drop(memory);
        views.push(data);
    }
    for data in &views {
        // SAFETY: [mem-stable] The remnant is in quarantine: the default budget has room for many thousands.
        unsafe {
            assert_eq!(data.read(), 0);
            data.add(65535).write(1);
        }
    }
    let (memory, data) = viewed();
    // SAFETY: [mem-stable] The memory lives.
    assert_eq!(unsafe { data.add(65535).read() }, 0, "a new memory shares nothing with remnants");
    drop(memory);
}

#[test]
fn a_memory_behind_a_remnant_is_zero_and_grows_as_any_other() {
    let (memory, _) = viewed();
    assert_eq!(memory.grow(20, &crate::vm::Unlimited), Some(1));
    // SAFETY: [mem-stable] The byte exists.
    unsafe { memory.base().add(20 * 65536).write(9) };
    drop(memory);
    let (memory, data) = viewed();
    assert_eq!(memory.grow(30, &crate::vm::Unlimited), Some(1));
    for page in 1..31 {
        // SAFETY: [mem-stable] The byte exists.
        assert_eq!(unsafe { data.add(page * 65536).read() }, 0);
    }
    // Without reservations of the system's, a memory has no room for all that its type allows.
    let all = cfg!(not(feature = "portable")).then_some(31);
    assert_eq!(memory.grow(65536 - 31, &crate::vm::Unlimited), all);
}

#[cfg(all(target_os = "linux", not(feature = "portable")))]
#[test]
fn thousands_of_viewed_memories_cost_few_mappings_and_little_memory() {
    fn mappings() -> usize {
        std::fs::read_to_string("/proc/self/maps").unwrap().lines().count()
    }
    let before = mappings();
    for _ in 0..6000 {
        drop(viewed());
    }
    assert!(mappings() < before + 400, "{before} {}", mappings());
}
