//go:build cgo && linux && amd64

package capi

// #include "shim.h"
import "C"

import "unsafe"

// ErrorKind is the number of the phase in which an error arose.
type ErrorKind uint32

// The kinds of the C header.
const (
	ErrorDecode      ErrorKind = C.WASMRT_ERROR_KIND_DECODE
	ErrorValidate    ErrorKind = C.WASMRT_ERROR_KIND_VALIDATE
	ErrorUnsupported ErrorKind = C.WASMRT_ERROR_KIND_UNSUPPORTED
	ErrorLink        ErrorKind = C.WASMRT_ERROR_KIND_LINK
	ErrorTrap        ErrorKind = C.WASMRT_ERROR_KIND_TRAP
	ErrorException   ErrorKind = C.WASMRT_ERROR_KIND_EXCEPTION
	ErrorHost        ErrorKind = C.WASMRT_ERROR_KIND_HOST
	ErrorLimit       ErrorKind = C.WASMRT_ERROR_KIND_LIMIT
	ErrorInterrupted ErrorKind = C.WASMRT_ERROR_KIND_INTERRUPTED
	ErrorExit        ErrorKind = C.WASMRT_ERROR_KIND_EXIT
	ErrorUsage       ErrorKind = C.WASMRT_ERROR_KIND_USAGE
	ErrorInternal    ErrorKind = C.WASMRT_ERROR_KIND_INTERNAL
)

// UnknownOffset is the offset of a frame whose place in the module is not known.
const UnknownOffset uint32 = 1<<32 - 1

// Frame is one guest function on the stack.
type Frame struct {
	Module, Function string
	HasFunction      bool
	Index, Offset    uint32
}

// Error is an error of the library, copied out of C.
type Error struct {
	Kind     ErrorKind
	Message  string
	TrapCode uint32
	ExitCode uint32
	Frames   []Frame
	// OuterFrames is how many of them, at the end, were there before the call.
	OuterFrames int
}

// Error implements error with the core message.
func (e *Error) Error() string { return e.Message }

// takeError copies and deletes; NULL is nil.
func takeError(e *C.wasmrt_error) error {
	if e == nil {
		return nil
	}
	defer C.wasmrt_error_delete(e)
	var length C.size_t
	message := C.wasmrt_error_message(e, &length)
	err := &Error{
		Kind:     ErrorKind(C.wasmrt_error_kind(e)),
		Message:  goString(message, length),
		TrapCode: uint32(C.wasmrt_error_trap_code(e)),
	}
	var code C.uint32_t
	if C.wasmrt_error_exit_code(e, &code) {
		err.ExitCode = uint32(code)
	}
	for i, n := C.size_t(0), C.wasmrt_error_frames_len(e); i < n; i++ {
		var f C.wasmrt_frame
		if !C.wasmrt_error_frame(e, i, &f) {
			break
		}
		err.Frames = append(err.Frames, Frame{
			Module:      goString(f.module_name, f.module_name_len),
			Function:    goString(f.func_name, f.func_name_len),
			HasFunction: f.func_name != nil,
			Index:       uint32(f.func_index),
			Offset:      uint32(f.module_offset),
		})
	}
	return err
}

func goString(text *C.char, length C.size_t) string {
	if text == nil {
		return ""
	}
	return string(unsafe.Slice((*byte)(unsafe.Pointer(text)), int(length)))
}

// chars lends the bytes of a string to C for one call.
func chars(text string) (*C.char, C.size_t) {
	return (*C.char)(unsafe.Pointer(unsafe.StringData(text))), C.size_t(len(text))
}

// TrapMessage is the core message of a trap code.
func TrapMessage(code uint32) string { return constant(C.wasmrt_trap_code_message(C.uint32_t(code))) }

// TrapName is the name of a trap code in every language, empty if there is none.
func TrapName(code uint32) string { return constant(C.wasmrt_trap_code_name(C.uint32_t(code))) }

// KindName is the name of an error kind in every language, empty if there is none.
func KindName(kind ErrorKind) string { return constant(C.wasmrt_error_kind_name(C.uint32_t(kind))) }

func constant(text *C.char) string {
	if text == nil {
		return ""
	}
	return C.GoString(text)
}
