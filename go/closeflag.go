package wasmrt

import "sync/atomic"

// closeFlag remembers whether something was closed, and with which exit code. The first close decides.
type closeFlag struct{ state atomic.Uint64 }

const closedBit = 1 << 32

// set closes and is true the first time.
func (f *closeFlag) set(exitCode uint32) bool {
	return f.state.CompareAndSwap(0, closedBit|uint64(exitCode))
}

func (f *closeFlag) get() (exitCode uint32, closed bool) {
	state := f.state.Load()
	return uint32(state), state != 0
}
