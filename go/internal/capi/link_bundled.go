//go:build cgo && linux && amd64 && !wasmrt_system

package capi

/*
#cgo CFLAGS: -I${SRCDIR}/include
#cgo LDFLAGS: -L${SRCDIR}/lib/linux_amd64 -lwasmrt -lm -ldl -lpthread
*/
import "C"
