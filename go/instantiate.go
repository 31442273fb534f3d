package wasmrt

import (
	"context"
	"errors"
	"fmt"

	"github.com/libwasmrt/libwasmrt/go/api"
	"github.com/libwasmrt/libwasmrt/go/internal/capi"
	"github.com/libwasmrt/libwasmrt/go/sys"
)

var errNotCompiled = errors.New("source module must be compiled before instantiation")

func (r *runtime) InstantiateModule(ctx context.Context, compiled CompiledModule, config ModuleConfig) (api.Module, error) {
	code, ok := compiled.(*compiledModule)
	if !ok || code == nil || code.runtime != r {
		return nil, &Error{Kind: KindUsage, Message: errNotCompiled.Error(), cause: errNotCompiled}
	}
	if _, closed := code.closed.get(); closed {
		return nil, &Error{Kind: KindUsage, Message: errNotCompiled.Error(), cause: errNotCompiled}
	}
	cfg := moduleConfigOf(config)
	name := code.name
	if cfg.nameSet {
		name = cfg.name
	}
	if code.code == nil {
		return r.instantiateHost(ctx, code, name)
	}
	m, err := r.instantiateGuest(ctx, code, cfg, name)
	if err != nil {
		return nil, err
	}
	return m, m.runStartFunctions(ctx, cfg.startFunctions)
}

func (r *runtime) instantiateHost(_ context.Context, code *compiledModule, name string) (api.Module, error) {
	if err := r.reserve(name); err != nil {
		return nil, err
	}
	m := &module{runtime: r, name: name, code: code}
	if err := r.register(m); err != nil {
		r.unreserve(name)
		return nil, err
	}
	return m, nil
}

func (r *runtime) instantiateGuest(ctx context.Context, code *compiledModule, cfg *moduleConfig, name string) (m *module, err error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if err := r.reserve(name); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			r.unreserve(name)
		}
	}()
	m = &module{runtime: r, name: name, code: code}
	l := linker{runtime: r, module: m, config: cfg}
	if err := l.resolve(); err != nil {
		return nil, err
	}
	if err := l.instantiate(ctx); err != nil {
		return nil, err
	}
	m.openMemories()
	if err := r.register(m); err != nil {
		_ = r.store.CloseInstance(m.instance)
		return nil, err
	}
	return m, nil
}

// instantiate makes the instance of a module whose imports are resolved, and runs its start function.
func (l *linker) instantiate(ctx context.Context) error {
	native, err := capi.NewLinker(l.runtime.engine)
	if err != nil {
		return errorOf(err)
	}
	defer native.Close()
	if err := l.define(native); err != nil {
		return err
	}
	m := l.module
	state := &callState{ctx: ctx, module: m}
	handle := capi.NewHandle(state)
	defer handle.Release()
	if l.runtime.config.closeOnContextDone && m.code.binary.HasStart && ctx.Done() != nil {
		if ctx.Err() != nil {
			return contextExit(ctx)
		}
		// The instance is not known before its start function has ended, so this stops every call of the runtime.
		stop := context.AfterFunc(ctx, func() { _ = l.runtime.store.Interrupt() })
		defer stop()
	}
	if m.instance, err = native.Instantiate(l.runtime.store, m.code.code, handle); err != nil {
		if native, ok := err.(*capi.Error); ok && native.Kind == capi.ErrorInterrupted && ctx.Err() != nil {
			return contextExit(ctx)
		}
		return m.startError(err, state.panicked)
	}
	return nil
}

// startError is what instantiation fails with: the start function's failure, or that of a step before it.
func (m *module) startError(err error, panicked *hostPanic) error {
	native, ok := err.(*capi.Error)
	if !ok {
		return err
	}
	if panicked == nil && len(native.Frames) == 0 && native.Kind != capi.ErrorExit {
		return nativeError(native)
	}
	failure := m.finish(err, panicked)
	if exit, ok := failure.(*sys.ExitError); ok {
		return exit
	}
	if m.code.binary.HasStart {
		return fmt.Errorf("start function[%d] failed: %w", m.code.binary.Start, failure)
	}
	return failure
}

// runStartFunctions calls the exported functions that the configuration names. A failure closes the module.
func (m *module) runStartFunctions(ctx context.Context, names []string) error {
	for _, name := range names {
		start := m.ExportedFunction(name)
		if start == nil {
			continue
		}
		_, err := start.Call(ctx)
		if err == nil {
			continue
		}
		_ = m.Close(ctx)
		if exit, ok := err.(*sys.ExitError); ok {
			if exit.ExitCode() == 0 {
				return nil
			}
			return exit
		}
		return fmt.Errorf("module[%s] function[%s] failed: %w", m.name, name, err)
	}
	return nil
}
