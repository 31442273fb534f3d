//go:build cgo && linux && amd64

package capi

// #include "shim.h"
import "C"

import "unsafe"

// MemoryData is the memory as bytes. Its start never moves, its length only grows. After the memory's end the bytes
// are zeros, as long as SetQuarantineBytes says.
func (s *Store) MemoryData(memory *Memory) ([]byte, error) {
	p := s.use()
	if p == nil {
		return nil, ErrClosed
	}
	defer s.release()
	var data *C.uint8_t
	var length C.size_t
	if err := takeError(C.wasmrt_memory_data(p, memory.c(), &data, &length)); err != nil {
		return nil, err
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(data)), int(length)), nil
}

// SetQuarantineBytes bounds the address space that is kept for views of memories that have ended.
func SetQuarantineBytes(bytes uint64) { C.wasmrt_memory_set_quarantine_bytes(C.uint64_t(bytes)) }

// MemoryPages is the size in pages.
func (s *Store) MemoryPages(memory *Memory) (uint64, error) {
	p := s.use()
	if p == nil {
		return 0, ErrClosed
	}
	defer s.release()
	var pages C.uint64_t
	err := takeError(C.wasmrt_memory_size(p, memory.c(), &pages))
	return uint64(pages), err
}

// MemoryGrow adds pages and returns how many there were.
func (s *Store) MemoryGrow(memory *Memory, delta uint64) (uint64, error) {
	p := s.use()
	if p == nil {
		return 0, ErrClosed
	}
	defer s.release()
	var previous C.uint64_t
	err := takeError(C.wasmrt_memory_grow(p, memory.c(), C.uint64_t(delta), &previous))
	return uint64(previous), err
}

func (m *Memory) c() *C.wasmrt_memory { return (*C.wasmrt_memory)(unsafe.Pointer(m)) }

// TableSize is the number of elements.
func (s *Store) TableSize(table Table) (uint64, error) {
	p := s.use()
	if p == nil {
		return 0, ErrClosed
	}
	defer s.release()
	var elements C.uint64_t
	err := takeError(C.wasmrt_table_size(p, (*C.wasmrt_table)(unsafe.Pointer(&table)), &elements))
	return uint64(elements), err
}

// GlobalGet reads a global as slots, two for a v128.
func (s *Store) GlobalGet(global Global, slots []uint64) error {
	p := s.use()
	if p == nil {
		return ErrClosed
	}
	defer s.release()
	return takeError(C.wasmrt_global_get_slots(p, (*C.wasmrt_global)(unsafe.Pointer(&global)),
		(*C.uint64_t)(unsafe.SliceData(slots)), C.size_t(len(slots))))
}

// GlobalSet writes a global from slots, two for a v128.
func (s *Store) GlobalSet(global Global, slots []uint64) error {
	p := s.use()
	if p == nil {
		return ErrClosed
	}
	defer s.release()
	return takeError(C.wasmrt_global_set_slots(p, (*C.wasmrt_global)(unsafe.Pointer(&global)),
		(*C.uint64_t)(unsafe.SliceData(slots)), C.size_t(len(slots))))
}
