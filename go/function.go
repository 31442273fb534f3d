package wasmrt

import (
	"context"
	"fmt"
	goruntime "runtime"
	"slices"
	"sync/atomic"

	"github.com/libwasmrt/libwasmrt/go/api"
	"github.com/libwasmrt/libwasmrt/go/internal/capi"
	"github.com/libwasmrt/libwasmrt/go/sys"
)

// function is an exported function of a guest.
type function struct {
	module *module
	def    *functionDefinition
	native capi.Func
	slots  int
	// externrefs is true if a parameter or result has to be boxed.
	externrefs bool

	// state is registered once for all calls of this value; busy is true while one of them uses it.
	state  *callState
	handle capi.Handle
	busy   atomic.Bool
}

func newFunction(m *module, def *functionDefinition, fn capi.Func) *function {
	f := &function{module: m, def: def, native: fn, slots: max(def.paramSlots, def.resultSlots), state: &callState{}}
	f.externrefs = slices.Contains(def.ty.Params, api.ValueTypeExternref) ||
		slices.Contains(def.ty.Results, api.ValueTypeExternref)
	f.handle = capi.NewHandle(f.state)
	goruntime.AddCleanup(f, capi.Handle.Release, f.handle)
	return f
}

func (f *function) Definition() api.FunctionDefinition { return f.def }

func (f *function) Call(ctx context.Context, params ...uint64) ([]uint64, error) {
	if len(params) != f.def.paramSlots {
		return nil, &Error{
			Kind:    KindUsage,
			Message: fmt.Sprintf("expected %d parameters, but got %d", f.def.paramSlots, len(params)),
			text:    fmt.Sprintf("expected %d params, but passed %d", f.def.paramSlots, len(params)),
		}
	}
	stack := make([]uint64, f.slots)
	copy(stack, params)
	if err := f.call(ctx, stack); err != nil {
		return nil, err
	}
	return stack[:f.def.resultSlots:f.def.resultSlots], nil
}

func (f *function) CallWithStack(ctx context.Context, stack []uint64) error {
	if len(stack) < f.slots {
		return &Error{
			Kind:    KindUsage,
			Message: fmt.Sprintf("expected %d slots, but got %d", f.slots, len(stack)),
			text:    fmt.Sprintf("need %d params, but stack size is %d", f.slots, len(stack)),
		}
	}
	return f.call(ctx, stack[:f.slots])
}

func (f *function) call(ctx context.Context, slots []uint64) error {
	m := f.module
	if exit := m.exitError(); exit != nil {
		return exit
	}
	if m.runtime.config.closeOnContextDone && ctx.Done() != nil {
		if err := ctx.Err(); err != nil {
			return m.closeForContext(ctx)
		}
		stop := context.AfterFunc(ctx, func() { _ = m.closeForContext(ctx) })
		defer stop()
	}
	store := m.runtime.store
	if f.externrefs {
		boxed, err := boxExternrefs(store, f.def.ty.Params, slots)
		defer boxed.unpin(store)
		if err != nil {
			return err
		}
	}
	panicked, err := f.enter(ctx, store, slots)
	if err != nil {
		return m.finish(err, panicked)
	}
	if exit := m.exitError(); exit != nil {
		return exit
	}
	if f.externrefs {
		return unboxExternrefs(store, f.def.ty.Results, slots)
	}
	return nil
}

// enter runs the guest. A value used by two goroutines at once, or again by its own callee, works with another state.
func (f *function) enter(ctx context.Context, store *capi.Store, slots []uint64) (*hostPanic, error) {
	m := f.module
	state, handle := f.state, f.handle
	if f.busy.CompareAndSwap(false, true) {
		defer f.busy.Store(false)
	} else {
		state = &callState{}
		handle = capi.NewHandle(state)
		defer handle.Release()
	}
	state.ctx, state.module = ctx, m
	if m.runtime.config.closeOnContextDone {
		m.calls.Add(1)
		defer m.calls.Add(-1)
	}
	err := store.Call(&f.native, slots, handle)
	panicked := state.panicked
	*state = callState{}
	goruntime.KeepAlive(f)
	return panicked, err
}

// finish is what a call that failed returns.
func (m *module) finish(err error, panicked *hostPanic) error {
	native, ok := err.(*capi.Error)
	if !ok {
		if exit := m.exitError(); exit != nil {
			return exit
		}
		return err
	}
	if panicked != nil && native.Kind == capi.ErrorHost {
		if exit, ok := panicked.value.(*sys.ExitError); ok {
			return exit
		}
		e := nativeError(native)
		m.runtime.describe(e, m)
		e.withPanic(panicked)
		return e
	}
	switch native.Kind {
	case capi.ErrorExit:
		_ = m.CloseWithExitCode(context.Background(), native.ExitCode)
		return sys.NewExitError(native.ExitCode)
	case capi.ErrorInterrupted, capi.ErrorUsage:
		if exit := m.exitError(); exit != nil {
			return exit
		}
		return nativeError(native)
	}
	e := nativeError(native)
	m.runtime.describe(e, m)
	e.withTrace()
	return e
}

// closeForContext closes the module because ctx has ended.
func (m *module) closeForContext(ctx context.Context) error {
	_ = m.CloseWithExitCode(ctx, contextExit(ctx).ExitCode())
	return m.exitError()
}

// contextExit is the error of what was stopped because ctx has ended.
func contextExit(ctx context.Context) *sys.ExitError {
	if ctx.Err() == context.DeadlineExceeded {
		return sys.NewExitError(sys.ExitCodeDeadlineExceeded)
	}
	return sys.NewExitError(sys.ExitCodeContextCanceled)
}
