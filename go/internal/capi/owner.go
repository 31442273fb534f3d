//go:build cgo && linux && amd64

package capi

import (
	"errors"
	"runtime"
	"sync/atomic"
	"unsafe"
)

// ErrClosed says that something was used after it was closed.
var ErrClosed = errors.New("closed")

// owner holds one C object that several goroutines use and any of them may close. The object is deleted when it is
// closed and the last use has ended, or when the owner is unreachable.
type owner struct {
	state *ownerState
	net   runtime.Cleanup
}

type ownerState struct {
	pointer unsafe.Pointer
	delete  func(unsafe.Pointer)
	// uses counts the uses under way, and one more until the owner is closed.
	uses   atomic.Int64
	closed atomic.Bool
}

// own makes holder, which must embed or contain the owner, responsible for the pointer.
func own[T any](holder *T, o *owner, pointer unsafe.Pointer, delete func(unsafe.Pointer)) {
	o.state = &ownerState{pointer: pointer, delete: delete}
	o.state.uses.Store(1)
	o.net = runtime.AddCleanup(holder, (*ownerState).close, o.state)
}

// acquire gives the pointer for use until release, or nil once closed.
func (o *owner) acquire() unsafe.Pointer {
	for {
		uses := o.state.uses.Load()
		if uses == 0 || o.state.closed.Load() {
			return nil
		}
		if o.state.uses.CompareAndSwap(uses, uses+1) {
			return o.state.pointer
		}
	}
}

func (o *owner) release() { o.state.release() }

func (s *ownerState) release() {
	if s.uses.Add(-1) == 0 {
		s.delete(s.pointer)
	}
}

func (s *ownerState) close() {
	if s.closed.CompareAndSwap(false, true) {
		s.release()
	}
}

// Close deletes the object as soon as nobody uses it. Closing again does nothing.
func (o *owner) Close() {
	o.net.Stop()
	o.state.close()
}
