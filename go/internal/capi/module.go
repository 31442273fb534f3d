//go:build cgo && linux && amd64

package capi

// #include "shim.h"
import "C"

import "unsafe"

// Module is validated and compiled code.
type Module struct{ owner }

// NewModule compiles a binary.
func NewModule(engine *Engine, binary []byte) (*Module, error) {
	e := (*C.wasmrt_engine)(engine.acquire())
	if e == nil {
		return nil, ErrClosed
	}
	defer engine.release()
	var pointer *C.wasmrt_module
	bytes := (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(binary)))
	if err := takeError(C.wasmrt_module_from_binary(e, bytes, C.size_t(len(binary)), &pointer)); err != nil {
		return nil, err
	}
	m := &Module{}
	own(m, &m.owner, unsafe.Pointer(pointer), func(p unsafe.Pointer) { C.wasmrt_module_delete((*C.wasmrt_module)(p)) })
	return m, nil
}

// CodeBytes is the size of the machine code.
func (m *Module) CodeBytes() int {
	p := (*C.wasmrt_module)(m.acquire())
	if p == nil {
		return 0
	}
	defer m.release()
	return int(C.wasmrt_module_code_bytes(p))
}

// TextToBinary translates a module in the text format. What it says must be a valid module.
func TextToBinary(engine *Engine, text string) ([]byte, error) {
	e := (*C.wasmrt_engine)(engine.acquire())
	if e == nil {
		return nil, ErrClosed
	}
	defer engine.release()
	var module *C.wasmrt_module
	source, sourceLen := chars(text)
	if err := takeError(C.wasmrt_module_new(e, (*C.uint8_t)(unsafe.Pointer(source)), sourceLen, &module)); err != nil {
		return nil, err
	}
	defer C.wasmrt_module_delete(module)
	var length C.size_t
	bytes := C.wasmrt_module_bytes(module, &length)
	return C.GoBytes(unsafe.Pointer(bytes), C.int(length)), nil
}
