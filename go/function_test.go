package wasmrt_test

import (
	"errors"
	"math"
	"testing"

	wasmrt "github.com/libwasmrt/libwasmrt/go"
	"github.com/libwasmrt/libwasmrt/go/api"
)

func TestValuesOfEveryNumberTypePass(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		mod := instantiate(t, newRuntime(t, config), "math")
		want(t, call1(t, mod, "add", 2, 3), 5)
		want(t, api.DecodeI32(call1(t, mod, "add", api.EncodeI32(-5), 3)), -2)
		want(t, call1(t, mod, "fac", 20), 2432902008176640000)
		want(t, api.DecodeF32(call1(t, mod, "half_f32", api.EncodeF32(3))), 1.5)
		want(t, api.DecodeF64(call1(t, mod, "half_f64", api.EncodeF64(-7))), -3.5)
		swapped := call(t, mod, "swap", 1, 1<<40)
		want(t, len(swapped), 2)
		want(t, swapped[0], 1<<40)
		want(t, swapped[1], 1)
		want(t, len(call(t, mod, "nothing")), 0)
	})
}

func TestTheUpperHalfOfNarrowParametersIsIgnored(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		mod := instantiate(t, newRuntime(t, config), "math")
		want(t, call1(t, mod, "add", 0xdead_0000_0001, 0xbeef_0000_0002), 3)
	})
}

func TestParametersAreCounted(t *testing.T) {
	mod := instantiate(t, newRuntime(t, wasmrt.NewRuntimeConfig()), "math")
	add := mod.ExportedFunction("add")
	_, err := add.Call(ctx, 1)
	wantText(t, err, "expected 2 params, but passed 1")
	wantText(t, add.CallWithStack(ctx, []uint64{1}), "need 2 params, but stack size is 1")
	stack := []uint64{1, 2, 77}
	if err := add.CallWithStack(ctx, stack); err != nil {
		t.Fatal(err)
	}
	want(t, stack[0], 3)
	want(t, stack[2], 77)
}

func TestResultsBelongToTheCaller(t *testing.T) {
	add := instantiate(t, newRuntime(t, wasmrt.NewRuntimeConfig()), "math").ExportedFunction("add")
	first, _ := add.Call(ctx, 1, 2)
	second, _ := add.Call(ctx, 3, 4)
	want(t, first[0], 3)
	want(t, second[0], 7)
}

func TestTrapsSayWhyAndWhere(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		mod := instantiate(t, newRuntime(t, config), "math")
		_, err := mod.ExportedFunction("div").Call(ctx, 1, 0)
		wantText(t, err, "wasm error: integer divide by zero\nwasm stack trace:\n\tmath.$1(i32,i32) i32")
		if !errors.Is(err, wasmrt.TrapIntegerDivideByZero) || errors.Is(err, wasmrt.TrapUnreachable) {
			t.Fatal("not found by errors.Is")
		}
		_, err = mod.ExportedFunction("div").Call(ctx, api.EncodeI32(math.MinInt32), api.EncodeI32(-1))
		wantPrefix(t, err, "wasm error: integer overflow\n")
		_, err = mod.ExportedFunction("trunc").Call(ctx, api.EncodeF64(math.NaN()))
		wantPrefix(t, err, "wasm error: invalid conversion to integer\n")
		_, err = mod.ExportedFunction("deep_boom").Call(ctx)
		wantText(t, err, "wasm error: unreachable\nwasm stack trace:\n\tmath.boom()\n\tmath.$8()")
		var structured *wasmrt.Error
		if !errors.As(err, &structured) {
			t.Fatal("not an Error")
		}
		want(t, structured.Kind, wasmrt.KindTrap)
		want(t, structured.Code, wasmrt.TrapUnreachable)
		want(t, structured.Message, "unreachable")
		want(t, len(structured.Frames), 2)
		want(t, structured.Frames[0].Function, "boom")
		want(t, call1(t, mod, "add", 2, 2), 4)
		want(t, mod.IsClosed(), false)
	})
}

func TestEndlessRecursionEndsInAStackOverflow(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		mod := instantiate(t, newRuntime(t, config), "math")
		for range 3 {
			_, err := mod.ExportedFunction("recurse").Call(ctx)
			wantPrefix(t, err, "wasm error: stack overflow\nwasm stack trace:\n\tmath.forever")
			if !errors.Is(err, wasmrt.TrapStackOverflow) {
				t.Fatal(err)
			}
		}
		want(t, call1(t, mod, "add", 2, 2), 4)
	})
}

func TestIndirectCallsAreChecked(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		mod := instantiate(t, newRuntime(t, config), "table")
		want(t, call1(t, mod, "call", 0), 1)
		_, err := mod.ExportedFunction("call").Call(ctx, 1)
		wantPrefix(t, err, "wasm error: indirect call type mismatch\n")
		_, err = mod.ExportedFunction("call").Call(ctx, 2)
		wantPrefix(t, err, "wasm error: invalid table access\n")
		_, err = mod.ExportedFunction("call").Call(ctx, 3)
		wantPrefix(t, err, "wasm error: invalid table access\n")
	})
}

func TestExternrefsAreWordsOfTheHost(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		r := newRuntime(t, config)
		_, err := r.NewHostModuleBuilder("env").NewFunctionBuilder().
			WithFunc(func(ref uintptr) uintptr { return ref * 2 }).Export("twice").Instantiate(ctx)
		if err != nil {
			t.Fatal(err)
		}
		mod := instantiate(t, r, "externref")
		want(t, call1(t, mod, "pass", 21), 42)
		want(t, call1(t, mod, "pass", 0), 0)
		want(t, call1(t, mod, "is_null", 0), 1)
		want(t, call1(t, mod, "is_null", 1<<63), 0)
		call(t, mod, "keep", 0xdead_beef_0000_0001)
		kept := mod.ExportedGlobal("kept").(api.MutableGlobal)
		want(t, kept.Get(), 0xdead_beef_0000_0001)
		kept.Set(5)
		want(t, kept.Get(), 5)
	})
}

func TestDefinitionsDescribeFunctions(t *testing.T) {
	r := newRuntime(t, wasmrt.NewRuntimeConfig())
	compiled, err := r.CompileModule(ctx, wasm(t, "math"))
	if err != nil {
		t.Fatal(err)
	}
	defer compiled.Close(ctx)
	want(t, compiled.Name(), "math")
	add := compiled.ExportedFunctions()["add"]
	want(t, add.Index(), 0)
	want(t, add.DebugName(), "math.$0")
	want(t, len(add.ParamNames()), 2)
	want(t, add.ParamNames()[1], "y")
	want(t, string(add.ParamTypes()), string([]byte{api.ValueTypeI32, api.ValueTypeI32}))
	want(t, compiled.ExportedFunctions()["boom"].Name(), "boom")
	if compiled.ImportedFunctions() != nil || compiled.CustomSections() == nil {
		t.Fatal("nil and empty are the other way round")
	}
}
