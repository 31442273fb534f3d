package sys

// ClockResolution is the granularity of a clock in nanoseconds, from one to an hour.
type ClockResolution uint32

// Walltime reads the time since 1970-01-01T00:00:00Z.
type Walltime func() (sec int64, nsec int32)

// Nanotime reads a monotonic clock in nanoseconds from an arbitrary start.
type Nanotime func() int64

// Nanosleep puts the caller to sleep for at least the given nanoseconds.
type Nanosleep func(ns int64)

// Osyield lets other threads run.
type Osyield func()
