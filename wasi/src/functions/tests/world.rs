//! Arguments, environment, clocks, randomness, exit.

use super::{
    super::{args, clock, process, random, socket},
    *,
};

#[test]
fn arguments_and_environment_are_nul_terminated_lists() {
    let mut config = WasiConfig::new();
    config.args(["prog", ""]).env("A", "b=c");
    let mut guest = Guest::new(&config);
    guest.call(|call| args::args_sizes_get(call, OUT, OUT + 4)).unwrap();
    assert_eq!((guest.u32(OUT), guest.u32(OUT + 4)), (2, 6));
    guest.call(|call| args::args_get(call, OUT, DATA)).unwrap();
    assert_eq!((guest.u32(OUT), guest.u32(OUT + 4)), (DATA, DATA + 5));
    assert_eq!(&guest.memory[DATA as usize..][..6], b"prog\0\0");
    guest.call(|call| args::environ_sizes_get(call, OUT, OUT + 4)).unwrap();
    assert_eq!((guest.u32(OUT), guest.u32(OUT + 4)), (1, 6));
    guest.call(|call| args::environ_get(call, OUT, DATA)).unwrap();
    assert_eq!(&guest.memory[DATA as usize..][..6], b"A=b=c\0");
    assert_eq!(guest.call(|call| args::args_get(call, OUT, 0xffff)), Err(Errno::Fault));
    assert_eq!(guest.call(|call| args::args_get(call, u32::MAX, DATA)), Err(Errno::Fault));
}

#[test]
fn the_deterministic_world_repeats_itself() {
    let run = || {
        let mut guest = Guest::new(WasiConfig::new().deterministic());
        guest.call(|call| random::random_get(call, DATA, 16)).unwrap();
        let bytes = guest.u64(DATA);
        let mut times = Vec::new();
        for id in [0, 0, 1, 1] {
            guest.call(|call| clock::clock_time_get(call, id, 0, OUT)).unwrap();
            times.push(guest.u64(OUT));
        }
        (bytes, times)
    };
    let first = run();
    assert_eq!(first, run());
    assert_eq!(first.1, [1_640_995_200_000_000_000, 1_640_995_200_001_000_000, 0, 1_000_000]);
}

#[test]
fn clocks_know_their_resolution_and_their_number() {
    let mut guest = Guest::new(&WasiConfig::new());
    for id in 0..4 {
        guest.call(|call| clock::clock_res_get(call, id, OUT)).unwrap();
        assert_ne!(guest.u64(OUT), 0);
        guest.call(|call| clock::clock_time_get(call, id, 0, OUT)).unwrap();
    }
    assert_eq!(guest.call(|call| clock::clock_res_get(call, 4, OUT)), Err(Errno::Inval));
    assert_eq!(guest.call(|call| clock::clock_time_get(call, 0, 0, 0xffff)), Err(Errno::Fault));
    let mut fake = Guest::new(WasiConfig::new().deterministic());
    assert_eq!(fake.call(|call| clock::clock_time_get(call, 2, 0, OUT)), Err(Errno::NotSup));
}

#[test]
fn random_bytes_need_a_place_that_exists() {
    let mut guest = Guest::new(&WasiConfig::new());
    assert_eq!(guest.call(|call| random::random_get(call, 0xfff0, 17)), Err(Errno::Fault));
    guest.call(|call| random::random_get(call, 0, 0x10000)).unwrap();
    assert!(guest.memory.chunks(64).all(|chunk| chunk.iter().any(|byte| *byte != 0)));
}

#[test]
fn exit_carries_its_code() {
    let mut guest = Guest::new(&WasiConfig::new());
    let outcome = guest.try_call(|call| process::proc_exit(call, 7));
    assert!(matches!(outcome, Err(Failure::Stop(error)) if error.exit_code() == Some(7)));
    guest.call(process::sched_yield).unwrap();
    assert_eq!(guest.call(|call| process::proc_raise(call, 1)), Err(Errno::NoSys));
}

#[test]
fn no_descriptor_is_a_socket() {
    let mut guest = Guest::new(&WasiConfig::new());
    assert_eq!(guest.call(|call| socket::sock_accept(call, 0, 0, OUT)), Err(Errno::NotSock));
    assert_eq!(guest.call(|call| socket::sock_recv(call, 0, IOVS, 0, 0, OUT, OUT)), Err(Errno::NotSock));
    assert_eq!(guest.call(|call| socket::sock_send(call, 1, IOVS, 0, 0, OUT)), Err(Errno::NotSock));
    assert_eq!(guest.call(|call| socket::sock_shutdown(call, 9, 0)), Err(Errno::BadF));
}
