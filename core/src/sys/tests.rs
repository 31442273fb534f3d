use super::{mmap, stack};

#[test]
fn reserved_bytes_are_zero_once_committed_and_keep_what_is_written() {
    let reservation = mmap::Reservation::inaccessible(1, 1 << 20).unwrap();
    assert!(reservation.len() >= 1);
    assert_eq!(reservation.len() % mmap::page_size(), 0);
    let len = reservation.len().min(100_000);
    reservation.commit(0, 10).unwrap();
    reservation.commit(10, len).unwrap();
    let last = reservation.base().wrapping_add(len - 1);
    // SAFETY: [mapping-owned] The byte was committed just now and only this test knows it.
    unsafe {
        assert_eq!(last.read(), 0);
        last.write(7);
        assert_eq!(last.read(), 7);
    }
}

#[test]
fn committing_nothing_is_allowed_and_a_reservation_is_never_empty() {
    let reservation = mmap::Reservation::inaccessible(0, 0).unwrap();
    assert!(!reservation.base().is_null());
    assert!(reservation.len() > 0);
    reservation.commit(0, 0).unwrap();
}

#[test]
fn an_impossible_wish_falls_back_to_the_minimum() {
    let reservation = mmap::Reservation::zeroed(1000, 1 << 60).unwrap();
    assert!(reservation.len() >= 1000);
    assert!(mmap::Reservation::zeroed(1 << 60, 1 << 60).is_err());
    assert!(mmap::Reservation::zeroed(usize::MAX, usize::MAX).is_err());
}

#[test]
fn a_gibibyte_of_zeros_costs_nothing_until_written() {
    let reservations: Vec<_> = (0..64).map(|_| mmap::Reservation::zeroed(1 << 20, 1 << 30).unwrap()).collect();
    assert!(reservations.iter().all(|reservation| reservation.len() >= 1 << 20));
}

#[test]
fn deeper_frames_have_less_stack_left() {
    #[inline(never)]
    fn below(padding: &mut [u8; 20_000]) -> usize {
        std::hint::black_box(padding);
        let mut more = [0u8; 20_000];
        std::hint::black_box(&mut more);
        stack::stack_remaining_bytes()
    }
    let here = stack::stack_remaining_bytes();
    let there = below(&mut [0; 20_000]);
    assert!(there + 20_000 <= here, "{there} {here}");
    assert!(stack::stack_bounds().unwrap().start < (&raw const here).addr());
}

#[test]
fn each_thread_has_its_own_bounds() {
    let mine = stack::stack_bounds().unwrap();
    let thread = std::thread::Builder::new().stack_size(1 << 20);
    let (theirs, remaining) =
        thread.spawn(|| (stack::stack_bounds().unwrap(), stack::stack_remaining_bytes())).unwrap().join().unwrap();
    assert!(theirs.end <= mine.start || mine.end <= theirs.start);
    assert!(remaining > 300 << 10 && remaining <= theirs.len(), "{remaining} of {theirs:?}");
}

#[cfg(all(target_os = "linux", target_arch = "x86_64", not(feature = "portable")))]
#[test]
fn published_code_runs_and_belongs_to_an_executable_mapping() {
    let mut code = mmap::WritableCode::new(6).unwrap();
    // mov eax, 42; ret
    code.bytes_mut()[..6].copy_from_slice(&[0xb8, 42, 0, 0, 0, 0xc3]);
    let address = code.bytes_mut().as_ptr();
    let code = code.publish().unwrap();
    assert_eq!(code.base(), address);
    // SAFETY: [mapping-owned] The bytes are a whole function of this type, in a mapping that is still there.
    let answer = unsafe { std::mem::transmute::<*const u8, extern "C" fn() -> u32>(code.base())() };
    assert_eq!(answer, 42);
}
