// Package wasi_snapshot_preview1 gives guests the system calls of WASI preview 1, which most toolchains target.
//
//	wasi_snapshot_preview1.MustInstantiate(ctx, r)
//	mod, err := r.InstantiateWithConfig(ctx, wasm, wasmrt.NewModuleConfig().WithStdout(os.Stdout))
//
// The functions act on what the ModuleConfig of the calling instance grants, so one instantiation serves all guests of
// a runtime.
package wasi_snapshot_preview1

import (
	"context"

	wasmrt "github.com/libwasmrt/libwasmrt/go"
	"github.com/libwasmrt/libwasmrt/go/api"
	"github.com/libwasmrt/libwasmrt/go/internal/native"
)

// ModuleName is the name that guests import from.
const ModuleName = "wasi_snapshot_preview1"

// Instantiate makes the functions importable in the runtime.
func Instantiate(ctx context.Context, r wasmrt.Runtime) (api.Closer, error) {
	return NewBuilder(r).Instantiate(ctx)
}

// MustInstantiate is Instantiate that panics on an error.
func MustInstantiate(ctx context.Context, r wasmrt.Runtime) {
	if _, err := Instantiate(ctx, r); err != nil {
		panic(err)
	}
}

// Builder makes the host module.
type Builder interface {
	// Compile returns the module for Runtime.InstantiateModule.
	Compile(context.Context) (wasmrt.CompiledModule, error)

	// Instantiate compiles and instantiates.
	Instantiate(context.Context) (api.Closer, error)
}

// NewBuilder returns a builder of the module under ModuleName.
func NewBuilder(r wasmrt.Runtime) Builder { return &builder{r} }

type builder struct{ runtime wasmrt.Runtime }

func (b *builder) host() wasmrt.HostModuleBuilder {
	host := b.runtime.NewHostModuleBuilder(ModuleName)
	NewFunctionExporter().ExportFunctions(host)
	return host
}

func (b *builder) Compile(ctx context.Context) (wasmrt.CompiledModule, error) {
	return b.host().Compile(ctx)
}

func (b *builder) Instantiate(ctx context.Context) (api.Closer, error) {
	return b.host().Instantiate(ctx)
}

// FunctionExporter adds the functions to a builder, to be exported under another module name or to be replaced one by
// one.
type FunctionExporter interface {
	// ExportFunctions adds all functions.
	ExportFunctions(wasmrt.HostModuleBuilder)
}

// NewFunctionExporter returns the exporter of all functions.
func NewFunctionExporter() FunctionExporter { return exporter{} }

type exporter struct{}

func (exporter) ExportFunctions(host wasmrt.HostModuleBuilder) {
	for _, f := range functions {
		params, names := f.parameters()
		results, resultNames := []api.ValueType{api.ValueTypeI32}, []string{"errno"}
		if f.noResult {
			results, resultNames = nil, nil
		}
		host.NewFunctionBuilder().
			WithGoModuleFunction(native.Function{Name: f.name}, params, results).
			WithParameterNames(names...).
			WithResultNames(resultNames...).
			Export(f.name)
	}
}
