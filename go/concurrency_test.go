package wasmrt_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"

	wasmrt "github.com/libwasmrt/libwasmrt/go"
	"github.com/libwasmrt/libwasmrt/go/api"
)

// together runs a function on several goroutines and waits for all of them.
func together(count int, run func(worker int)) {
	var group sync.WaitGroup
	for worker := range count {
		group.Add(1)
		go func() {
			defer group.Done()
			run(worker)
		}()
	}
	group.Wait()
}

func TestOneGoroutineReleasesAnother(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		r := newRuntime(t, config)
		released := make(chan struct{})
		waiting := make(chan struct{})
		instantiateHost(t, r, addInts, func(what int64) {
			switch what {
			case -1:
				close(waiting)
				<-released
			case -2:
				<-waiting
				close(released)
			}
		})
		mod := instantiate(t, r, "host")
		together(8, func(worker int) {
			note, add := mod.ExportedFunction("note_it"), mod.ExportedFunction("add_twice")
			what := int64(worker)
			switch worker {
			case 0:
				what = -1
			case 1:
				what = -2
			}
			for i := range 200 {
				results, err := add.Call(ctx, uint64(i), uint64(worker))
				if err != nil || results[0] != uint64(i+2*worker) {
					t.Error(results, err)
					return
				}
			}
			if _, err := note.Call(ctx, api.EncodeI64(what)); err != nil {
				t.Error(err)
			}
		})
	})
}

func TestEachCallKeepsItsOwnContextAndPanic(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		r := newRuntime(t, config)
		instantiateHost(t, r, addInts, func(ctx context.Context, worker int64) {
			runtime.Gosched()
			if ctx.Value(contextKey{}) != worker {
				t.Error("another call's context")
			}
			panic(workerError(worker))
		})
		mod := instantiate(t, r, "host")
		together(8, func(worker int) {
			note := mod.ExportedFunction("note_it")
			own := context.WithValue(ctx, contextKey{}, int64(worker))
			for range 100 {
				var caught workerError
				if _, err := note.Call(own, uint64(worker)); !errors.As(err, &caught) || int(caught) != worker {
					t.Error(err)
					return
				}
			}
		})
	})
}

type workerError int

func (e workerError) Error() string { return fmt.Sprint("worker ", int(e)) }

func TestOneFunctionValueSurvivesConcurrentCalls(t *testing.T) {
	add := instantiate(t, newRuntime(t, wasmrt.NewRuntimeConfig()), "math").ExportedFunction("add")
	together(8, func(worker int) {
		for i := range 500 {
			results, err := add.Call(ctx, uint64(worker), uint64(i))
			if err != nil || results[0] != uint64(worker+i) {
				t.Error(results, err)
				return
			}
		}
	})
}

func TestModulesComeAndGoOnManyGoroutines(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		r := newRuntime(t, config)
		compiled, err := r.CompileModule(ctx, wasm(t, "memory"))
		if err != nil {
			t.Fatal(err)
		}
		together(8, func(worker int) {
			for i := range 60 {
				mod, err := r.InstantiateModule(ctx, compiled, wasmrt.NewModuleConfig().WithName(fmt.Sprint(worker)))
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := mod.ExportedFunction("store").Call(ctx, 0, uint64(i)); err != nil {
					t.Error(err)
				}
				if _, err := mod.ExportedFunction("load").Call(ctx, 0xffff_fff0); !errors.Is(err, wasmrt.TrapMemoryOutOfBounds) {
					t.Error(err)
				}
				if value, _ := mod.Memory().ReadUint32Le(0); value != uint32(i) {
					t.Error(value)
				}
				_ = mod.Close(ctx)
			}
		})
	})
}

func TestTheRuntimeClosesWhileCallsAreUnderWay(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		for range 20 {
			r := wasmrt.NewRuntimeWithConfig(ctx, config)
			mod := instantiate(t, r, "math")
			started := make(chan struct{}, 8)
			go func() {
				<-started
				_ = r.CloseWithExitCode(ctx, 3)
			}()
			together(4, func(int) {
				count := mod.ExportedFunction("count")
				for {
					started <- struct{}{}
					_, err := count.Call(ctx, 1000)
					select {
					case <-started:
					default:
					}
					if err != nil {
						wantExit(t, err, 3)
						return
					}
				}
			})
		}
	})
}
