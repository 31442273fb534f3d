//go:build cgo && linux && amd64 && wasmrt_system

package capi

/*
#cgo pkg-config: wasmrt
*/
import "C"
