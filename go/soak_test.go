package wasmrt_test

import (
	"errors"
	"os"
	"runtime"
	"runtime/debug"
	"testing"

	wasmrt "github.com/libwasmrt/libwasmrt/go"
	"github.com/libwasmrt/libwasmrt/go/api"
)

// rounds is how often a test does something: a tenth, unless WASMRT_SOAK is set.
func rounds(full int) int {
	if os.Getenv("WASMRT_SOAK") == "" {
		return full / 10
	}
	return full
}

// stayFlat runs something often, and fails if resident memory or the number of mappings grow between the first quarter
// and the end.
func stayFlat(t *testing.T, count, spareMappings, spareBytes int, once func(i int)) {
	t.Helper()
	var startBytes, startMappings int
	for i := range count {
		if i == count/4 {
			debug.FreeOSMemory()
			startBytes, startMappings = resident(t), mappings(t)
		}
		once(i)
	}
	debug.FreeOSMemory()
	endBytes, endMappings := resident(t), mappings(t)
	t.Logf("%d rounds: resident %d → %d KiB, mappings %d → %d", count, startBytes>>10, endBytes>>10, startMappings, endMappings)
	if endBytes > startBytes+spareBytes {
		t.Errorf("resident memory grew from %d to %d KiB", startBytes>>10, endBytes>>10)
	}
	if endMappings > startMappings+spareMappings {
		t.Errorf("mappings grew from %d to %d", startMappings, endMappings)
	}
}

func mustInstantiate(t *testing.T, r wasmrt.Runtime, compiled wasmrt.CompiledModule) api.Module {
	t.Helper()
	mod, err := r.InstantiateModule(ctx, compiled, wasmrt.NewModuleConfig().WithName(""))
	if err != nil {
		t.Fatal(err)
	}
	return mod
}

func TestViewsOfManyClosedModulesAreKept(t *testing.T) {
	r := newRuntime(t, wasmrt.NewRuntimeConfig())
	compiled, err := r.CompileModule(ctx, wasm(t, "memory"))
	if err != nil {
		t.Fatal(err)
	}
	count, kept, spareBytes := rounds(200_000), rounds(200_000), 24<<20
	if wasmrt.IsPortable {
		// What is left of a memory takes its whole block, so that few are kept: a thousand blocks of three pages. The
		// allocator sets some aside per thread.
		kept, spareBytes = 500, 400<<20
	}
	views := make([][]byte, 0, count)
	stayFlat(t, count, 64, spareBytes, func(i int) {
		mod := mustInstantiate(t, r, compiled)
		view, ok := mod.Memory().Read(0, 65536)
		if !ok || string(view[8:13]) != "hello" {
			t.Fatal(i, "the memory is not as instantiated")
		}
		view[100] = byte(i)
		views = append(views, view)
		if err := mod.Close(ctx); err != nil {
			t.Fatal(err)
		}
	})
	for i, view := range views[count-kept:] {
		if view[8] != 0 || view[100] != 0 || view[65535] != 0 {
			t.Fatal(i, "the view of a closed module holds something")
		}
	}
	for _, view := range views[count-min(kept, 1000):] {
		view[0], view[65535] = 1, 1
	}
	mod := mustInstantiate(t, r, compiled)
	first, _ := mod.Memory().ReadUint32Le(0)
	want(t, first, 0)
}

func TestInstancesThatComeAndGoLeaveNothing(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		r := newRuntime(t, config)
		compiled, err := r.CompileModule(ctx, wasm(t, "memory"))
		if err != nil {
			t.Fatal(err)
		}
		stayFlat(t, rounds(100_000), 32, 16<<20, func(i int) {
			mod := mustInstantiate(t, r, compiled)
			call(t, mod, "store", 64, uint64(i))
			if err := mod.Close(ctx); err != nil {
				t.Fatal(err)
			}
		})
	})
}

func TestModulesThatComeAndGoLeaveNothing(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		r := newRuntime(t, config)
		binary := wat(t, `(module (func (export "f") (result i64) (i64.const 7)))`)
		stayFlat(t, rounds(100_000), 32, 16<<20, func(i int) {
			mod, err := r.Instantiate(ctx, binary)
			if err != nil {
				t.Fatal(err)
			}
			if i%64 == 0 {
				want(t, call1(t, mod, "f"), 7)
			}
			if err := mod.Close(ctx); err != nil {
				t.Fatal(err)
			}
		})
	})
}

func TestNilPointersAreRecoveredOnManyGoroutinesBesideTraps(t *testing.T) {
	var nothing *[1 << 16]int
	recovers := func() (ok bool) {
		defer func() {
			_, ok = recover().(runtime.Error)
		}()
		nothing[7]++
		return false
	}
	want(t, recovers(), true)
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		r := newRuntime(t, config)
		instantiateHost(t, r, addInts, func(int64) {
			if !recovers() {
				t.Error("not recovered in a host function")
			}
			_ = nothing[8]
		})
		memory, math, host := instantiate(t, r, "memory"), instantiate(t, r, "math"), instantiate(t, r, "host")
		together(8, func(worker int) {
			load, div, note := memory.ExportedFunction("load"), math.ExportedFunction("div"), host.ExportedFunction("note_it")
			for range rounds(5000) {
				if _, err := load.Call(ctx, 0xffff_0000); !errors.Is(err, wasmrt.TrapMemoryOutOfBounds) {
					t.Error(err)
				}
				if !recovers() {
					t.Error("not recovered between guests")
				}
				if _, err := div.Call(ctx, 1, 0); !errors.Is(err, wasmrt.TrapIntegerDivideByZero) {
					t.Error(err)
				}
				var runtimeError runtime.Error
				if _, err := note.Call(ctx, 1); !errors.As(err, &runtimeError) {
					t.Error(err)
				}
			}
		})
	})
	want(t, recovers(), true)
}
