package wasmrt_test

import (
	"errors"
	"testing"

	wasmrt "github.com/libwasmrt/libwasmrt/go"
	"github.com/libwasmrt/libwasmrt/go/api"
	"github.com/libwasmrt/libwasmrt/go/sys"
)

func TestOnlyBinariesCompile(t *testing.T) {
	r := newRuntime(t, wasmrt.NewRuntimeConfig())
	_, err := r.CompileModule(ctx, []byte("(module)"))
	wantText(t, err, "invalid magic number")
	_, err = r.CompileModule(ctx, []byte("\x00asm\x02\x00\x00\x00"))
	wantText(t, err, "invalid version header")
	_, err = r.CompileModule(ctx, []byte("\x00asm\x01\x00\x00\x00\x01"))
	var structured *wasmrt.Error
	if !errors.As(err, &structured) || structured.Kind != wasmrt.KindDecode {
		t.Fatal(err)
	}
	_, err = r.CompileModule(ctx, wasm(t, "math")[:60])
	if err == nil {
		t.Fatal("half a module compiled")
	}
}

func TestDisabledFeaturesAreRefused(t *testing.T) {
	r := newRuntime(t, wasmrt.NewRuntimeConfig().WithCoreFeatures(api.CoreFeaturesV1))
	if _, err := r.CompileModule(ctx, wasm(t, "math")); err == nil {
		t.Fatal("several results without multi-value")
	}
	if _, err := r.CompileModule(ctx, wasm(t, "memory")); err != nil {
		t.Fatal(err)
	}
}

func TestModulesAreFoundByName(t *testing.T) {
	r := newRuntime(t, wasmrt.NewRuntimeConfig())
	compiled, err := r.CompileModule(ctx, wasm(t, "math"))
	if err != nil {
		t.Fatal(err)
	}
	named := func(config wasmrt.ModuleConfig) api.Module {
		t.Helper()
		mod, err := r.InstantiateModule(ctx, compiled, config)
		if err != nil {
			t.Fatal(err)
		}
		return mod
	}
	config := wasmrt.NewModuleConfig()
	first := named(config)
	want(t, first.String(), "Module[math]")
	if r.Module("math") != first || r.Module("") != nil || r.Module("other") != nil {
		t.Fatal("another module")
	}
	_, err = r.InstantiateModule(ctx, compiled, config)
	wantText(t, err, "module[math] has already been instantiated")
	if r.Module("math") != first {
		t.Fatal("the first lost its name")
	}
	want(t, named(config.WithName("other")).Name(), "other")
	for range 3 {
		want(t, named(config.WithName("")).Name(), "")
	}
	if err := first.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if r.Module("math") != nil {
		t.Fatal("found a closed module")
	}
	named(config)
}

func TestClosedCodeCannotBeInstantiated(t *testing.T) {
	r := newRuntime(t, wasmrt.NewRuntimeConfig())
	compiled, err := r.CompileModule(ctx, wasm(t, "math"))
	if err != nil {
		t.Fatal(err)
	}
	mod, err := r.InstantiateModule(ctx, compiled, wasmrt.NewModuleConfig())
	if err != nil {
		t.Fatal(err)
	}
	_ = compiled.Close(ctx)
	_ = compiled.Close(ctx)
	want(t, call1(t, mod, "add", 1, 1), 2)
	_, err = r.InstantiateModule(ctx, compiled, wasmrt.NewModuleConfig().WithName("again"))
	wantText(t, err, "source module must be compiled before instantiation")
}

func TestLinkingSharesFunctionsAndMemories(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		r := newRuntime(t, config)
		instantiate(t, r, "math")
		memory := instantiate(t, r, "memory")
		mod := instantiate(t, r, "importer")
		want(t, call1(t, mod, "add", 2, 3), 5)
		want(t, call1(t, mod, "add_one", 2), 3)
		want(t, mod.ExportedFunction("add").Definition().DebugName(), "math.$0")
		if mod.Memory() != memory.Memory() || mod.ExportedMemory("shared") != memory.Memory() {
			t.Fatal("another memory")
		}
		memory.Memory().WriteByte(5, 99)
		want(t, call1(t, mod, "peek", 5), 99)
		_ = memory.Close(ctx)
		_ = r.Module("math").Close(ctx)
		want(t, call1(t, mod, "add_one", 2), 3)
		want(t, call1(t, mod, "peek", 5), 99)
		value, ok := mod.Memory().ReadByte(5)
		want(t, ok, true)
		want(t, value, 99)
	})
}

func TestMissingImportsAreNamed(t *testing.T) {
	r := newRuntime(t, wasmrt.NewRuntimeConfig())
	_, err := r.Instantiate(ctx, wasm(t, "host"))
	wantText(t, err, "module[env] not instantiated")
	var structured *wasmrt.Error
	if !errors.As(err, &structured) || structured.Kind != wasmrt.KindLink {
		t.Fatal("not a link error")
	}
	env, _ := r.NewHostModuleBuilder("env").NewFunctionBuilder().WithFunc(addInts).Export("add").Instantiate(ctx)
	_, err = r.Instantiate(ctx, wasm(t, "host"))
	wantText(t, err, `"note" is not exported in module "env"`)
	_ = env.Close(ctx)
	env = instantiateHost(t, r, addInts, func() int32 { return 0 })
	_, err = r.Instantiate(ctx, wasm(t, "host"))
	wantText(t, err, "import func[env.note]: signature mismatch: i64_v != v_i32")
	_ = env.Close(ctx)
	_, err = r.InstantiateWithConfig(ctx, wasm(t, "memory"), wasmrt.NewModuleConfig().WithName("math"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Instantiate(ctx, wasm(t, "importer"))
	wantText(t, err, `"add" is not exported in module "math"`)
}

func TestDataBeyondTheMemoryFailsTheInstantiation(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		_, err := newRuntime(t, config).Instantiate(ctx, wasm(t, "data_out_of_bounds"))
		if !errors.Is(err, wasmrt.TrapMemoryOutOfBounds) {
			t.Fatal(err)
		}
	})
}

func TestAFailingStartSectionFailsTheInstantiation(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		r := newRuntime(t, config)
		var thrown interface{}
		var seen api.Module
		_, err := r.NewHostModuleBuilder("env").NewFunctionBuilder().WithGoModuleFunction(initFunc(&thrown, &seen), nil, nil).
			Export("init").Instantiate(ctx)
		if err != nil {
			t.Fatal(err)
		}
		cause := errors.New("no")
		thrown = cause
		mod, err := r.Instantiate(ctx, wasm(t, "start_section"))
		wantText(t, err, "start function[1] failed: no (recovered by wazero)\nwasm stack trace:\n\tenv.init()\n\tstarts.start()")
		if mod != nil || !errors.Is(err, cause) {
			t.Fatal(err)
		}
		for _, code := range []uint32{0, 2} {
			thrown = sys.NewExitError(code)
			mod, err = r.Instantiate(ctx, wasm(t, "start_section"))
			if exit, ok := err.(*sys.ExitError); mod != nil || !ok || exit.ExitCode() != code {
				t.Fatal(mod, err)
			}
		}
		thrown = nil
		mod, err = r.Instantiate(ctx, wasm(t, "start_section"))
		if err != nil || seen != mod {
			t.Fatal(seen, mod, err)
		}
	})
}

func TestAFailingStartFunctionReturnsTheClosedModule(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		r := newRuntime(t, config)
		var thrown interface{}
		var seen api.Module
		_, err := r.NewHostModuleBuilder("env").NewFunctionBuilder().WithGoModuleFunction(initFunc(&thrown, &seen), nil, nil).
			Export("init").Instantiate(ctx)
		if err != nil {
			t.Fatal(err)
		}
		thrown = "no"
		mod, err := r.Instantiate(ctx, wasm(t, "start_function"))
		wantPrefix(t, err, "module[st] function[_start] failed: no (recovered by wazero)\n")
		want(t, mod.IsClosed(), true)
		thrown = sys.NewExitError(2)
		mod, err = r.Instantiate(ctx, wasm(t, "start_function"))
		want(t, mod.IsClosed(), true)
		if exit, ok := err.(*sys.ExitError); !ok || exit.ExitCode() != 2 {
			t.Fatal(err)
		}
		thrown = sys.NewExitError(0)
		mod, err = r.Instantiate(ctx, wasm(t, "start_function"))
		want(t, err, nil)
		want(t, mod.IsClosed(), true)
		thrown = nil
		mod, err = r.Instantiate(ctx, wasm(t, "start_function"))
		want(t, err, nil)
		want(t, mod.IsClosed(), false)
		thrown = "unseen"
		quiet := wasmrt.NewModuleConfig().WithName("quiet").WithStartFunctions("missing")
		if _, err = r.InstantiateWithConfig(ctx, wasm(t, "start_function"), quiet); err != nil {
			t.Fatal(err)
		}
	})
}
