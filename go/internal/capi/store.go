//go:build cgo && linux && amd64

package capi

// #include "shim.h"
import "C"

import "unsafe"

// Store owns instances and what they are made of.
type Store struct{ owner }

// Limits bound what a store hands out; zero means no bound.
type Limits struct {
	MemoryBytes, TableElements, Instances, Memories, Tables uint64
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
	c := C.wasmrt_store_limits{
		memory_bytes:   C.uint64_t(limits.MemoryBytes),
		table_elements: C.uint64_t(limits.TableElements),
		instances:      C.uint64_t(limits.Instances),
		memories:       C.uint64_t(limits.Memories),
		tables:         C.uint64_t(limits.Tables),
	}
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

// Interrupt stops all calls under way; they end with ErrorInterrupted.
func (s *Store) Interrupt() error {
	p := s.use()
	if p == nil {
		return ErrClosed
	}
	defer s.release()
	return takeError(C.wasmrt_store_interrupt(p))
}

// Fuel is what is left.
func (s *Store) Fuel() (uint64, error) {
	p := s.use()
	if p == nil {
		return 0, ErrClosed
	}
	defer s.release()
	var fuel C.uint64_t
	err := takeError(C.wasmrt_store_fuel(p, &fuel))
	return uint64(fuel), err
}

// SetFuel replaces what is left.
func (s *Store) SetFuel(fuel uint64) error {
	p := s.use()
	if p == nil {
		return ErrClosed
	}
	defer s.release()
	return takeError(C.wasmrt_store_set_fuel(p, C.uint64_t(fuel)))
}
