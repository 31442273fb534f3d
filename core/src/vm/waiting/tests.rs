use super::*;
use crate::{types::MemoryType, vm::MemoryOptions};
use std::{sync::atomic::AtomicUsize, thread};

const PATIENCE: Duration = Duration::from_secs(60);

fn memory(shared: bool) -> Memory {
    let ty = MemoryType { shared, ..MemoryType::new(1, Some(2)) };
    Memory::new(&ty, &MemoryOptions::default()).unwrap()
}

fn wait(memory: &Memory, address: u64, expected: Expected, timeout: Duration) -> Result<WaitResult, TrapCode> {
    memory.wait(address, expected, Some(timeout), None, || Ok(false))
}

#[test]
fn a_wait_checks_alignment_then_bounds_then_that_the_memory_is_shared_then_the_value() {
    let (own, shared) = (memory(false), memory(true));
    let end = own.len_bytes();
    for (address, expected) in [(2, Expected::Bits32(1)), (4, Expected::Bits64(1)), (end + 1, Expected::Bits32(1))] {
        assert_eq!(wait(&own, address, expected, PATIENCE), Err(TrapCode::UnalignedAtomic));
    }
    assert_eq!(wait(&own, end, Expected::Bits64(1), PATIENCE), Err(TrapCode::MemoryOutOfBounds));
    assert_eq!(wait(&own, 0, Expected::Bits32(1), PATIENCE), Err(TrapCode::ExpectedSharedMemory));
    assert_eq!(wait(&shared, 0, Expected::Bits32(1), PATIENCE), Ok(WaitResult::NotEqual));
    assert_eq!(wait(&shared, 0, Expected::Bits64(1 << 32), PATIENCE), Ok(WaitResult::NotEqual));
    assert_eq!(wait(&shared, 0, Expected::Bits32(0), Duration::ZERO), Ok(WaitResult::TimedOut));
    assert_eq!(own.notify(2, 1), Err(TrapCode::UnalignedAtomic));
    assert_eq!(own.notify(end, 1), Err(TrapCode::MemoryOutOfBounds));
    assert_eq!(own.notify(0, 1), Ok(0));
}

#[test]
fn a_notification_reaches_as_many_as_it_says_at_its_address_only_and_nobody_stays_listed() {
    let memory = memory(true);
    let woken = AtomicUsize::new(0);
    thread::scope(|scope| {
        for waiter in 0..6 {
            let (memory, woken) = (&memory, &woken);
            scope.spawn(move || {
                let expected = if waiter % 2 == 0 { Expected::Bits32(0) } else { Expected::Bits64(0) };
                assert_eq!(wait(memory, 64, expected, PATIENCE), Ok(WaitResult::Notified));
                woken.fetch_add(1, Ordering::SeqCst);
            });
        }
        while lock(&memory.waiters.0).get(&64).is_none_or(|list| list.len() < 6) {
            thread::yield_now();
        }
        assert_eq!(memory.notify(72, u32::MAX), Ok(0));
        assert_eq!(memory.notify(64, 0), Ok(0));
        assert_eq!(memory.notify(64, 2), Ok(2));
        while woken.load(Ordering::SeqCst) < 2 {
            thread::yield_now();
        }
        assert_eq!(woken.load(Ordering::SeqCst), 2);
        assert_eq!(memory.notify(64, u32::MAX), Ok(4));
    });
    assert_eq!(woken.load(Ordering::SeqCst), 6);
    assert_eq!(wait(&memory, 64, Expected::Bits32(0), Duration::from_millis(1)), Ok(WaitResult::TimedOut));
    assert!(lock(&memory.waiters.0).is_empty());
}

#[test]
fn a_bell_makes_waiters_look_and_what_they_find_ends_the_wait() {
    let (memory, bell) = (memory(true), Bell::default());
    let looks = AtomicUsize::new(0);
    thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            memory.wait(0, Expected::Bits32(0), None, Some(&bell), || {
                let seen = looks.fetch_add(1, Ordering::SeqCst);
                if seen < 2 { Ok(false) } else { Err(TrapCode::Unreachable) }
            })
        });
        for look in 1..=2 {
            while looks.load(Ordering::SeqCst) < look {
                thread::yield_now();
            }
            bell.ring();
        }
        assert_eq!(waiter.join().unwrap(), Err(TrapCode::Unreachable));
    });
    assert_eq!(memory.notify(0, 1), Ok(0));
    assert!(lock(&bell.0).is_empty());
}

#[test]
fn a_request_that_stands_is_looked_at_again_without_a_bell() {
    let memory = memory(true);
    let mut looks = 0;
    let outcome = memory.wait(0, Expected::Bits32(0), None, None, || {
        looks += 1;
        if looks < 3 { Ok(true) } else { Err(TrapCode::Unreachable) }
    });
    assert_eq!(outcome, Err(TrapCode::Unreachable));
}

#[test]
fn a_notification_that_a_stopped_waiter_cannot_take_goes_to_the_next_one() {
    let memory = memory(true);
    thread::scope(|scope| {
        let next = |list: usize| {
            while lock(&memory.waiters.0).get(&0).map_or(0, VecDeque::len) < list {
                thread::yield_now();
            }
        };
        let memory = &memory;
        let stopped = scope.spawn(move || {
            let mut looks = 0;
            memory.wait(0, Expected::Bits32(0), None, None, || {
                looks += 1;
                if looks == 1 {
                    // The second waiter comes, and the notification is meant for this one.
                    while lock(&memory.waiters.0).get(&0).map_or(0, VecDeque::len) < 2 {
                        thread::yield_now();
                    }
                    assert_eq!(memory.notify(0, 1), Ok(1));
                    return Err(TrapCode::Unreachable);
                }
                Ok(false)
            })
        });
        next(1);
        assert_eq!(wait(memory, 0, Expected::Bits32(0), PATIENCE), Ok(WaitResult::Notified));
        assert_eq!(stopped.join().unwrap(), Err(TrapCode::Unreachable));
    });
}

#[test]
fn a_change_before_a_notification_is_never_missed() {
    let memory = memory(true);
    // SAFETY: [mem-stable] The cell exists and is aligned.
    let cell = unsafe { &*memory.base().cast::<AtomicU32>() };
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 1..=2000u32 {
                cell.store(round.to_le(), Ordering::SeqCst);
                memory.notify(0, 1).unwrap();
                while cell.load(Ordering::SeqCst) != 0 {
                    thread::yield_now();
                }
            }
        });
        for round in 1..=2000u32 {
            let outcome = wait(&memory, 0, Expected::Bits32(0), PATIENCE).unwrap();
            assert_ne!(outcome, WaitResult::TimedOut);
            assert_eq!(u32::from_le(cell.swap(0, Ordering::SeqCst)), round);
        }
    });
}
