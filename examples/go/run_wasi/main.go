// Run_wasi runs a WASI program with the streams, clocks and randomness of this process:
//
//	run_wasi [-interpreter] [-dir host[::guest]]... [-env name=value]... program.wasm [argument]...
//
// It prints to the error output how long compiling and running took, as compile_ms=N run_ms=N, and exits with the
// program's code.
package main

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	wasmrt "github.com/libwasmrt/libwasmrt/go"
	"github.com/libwasmrt/libwasmrt/go/imports/wasi_snapshot_preview1"
	"github.com/libwasmrt/libwasmrt/go/sys"
)

func main() {
	code, err := run(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, "run_wasi:", err)
	}
	os.Exit(code)
}

func run(ctx context.Context) (exitCode int, err error) {
	interpreter := flag.Bool("interpreter", false, "interpret rather than compile to machine code")
	mounts := wasmrt.NewFSConfig()
	flag.Func("dir", "directory to mount, as host or host::guest", func(value string) error {
		host, guest, named := strings.Cut(value, "::")
		if !named {
			guest = host
		}
		mounts = mounts.WithDirMount(host, guest)
		return nil
	})
	config := wasmrt.NewModuleConfig()
	flag.Func("env", "environment variable of the program, as name=value", func(text string) error {
		name, value, named := strings.Cut(text, "=")
		if !named {
			return fmt.Errorf("%q has no =", text)
		}
		config = config.WithEnv(name, value)
		return nil
	})
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		return 2, nil
	}
	binary, err := os.ReadFile(flag.Arg(0))
	if err != nil {
		return 1, err
	}

	engine := wasmrt.NewRuntimeConfig()
	if *interpreter {
		engine = wasmrt.NewRuntimeConfigInterpreter()
	}
	r := wasmrt.NewRuntimeWithConfig(ctx, engine)
	defer r.Close(ctx)
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, r); err != nil {
		return 1, err
	}

	compiling := time.Now()
	compiled, err := r.CompileModule(ctx, binary)
	if err != nil {
		return 1, err
	}
	running := time.Now()
	config = config.
		WithArgs(flag.Args()...).
		WithStdin(os.Stdin).WithStdout(os.Stdout).WithStderr(os.Stderr).
		WithSysWalltime().WithSysNanotime().WithSysNanosleep().
		WithRandSource(rand.Reader).
		WithFSConfig(mounts)
	_, err = r.InstantiateModule(ctx, compiled, config)
	compileTime, runTime := running.Sub(compiling), time.Since(running)
	fmt.Fprintf(os.Stderr, "compile_ms=%.3f run_ms=%.3f\n", milliseconds(compileTime), milliseconds(runTime))
	if exit, ok := err.(*sys.ExitError); ok {
		return int(exit.ExitCode()), nil
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
