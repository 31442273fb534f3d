package wasmrt

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/libwasmrt/libwasmrt/go/api"
	"github.com/libwasmrt/libwasmrt/go/internal/binary"
	"github.com/libwasmrt/libwasmrt/go/internal/native"
)

// HostModuleBuilder makes a module of Go functions, for guests to import by the builder's name.
type HostModuleBuilder interface {
	// NewFunctionBuilder starts a function; HostFunctionBuilder.Export ends it.
	NewFunctionBuilder() HostFunctionBuilder

	// Compile checks the signatures and returns a module that can be instantiated under several names.
	Compile(context.Context) (CompiledModule, error)

	// Instantiate compiles and instantiates. ExportedFunction of the module it returns panics: host functions are for
	// guests to call.
	Instantiate(context.Context) (api.Module, error)
}

// HostFunctionBuilder describes one function of a host module.
type HostFunctionBuilder interface {
	// WithGoFunction sets a function in slots.
	WithGoFunction(fn api.GoFunction, params, results []api.ValueType) HostFunctionBuilder

	// WithGoModuleFunction sets a function in slots that gets the importing instance.
	WithGoModuleFunction(fn api.GoModuleFunction, params, results []api.ValueType) HostFunctionBuilder

	// WithFunc sets a Go func, which is called by reflection: func(...), func(context.Context, ...) or
	// func(context.Context, api.Module, ...) with parameters and results of the kinds int32, uint32, int64, uint64,
	// float32, float64 and uintptr, the last for externref.
	WithFunc(interface{}) HostFunctionBuilder

	// WithName sets the name in stack traces. The default is the export's.
	WithName(name string) HostFunctionBuilder

	// WithParameterNames names the parameters, all of them.
	WithParameterNames(names ...string) HostFunctionBuilder

	// WithResultNames names the results, all of them.
	WithResultNames(names ...string) HostFunctionBuilder

	// Export adds the function under this name; one exported so before is replaced and keeps its index.
	Export(name string) HostModuleBuilder
}

type hostModuleBuilder struct {
	runtime *runtime
	name    string
	exports []hostExport
}

type hostExport struct {
	name     string
	function hostFunctionBuilder
}

type hostFunctionBuilder struct {
	module      *hostModuleBuilder
	fn          interface{}
	call        api.GoModuleFunction
	params      []api.ValueType
	results     []api.ValueType
	name        string
	paramNames  []string
	resultNames []string
}

// goFunctionAdapter gives a GoFunction the wider signature.
type goFunctionAdapter struct{ api.GoFunction }

func (a goFunctionAdapter) Call(ctx context.Context, _ api.Module, stack []uint64) {
	a.GoFunction.Call(ctx, stack)
}

func (b *hostModuleBuilder) NewFunctionBuilder() HostFunctionBuilder {
	return &hostFunctionBuilder{module: b}
}

func (b *hostFunctionBuilder) WithGoFunction(fn api.GoFunction, params, results []api.ValueType) HostFunctionBuilder {
	b.fn, b.call, b.params, b.results = fn, goFunctionAdapter{fn}, params, results
	return b
}

func (b *hostFunctionBuilder) WithGoModuleFunction(fn api.GoModuleFunction, params, results []api.ValueType) HostFunctionBuilder {
	b.fn, b.call, b.params, b.results = fn, fn, params, results
	return b
}

func (b *hostFunctionBuilder) WithFunc(fn interface{}) HostFunctionBuilder {
	b.fn, b.call, b.params, b.results = fn, nil, nil, nil
	return b
}

func (b *hostFunctionBuilder) WithName(name string) HostFunctionBuilder {
	b.name = name
	return b
}

func (b *hostFunctionBuilder) WithParameterNames(names ...string) HostFunctionBuilder {
	b.paramNames = names
	return b
}

func (b *hostFunctionBuilder) WithResultNames(names ...string) HostFunctionBuilder {
	b.resultNames = names
	return b
}

func (b *hostFunctionBuilder) Export(name string) HostModuleBuilder {
	added := hostExport{name: name, function: *b}
	m := b.module
	if at := slices.IndexFunc(m.exports, func(e hostExport) bool { return e.name == name }); at >= 0 {
		m.exports[at] = added
	} else {
		m.exports = append(m.exports, added)
	}
	return m
}

func (b *hostModuleBuilder) Compile(context.Context) (CompiledModule, error) {
	if b.name == "" {
		return nil, fmt.Errorf("a module name must not be empty")
	}
	if err := b.runtime.failIfClosed(); err != nil {
		return nil, err
	}
	defs := &definitions{exports: make(map[string]binary.Export, len(b.exports))}
	functions := make([]hostFunction, 0, len(b.exports))
	for index, export := range b.exports {
		fn, err := export.function.build(b.name, export.name, uint32(index), b.runtime.config.features)
		if err != nil {
			return nil, err
		}
		defs.functions = append(defs.functions, fn.def)
		defs.exports[export.name] = binary.Export{Name: export.name, Kind: api.ExternTypeFunc, Index: uint32(index)}
		functions = append(functions, fn)
	}
	return &compiledModule{
		runtime: b.runtime, name: b.name, binary: &binary.Module{Name: b.name}, defs: defs, host: functions,
	}, nil
}

func (b *hostModuleBuilder) Instantiate(ctx context.Context) (api.Module, error) {
	compiled, err := b.Compile(ctx)
	if err != nil {
		return nil, err
	}
	return b.runtime.instantiateHost(ctx, compiled.(*compiledModule), b.name)
}

// build makes the function that guests call, with its definition.
func (b *hostFunctionBuilder) build(module, export string, index uint32, features api.CoreFeatures) (hostFunction, error) {
	ty := binary.FuncType{Params: b.params, Results: b.results}
	call := b.call
	qualified := "func[" + module + "." + export + "]"
	if call == nil {
		fn, reflected, err := newReflectFunction(reflect.ValueOf(b.fn))
		if err != nil {
			return hostFunction{}, fmt.Errorf("%s %w", qualified, err)
		}
		if given, want := len(b.paramNames), len(reflected.Params); given > 0 && given != want {
			return hostFunction{}, fmt.Errorf("%s has %d params, but %d params names", qualified, given, want)
		}
		if given, want := len(b.resultNames), len(reflected.Results); given > 0 && given != want {
			return hostFunction{}, fmt.Errorf("%s has %d results, but %d results names", qualified, given, want)
		}
		call, ty = fn, reflected
	}
	if len(ty.Results) > 1 {
		if err := features.RequireEnabled(api.CoreFeatureMultiValue); err != nil {
			return hostFunction{}, fmt.Errorf("%s multiple result types invalid as %w", qualified, err)
		}
	}
	def := &functionDefinition{
		exportDefinition: exportDefinition{moduleName: module, index: index, exportNames: []string{export}},
		name:             b.name,
		paramNames:       b.paramNames,
		resultNames:      b.resultNames,
		goFunction:       b.fn,
	}
	if def.name == "" {
		def.name = export
	}
	def.setType(ty)
	library, _ := call.(native.Function)
	return hostFunction{def: def, call: call, library: library.Name}, nil
}
