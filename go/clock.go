package wasmrt

import (
	"time"

	"github.com/libwasmrt/libwasmrt/go/sys"
)

// The clocks a guest sees unless told otherwise: each reading adds a millisecond, so that a loop waiting for time to
// pass ends.
const (
	fakeEpochSeconds = 1640995200 // 2022-01-01T00:00:00Z
	fakeStepNanos    = int64(time.Millisecond)

	wallResolution = sys.ClockResolution(time.Microsecond)
	monoResolution = sys.ClockResolution(1)

	resolutionMax = sys.ClockResolution(time.Hour % (1 << 32))
)

func fakeWalltime() sys.Walltime {
	next := fakeEpochSeconds*int64(time.Second) - fakeStepNanos
	return func() (int64, int32) {
		next += fakeStepNanos
		return next / int64(time.Second), int32(next % int64(time.Second))
	}
}

func fakeNanotime() sys.Nanotime {
	next := -fakeStepNanos
	return func() int64 {
		next += fakeStepNanos
		return next
	}
}

func systemWalltime() (int64, int32) {
	now := time.Now()
	return now.Unix(), int32(now.Nanosecond())
}

func systemNanotime() sys.Nanotime {
	start := time.Now()
	return func() int64 { return int64(time.Since(start)) }
}

func (c *moduleConfig) WithSysWalltime() ModuleConfig {
	return c.WithWalltime(systemWalltime, wallResolution)
}

func (c *moduleConfig) WithSysNanotime() ModuleConfig {
	return c.WithNanotime(systemNanotime(), monoResolution)
}

func (c *moduleConfig) WithSysNanosleep() ModuleConfig {
	return c.WithNanosleep(func(ns int64) { time.Sleep(time.Duration(ns)) })
}
