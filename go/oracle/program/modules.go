package main

import (
	"context"
	"errors"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"
)

func linking(p *program) {
	r := p.runtime()
	defer r.Close(ctx)
	attempt := func(about, name string) {
		mod, err := r.Instantiate(ctx, p.binary(name))
		p.say(about, mod == nil, err)
	}
	p.instantiate(r, "math")
	attempt("half there", "importer")
	attempt("no env", "host")
	memory := p.instantiate(r, "memory")
	importer := p.instantiate(r, "importer")
	p.call(importer, "add", 3, 4)
	p.call(importer, "add_one", 3)
	memory.Memory().WriteByte(100, 9)
	p.call(importer, "peek", 100)
	p.say("shared", importer.Memory().Size(), importer.ExportedMemory("shared") != nil)
	p.function("exports again", importer.ExportedFunction("add").Definition())
	p.call(importer, "peek", 65536)
	host := func(name string, fn any) {
		closer, err := r.NewHostModuleBuilder("env").NewFunctionBuilder().WithFunc(fn).Export(name).Instantiate(ctx)
		p.say("env with "+name, err)
		attempt("then", "host")
		closer.Close(ctx)
	}
	host("other", add)
	host("add", func(int64) {})
	host("add", add)
	attempt("data", "data_out_of_bounds")
}

func starting(p *program) {
	for _, name := range []string{"start_function", "start_section"} {
		for _, thrown := range []any{nil, "boom", sys.NewExitError(0), sys.NewExitError(3)} {
			r := p.runtime()
			_, err := r.NewHostModuleBuilder("env").NewFunctionBuilder().WithFunc(func() {
				if thrown != nil {
					panic(thrown)
				}
			}).Export("init").Instantiate(ctx)
			p.say("host", err)
			mod, err := r.Instantiate(ctx, p.binary(name))
			p.say(name, thrown, mod == nil, err, mod != nil && mod.IsClosed())
			r.Close(ctx)
		}
	}
	r := p.runtime()
	defer r.Close(ctx)
	config := wazero.NewModuleConfig().WithStartFunctions("missing", "boom", "nothing")
	mod, err := r.InstantiateWithConfig(ctx, p.binary("math"), config)
	p.say("a trap", mod != nil && mod.IsClosed(), err, r.Module("math") == nil)
}

func closing(p *program) {
	r := p.runtime()
	mod := p.instantiate(r, "math")
	p.say("close", mod.CloseWithExitCode(ctx, 4), mod.Close(ctx), mod.IsClosed(), r.Module("math") == nil)
	_, err := mod.ExportedFunction("add").Call(ctx, 1, 2)
	p.say("call", err)
	compiled, err := r.CompileModule(ctx, p.binary("math"))
	p.say("compile", err)
	open, err := r.InstantiateModule(ctx, compiled, wazero.NewModuleConfig())
	p.say("instantiate", err)
	p.say("close the code", compiled.Close(ctx), compiled.Close(ctx))
	p.call(open, "add", 1, 2)
	_, err = r.InstantiateModule(ctx, compiled, wazero.NewModuleConfig().WithName("later"))
	p.say("instantiate closed code", err)
	p.say("close the runtime", r.CloseWithExitCode(ctx, 9), r.Close(ctx), open.IsClosed())
	_, err = open.ExportedFunction("add").Call(ctx, 1, 2)
	p.say("call", err)
	_, err = r.CompileModule(ctx, p.binary("math"))
	p.say("compile", err)
	_, err = r.Instantiate(ctx, p.binary("math"))
	p.say("instantiate", err)

	r = p.runtime()
	defer r.Close(ctx)
	env(r, func(ctx context.Context, mod api.Module, code int64) { mod.CloseWithExitCode(ctx, uint32(code)) })
	p.call(p.instantiate(r, "host"), "note_then_store", 6)
}

func contexts(p *program) {
	r := wazero.NewRuntimeWithConfig(ctx, p.config.WithCloseOnContextDone(true))
	defer r.Close(ctx)
	attempt := func(about string, ctx context.Context, name string) {
		mod := p.instantiate(r, "math")
		_, err := mod.ExportedFunction(name).Call(ctx)
		p.say(about, err, mod.IsClosed(), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded))
		mod.Close(context.Background())
	}
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	attempt("timeout", short, "spin")
	cancel()
	canceled, cancel := context.WithCancel(ctx)
	time.AfterFunc(20*time.Millisecond, cancel)
	attempt("cancel", canceled, "spin")
	attempt("canceled before", canceled, "nothing")
	attempt("background", ctx, "nothing")
}

func names(p *program) {
	r := p.runtime()
	defer r.Close(ctx)
	compiled, _ := r.CompileModule(ctx, p.binary("math"))
	attempt := func(about string, config wazero.ModuleConfig) api.Module {
		mod, err := r.InstantiateModule(ctx, compiled, config)
		p.say(about, mod, err)
		return mod
	}
	attempt("its own", wazero.NewModuleConfig())
	attempt("another", wazero.NewModuleConfig().WithName("other"))
	attempt("another again", wazero.NewModuleConfig().WithName("another"))
	p.call(attempt("none", wazero.NewModuleConfig().WithName("")), "div", 1, 0)
	p.call(attempt("none again", wazero.NewModuleConfig().WithName("")), "add", 1, 0)
	r.Module("other").Close(ctx)
	attempt("free again", wazero.NewModuleConfig().WithName("other"))
	attempt("taken", wazero.NewModuleConfig().WithName("other"))
	p.say("no name", r.Module("") == nil)
}

func compiling(p *program) {
	r := p.runtime()
	defer r.Close(ctx)
	for _, source := range []string{"", "(module)", "\x00asm", "\x00asm\x02\x00\x00\x00", "\x00asm\x01\x00\x00\x00"} {
		compiled, err := r.CompileModule(ctx, []byte(source))
		p.say("source of", len(source), compiled == nil, err)
	}
	for _, pages := range []uint32{0, 2} {
		for _, fromMax := range []bool{false, true} {
			small := wazero.NewRuntimeWithConfig(ctx, p.config.WithMemoryLimitPages(pages).WithMemoryCapacityFromMax(fromMax))
			_, err := small.CompileModule(ctx, p.binary("memory"))
			p.say("limit", pages, fromMax, err)
			small.Close(ctx)
		}
	}
	p.panics("a limit", func() { wazero.NewRuntimeConfig().WithMemoryLimitPages(65537) })
	with := wazero.NewRuntimeWithConfig(ctx, p.config.WithCustomSections(true))
	defer with.Close(ctx)
	compiled, err := with.CompileModule(ctx, append(p.binary("math"), 0, 5, 1, 'x', 'a', 'b', 'c'))
	p.say("custom sections", err, len(compiled.CustomSections()))
	for _, section := range compiled.CustomSections() {
		p.say("section", section.Name(), string(section.Data()))
	}
}
