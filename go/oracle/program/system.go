package main

import (
	"bytes"
	"encoding/hex"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	"github.com/tetratelabs/wazero/sys"
)

func system(p *program) {
	r := p.runtime()
	defer r.Close(ctx)
	wasi_snapshot_preview1.MustInstantiate(ctx, r)
	var out, errs bytes.Buffer
	config := wazero.NewModuleConfig().WithStdout(&out).WithStderr(&errs).WithStdin(strings.NewReader("input"))
	for _, args := range [][]string{nil, {"program", "argument"}} {
		mod, err := r.InstantiateWithConfig(ctx, p.binary("wasi_start"), config.WithArgs(args...))
		_, exit := err.(*sys.ExitError)
		p.say("start", args, mod != nil && mod.IsClosed(), err, exit, out.String())
	}
	mod, err := r.InstantiateWithConfig(ctx, p.binary("wasi"), config.WithName("guest").
		WithArgs("one", "", "three").WithEnv("A", "1").WithEnv("B", "2").WithEnv("A", "3"))
	p.say("instantiate", err)
	p.call(mod, "args")
	p.show(mod, 256, 12)
	p.call(mod, "environ")
	p.show(mod, 256, 9)
	p.call(mod, "read", 0, 512, 3)
	p.show(mod, 512, 5)
	p.call(mod, "read", 1, 512, 3)
	p.call(mod, "read", 9, 512, 3)
	p.call(mod, "write", 1, 512, 3)
	p.call(mod, "write", 2, 512, 2)
	p.call(mod, "write", 1, 0xffff_fff0, 2)
	p.call(mod, "open", 3, 512, 3)
	p.say("streams", out.String(), errs.String())
	p.call(mod, "exit", 7)
	p.say("closed", mod.IsClosed(), r.Module("guest") == nil)
}

func systemDefaults(p *program) {
	r := p.runtime()
	defer r.Close(ctx)
	wasi_snapshot_preview1.MustInstantiate(ctx, r)
	mod := p.instantiate(r, "wasi")
	for _, clock := range []uint64{0, 0, 1, 1, 2, 9} {
		p.call(mod, "time", clock)
		p.call(mod, "resolution", clock)
	}
	p.call(mod, "random", 600, 16)
	p.show(mod, 600, 16)
	p.call(mod, "random", 600, 5)
	p.show(mod, 600, 5)
	p.call(mod, "random", 0xffff_fff0, 5)
	p.call(mod, "read", 0, 512, 3)
	p.show(mod, 8, 4)
	p.call(mod, "write", 1, 512, 3)
}

func (p *program) show(mod api.Module, offset, count uint32) {
	view, ok := mod.Memory().Read(offset, count)
	p.say("bytes", ok, hex.EncodeToString(view))
}

func configuration(p *program) {
	r := p.runtime()
	defer r.Close(ctx)
	wasi_snapshot_preview1.MustInstantiate(ctx, r)
	none := wazero.NewModuleConfig()
	clock := func() (int64, int32) { return 1, 2 }
	for _, config := range []wazero.ModuleConfig{
		none.WithArgs("a\x00b"), none.WithArgs(""), none.WithEnv("", "x"), none.WithEnv("a=b", "x"), none.WithEnv("a", "b\x00"),
		none.WithWalltime(clock, 0), none.WithWalltime(clock, 1), none.WithNanotime(func() int64 { return 5 }, 0),
	} {
		mod, err := r.InstantiateWithConfig(ctx, p.binary("wasi"), config)
		p.say("configured", mod == nil, err)
		if err == nil {
			p.call(mod, "time", 0)
			mod.Close(ctx)
		}
	}
}
