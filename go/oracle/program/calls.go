package main

import (
	"sort"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

func calls(p *program) {
	r := p.runtime()
	defer r.Close(ctx)
	math := p.instantiate(r, "math")
	p.call(math, "add", 1, 2)
	p.call(math, "add", api.EncodeI32(-1), api.EncodeI32(-1))
	p.call(math, "fac", 20)
	p.call(math, "half_f32", api.EncodeF32(3))
	p.call(math, "half_f64", api.EncodeF64(-3))
	p.call(math, "nothing")
	p.call(math, "add", 1)
	p.call(math, "add", 1, 2, 3)
	stack := []uint64{5, 6, 7, 8}
	p.say("with a stack", math.ExportedFunction("add").CallWithStack(ctx, stack), stack)
	p.say("with a short stack", math.ExportedFunction("add").CallWithStack(ctx, stack[:1]))
	p.say("missing", math.ExportedFunction("missing") == nil, math.ExportedMemory("add") == nil)
	p.say("module", math, math.Name(), math.IsClosed(), r.Module("math") == math, r.Module("other") == nil)
}

func traps(p *program) {
	r := p.runtime()
	defer r.Close(ctx)
	math, memory, table := p.instantiate(r, "math"), p.instantiate(r, "memory"), p.instantiate(r, "table")
	p.call(math, "div", 1, 0)
	p.call(math, "div", 0x8000_0000, 0xffff_ffff)
	p.call(math, "trunc", api.EncodeF64(1e10))
	p.call(math, "trunc", 0x7ff8_0000_0000_0000)
	p.call(math, "boom")
	p.call(math, "deep_boom")
	p.call(math, "recurse")
	p.call(math, "add", 2, 2)
	p.call(memory, "load", 65533)
	p.call(memory, "store", 0xffff_ffff, 1)
	for index := uint64(0); index < 5; index++ {
		p.call(table, "call", index)
	}
}

func definitions(p *program) {
	r := p.runtime()
	defer r.Close(ctx)
	p.runtimeOfGuest(r)
	for _, name := range []string{"math", "host", "memory"} {
		compiled, err := r.CompileModule(ctx, p.binary(name))
		p.say("compiled", name, err)
		p.say("name", compiled.Name())
		for _, f := range compiled.ImportedFunctions() {
			p.function("imports", f)
		}
		p.functions(compiled.ExportedFunctions())
		for export, m := range compiled.ExportedMemories() {
			maximum, declared := m.Max()
			p.say("memory "+export, m.ModuleName(), m.Index(), m.ExportNames(), m.Min(), maximum, declared)
		}
		p.say("sections", len(compiled.CustomSections()), compiled.ImportedMemories() == nil)
	}
}

func (p *program) runtimeOfGuest(r wazero.Runtime) {
	math := p.instantiate(r, "math")
	f := math.ExportedFunction("fac").Definition()
	p.function("instance exports", f)
	p.say("its definitions", len(math.ExportedFunctionDefinitions()), len(math.ExportedMemoryDefinitions()))
}

func (p *program) functions(functions map[string]api.FunctionDefinition) {
	var names []string
	for name := range functions {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		p.function("exports "+name, functions[name])
	}
}

func (p *program) function(about string, f api.FunctionDefinition) {
	module, name, imported := f.Import()
	p.say(about, f.Name(), f.DebugName(), f.ModuleName(), f.Index(), f.ExportNames(), module, name, imported,
		f.ParamTypes(), f.ParamNames(), f.ResultTypes(), f.ResultNames(), f.GoFunction() == nil)
}

func memories(p *program) {
	r := p.runtime()
	defer r.Close(ctx)
	mod := p.instantiate(r, "memory")
	memory := mod.Memory()
	say := func(about string, values ...any) { p.say(about, values...) }
	read := func(offset, count uint32) {
		view, ok := memory.Read(offset, count)
		say("read", offset, count, len(view), cap(view), ok)
	}
	say("size", memory.Size())
	read(8, 5)
	read(65536, 0)
	read(65537, 0)
	read(65535, 2)
	read(0xffff_ffff, 0xffff_ffff)
	_, ok := memory.ReadUint64Le(65529)
	say("u64 at the end", ok)
	say("write", memory.WriteUint32Le(65532, 7), memory.WriteUint32Le(65533, 7), memory.WriteString(65534, "abc"))
	p.call(mod, "load", 65532)
	previous, ok := memory.Grow(1)
	say("grow", previous, ok)
	previous, ok = memory.Grow(2)
	say("grow beyond", previous, ok)
	previous, ok = memory.Grow(0)
	say("grow by nothing", previous, ok)
	p.call(mod, "grow", 1)
	p.call(mod, "grow", 1)
	say("size", memory.Size())
}

func globals(p *program) {
	r := p.runtime()
	defer r.Close(ctx)
	mod := p.instantiate(r, "globals")
	for _, name := range []string{"fixed", "var", "f32"} {
		g := mod.ExportedGlobal(name)
		_, mutable := g.(api.MutableGlobal)
		p.say(name, g, g.Type(), g.Get(), mutable)
	}
	p.call(mod, "bump")
	mutable := mod.ExportedGlobal("var").(api.MutableGlobal)
	mutable.Set(mutable.Get() + 100)
	p.call(mod, "bump")
	p.say("var", mutable, mod.ExportedGlobal("missing") == nil, mod.ExportedGlobal("bump") == nil)
}
