// Package native marks host functions whose body is in the library rather than in Go.
package native

import (
	"context"

	"github.com/libwasmrt/libwasmrt/go/api"
)

// Function stands in a host module for the library's WASI function of this name. Each instance that imports it gets
// one that works on that instance's own files, arguments and clocks.
type Function struct{ Name string }

// Call is never reached: linking replaces the function.
func (f Function) Call(context.Context, api.Module, []uint64) {
	panic("the library's function " + f.Name + " was called through Go")
}
