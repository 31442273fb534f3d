//go:build cgo && linux && amd64

package capi

// #include "shim.h"
import "C"

import "unsafe"

// Store owns instances and what they are made of.
type Store struct{ owner }

// Limits bound what a store hands out; zero means no bound.
type Limits struct {
	MemoryBytes uint64
}

// NewStore makes a store that several goroutines may be inside of.
func NewStore(engine *Engine, limits Limits) (*Store, error) {
	e := (*C.wasmrt_engine)(engine.acquire())
	if e == nil {
		return nil, ErrClosed
	}
	defer engine.release()
	var pointer *C.wasmrt_store
	if err := takeError(C.wasmrt_store_new(e, &pointer)); err != nil {
		return nil, err
	}
	c := C.wasmrt_store_limits{memory_bytes: C.uint64_t(limits.MemoryBytes)}
	c.size = C.size_t(unsafe.Sizeof(c))
	if err := takeError(C.wasmrt_store_set_limits(pointer, &c)); err != nil {
		C.wasmrt_store_delete(pointer)
		return nil, err
	}
	s := &Store{}
	own(s, &s.owner, unsafe.Pointer(pointer), func(p unsafe.Pointer) { C.wasmrt_store_delete((*C.wasmrt_store)(p)) })
	return s, nil
}

func (s *Store) use() *C.wasmrt_store { return (*C.wasmrt_store)(s.acquire()) }

// Interrupt stops the calls under way; they end with ErrorInterrupted.
func (s *Store) Interrupt() error {
	p := s.use()
	if p == nil {
		return ErrClosed
	}
	defer s.release()
	return takeError(C.wasmrt_store_interrupt(p))
}
