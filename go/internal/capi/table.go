//go:build cgo && linux && amd64

package capi

/*
#include "shim.h"

static wasmrt_error *wasmrt_go_table_get(wasmrt_store *store, const wasmrt_table *table, uint64_t index,
                                         uint32_t *type, wasmrt_func *func, uint64_t *externref) {
  wasmrt_val value = {0};
  wasmrt_error *error = wasmrt_table_get(store, table, index, &value);
  *type = value.type;
  if (value.type == WASMRT_VAL_TYPE_FUNCREF) *func = value.of.funcref;
  if (value.type == WASMRT_VAL_TYPE_EXTERNREF) *externref = value.of.externref;
  return error;
}

static wasmrt_val reference(uint32_t type, const wasmrt_func *func, uint64_t externref) {
  wasmrt_val value = {0};
  value.type = type;
  if (type == WASMRT_VAL_TYPE_FUNCREF) value.of.funcref = *func;
  if (type == WASMRT_VAL_TYPE_EXTERNREF) value.of.externref = externref;
  return value;
}

static wasmrt_error *wasmrt_go_table_set(wasmrt_store *store, const wasmrt_table *table, uint64_t index,
                                         uint32_t type, const wasmrt_func *func, uint64_t externref) {
  wasmrt_val value = reference(type, func, externref);
  return wasmrt_table_set(store, table, index, &value);
}

static wasmrt_error *wasmrt_go_table_grow(wasmrt_store *store, const wasmrt_table *table, uint64_t delta,
                                          uint32_t type, const wasmrt_func *func, uint64_t externref,
                                          uint64_t *out_previous) {
  wasmrt_val value = reference(type, func, externref);
  return wasmrt_table_grow(store, table, delta, &value, out_previous);
}
*/
import "C"

import "unsafe"

// Reference is an element of a table: of the type, as encoded, one of the others counts. wazero's API has no tables;
// what is here serves the conformance scenarios.
type Reference struct {
	Type   byte
	Func   Func
	Extern uint64
}

// IsNull is true for the null reference.
func (r Reference) IsNull() bool { return r.Func.store == 0 && r.Extern == 0 }

// TableGet reads an element.
func (s *Store) TableGet(table Table, index uint64) (r Reference, err error) {
	p := s.use()
	if p == nil {
		return r, ErrClosed
	}
	defer s.release()
	var ty C.uint32_t
	err = takeError(C.wasmrt_go_table_get(p, table.c(), C.uint64_t(index), &ty, r.Func.c(), (*C.uint64_t)(&r.Extern)))
	r.Type = byte(ty)
	return r, err
}

// TableSet replaces an element.
func (s *Store) TableSet(table Table, index uint64, r Reference) error {
	p := s.use()
	if p == nil {
		return ErrClosed
	}
	defer s.release()
	return takeError(C.wasmrt_go_table_set(p, table.c(), C.uint64_t(index), C.uint32_t(r.Type), r.Func.c(), C.uint64_t(r.Extern)))
}

// TableGrow adds elements and returns how many there were.
func (s *Store) TableGrow(table Table, delta uint64, r Reference) (uint64, error) {
	p := s.use()
	if p == nil {
		return 0, ErrClosed
	}
	defer s.release()
	var previous C.uint64_t
	err := takeError(C.wasmrt_go_table_grow(p, table.c(), C.uint64_t(delta), C.uint32_t(r.Type), r.Func.c(),
		C.uint64_t(r.Extern), &previous))
	return uint64(previous), err
}

// FuncToSlot is the function as it stands in a call slot.
func (s *Store) FuncToSlot(f Func) (slot uint64, err error) {
	p := s.use()
	if p == nil {
		return 0, ErrClosed
	}
	defer s.release()
	err = takeError(C.wasmrt_func_to_slot(p, f.c(), (*C.uint64_t)(&slot)))
	return slot, err
}

func (t *Table) c() *C.wasmrt_table { return (*C.wasmrt_table)(unsafe.Pointer(t)) }

func (f *Func) c() *C.wasmrt_func { return (*C.wasmrt_func)(unsafe.Pointer(f)) }
