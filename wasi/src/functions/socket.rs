//! Sockets: no descriptor is one yet, so that every call on an open descriptor answers `ENOTSOCK`.

use super::Call;
use crate::errno::{Errno, Outcome};

fn not_a_socket(call: &Call<'_>, fd: u32) -> Outcome {
    call.descriptor(fd)?;
    Err(Errno::NotSock.into())
}

pub(crate) fn sock_accept(call: &mut Call<'_>, fd: u32, _flags: u32, _out: u32) -> Outcome {
    not_a_socket(call, fd)
}

pub(crate) fn sock_recv(
    call: &mut Call<'_>,
    fd: u32,
    _iovs: u32,
    _count: u32,
    _flags: u32,
    _out_len: u32,
    _out_flags: u32,
) -> Outcome {
    not_a_socket(call, fd)
}

pub(crate) fn sock_send(call: &mut Call<'_>, fd: u32, _iovs: u32, _count: u32, _flags: u32, _out: u32) -> Outcome {
    not_a_socket(call, fd)
}

pub(crate) fn sock_shutdown(call: &mut Call<'_>, fd: u32, _how: u32) -> Outcome {
    not_a_socket(call, fd)
}
