//go:build cgo && linux && amd64 && !wasmrt_system

package capi

// Vendoring copies only directories that hold a package which is imported.
import (
	_ "github.com/libwasmrt/libwasmrt/go/internal/capi/include"
	_ "github.com/libwasmrt/libwasmrt/go/internal/capi/lib/linux_amd64"
)

/*
#cgo CFLAGS: -I${SRCDIR}/include
#cgo LDFLAGS: -L${SRCDIR}/lib/linux_amd64 -lwasmrt -lm -ldl -lpthread
*/
import "C"
