package wasmrt_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	wasmrt "github.com/libwasmrt/libwasmrt/go"
	"github.com/libwasmrt/libwasmrt/go/api"
	"github.com/libwasmrt/libwasmrt/go/internal/capi"
)

// wat returns the binary of a module in the text format.
func wat(t testing.TB, text string) []byte {
	t.Helper()
	engine, err := capi.NewEngine(capi.Config{Strategy: capi.StrategyInterpreter, Features: uint64(api.CoreFeaturesV2)})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	binary, err := capi.TextToBinary(engine, text)
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

func instantiateText(t testing.TB, r wasmrt.Runtime, text string) api.Module {
	t.Helper()
	mod, err := r.Instantiate(ctx, wat(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return mod
}

// resident is the resident memory of this process in bytes.
func resident(t testing.TB) int {
	t.Helper()
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(statm))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// mappings is how many mappings this process has.
func mappings(t testing.TB) int {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(maps), "\n")
}
