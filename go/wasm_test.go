package wasmrt_test

import (
	"context"
	"embed"
	"strings"
	"testing"

	wasmrt "github.com/libwasmrt/libwasmrt/go"
	"github.com/libwasmrt/libwasmrt/go/api"
)

//go:embed testdata/*.wasm
var binaries embed.FS

var ctx = context.Background()

// wasm returns the binary of testdata/name.wat.
func wasm(t testing.TB, name string) []byte {
	t.Helper()
	binary, err := binaries.ReadFile("testdata/" + name + ".wasm")
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// onEachEngine runs a test on every engine under test.
func onEachEngine(t *testing.T, test func(t *testing.T, config wasmrt.RuntimeConfig)) {
	for _, engine := range wasmrt.EnginesUnderTest {
		t.Run(engine.Name, func(t *testing.T) { test(t, engine.Config) })
	}
}

func newRuntime(t testing.TB, config wasmrt.RuntimeConfig) wasmrt.Runtime {
	t.Helper()
	r := wasmrt.NewRuntimeWithConfig(ctx, config)
	t.Cleanup(func() { _ = r.Close(ctx) })
	return r
}

func instantiate(t testing.TB, r wasmrt.Runtime, name string) api.Module {
	t.Helper()
	mod, err := r.Instantiate(ctx, wasm(t, name))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return mod
}

func call(t testing.TB, mod api.Module, name string, params ...uint64) []uint64 {
	t.Helper()
	results, err := mod.ExportedFunction(name).Call(ctx, params...)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return results
}

func call1(t testing.TB, mod api.Module, name string, params ...uint64) uint64 {
	t.Helper()
	results := call(t, mod, name, params...)
	if len(results) != 1 {
		t.Fatalf("%s: %d results", name, len(results))
	}
	return results[0]
}

func wantText(t testing.TB, err error, text string) {
	t.Helper()
	if err == nil || err.Error() != text {
		t.Fatalf("got  %v\nwant %s", err, text)
	}
}

func wantPrefix(t testing.TB, err error, text string) {
	t.Helper()
	if err == nil || !strings.HasPrefix(err.Error(), text) {
		t.Fatalf("got  %v\nwant %s…", err, text)
	}
}

func want[T comparable](t testing.TB, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("got %v, want %v", got, want)
	}
}
