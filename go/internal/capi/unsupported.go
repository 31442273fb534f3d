//go:build !cgo || !linux || !amd64

package capi

// The name below is missing on purpose: the compiler's message tells what this package needs.
var _ = wasmrt_needs_CGO_ENABLED_1_and_a_C_compiler_on_linux_amd64
