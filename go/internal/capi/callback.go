//go:build cgo && linux && amd64

package capi

/*
#include "shim.h"
*/
import "C"

import (
	"io"
	"unsafe"
)

//export wasmrtGoHostCall
func wasmrtGoHostCall(env, call C.uintptr_t, index, generation C.uint32_t, fromGuest C.int, slots *C.uint64_t, length C.size_t) *C.wasmrt_error {
	fn, ok := Handle(env).value().(HostFunction)
	if !ok {
		return newHostError("host function was released")
	}
	var caller uint64
	if fromGuest != 0 {
		caller = instanceKey(uint32(index), uint32(generation))
	}
	if err := fn.Invoke(Handle(call).value(), caller, unsafe.Slice((*uint64)(slots), int(length))); err != nil {
		return newHostError(err.Error())
	}
	return nil
}

func newHostError(message string) *C.wasmrt_error {
	text, length := chars(message)
	return C.wasmrt_error_new(text, length)
}

//export wasmrtGoRelease
func wasmrtGoRelease(env C.uintptr_t) { Handle(env).Release() }

// Errno of WASI preview 1 for what a reader, writer or source of random bytes answers with.
const errnoIO = 29

//export wasmrtGoRead
func wasmrtGoRead(env C.uintptr_t, buffer *C.uint8_t, length C.size_t) (result C.int64_t) {
	defer answerPanic(&result)
	n, err := Handle(env).value().(io.Reader).Read(unsafe.Slice((*byte)(buffer), int(length)))
	if n == 0 && err != nil && err != io.EOF {
		return -errnoIO
	}
	return C.int64_t(n)
}

//export wasmrtGoWrite
func wasmrtGoWrite(env C.uintptr_t, bytes *C.uint8_t, length C.size_t) (result C.int64_t) {
	defer answerPanic(&result)
	n, err := Handle(env).value().(io.Writer).Write(unsafe.Slice((*byte)(bytes), int(length)))
	if n == 0 && err != nil {
		return -errnoIO
	}
	return C.int64_t(n)
}

// answerPanic turns a panic of the embedder's reader or writer into an error of the guest's call.
func answerPanic(result *C.int64_t) {
	if recover() != nil {
		*result = -errnoIO
	}
}

//export wasmrtGoClock
func wasmrtGoClock(env C.uintptr_t) (nanoseconds C.uint64_t) {
	defer func() { _ = recover() }()
	return C.uint64_t(Handle(env).value().(func() int64)())
}

//export wasmrtGoRandom
func wasmrtGoRandom(env C.uintptr_t, buffer *C.uint8_t, length C.size_t) (errno C.int32_t) {
	errno = errnoIO
	defer func() { _ = recover() }()
	if _, err := io.ReadFull(Handle(env).value().(io.Reader), unsafe.Slice((*byte)(buffer), int(length))); err == nil {
		errno = 0
	}
	return errno
}

//export wasmrtGoSleep
func wasmrtGoSleep(env C.uintptr_t, nanoseconds C.uint64_t) {
	defer func() { _ = recover() }()
	Handle(env).value().(func(int64))(int64(nanoseconds))
}
