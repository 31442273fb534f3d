package wasmrt_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	wasmrt "github.com/libwasmrt/libwasmrt/go"
	"github.com/libwasmrt/libwasmrt/go/api"
	"github.com/libwasmrt/libwasmrt/go/sys"
)

// initFunc is a host function that remembers its caller and panics with *thrown unless that is nil.
func initFunc(thrown *interface{}, seen *api.Module) api.GoModuleFunc {
	return func(_ context.Context, mod api.Module, _ []uint64) {
		*seen = mod
		if *thrown != nil {
			panic(*thrown)
		}
	}
}

func wantExit(t testing.TB, err error, code uint32) {
	t.Helper()
	exit, ok := err.(*sys.ExitError)
	if !ok || exit.ExitCode() != code {
		t.Fatalf("got %v, want exit code %d", err, code)
	}
}

func TestTheFirstCloseDecidesTheCode(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		mod := instantiate(t, newRuntime(t, config), "math")
		add := mod.ExportedFunction("add")
		if err := mod.CloseWithExitCode(ctx, 4); err != nil {
			t.Fatal(err)
		}
		if err := mod.Close(ctx); err != nil {
			t.Fatal(err)
		}
		want(t, mod.IsClosed(), true)
		_, err := add.Call(ctx, 1, 2)
		wantExit(t, err, 4)
		_, err = mod.ExportedFunction("add").Call(ctx, 1, 2)
		wantExit(t, err, 4)
		wantText(t, err, "module closed with exit_code(4)")
	})
}

func TestClosingFromAHostFunctionLetsTheGuestGoOn(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		r := newRuntime(t, config)
		var view []byte
		instantiateHost(t, r, addInts, func(ctx context.Context, mod api.Module, code int64) {
			view, _ = mod.Memory().Read(0, 4)
			_ = mod.CloseWithExitCode(ctx, uint32(code))
		})
		mod := instantiate(t, r, "host")
		_, err := mod.ExportedFunction("note_then_store").Call(ctx, 6)
		wantExit(t, err, 6)
		_ = view[0]
	})
}

func TestClosingTheRuntimeClosesEverything(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		r := wasmrt.NewRuntimeWithConfig(ctx, config)
		compiled, err := r.CompileModule(ctx, wasm(t, "math"))
		if err != nil {
			t.Fatal(err)
		}
		mod := instantiate(t, r, "memory")
		if err := r.CloseWithExitCode(ctx, 9); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(ctx); err != nil {
			t.Fatal(err)
		}
		want(t, mod.IsClosed(), true)
		_, err = mod.ExportedFunction("load").Call(ctx, 0)
		wantExit(t, err, 9)
		_, err = r.CompileModule(ctx, wasm(t, "math"))
		wantText(t, err, "runtime closed with exit_code(9)")
		_, err = r.InstantiateModule(ctx, compiled, wasmrt.NewModuleConfig())
		wantText(t, err, "runtime closed with exit_code(9)")
		_, err = r.NewHostModuleBuilder("env").Instantiate(ctx)
		wantText(t, err, "runtime closed with exit_code(9)")
		_ = compiled.Close(ctx)
	})
}

func TestAnEndedContextClosesTheModule(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		r := newRuntime(t, config.WithCloseOnContextDone(true))
		mod := instantiate(t, r, "math")
		limited, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		defer cancel()
		_, err := mod.ExportedFunction("spin").Call(limited)
		wantExit(t, err, sys.ExitCodeDeadlineExceeded)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal("not a deadline")
		}
		wantText(t, err, "module closed with context deadline exceeded")
		want(t, mod.IsClosed(), true)
		if r.Module("math") != nil {
			t.Fatal("the name is still taken")
		}

		mod = instantiate(t, r, "math")
		canceled, cancel := context.WithCancel(ctx)
		cancel()
		_, err = mod.ExportedFunction("add").Call(canceled, 1, 2)
		wantExit(t, err, sys.ExitCodeContextCanceled)
		if !errors.Is(err, context.Canceled) {
			t.Fatal("not canceled")
		}
	})
}

func TestClosingStopsACallWhereContextsDo(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		mod := instantiate(t, newRuntime(t, config.WithCloseOnContextDone(true)), "math")
		time.AfterFunc(20*time.Millisecond, func() { _ = mod.CloseWithExitCode(ctx, 11) })
		_, err := mod.ExportedFunction("spin").Call(ctx)
		wantExit(t, err, 11)
	})
}

func TestAnEndedContextIsIgnoredByDefault(t *testing.T) {
	mod := instantiate(t, newRuntime(t, wasmrt.NewRuntimeConfig()), "math")
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	results, err := mod.ExportedFunction("add").Call(canceled, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	want(t, results[0], 3)
}

func TestManyModulesOpenAndClose(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		r := newRuntime(t, config)
		compiled, err := r.CompileModule(ctx, wasm(t, "memory"))
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3000 {
			mod, err := r.InstantiateModule(ctx, compiled, wasmrt.NewModuleConfig().WithName(fmt.Sprint("m", i%7)))
			if err != nil {
				t.Fatal(i, err)
			}
			mod.Memory().WriteUint32Le(0, uint32(i))
			want(t, call1(t, mod, "load", 0), uint64(i))
			if err := mod.Close(ctx); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestForgottenRuntimesAreReleased(t *testing.T) {
	for range 50 {
		r := wasmrt.NewRuntime(ctx)
		want(t, call1(t, instantiate(t, r, "math"), "add", 1, 2), 3)
	}
	runtime.GC()
	runtime.GC()
}

func TestNilPointersAreRecoveredBesideTraps(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		mod := instantiate(t, newRuntime(t, config), "memory")
		load := mod.ExportedFunction("load")
		var nothing *[4]int
		for i := range 200 {
			_, err := load.Call(ctx, 0xffff_0000)
			if !errors.Is(err, wasmrt.TrapMemoryOutOfBounds) {
				t.Fatal(err)
			}
			func() {
				defer func() {
					if _, ok := recover().(runtime.Error); !ok {
						t.Error("not a runtime error")
					}
				}()
				nothing[i%4]++
			}()
		}
	})
}
