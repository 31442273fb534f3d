package wasmrt

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/libwasmrt/libwasmrt/go/api"
	"github.com/libwasmrt/libwasmrt/go/internal/capi"
	"github.com/libwasmrt/libwasmrt/go/sys"
)

// Runtime compiles and instantiates modules, which find their imports in it by name.
type Runtime interface {
	// Instantiate compiles and instantiates with the default configuration: "_start" is called if it is exported.
	Instantiate(ctx context.Context, source []byte) (api.Module, error)

	// InstantiateWithConfig compiles and instantiates. The code is released with the module.
	InstantiateWithConfig(ctx context.Context, source []byte, config ModuleConfig) (api.Module, error)

	// NewHostModuleBuilder starts a module of Go functions.
	NewHostModuleBuilder(moduleName string) HostModuleBuilder

	// CompileModule validates and compiles a binary, all of it at once.
	CompileModule(ctx context.Context, binary []byte) (CompiledModule, error)

	// InstantiateModule links a compiled module, runs its start function and then those of the configuration.
	//
	// If one of the configuration's start functions fails, the module is closed and returned along with the error. A
	// guest that ends itself with code zero there is no failure: the module is closed and the error nil.
	InstantiateModule(ctx context.Context, compiled CompiledModule, config ModuleConfig) (api.Module, error)

	// CloseWithExitCode closes all modules, the newest first, and then what they ran on.
	CloseWithExitCode(ctx context.Context, exitCode uint32) error

	// Module returns the open module of this name, or nil.
	Module(moduleName string) api.Module

	// Fuel is what is left of the fuel. It fails unless RuntimeConfig.WithFuel was used.
	//
	// This is an addition to wazero's API.
	Fuel() (uint64, error)

	// SetFuel replaces the fuel that is left. It fails unless RuntimeConfig.WithFuel was used.
	//
	// This is an addition to wazero's API.
	SetFuel(fuel uint64) error

	// Closer closes with exit code zero.
	api.Closer
}

type runtime struct {
	config *runtimeConfig
	// failure is why the engine or the store could not be made. Compiling and instantiating return it.
	failure error
	engine  *capi.Engine
	store   *capi.Store

	mu     sync.RWMutex
	closed bool
	code   uint32
	// byName holds the modules that can be imported. A nil value reserves the name of one being instantiated.
	byName map[string]*module
	// byInstance finds the caller of a host function.
	byInstance map[uint64]*module
	// open are all modules in the order in which they were instantiated.
	open []*module
}

// NewRuntime makes a runtime with the default configuration.
func NewRuntime(ctx context.Context) Runtime { return NewRuntimeWithConfig(ctx, NewRuntimeConfig()) }

// NewRuntimeWithConfig makes a runtime. The context is not kept.
//
// A configuration that this system cannot run shows when a module is compiled.
func NewRuntimeWithConfig(_ context.Context, config RuntimeConfig) Runtime {
	r := &runtime{
		config:     runtimeConfigOf(config),
		byName:     map[string]*module{},
		byInstance: map[uint64]*module{},
	}
	r.engine, r.failure = capi.NewEngine(capi.Config{
		Strategy:      r.config.strategy,
		Features:      uint64(r.config.features),
		Interruption:  r.config.closeOnContextDone,
		Fuel:          r.config.countFuel,
		MaxStackBytes: r.config.maxStackBytes,
	})
	if r.failure == nil {
		r.store, r.failure = capi.NewStore(r.engine, r.config.storeLimits())
	}
	if r.failure == nil && r.config.countFuel {
		r.failure = r.store.SetFuel(r.config.fuel)
	}
	r.failure = errorOf(r.failure)
	return r
}

// failIfClosed returns why nothing can be compiled or instantiated any more.
func (r *runtime) failIfClosed() error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.failIfClosedLocked()
}

func (r *runtime) failIfClosedLocked() error {
	if r.closed {
		return &Error{Kind: KindUsage, Message: closedMessage(r.code)}
	}
	return r.failure
}

func (r *runtime) Fuel() (uint64, error) {
	if err := r.failIfClosed(); err != nil {
		return 0, err
	}
	fuel, err := r.store.Fuel()
	return fuel, errorOf(err)
}

func (r *runtime) SetFuel(fuel uint64) error {
	if err := r.failIfClosed(); err != nil {
		return err
	}
	return errorOf(r.store.SetFuel(fuel))
}

func (r *runtime) NewHostModuleBuilder(moduleName string) HostModuleBuilder {
	return &hostModuleBuilder{runtime: r, name: moduleName}
}

func (r *runtime) Instantiate(ctx context.Context, source []byte) (api.Module, error) {
	return r.InstantiateWithConfig(ctx, source, NewModuleConfig())
}

func (r *runtime) InstantiateWithConfig(ctx context.Context, source []byte, config ModuleConfig) (api.Module, error) {
	compiled, err := r.CompileModule(ctx, source)
	if err != nil {
		return nil, err
	}
	code := compiled.(*compiledModule)
	code.ownedByInstance = true
	mod, err := r.InstantiateModule(ctx, code, config)
	if mod == nil {
		_ = code.Close(ctx)
	}
	return mod, err
}

func (r *runtime) Module(moduleName string) api.Module {
	if moduleName == "" {
		return nil
	}
	if m := r.module(moduleName); m != nil {
		return m
	}
	return nil
}

// module finds an open module by name, or nil.
func (r *runtime) module(name string) *module {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.byName[name]
}

// caller finds the instance that a host function was called by, or nil.
func (r *runtime) caller(key uint64) *module {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.byInstance[key]
}

// reserve takes a name, so that of two instantiations under one name the later fails.
func (r *runtime) reserve(name string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.failIfClosedLocked(); err != nil {
		return err
	}
	if name == "" {
		return nil
	}
	if _, taken := r.byName[name]; taken {
		return &Error{Kind: KindLink, Message: "module[" + name + "] has already been instantiated"}
	}
	r.byName[name] = nil
	return nil
}

// unreserve gives a name back whose module did not come to be.
func (r *runtime) unreserve(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if reserved, taken := r.byName[name]; taken && reserved == nil {
		delete(r.byName, name)
	}
}

// register makes a module known. It fails if the runtime was closed meanwhile.
func (r *runtime) register(m *module) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.failIfClosedLocked(); err != nil {
		return err
	}
	if m.name != "" {
		r.byName[m.name] = m
	}
	if key := m.instance.Key(); key != 0 {
		r.byInstance[key] = m
	}
	r.open = append(r.open, m)
	return nil
}

// unregister forgets a closed module.
func (r *runtime) unregister(m *module) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byName[m.name] == m {
		delete(r.byName, m.name)
	}
	delete(r.byInstance, m.instance.Key())
	if at := slices.Index(r.open, m); at >= 0 {
		r.open = slices.Delete(r.open, at, at+1)
	}
}

func (r *runtime) Close(ctx context.Context) error { return r.CloseWithExitCode(ctx, 0) }

func (r *runtime) CloseWithExitCode(ctx context.Context, exitCode uint32) error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed, r.code = true, exitCode
	open := slices.Clone(r.open)
	r.mu.Unlock()

	var errs []error
	for _, m := range slices.Backward(open) {
		errs = append(errs, m.CloseWithExitCode(ctx, exitCode))
	}
	// Calls under way keep the store until they end.
	if r.store != nil {
		r.store.Close()
	}
	if r.engine != nil {
		r.engine.Close()
	}
	return errors.Join(errs...)
}

func closedMessage(exitCode uint32) string {
	return "runtime closed with " + exitText(sys.NewExitError(exitCode))
}
