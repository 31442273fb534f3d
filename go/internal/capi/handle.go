//go:build cgo && linux && amd64

// Package capi is the only package that speaks C: it wraps the library's C ABI in Go types that own what they hold.
//
// Go values that C has to remember, such as host functions, cross as integers of one registry. C never holds a Go
// pointer beyond a call. Nothing that Go code panics with crosses a C frame.
package capi

import (
	"sync"
	"sync/atomic"
)

// Handle stands for a Go value in C. Zero stands for none.
type Handle uintptr

var (
	handleValues sync.Map
	handleLast   atomic.Uintptr
)

// NewHandle registers a value until Release.
func NewHandle(value any) Handle {
	h := Handle(handleLast.Add(1))
	handleValues.Store(h, value)
	return h
}

// Release forgets the value.
func (h Handle) Release() { handleValues.Delete(h) }

func (h Handle) value() any {
	value, _ := handleValues.Load(h)
	return value
}
