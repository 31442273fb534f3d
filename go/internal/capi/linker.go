//go:build cgo && linux && amd64

package capi

// #include "shim.h"
import "C"

import "unsafe"

// Linker takes the definitions for one instantiation; later ones replace earlier ones of the same name. It is used by
// one goroutine, and what it defined lives as long as the instance.
type Linker struct{ pointer *C.wasmrt_linker }

// NewLinker makes a linker without definitions. It must be closed.
func NewLinker(engine *Engine) (*Linker, error) {
	e := (*C.wasmrt_engine)(engine.acquire())
	if e == nil {
		return nil, ErrClosed
	}
	defer engine.release()
	l := &Linker{}
	if err := takeError(C.wasmrt_linker_new(e, &l.pointer)); err != nil {
		return nil, err
	}
	if err := takeError(C.wasmrt_linker_allow_shadowing(l.pointer, 1)); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// Close deletes the linker.
func (l *Linker) Close() { C.wasmrt_linker_delete(l.pointer) }

// DefineFunc adds a host function with value types as encoded.
func (l *Linker) DefineFunc(module, name string, params, results []byte, fn HostFunction) error {
	types := make([]C.uint32_t, 0, len(params)+len(results)+1)
	for _, ty := range params {
		types = append(types, C.uint32_t(ty))
	}
	for _, ty := range results {
		types = append(types, C.uint32_t(ty))
	}
	moduleText, moduleLen := chars(module)
	nameText, nameLen := chars(name)
	// The library releases the handle, also when this fails.
	return takeError(C.wasmrt_go_define_func(l.pointer, moduleText, moduleLen, nameText, nameLen,
		unsafe.SliceData(types[:cap(types)]), C.size_t(len(params)), C.size_t(len(results)), C.uintptr_t(NewHandle(fn))))
}

// Define adds an item of the store.
func (l *Linker) Define(store *Store, module, name string, item Extern) error {
	p := store.use()
	if p == nil {
		return ErrClosed
	}
	defer store.release()
	moduleText, moduleLen := chars(module)
	nameText, nameLen := chars(name)
	return takeError(C.wasmrt_linker_define(l.pointer, p, moduleText, moduleLen, nameText, nameLen,
		(*C.wasmrt_extern)(unsafe.Pointer(&item))))
}

// DefineAlias adds a function of WASI, which must be defined already, under another name.
func (l *Linker) DefineAlias(store *Store, module, name, function string) error {
	p := store.use()
	if p == nil {
		return ErrClosed
	}
	defer store.release()
	var item Extern
	wasiText, wasiLen := chars(WASIModule)
	text, length := chars(function)
	out := (*C.wasmrt_extern)(unsafe.Pointer(&item))
	if err := takeError(C.wasmrt_linker_get(l.pointer, p, wasiText, wasiLen, text, length, out)); err != nil {
		return err
	}
	return l.Define(store, module, name, item)
}

// Instantiate links and instantiates, and runs the start function. The call stands for the call to the host functions
// that it may reach.
func (l *Linker) Instantiate(store *Store, module *Module, call Handle) (instance Instance, err error) {
	p := store.use()
	if p == nil {
		return instance, ErrClosed
	}
	defer store.release()
	m := (*C.wasmrt_module)(module.acquire())
	if m == nil {
		return instance, ErrClosed
	}
	defer module.release()
	err = takeError(C.wasmrt_go_instantiate(l.pointer, p, m, (*C.wasmrt_instance)(unsafe.Pointer(&instance)), C.uintptr_t(call)))
	return instance, err
}
