package wasmrt

import (
	"context"
	"errors"

	"github.com/libwasmrt/libwasmrt/go/api"
)

// callState is what host functions need to know of the call from Go that led to them. It belongs to one goroutine.
type callState struct {
	ctx    context.Context
	module *module
	// panicked is set by the host function that ended the call.
	panicked *hostPanic
}

// hostFunction is a Go function as guests call it. Nothing in it refers to a runtime, since the store of a runtime
// keeps it alive.
type hostFunction struct {
	def  *functionDefinition
	call api.GoModuleFunction
	// library is the name of the library's own function that this stands for, if it stands for one.
	library string
}

var errNoCall = errors.New("host function called outside of a call")

// Invoke implements capi.HostFunction: a panic ends here and goes on as an error when the guest's call has ended.
func (h *hostFunction) Invoke(call any, caller uint64, slots []uint64) (err error) {
	state, ok := call.(*callState)
	if !ok {
		return errNoCall
	}
	defer func() {
		if value := recover(); value != nil {
			state.panicked = newHostPanic(value, h.def)
			err = state.panicked
		}
	}()
	mod := state.module
	if caller != 0 && caller != mod.instance.Key() {
		if other := mod.runtime.caller(caller); other != nil {
			mod = other
		}
	}
	store := mod.runtime.store
	if err := unboxExternrefs(store, h.def.ty.Params, slots); err != nil {
		return err
	}
	h.call.Call(state.ctx, mod, slots)
	boxed, err := boxExternrefs(store, h.def.ty.Results, slots)
	// While a call is under way references stay good without being pinned.
	boxed.unpin(store)
	return err
}
