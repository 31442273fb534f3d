package wasmrt_test

import (
	"context"
	"errors"
	"testing"

	wasmrt "github.com/libwasmrt/libwasmrt/go"
	"github.com/libwasmrt/libwasmrt/go/api"
	"github.com/libwasmrt/libwasmrt/go/sys"
)

type contextKey struct{}

// instantiateHost makes the functions that host.wat imports.
func instantiateHost(t testing.TB, r wasmrt.Runtime, add, note interface{}) api.Module {
	t.Helper()
	env, err := r.NewHostModuleBuilder("env").
		NewFunctionBuilder().WithFunc(add).Export("add").
		NewFunctionBuilder().WithFunc(note).WithName("take_note").Export("note").
		Instantiate(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return env
}

func addInts(a, b int32) int32 { return a + b }

func TestHostFunctionsGetTheContextAndTheCaller(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		r := newRuntime(t, config)
		var seen api.Module
		var noted int64
		calledWith := context.WithValue(ctx, contextKey{}, "value")
		instantiateHost(t, r, addInts, func(ctx context.Context, mod api.Module, value int64) {
			if ctx != calledWith {
				t.Error("another context")
			}
			seen, noted = mod, value
		})
		mod := instantiate(t, r, "host")
		want(t, api.DecodeI32(call1(t, mod, "add_twice", api.EncodeI32(-10), 3)), -4)
		if _, err := mod.ExportedFunction("note_it").Call(calledWith, api.EncodeI64(-9)); err != nil {
			t.Fatal(err)
		}
		want(t, noted, -9)
		if seen != mod || seen != r.Module("guest") {
			t.Fatal("another module")
		}
	})
}

func TestHostFunctionsInSlotsOverwriteTheStack(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		r := newRuntime(t, config)
		i32, i64 := api.ValueTypeI32, api.ValueTypeI64
		_, err := r.NewHostModuleBuilder("env").
			NewFunctionBuilder().
			WithGoFunction(api.GoFunc(func(_ context.Context, stack []uint64) { stack[0] += stack[1] }),
				[]api.ValueType{i32, i32}, []api.ValueType{i32}).Export("add").
			NewFunctionBuilder().
			WithGoModuleFunction(api.GoModuleFunc(func(_ context.Context, mod api.Module, stack []uint64) {
				mod.Memory().WriteUint64Le(8, stack[0])
			}), []api.ValueType{i64}, nil).Export("note").
			Instantiate(ctx)
		if err != nil {
			t.Fatal(err)
		}
		mod := instantiate(t, r, "host")
		want(t, call1(t, mod, "add_twice", 1, 2), 5)
		call(t, mod, "note_it", 1<<50)
		value, _ := mod.Memory().ReadUint64Le(8)
		want(t, value, 1<<50)
	})
}

func TestAPanicBecomesAnErrorThatWrapsIt(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		r := newRuntime(t, config)
		var thrown interface{}
		instantiateHost(t, r, addInts, func(int64) { panic(thrown) })
		mod := instantiate(t, r, "host")
		note := mod.ExportedFunction("note_it")

		cause := errors.New("no paper")
		thrown = cause
		_, err := note.Call(ctx, 1)
		wantText(t, err, "no paper (recovered by wazero)\nwasm stack trace:\n\tenv.take_note(i64)\n\tguest.note_it(i64)")
		if !errors.Is(err, cause) {
			t.Fatal("the cause is lost")
		}
		var structured *wasmrt.Error
		if !errors.As(err, &structured) || structured.Kind != wasmrt.KindHost {
			t.Fatal("not an Error")
		}
		thrown = 42
		_, err = note.Call(ctx, 1)
		wantPrefix(t, err, "42 (recovered by wazero)\n")
		thrown = sys.NewExitError(3)
		_, err = note.Call(ctx, 1)
		if exit, ok := err.(*sys.ExitError); !ok || exit.ExitCode() != 3 {
			t.Fatal(err)
		}
		want(t, mod.IsClosed(), false)
		want(t, call1(t, mod, "add_twice", 1, 2), 5)
	})
}

func TestARuntimeErrorShowsTheGoStack(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		r := newRuntime(t, config)
		var nothing *struct{ field [4]int }
		instantiateHost(t, r, addInts, func(value int64) { nothing.field[value]++ })
		mod := instantiate(t, r, "host")
		_, err := mod.ExportedFunction("note_it").Call(ctx, 1)
		wantPrefix(t, err, "runtime error: invalid memory address or nil pointer dereference (recovered by wazero)\n"+
			"wasm stack trace:\n\tenv.take_note(i64)\n\tguest.note_it(i64)\n\nGo runtime stack trace:\ngoroutine ")
	})
}

func TestGuestsCanBeEnteredFromHostFunctions(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		r := newRuntime(t, config)
		instantiateHost(t, r, addInts, func(ctx context.Context, mod api.Module, depth int64) {
			if depth == 0 {
				panic("bottom")
			}
			if ctx.Value(contextKey{}) != depth {
				t.Error("another context")
			}
			inner := context.WithValue(ctx, contextKey{}, depth-1)
			if _, err := mod.ExportedFunction("note_it").Call(inner, uint64(depth-1)); err != nil {
				if depth == 2 {
					return
				}
				panic(err)
			}
		})
		mod := instantiate(t, r, "host")
		outer := context.WithValue(ctx, contextKey{}, int64(3))
		if _, err := mod.ExportedFunction("note_it").Call(outer, 3); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAFunctionCanCallItselfThroughTheHost(t *testing.T) {
	r := newRuntime(t, wasmrt.NewRuntimeConfig())
	var note api.Function
	depths := 0
	instantiateHost(t, r, addInts, func(ctx context.Context, depth int64) {
		depths++
		if depth > 0 {
			if _, err := note.Call(ctx, uint64(depth-1)); err != nil {
				panic(err)
			}
		}
	})
	note = instantiate(t, r, "host").ExportedFunction("note_it")
	if _, err := note.Call(ctx, 4); err != nil {
		t.Fatal(err)
	}
	want(t, depths, 5)
}

func TestHostModulesRefuseWhatTheyCannotExport(t *testing.T) {
	r := newRuntime(t, wasmrt.NewRuntimeConfig())
	refused := func(fn interface{}, text string) {
		t.Helper()
		_, err := r.NewHostModuleBuilder("x").NewFunctionBuilder().WithFunc(fn).Export("f").Compile(ctx)
		wantText(t, err, text)
	}
	refused(1, "func[x.f] kind != func: int")
	refused(func(string) {}, "func[x.f] param[0] is unsupported: string")
	refused(func() error { return nil }, "func[x.f] result[0] is an error, which is unsupported")
	refused(func(api.Module) {}, "func[x.f] invalid signature: api.Module parameter must be preceded by context.Context")
	refused(func(context.Context, int32, context.Context) {},
		"func[x.f] param[2] is a context.Context, which may be defined only once as param[0]")
	_, err := r.NewHostModuleBuilder("").Compile(ctx)
	wantText(t, err, "a module name must not be empty")
}

func TestHostModulesAreNotForCalling(t *testing.T) {
	r := newRuntime(t, wasmrt.NewRuntimeConfig())
	env := instantiateHost(t, r, addInts, func(int64) {})
	if r.Module("env") != env || env.ExportedFunctionDefinitions()["note"].Name() != "take_note" {
		t.Fatal("another module")
	}
	defer func() {
		want(t, recover(), interface{}("calling ExportedFunction is forbidden on host modules. See the note on ExportedFunction interface"))
	}()
	env.ExportedFunction("add")
}
