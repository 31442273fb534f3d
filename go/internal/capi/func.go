//go:build cgo && linux && amd64

package capi

// #include "shim.h"
import "C"

import "unsafe"

// HostFunction is what guests call. Invoke must not panic; an error ends the guest's call.
type HostFunction interface {
	// Invoke runs the function. The call is the value of the handle given to Store.Call or Linker.Instantiate, caller
	// the key of the calling instance or zero, and the slots are valid until it returns.
	Invoke(call any, caller uint64, slots []uint64) error
}

// Call runs a function on slots: parameters in, results out. Host functions on the way get the value of call.
func (s *Store) Call(f *Func, slots []uint64, call Handle) error {
	p := s.use()
	if p == nil {
		return ErrClosed
	}
	defer s.release()
	var outer C.size_t
	e := C.wasmrt_go_call(p, (*C.wasmrt_func)(unsafe.Pointer(f)), (*C.uint64_t)(unsafe.SliceData(slots)),
		C.size_t(len(slots)), C.uintptr_t(call), &outer)
	if e == nil {
		return nil
	}
	err := takeError(e)
	if native, ok := err.(*Error); ok {
		native.OuterFrames = int(outer)
	}
	return err
}

// ExternrefFromWord boxes a word of the host. The reference is pinned until ExternrefUnpin.
func (s *Store) ExternrefFromWord(word uint64) (handle uint64, err error) {
	p := s.use()
	if p == nil {
		return 0, ErrClosed
	}
	defer s.release()
	var out C.uint64_t
	err = takeError(C.wasmrt_externref_from_word(p, C.uint64_t(word), &out))
	return uint64(out), err
}

// ExternrefToWord unboxes a word of the host.
func (s *Store) ExternrefToWord(handle uint64) (word uint64, err error) {
	p := s.use()
	if p == nil {
		return 0, ErrClosed
	}
	defer s.release()
	var out C.uint64_t
	err = takeError(C.wasmrt_externref_to_word(p, C.uint64_t(handle), &out))
	return uint64(out), err
}

// ExternrefUnpin leaves a reference to the guests that hold it.
func (s *Store) ExternrefUnpin(handle uint64) error {
	p := s.use()
	if p == nil {
		return ErrClosed
	}
	defer s.release()
	return takeError(C.wasmrt_externref_unpin(p, C.uint64_t(handle)))
}
