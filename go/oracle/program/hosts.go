package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"
)

func add(x, y int32) int32 { return x + y }

func env(r wazero.Runtime, note any) api.Module {
	mod, err := r.NewHostModuleBuilder("env").
		NewFunctionBuilder().WithFunc(add).WithParameterNames("x", "y").Export("add").
		NewFunctionBuilder().WithFunc(note).WithName("noted").Export("note").
		Instantiate(ctx)
	if err != nil {
		panic(err)
	}
	return mod
}

type key struct{}

func hostFunctions(p *program) {
	r := p.runtime()
	defer r.Close(ctx)
	host := env(r, func(ctx context.Context, mod api.Module, n int64) {
		p.say("note", ctx.Value(key{}), mod, n, mod == r.Module("guest"))
		nested, err := mod.ExportedFunction("add_twice").Call(ctx, uint64(n), 1)
		p.say("nested", nested, err)
	})
	guest := p.instantiate(r, "host")
	p.call(guest, "add_twice", 1, 2)
	results, err := guest.ExportedFunction("note_it").Call(context.WithValue(ctx, key{}, "value"), 7)
	p.say("with a value", results, err)
	p.say("host module", host, r.Module("env") != nil, host.Memory() == nil)
	p.panics("a function of a host module", func() { host.ExportedFunction("add") })
	slots := api.GoModuleFunc(func(_ context.Context, _ api.Module, stack []uint64) { stack[0] = uint64(len(stack)) })
	_, err = r.NewHostModuleBuilder("slots").NewFunctionBuilder().
		WithGoModuleFunction(slots, []api.ValueType{api.ValueTypeI64}, nil).Export("x").Instantiate(ctx)
	p.say("slots", err)
}

type failure struct{ code int }

func (f failure) Error() string { return fmt.Sprint("failure ", f.code) }

func hostPanics(p *program) {
	values := []any{"text", 7, failure{3}, errors.New("an error"), fmt.Errorf("wrapped: %w", failure{4}),
		sys.NewExitError(5), sys.NewExitError(0)}
	for _, value := range values {
		r := p.runtime()
		env(r, func(int64) { panic(value) })
		guest := p.instantiate(r, "host")
		_, err := guest.ExportedFunction("note_it").Call(ctx, 1)
		var found failure
		_, exit := err.(*sys.ExitError)
		p.say(fmt.Sprintf("panic of %v", value), err, errors.As(err, &found), found, exit, guest.IsClosed())
		p.call(guest, "add_twice", 1, 1)
		r.Close(ctx)
	}
	r := p.runtime()
	defer r.Close(ctx)
	env(r, func(n int64) { _ = []int{1}[n] })
	_, err := p.instantiate(r, "host").ExportedFunction("note_it").Call(ctx, 5)
	wasm, _, ok := strings.Cut(err.Error(), "\n\nGo runtime stack trace:\ngoroutine ")
	p.say("runtime error", wasm, ok)
	var runtimeError runtime.Error
	p.say("found", errors.As(err, &runtimeError))
	r2 := p.runtime()
	defer r2.Close(ctx)
	math := p.instantiate(r2, "math")
	env(r2, func(ctx context.Context, n int64) {
		if _, err := math.ExportedFunction("deep_boom").Call(ctx); err != nil {
			panic(err)
		}
	})
	p.call(p.instantiate(r2, "host"), "note_it", 1)
}

func builders(p *program) {
	r := p.runtime()
	defer r.Close(ctx)
	functions := []any{1, func(string) {}, func() error { return nil }, func(api.Module) {},
		func(int32, context.Context) {}, func(context.Context, api.Module, uint32, float64) (uint64, float32) { return 0, 0 },
		func(uintptr) uintptr { return 0 }}
	for i, fn := range functions {
		compiled, err := r.NewHostModuleBuilder("x").NewFunctionBuilder().WithFunc(fn).Export("f").Compile(ctx)
		p.say(fmt.Sprint("function ", i), err)
		if err == nil {
			p.functions(compiled.ExportedFunctions())
		}
	}
	_, err := r.NewHostModuleBuilder("").Compile(ctx)
	p.say("without a name", err)
	_, err = r.NewHostModuleBuilder("y").NewFunctionBuilder().WithFunc(add).WithParameterNames("a").Export("f").Compile(ctx)
	p.say("names", err)
	_, err = r.NewHostModuleBuilder("y").NewFunctionBuilder().WithFunc(add).WithResultNames("a", "b").Export("f").Compile(ctx)
	p.say("result names", err)
	_, err = r.NewHostModuleBuilder("z").Instantiate(ctx)
	p.say("empty", err)
	_, err = r.NewHostModuleBuilder("z").Instantiate(ctx)
	p.say("again", err)
}
