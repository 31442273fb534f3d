//! Clocks and sleep: what `clock_*` and the timeouts of `poll_oneoff` stand on. Times are in nanoseconds.

use rustix::time::{ClockId, Timespec, clock_getres, clock_gettime};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// A clock that the guest can read.
pub trait Clock: Send + Sync {
    /// The present in nanoseconds: since the Unix epoch for a wall clock, since any fixed moment for a monotonic one.
    fn now_ns(&self) -> u64;

    /// The smallest step in nanoseconds; not zero.
    fn resolution_ns(&self) -> u64;
}

/// How a guest waits when nothing but time can end the wait.
#[derive(Clone)]
pub(crate) enum Sleep {
    /// The thread sleeps.
    Real,
    /// Every wait is over at once.
    Skip,
    /// The embedder waits.
    Custom(Arc<dyn Fn(Duration) + Send + Sync>),
}

/// The system's wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemWallClock;

impl Clock for SystemWallClock {
    fn now_ns(&self) -> u64 {
        timespec_ns(clock_gettime(ClockId::Realtime))
    }

    fn resolution_ns(&self) -> u64 {
        timespec_ns(clock_getres(ClockId::Realtime)).max(1)
    }
}

/// The system's monotonic clock, counted from when this object was made.
#[derive(Clone, Copy, Debug)]
pub struct SystemMonotonicClock(Instant);

impl Default for SystemMonotonicClock {
    fn default() -> SystemMonotonicClock {
        SystemMonotonicClock(Instant::now())
    }
}

impl Clock for SystemMonotonicClock {
    fn now_ns(&self) -> u64 {
        self.0.elapsed().as_nanos() as u64
    }

    fn resolution_ns(&self) -> u64 {
        timespec_ns(clock_getres(ClockId::Monotonic)).max(1)
    }
}

/// A clock that moves only when it is read: each reading is one step after the one before.
#[derive(Debug)]
pub struct SteppingClock {
    next_ns: AtomicU64,
    step_ns: u64,
    resolution_ns: u64,
}

impl SteppingClock {
    /// The first reading is `start_ns`.
    pub fn new(start_ns: u64, step_ns: u64, resolution_ns: u64) -> SteppingClock {
        SteppingClock { next_ns: AtomicU64::new(start_ns), step_ns, resolution_ns }
    }

    /// From 2022-01-01T00:00:00Z in steps of a millisecond.
    pub fn wall() -> SteppingClock {
        SteppingClock::new(1_640_995_200_000_000_000, 1_000_000, 1_000)
    }

    /// From zero in steps of a millisecond.
    pub fn monotonic() -> SteppingClock {
        SteppingClock::new(0, 1_000_000, 1)
    }
}

impl Clock for SteppingClock {
    fn now_ns(&self) -> u64 {
        self.next_ns.fetch_add(self.step_ns, Ordering::Relaxed)
    }

    fn resolution_ns(&self) -> u64 {
        self.resolution_ns
    }
}

/// Processor time that this process or thread has used, and its resolution.
pub(crate) fn cpu_time_ns(id: ClockId) -> (u64, u64) {
    (timespec_ns(clock_gettime(id)), timespec_ns(clock_getres(id)).max(1))
}

fn timespec_ns(time: Timespec) -> u64 {
    (time.tv_sec as u64).saturating_mul(1_000_000_000).saturating_add(time.tv_nsec as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stepping_clocks_move_when_read() {
        let clock = SteppingClock::wall();
        assert_eq!(clock.now_ns(), 1_640_995_200_000_000_000);
        assert_eq!(clock.now_ns(), 1_640_995_200_001_000_000);
        assert_eq!(SteppingClock::monotonic().now_ns(), 0);
    }

    #[test]
    fn the_systems_clocks_go_forward() {
        let clock = SystemMonotonicClock::default();
        let first = clock.now_ns();
        assert!(clock.now_ns() >= first);
        assert!(SystemWallClock.now_ns() > 1_640_995_200_000_000_000);
    }
}
