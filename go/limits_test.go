package wasmrt_test

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	wasmrt "github.com/libwasmrt/libwasmrt/go"
	"github.com/libwasmrt/libwasmrt/go/api"
	"github.com/libwasmrt/libwasmrt/go/sys"
)

// Each function goes on for ever, in its own way.
const endless = `(module $endless
  (import "env" "at" (func $at (param i64)))
  (memory (export "memory") 1)
  (table (export "table") 1 funcref)
  (func $down (export "down") (param i64) (call $at (local.get 0)) (call $down (i64.add (local.get 0) (i64.const 1))))
  (func $sum (export "sum") (param i64) (result i64)
    (i64.add (local.get 0) (call $sum (i64.add (local.get 0) (i64.const 1)))))
  (func (export "grow") (loop (drop (memory.grow (i32.const 1))) (br 0)))
  (func (export "grow_table") (result i32)
    (loop (br_if 0 (i32.ne (i32.const -1) (table.grow (ref.null func) (i32.const 1))))) (table.size))
  (func (export "spin") (loop (br 0)))
  (func (export "one") (result i64) (i64.const 1)))`

func instantiateEndless(t *testing.T, r wasmrt.Runtime, at func(context.Context, api.Module, int64)) api.Module {
	t.Helper()
	if _, err := r.NewHostModuleBuilder("env").NewFunctionBuilder().WithFunc(at).Export("at").Instantiate(ctx); err != nil {
		t.Fatal(err)
	}
	return instantiateText(t, r, endless)
}

func TestRecursionEndsOnManyGoroutinesWithAHostFunctionAtItsDeepestPoint(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		r := newRuntime(t, config)
		var deepest atomic.Int64
		mod := instantiateEndless(t, r, func(ctx context.Context, mod api.Module, depth int64) {
			if depth > deepest.Load() {
				deepest.Store(depth)
			}
			if depth%512 == 0 {
				// Something that takes stack here, and a guest below.
				var page [4096]byte
				runtime.KeepAlive(&page)
				results, err := mod.ExportedFunction("one").Call(ctx)
				if err != nil && !errors.Is(err, wasmrt.TrapStackOverflow) || err == nil && results[0] != 1 {
					t.Error(results, err)
				}
			}
		})
		together(16, func(int) {
			for range 5 {
				for _, name := range []string{"down", "sum"} {
					if _, err := mod.ExportedFunction(name).Call(ctx, 1); !errors.Is(err, wasmrt.TrapStackOverflow) {
						t.Error(name, err)
					}
				}
			}
		})
		if deepest.Load() < 1000 {
			t.Error("the stack ended after", deepest.Load(), "calls")
		}
		want(t, call1(t, mod, "one"), 1)
	})
}

func TestTheStackIsAsLargeAsConfigured(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		depth := func(bytes uint64) (deepest int64) {
			r := newRuntime(t, config.WithMaxStackBytes(bytes))
			mod := instantiateEndless(t, r, func(_ context.Context, _ api.Module, depth int64) { deepest = depth })
			_, err := mod.ExportedFunction("down").Call(ctx, 1)
			if !errors.Is(err, wasmrt.TrapStackOverflow) {
				t.Error(err)
			}
			return deepest
		}
		small, large := depth(64<<10), depth(256<<10)
		if small < 10 || large < 3*small || large > 5*small {
			t.Error(small, large)
		}
	})
}

func TestFuelStopsWhatGoesOnForEver(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		r := newRuntime(t, config.WithFuel(100_000).WithMemoryLimitPages(50))
		mod := instantiateEndless(t, r, func(context.Context, api.Module, int64) {})
		for _, name := range []string{"spin", "grow"} {
			_, err := mod.ExportedFunction(name).Call(ctx)
			if !errors.Is(err, wasmrt.TrapOutOfFuel) {
				t.Fatal(name, err)
			}
			wantPrefix(t, err, "wasm error: all fuel consumed\nwasm stack trace:\n\tendless.$")
			_, err = mod.ExportedFunction("one").Call(ctx)
			if !errors.Is(err, wasmrt.TrapOutOfFuel) {
				t.Fatal(err)
			}
			want(t, r.SetFuel(100_000), nil)
		}
		want(t, mod.Memory().Size(), 50*65536)
		want(t, call1(t, mod, "one"), 1)
		left, err := r.Fuel()
		want(t, err, nil)
		want(t, left, 99_999)
		_, err = newRuntime(t, config).Fuel()
		var structured *wasmrt.Error
		want(t, errors.As(err, &structured), true)
		want(t, structured.Kind, wasmrt.KindUsage)
	})
}

func TestADeadlineStopsWhatGoesOnForEver(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		r := newRuntime(t, config.WithCloseOnContextDone(true).WithMemoryLimitPages(10))
		mod := instantiateEndless(t, r, func(context.Context, api.Module, int64) {})
		want(t, mod.Close(ctx), nil)
		compiled, err := r.CompileModule(ctx, wat(t, endless))
		if err != nil {
			t.Fatal(err)
		}
		together(8, func(worker int) {
			for _, name := range []string{"spin", "grow"} {
				mod, err := r.InstantiateModule(ctx, compiled, wasmrt.NewModuleConfig().WithName(""))
				if err != nil {
					t.Error(err)
					return
				}
				limited, cancel := context.WithTimeout(ctx, time.Duration(1+worker)*3*time.Millisecond)
				_, err = mod.ExportedFunction(name).Call(limited)
				cancel()
				if exit, ok := err.(*sys.ExitError); !ok || exit.ExitCode() != sys.ExitCodeDeadlineExceeded {
					t.Error(name, err)
				}
			}
		})
		mod = instantiateText(t, r, endless)
		want(t, call1(t, mod, "one"), 1)
	})
}

func TestClosingOneModuleStopsNoOther(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		r := newRuntime(t, config.WithCloseOnContextDone(true))
		compiled, err := r.CompileModule(ctx, wasm(t, "math"))
		if err != nil {
			t.Fatal(err)
		}
		instance := func() api.Module {
			mod, err := r.InstantiateModule(ctx, compiled, wasmrt.NewModuleConfig().WithName(""))
			if err != nil {
				t.Error(err)
			}
			return mod
		}
		var stopped atomic.Bool
		together(2, func(worker int) {
			if worker == 0 {
				defer stopped.Store(true)
				for range 20 {
					mod := instance()
					time.AfterFunc(time.Millisecond, func() { _ = mod.CloseWithExitCode(ctx, 5) })
					_, err := mod.ExportedFunction("spin").Call(ctx)
					if exit, ok := err.(*sys.ExitError); !ok || exit.ExitCode() != 5 {
						t.Error(err)
					}
				}
				return
			}
			count := instance().ExportedFunction("count")
			for !stopped.Load() {
				if _, err := count.Call(ctx, 100_000); err != nil {
					t.Error(err)
					return
				}
			}
		})
	})
}

func TestAStartSectionStopsAtTheDeadline(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		r := newRuntime(t, config.WithCloseOnContextDone(true))
		limited, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
		defer cancel()
		mod, err := r.Instantiate(limited, wat(t, `(module $starts (func $start (loop (br 0))) (start $start))`))
		want(t, mod, nil)
		wantExit(t, err, sys.ExitCodeDeadlineExceeded)
		want(t, call1(t, instantiate(t, r, "math"), "add", 1, 2), 3)
	})
}

func TestTablesAndInstancesAreLimited(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		r := newRuntime(t, config.WithMaxTableElements(10).WithMaxInstances(2, 0, 0))
		mod := instantiateEndless(t, r, func(context.Context, api.Module, int64) {})
		want(t, call1(t, mod, "grow_table"), 10)
		var structured *wasmrt.Error
		_, err := r.Instantiate(ctx, wat(t, `(module $table (table 11 funcref))`))
		want(t, errors.As(err, &structured), true)
		want(t, structured.Kind, wasmrt.KindLimit)
		math := instantiate(t, r, "math")
		_, err = r.Instantiate(ctx, wasm(t, "memory"))
		want(t, errors.As(err, &structured), true)
		want(t, structured.Kind, wasmrt.KindLimit)
		want(t, math.Close(ctx), nil)
		want(t, instantiate(t, r, "memory").Name(), "memory")
	})
}

func TestGuestsOfTwoRuntimesRunAtOnce(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		waits := instantiateText(t, newRuntime(t, config), `(module $waits (memory (export "memory") 1)
			(func (export "wait") (loop (br_if 0 (i32.eqz (i32.load8_u (i32.const 0)))))))`)
		second := newRuntime(t, config)
		instantiateHost(t, second, addInts, func(value int64) { waits.Memory().WriteByte(0, byte(value)) })
		tells := instantiate(t, second, "host")
		together(2, func(worker int) {
			if worker == 0 {
				call(t, waits, "wait")
			} else {
				time.Sleep(5 * time.Millisecond)
				call(t, tells, "note_it", 1)
			}
		})
	})
}
