package wasmrt_test

import (
	"testing"

	wasmrt "github.com/libwasmrt/libwasmrt/go"
)

func TestMemoryIsReadAndWritten(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		mod := instantiate(t, newRuntime(t, config), "memory")
		mem := mod.Memory()
		if mem != mod.ExportedMemory("memory") {
			t.Fatal("another memory")
		}
		want(t, mem.Size(), 65536)
		hello, ok := mem.Read(8, 5)
		want(t, ok, true)
		want(t, string(hello), "hello")
		want(t, cap(hello), 5)
		hello[0] = 'j'
		want(t, call1(t, mod, "load", 8)&0xff, 'j')
		call(t, mod, "store", 8, 0x64636261)
		want(t, string(hello), "abcdo")
		want(t, mem.WriteUint32Le(100, 7), true)
		want(t, call1(t, mod, "load", 100), 7)
		want(t, mem.WriteFloat64Le(104, 1.25), true)
		float, _ := mem.ReadFloat64Le(104)
		want(t, float, 1.25)
		want(t, mem.WriteString(200, "text"), true)
		text, _ := mem.ReadUint32Le(200)
		want(t, text, 0x74786574)
	})
}

func TestAccessesOutsideTheMemoryAnswerFalse(t *testing.T) {
	mem := instantiate(t, newRuntime(t, wasmrt.NewRuntimeConfig()), "memory").Memory()
	_, ok := mem.Read(65536, 0)
	want(t, ok, true)
	_, ok = mem.Read(65537, 0)
	want(t, ok, false)
	_, ok = mem.Read(65535, 2)
	want(t, ok, false)
	_, ok = mem.Read(0xffffffff, 0xffffffff)
	want(t, ok, false)
	_, ok = mem.ReadUint64Le(65529)
	want(t, ok, false)
	want(t, mem.WriteUint16Le(65535, 1), false)
	want(t, mem.Write(65534, []byte("abc")), false)
	last, ok := mem.ReadUint16Le(65534)
	want(t, ok, true)
	want(t, last, 0)
}

func TestViewsOutliveGrowth(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		mod := instantiate(t, newRuntime(t, config), "memory")
		mem := mod.Memory()
		view, _ := mem.Read(8, 5)
		previous, ok := mem.Grow(1)
		want(t, ok, true)
		want(t, previous, 1)
		want(t, call1(t, mod, "grow", 1), 2)
		want(t, mem.Size(), 3*65536)
		want(t, mem.WriteByte(3*65536-1, 1), true)
		_, ok = mem.Grow(1)
		want(t, ok, false)
		previous, ok = mem.Grow(0)
		want(t, ok, true)
		want(t, previous, 3)
		view[0] = 'J'
		want(t, call1(t, mod, "load", 8)&0xff, 'J')
	})
}

func TestTheRuntimesLimitBoundsMemories(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		r := newRuntime(t, config.WithMemoryLimitPages(2))
		mem := instantiate(t, r, "memory").Memory()
		max, declared := mem.Definition().Max()
		want(t, max, 2)
		want(t, declared, true)
		_, ok := mem.Grow(1)
		want(t, ok, true)
		_, ok = mem.Grow(1)
		want(t, ok, false)
		_, err := newRuntime(t, config.WithMemoryLimitPages(0)).CompileModule(ctx, wasm(t, "memory"))
		wantText(t, err, "section memory: min 1 pages (64 Ki) over limit of 0 pages (0 Ki)")
		_, err = newRuntime(t, config.WithMemoryLimitPages(2).WithMemoryCapacityFromMax(true)).CompileModule(ctx, wasm(t, "memory"))
		wantText(t, err, "section memory: max 3 pages (192 Ki) over limit of 2 pages (128 Ki)")
	})
}

func TestAMemoryLimitBeyondTheSpecificationPanics(t *testing.T) {
	defer func() {
		err, _ := recover().(error)
		wantText(t, err, "memoryLimitPages invalid: 65537 > 65536")
	}()
	wasmrt.NewRuntimeConfig().WithMemoryLimitPages(65537)
}

func TestViewsStayTouchableAfterClose(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		r := newRuntime(t, config)
		mod := instantiate(t, r, "memory")
		mem := mod.Memory()
		view, _ := mem.Read(0, 65536)
		if err := mod.Close(ctx); err != nil {
			t.Fatal(err)
		}
		for i := range view {
			view[i]++
		}
		_, ok := mem.ReadByte(8)
		want(t, ok, false)
		_, ok = mem.Grow(1)
		want(t, ok, false)
	})
}

func TestAModuleWithoutMemoryHasNone(t *testing.T) {
	mod := instantiate(t, newRuntime(t, wasmrt.NewRuntimeConfig()), "math")
	if mod.Memory() != nil || mod.ExportedMemory("memory") != nil {
		t.Fatal("there is a memory")
	}
}
