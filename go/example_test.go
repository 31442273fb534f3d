package wasmrt_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	wasmrt "github.com/libwasmrt/libwasmrt/go"
	"github.com/libwasmrt/libwasmrt/go/api"
	"github.com/libwasmrt/libwasmrt/go/imports/wasi_snapshot_preview1"
)

func example(name string) []byte {
	binary, err := os.ReadFile("testdata/" + name + ".wasm")
	if err != nil {
		log.Fatal(err)
	}
	return binary
}

func ExampleRuntime() {
	ctx := context.Background()
	r := wasmrt.NewRuntime(ctx)
	defer r.Close(ctx)

	mod, err := r.Instantiate(ctx, example("math"))
	if err != nil {
		log.Fatal(err)
	}
	results, err := mod.ExportedFunction("add").Call(ctx, 2, 3)
	fmt.Println(results, err)
	// Output: [5] <nil>
}

func ExampleHostModuleBuilder() {
	ctx := context.Background()
	r := wasmrt.NewRuntime(ctx)
	defer r.Close(ctx)

	_, err := r.NewHostModuleBuilder("env").
		NewFunctionBuilder().WithFunc(func(a, b int32) int32 { return a + b }).Export("add").
		NewFunctionBuilder().WithFunc(func(ctx context.Context, mod api.Module, n int64) { fmt.Println(mod.Name(), n) }).Export("note").
		Instantiate(ctx)
	if err != nil {
		log.Fatal(err)
	}
	mod, err := r.Instantiate(ctx, example("host"))
	if err != nil {
		log.Fatal(err)
	}
	_, err = mod.ExportedFunction("note_it").Call(ctx, 7)
	fmt.Println(err)
	// Output:
	// guest 7
	// <nil>
}

func ExampleModuleConfig() {
	ctx := context.Background()
	r := wasmrt.NewRuntime(ctx)
	defer r.Close(ctx)
	wasi_snapshot_preview1.MustInstantiate(ctx, r)

	var out bytes.Buffer
	config := wasmrt.NewModuleConfig().WithStdout(&out).WithArgs("program", "argument")
	_, err := r.InstantiateWithConfig(ctx, example("wasi_start"), config)
	fmt.Print(out.String(), err)
	// Output:
	// hello, wasi
	// module closed with exit_code(2)
}

func ExampleError() {
	ctx := context.Background()
	r := wasmrt.NewRuntime(ctx)
	defer r.Close(ctx)

	mod, err := r.Instantiate(ctx, example("math"))
	if err != nil {
		log.Fatal(err)
	}
	_, err = mod.ExportedFunction("div").Call(ctx, 1, 0)
	var structured *wasmrt.Error
	if errors.As(err, &structured) {
		fmt.Println(structured.Kind, structured.Message, structured.Frames[0].Index)
	}
	fmt.Println(errors.Is(err, wasmrt.TrapIntegerDivideByZero))
	// Output:
	// Trap integer divide by zero 1
	// true
}
