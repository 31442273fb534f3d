//go:build cgo && linux && amd64

package capi

// #include "shim.h"
import "C"

import "unsafe"

// ref names an object of a store, laid out as in C.
type ref struct {
	store      uint64
	index      uint32
	generation uint32
}

// Kinds of objects that nothing else tells apart.
type (
	// Instance is an instance of a module.
	Instance struct{ ref }
	// Func is a function of a guest or of the host.
	Func struct{ ref }
	// Memory is a linear memory.
	Memory struct{ ref }
	// Table is a table.
	Table struct{ ref }
	// Global is a global variable.
	Global struct{ ref }
)

// Extern is any of Func, Memory, Table and Global, laid out as in C.
type Extern struct {
	ref
	kind     uint32
	reserved uint32
}

// Key tells instances of one store apart. Zero is none.
func (i Instance) Key() uint64 {
	if i.store == 0 {
		return 0
	}
	return instanceKey(i.index, i.generation)
}

func instanceKey(index, generation uint32) uint64 { return uint64(generation)<<32 | uint64(index) + 1 }

// Func, Memory, Table and Global take for granted that the kind was checked.

// Func is the function that this is.
func (e Extern) Func() Func { return Func{e.ref} }

// Memory is the memory that this is.
func (e Extern) Memory() Memory { return Memory{e.ref} }

// Table is the table that this is.
func (e Extern) Table() Table { return Table{e.ref} }

// Global is the global that this is.
func (e Extern) Global() Global { return Global{e.ref} }

// Export finds an export by name.
func (s *Store) Export(instance Instance, name string) (item Extern, err error) {
	p := s.use()
	if p == nil {
		return item, ErrClosed
	}
	defer s.release()
	text, length := chars(name)
	err = takeError(C.wasmrt_instance_export(p, instance.c(), text, length, (*C.wasmrt_extern)(unsafe.Pointer(&item))))
	return item, err
}

// CloseInstance frees an instance once no call and no other instance needs it.
func (s *Store) CloseInstance(instance Instance) error {
	p := s.use()
	if p == nil {
		return nil
	}
	defer s.release()
	return takeError(C.wasmrt_instance_close(p, instance.c()))
}

// InterruptInstance stops the calls that Go made to functions of the instance; they end with ErrorInterrupted.
func (s *Store) InterruptInstance(instance Instance) error {
	p := s.use()
	if p == nil {
		return nil
	}
	defer s.release()
	return takeError(C.wasmrt_instance_interrupt(p, instance.c()))
}

func (i *Instance) c() *C.wasmrt_instance { return (*C.wasmrt_instance)(unsafe.Pointer(i)) }
