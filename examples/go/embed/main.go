// Embed is a whole program in one file to copy: the guest, a WASI command, is part of the executable, its input is a
// string and its output is captured.
package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"log"
	"strings"

	wasmrt "github.com/libwasmrt/libwasmrt/go"
	"github.com/libwasmrt/libwasmrt/go/imports/wasi_snapshot_preview1"
)

//go:embed upper.wasm
var upper []byte

func main() {
	text, err := run(context.Background(), "hello from the embedder\n")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(text)
}

// run gives the guest a text and returns what it writes.
func run(ctx context.Context, text string) (string, error) {
	r := wasmrt.NewRuntime(ctx)
	defer r.Close(ctx)
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, r); err != nil {
		return "", err
	}
	var out bytes.Buffer
	config := wasmrt.NewModuleConfig().WithStdin(strings.NewReader(text)).WithStdout(&out)
	_, err := r.InstantiateWithConfig(ctx, upper, config)
	return out.String(), err
}
