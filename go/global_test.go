package wasmrt_test

import (
	"fmt"
	"testing"

	wasmrt "github.com/libwasmrt/libwasmrt/go"
	"github.com/libwasmrt/libwasmrt/go/api"
)

func TestGlobalsAreLive(t *testing.T) {
	onEachEngine(t, func(t *testing.T, config wasmrt.RuntimeConfig) {
		mod := instantiate(t, newRuntime(t, config), "globals")
		fixed := mod.ExportedGlobal("fixed")
		want(t, fixed.Get(), 42)
		want(t, fixed.Type(), api.ValueTypeI32)
		if _, mutable := fixed.(api.MutableGlobal); mutable {
			t.Fatal("a constant can be set")
		}
		value := mod.ExportedGlobal("var").(api.MutableGlobal)
		call(t, mod, "bump")
		want(t, value.Get(), 8)
		value.Set(100)
		call(t, mod, "bump")
		want(t, fmt.Sprint(value), "global(101)")
		want(t, fmt.Sprint(mod.ExportedGlobal("f32")), "global(1.000000)")
		if mod.ExportedGlobal("none") != nil || mod.ExportedGlobal("bump") != nil {
			t.Fatal("found what is not there")
		}
	})
}
