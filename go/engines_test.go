package wasmrt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

// engineUnderTest is an engine by its name and how to ask for it.
type engineUnderTest struct {
	Name   string
	Config RuntimeConfig
}

var allEngines = []engineUnderTest{
	{"jit", NewRuntimeConfigCompiler()}, {"interpreter", NewRuntimeConfigInterpreter()},
}

// EnginesUnderTest are those that WASMRT_TEST_ENGINES lists, all unless it is set.
var EnginesUnderTest = enginesUnderTest(os.Getenv("WASMRT_TEST_ENGINES"))

// IsPortable says that the library is a build without the JIT, whose memories come from the allocator.
var IsPortable = findEngine(EnginesUnderTest, "jit") == nil

func enginesUnderTest(list string) (listed []engineUnderTest) {
	names := strings.Fields(list)
	if len(names) == 0 {
		return allEngines
	}
	for _, name := range names {
		engine := findEngine(allEngines, name)
		if engine == nil {
			panic(fmt.Sprintf("WASMRT_TEST_ENGINES names %q, which is no engine", name))
		}
		listed = append(listed, *engine)
	}
	return listed
}

func findEngine(engines []engineUnderTest, name string) *engineUnderTest {
	for i := range engines {
		if engines[i].Name == name {
			return &engines[i]
		}
	}
	return nil
}

func TestAnEngineIsThereIfItIsUnderTestAndRefusedIfNot(t *testing.T) {
	ctx := context.Background()
	for _, engine := range allEngines {
		t.Run(engine.Name, func(t *testing.T) {
			r := NewRuntimeWithConfig(ctx, engine.Config)
			defer r.Close(ctx)
			_, err := r.CompileModule(ctx, []byte("\x00asm\x01\x00\x00\x00"))
			if findEngine(EnginesUnderTest, engine.Name) != nil {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var refused *Error
			if !errors.As(err, &refused) || refused.Kind != KindUnsupported ||
				refused.Message != "this build has no JIT for this system; use the interpreter" {
				t.Fatal("not refused as it should be: ", err)
			}
		})
	}
}
