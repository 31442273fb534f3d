// Hello gives a guest a host function, and calls a function of the guest.
package main

import (
	"context"
	_ "embed"
	"fmt"
	"log"

	wasmrt "github.com/libwasmrt/libwasmrt/go"
	"github.com/libwasmrt/libwasmrt/go/api"
)

//go:embed hello.wasm
var hello []byte

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	r := wasmrt.NewRuntime(ctx)
	defer r.Close(ctx)

	_, err := r.NewHostModuleBuilder("env").
		NewFunctionBuilder().WithFunc(print).Export("print").
		Instantiate(ctx)
	if err != nil {
		return err
	}
	mod, err := r.Instantiate(ctx, hello)
	if err != nil {
		return err
	}
	results, err := mod.ExportedFunction("greet").Call(ctx, 3)
	if err != nil {
		return err
	}
	fmt.Println("the guest wrote", results[0], "bytes")
	return nil
}

// print is the host function: the guest passes a string as offset and length in its memory.
func print(_ context.Context, mod api.Module, offset, length uint32) {
	text, ok := mod.Memory().Read(offset, length)
	if !ok {
		panic("the string is outside of the memory")
	}
	fmt.Printf("%s", text)
}
