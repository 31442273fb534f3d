//! Waiting for time and descriptors. What is ready at once is answered at once; else the host waits on the descriptors
//! that have one of their own, no longer than the nearest clock.

use super::{Call, clock, fd};
use crate::{
    clock::Sleep,
    errno::{Errno, Failure, Outcome},
    table::Descriptor,
    types::{Event, FileType, Subscription, SubscriptionKind},
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::{
    io::SeekFrom,
    os::fd::{AsFd, BorrowedFd},
    sync::Arc,
    time::{Duration, Instant},
};

/// More subscriptions than this in one call are refused with `EINVAL`.
const MAX_SUBSCRIPTIONS: u32 = 1 << 16;

pub(crate) fn poll_oneoff(call: &mut Call<'_>, input: u32, output: u32, count: u32, out: u32) -> Outcome {
    if count == 0 || count > MAX_SUBSCRIPTIONS {
        return Err(Errno::Inval.into());
    }
    let len = call.edition.subscription_len();
    let (list, _) = (call.memory.span(input, count * len)?, call.memory.span(output, count * Event::LEN)?);
    call.memory.span(out, 4)?;
    let subscriptions: Vec<Subscription> = call
        .memory
        .at(list)
        .chunks_exact(len as usize)
        .map(|bytes| Subscription::decode(bytes, call.edition))
        .collect::<Result<_, _>>()?;
    let mut waits: Vec<Wait> = subscriptions.iter().map(|one| Wait::new(call, one)).collect::<Result<_, Failure>>()?;
    wait(&call.ctx.world().sleep, &mut waits)?;
    let mut written = 0;
    for event in subscriptions.iter().zip(&waits).filter_map(|(one, wait)| wait.event(one)) {
        call.memory.write(output + written * Event::LEN, &event.encode())?;
        written += 1;
    }
    Ok(call.memory.write_u32(out, written)?)
}

/// How far one subscription is.
enum Wait {
    Ready { error: Option<Errno>, bytes: u64, hangup: bool },
    Until { remaining: Duration },
    Host { descriptor: Arc<Descriptor>, flags: PollFlags },
}

impl Wait {
    fn new(call: &Call<'_>, subscription: &Subscription) -> Result<Wait, Failure> {
        let ready = |error| Wait::Ready { error, bytes: 0, hangup: false };
        let (fd, flags) = match subscription.kind {
            SubscriptionKind::Clock { id, timeout_ns, absolute } => {
                let clock = match id {
                    clock::REALTIME => &call.world().wall_clock,
                    clock::MONOTONIC => &call.world().monotonic_clock,
                    _ => return Ok(ready(Some(Errno::NotSup))),
                };
                let remaining_ns = if absolute { timeout_ns.saturating_sub(clock.now_ns()) } else { timeout_ns };
                return Ok(Wait::Until { remaining: Duration::from_nanos(remaining_ns) });
            }
            SubscriptionKind::Read { fd } => (fd, PollFlags::IN),
            SubscriptionKind::Write { fd } => (fd, PollFlags::OUT),
        };
        let Ok(descriptor) = call.descriptor(fd) else { return Ok(ready(Some(Errno::BadF))) };
        let fits = match &*descriptor {
            Descriptor::Input(_) => flags == PollFlags::IN,
            Descriptor::Output(_) => flags == PollFlags::OUT,
            Descriptor::File(open) => if flags == PollFlags::IN { open.readable } else { open.writable },
            Descriptor::Directory(_) => false,
        };
        if !fits {
            return Ok(ready(Some(Errno::BadF)));
        }
        if host_fd(&descriptor).is_some() && fd::stat(&descriptor)?.file_type != FileType::RegularFile {
            return Ok(Wait::Host { descriptor, flags });
        }
        let bytes = if flags == PollFlags::IN { remaining_bytes(&descriptor) } else { 0 };
        Ok(Wait::Ready { error: None, bytes, hangup: false })
    }

    fn event(&self, subscription: &Subscription) -> Option<Event> {
        let Wait::Ready { error, bytes, hangup } = *self else { return None };
        let (userdata, event_type) = (subscription.userdata, subscription.kind.event_type());
        Some(Event { userdata, error, event_type, ready_bytes: bytes, hangup })
    }
}

fn host_fd(descriptor: &Descriptor) -> Option<BorrowedFd<'_>> {
    match descriptor {
        Descriptor::Input(stream) => stream.poll_fd(),
        Descriptor::Output(stream) => stream.poll_fd(),
        Descriptor::File(open) => open.file.poll_fd(),
        Descriptor::Directory(_) => None,
    }
}

/// What is left of a file, or one byte where nobody can tell.
fn remaining_bytes(descriptor: &Descriptor) -> u64 {
    let Descriptor::File(open) = descriptor else { return 1 };
    match (open.file.stat(), open.file.seek(SeekFrom::Current(0))) {
        (Ok(stat), Ok(position)) => stat.size_bytes.saturating_sub(position),
        _ => 1,
    }
}

/// Waits until at least one of `waits` is ready and marks all that are.
fn wait(sleep: &Sleep, waits: &mut [Wait]) -> Result<(), Failure> {
    let nearest = waits.iter().filter_map(|wait| match wait {
        Wait::Until { remaining } => Some(*remaining),
        _ => None,
    });
    let nearest = if waits.iter().any(|wait| matches!(wait, Wait::Ready { .. })) {
        Some(Duration::ZERO)
    } else {
        nearest.min()
    };
    let skips = matches!(sleep, Sleep::Skip);
    let started = Instant::now();
    let any_host = if waits.iter().any(|wait| matches!(wait, Wait::Host { .. })) {
        poll_host(waits, if skips { nearest.and(Some(Duration::ZERO)) } else { nearest })?
    } else {
        match (sleep, nearest) {
            (_, None | Some(Duration::ZERO)) | (Sleep::Skip, _) => {}
            (Sleep::Real, Some(duration)) => std::thread::sleep(duration),
            (Sleep::Custom(sleep), Some(duration)) => sleep(duration),
        }
        false
    };
    // When nothing else ended the wait, the nearest clock did, whatever the host's clock says.
    let passed = if any_host { started.elapsed() } else { started.elapsed().max(nearest.unwrap_or_default()) };
    for wait in waits {
        if matches!(wait, Wait::Until { remaining } if *remaining <= passed) {
            *wait = Wait::Ready { error: None, bytes: 0, hangup: false };
        }
    }
    Ok(())
}

/// Waits on the host's descriptors, marks those that are ready, and says whether any is.
fn poll_host(waits: &mut [Wait], timeout: Option<Duration>) -> Result<bool, Failure> {
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let found: Vec<(usize, PollFlags)> = {
        let (positions, mut fds): (Vec<usize>, Vec<PollFd<'_>>) = waits
            .iter()
            .enumerate()
            .filter_map(|(position, wait)| match wait {
                Wait::Host { descriptor, flags } => {
                    Some((position, PollFd::from_borrowed_fd(host_fd(descriptor)?, *flags)))
                }
                _ => None,
            })
            .unzip();
        loop {
            let remaining = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let timespec = remaining.and_then(|remaining| Timespec::try_from(remaining).ok());
            match poll(&mut fds, timespec.as_ref()) {
                Err(rustix::io::Errno::INTR) => {}
                other => break other?,
            }
        };
        positions.into_iter().zip(&fds).map(|(position, fd)| (position, fd.revents())).collect()
    };
    let mut any = false;
    for (position, flags) in found {
        if flags.is_empty() {
            continue;
        }
        any = true;
        let Wait::Host { descriptor, .. } = &waits[position] else { continue };
        let readable = flags.contains(PollFlags::IN);
        let bytes = host_fd(descriptor).filter(|_| readable).map_or(0, waiting_bytes);
        let error = flags.contains(PollFlags::NVAL).then_some(Errno::BadF);
        waits[position] = Wait::Ready { error, bytes, hangup: flags.contains(PollFlags::HUP) };
    }
    Ok(any)
}

fn waiting_bytes(fd: BorrowedFd<'_>) -> u64 {
    rustix::io::ioctl_fionread(fd.as_fd()).unwrap_or(1)
}
