package wasmrt_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	wasmrt "github.com/libwasmrt/libwasmrt/go"
	"github.com/libwasmrt/libwasmrt/go/api"
	"github.com/libwasmrt/libwasmrt/go/imports/wasi_snapshot_preview1"
	"github.com/libwasmrt/libwasmrt/go/sys"
)

func newWASI(t *testing.T, engine wasmrt.RuntimeConfig, config wasmrt.ModuleConfig) api.Module {
	t.Helper()
	r := newRuntime(t, engine)
	wasi_snapshot_preview1.MustInstantiate(ctx, r)
	mod, err := r.InstantiateWithConfig(ctx, wasm(t, "wasi"), config)
	if err != nil {
		t.Fatal(err)
	}
	return mod
}

func read(t *testing.T, mod api.Module, offset, count uint32) string {
	t.Helper()
	view, ok := mod.Memory().Read(offset, count)
	want(t, ok, true)
	return string(view)
}

func TestAProgramRunsAndExits(t *testing.T) {
	onEachEngine(t, func(t *testing.T, engine wasmrt.RuntimeConfig) {
		r := newRuntime(t, engine)
		wasi_snapshot_preview1.MustInstantiate(ctx, r)
		var out bytes.Buffer
		config := wasmrt.NewModuleConfig().WithStdout(&out)
		mod, err := r.InstantiateWithConfig(ctx, wasm(t, "wasi_start"), config)
		want(t, err, nil)
		want(t, mod.IsClosed(), true)
		mod, err = r.InstantiateWithConfig(ctx, wasm(t, "wasi_start"), config.WithArgs("program", "argument"))
		wantExit(t, err, 2)
		want(t, mod.IsClosed(), true)
		want(t, out.String(), "hello, wasi\nhello, wasi\n")
	})
}

func TestGuestsSeeTheirArgumentsAndEnvironment(t *testing.T) {
	onEachEngine(t, func(t *testing.T, engine wasmrt.RuntimeConfig) {
		mod := newWASI(t, engine, wasmrt.NewModuleConfig().WithArgs("one", "", "three").
			WithEnv("A", "1").WithEnv("B", "2").WithEnv("A", "3"))
		want(t, call1(t, mod, "args"), 0)
		want(t, read(t, mod, 256, 11), "one\x00\x00three\x00")
		want(t, call1(t, mod, "environ"), 0)
		want(t, read(t, mod, 256, 8), "A=3\x00B=2\x00")
	})
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("full") }
func (failing) Read([]byte) (int, error)  { panic("no input") }

func TestStreamsAreReadersAndWriters(t *testing.T) {
	onEachEngine(t, func(t *testing.T, engine wasmrt.RuntimeConfig) {
		var out, errs bytes.Buffer
		mod := newWASI(t, engine, wasmrt.NewModuleConfig().WithStdin(strings.NewReader("input")).WithStdout(&out).WithStderr(&errs))
		want(t, call1(t, mod, "read", 0, 512, 3), 0)
		want(t, read(t, mod, 512, 3), "inp")
		want(t, call1(t, mod, "read", 0, 515, 100), 0)
		want(t, read(t, mod, 512, 5), "input")
		count, _ := mod.Memory().ReadUint32Le(8)
		want(t, count, 2)
		want(t, call1(t, mod, "read", 0, 515, 100), 0)
		count, _ = mod.Memory().ReadUint32Le(8)
		want(t, count, 0)
		want(t, call1(t, mod, "write", 1, 512, 5), 0)
		want(t, call1(t, mod, "write", 2, 512, 2), 0)
		want(t, out.String(), "input")
		want(t, errs.String(), "in")

		broken := newWASI(t, engine, wasmrt.NewModuleConfig().WithStdin(failing{}).WithStdout(failing{}))
		const errnoIO = 29
		want(t, call1(t, broken, "write", 1, 512, 5), errnoIO)
		want(t, call1(t, broken, "read", 0, 512, 5), errnoIO)
	})
}

func TestStreamsAreEmptyByDefault(t *testing.T) {
	mod := newWASI(t, wasmrt.NewRuntimeConfig(), wasmrt.NewModuleConfig())
	want(t, call1(t, mod, "write", 1, 0, 5), 0)
	count, _ := mod.Memory().ReadUint32Le(8)
	want(t, count, 5)
	want(t, call1(t, mod, "read", 0, 0, 5), 0)
	count, _ = mod.Memory().ReadUint32Le(8)
	want(t, count, 0)
}

func TestDefaultsAreTheSameOnEveryRun(t *testing.T) {
	for range 2 {
		mod := newWASI(t, wasmrt.NewRuntimeConfig(), wasmrt.NewModuleConfig())
		want(t, call1(t, mod, "time", 0), 1640995200_000000000)
		want(t, call1(t, mod, "time", 0), 1640995200_001000000)
		want(t, call1(t, mod, "time", 1), 0)
		want(t, call1(t, mod, "time", 1), 1000000)
		want(t, call1(t, mod, "resolution", 0), 1000)
		want(t, call1(t, mod, "resolution", 1), 1)
		want(t, call1(t, mod, "random", 512, 16), 0)
		want(t, hex.EncodeToString([]byte(read(t, mod, 512, 16))), "538c7f96b164bf1b97bb9f4bb472e89f")
	}
}

func TestClocksAndRandomnessCanBeGiven(t *testing.T) {
	mod := newWASI(t, wasmrt.NewRuntimeConfig(), wasmrt.NewModuleConfig().
		WithWalltime(func() (int64, int32) { return 3, 4 }, 5).
		WithNanotime(func() int64 { return 6 }, 7).
		WithRandSource(strings.NewReader("chosen by dice")))
	want(t, call1(t, mod, "time", 0), 3_000000004)
	want(t, call1(t, mod, "time", 1), 6)
	want(t, call1(t, mod, "resolution", 0), 5)
	want(t, call1(t, mod, "resolution", 1), 7)
	want(t, call1(t, mod, "random", 512, 6), 0)
	want(t, read(t, mod, 512, 6), "chosen")
	const errnoIO = 29
	want(t, call1(t, mod, "random", 512, 100), errnoIO)
}

func TestDirectoriesAreMounted(t *testing.T) {
	onEachEngine(t, func(t *testing.T, engine wasmrt.RuntimeConfig) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "file"), []byte("content"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, config := range []wasmrt.ModuleConfig{
			wasmrt.NewModuleConfig().WithFSConfig(wasmrt.NewFSConfig().WithDirMount(dir, "/")),
			wasmrt.NewModuleConfig().WithFSConfig(wasmrt.NewFSConfig().WithReadOnlyDirMount(dir, "/data")),
			wasmrt.NewModuleConfig().WithFS(os.DirFS(dir)),
		} {
			mod := newWASI(t, engine, config)
			mod.Memory().WriteString(512, "filenofile")
			want(t, call1(t, mod, "open", 3, 512, 4), 0)
			fd, _ := mod.Memory().ReadUint32Le(32)
			want(t, call1(t, mod, "read", uint64(fd), 600, 100), 0)
			want(t, read(t, mod, 600, 7), "content")
			const errnoNoEntry = 44
			want(t, call1(t, mod, "open", 3, 516, 6), errnoNoEntry)
		}
	})
}

func TestOtherFileSystemsAreRefused(t *testing.T) {
	r := newRuntime(t, wasmrt.NewRuntimeConfig())
	wasi_snapshot_preview1.MustInstantiate(ctx, r)
	config := wasmrt.NewModuleConfig().WithFS(fstest.MapFS{})
	_, err := r.InstantiateWithConfig(ctx, wasm(t, "wasi"), config)
	var structured *wasmrt.Error
	if !errors.As(err, &structured) || structured.Kind != wasmrt.KindUnsupported {
		t.Fatal(err)
	}
	if _, err := r.InstantiateWithConfig(ctx, wasm(t, "math"), config); err != nil {
		t.Fatal(err)
	}
}

func TestMistakesInTheConfigurationShowAtInstantiation(t *testing.T) {
	r := newRuntime(t, wasmrt.NewRuntimeConfig())
	refused := func(config wasmrt.ModuleConfig, text string) {
		t.Helper()
		_, err := r.InstantiateWithConfig(ctx, wasm(t, "math"), config)
		wantText(t, err, text)
	}
	config := wasmrt.NewModuleConfig()
	refused(config.WithEnv("", "x"), "environ invalid: empty key")
	refused(config.WithEnv("a=", "x"), "environ invalid: key contains '=' character")
	refused(config.WithEnv("a", "\x00"), "environ invalid: contains NUL character")
	refused(config.WithArgs("a\x00"), "args invalid: contains NUL character")
	refused(config.WithWalltime(func() (int64, int32) { return 0, 0 }, 0), "invalid Walltime resolution: 0")
	refused(config.WithNanotime(func() int64 { return 0 }, 0), "invalid Nanotime resolution: 0")
}

func TestExitingClosesTheModule(t *testing.T) {
	onEachEngine(t, func(t *testing.T, engine wasmrt.RuntimeConfig) {
		for _, code := range []uint32{0, 7} {
			mod := newWASI(t, engine, wasmrt.NewModuleConfig())
			_, err := mod.ExportedFunction("exit").Call(ctx, uint64(code))
			wantExit(t, err, code)
			want(t, mod.IsClosed(), true)
		}
	})
}

func TestSingleFunctionsCanBeReplaced(t *testing.T) {
	onEachEngine(t, func(t *testing.T, engine wasmrt.RuntimeConfig) {
		r := newRuntime(t, engine)
		host := r.NewHostModuleBuilder(wasi_snapshot_preview1.ModuleName)
		wasi_snapshot_preview1.NewFunctionExporter().ExportFunctions(host)
		host.NewFunctionBuilder().WithFunc(func(uint32) { panic(sys.NewExitError(77)) }).Export("proc_exit")
		host.NewFunctionBuilder().WithFunc(func(id uint32, _ uint64, at uint32) uint32 { return 0 }).Export("clock_time_get")
		if _, err := host.Instantiate(ctx); err != nil {
			t.Fatal(err)
		}
		mod, err := r.InstantiateWithConfig(ctx, wasm(t, "wasi"), wasmrt.NewModuleConfig())
		if err != nil {
			t.Fatal(err)
		}
		_, err = mod.ExportedFunction("exit").Call(ctx, 1)
		wantExit(t, err, 77)
		want(t, call1(t, mod, "time", 0), 0)
	})
}

func TestTheFunctionsCanHaveAnotherModuleName(t *testing.T) {
	r := newRuntime(t, wasmrt.NewRuntimeConfig())
	host := r.NewHostModuleBuilder("wasi_unstable")
	wasi_snapshot_preview1.NewFunctionExporter().ExportFunctions(host)
	if _, err := host.Instantiate(ctx); err != nil {
		t.Fatal(err)
	}
	mod, err := r.InstantiateWithConfig(ctx, unstable(wasm(t, "wasi")), wasmrt.NewModuleConfig().WithArgs("abc"))
	if err != nil {
		t.Fatal(err)
	}
	want(t, call1(t, mod, "args"), 0)
	want(t, read(t, mod, 256, 4), "abc\x00")
}

// unstable renames the module that the imports name, and with it the length of the import section.
func unstable(module []byte) []byte {
	const header, sectionImport = 8, 2
	out := bytes.NewBuffer(append([]byte(nil), module[:header]...))
	for rest := module[header:]; len(rest) > 0; {
		id := rest[0]
		size, width := binary.Uvarint(rest[1:])
		body := rest[1+width : 1+width+int(size)]
		rest = rest[1+width+int(size):]
		if id == sectionImport {
			body = bytes.ReplaceAll(body, []byte("\x16wasi_snapshot_preview1"), []byte("\x0dwasi_unstable"))
		}
		out.WriteByte(id)
		out.Write(binary.AppendUvarint(nil, uint64(len(body))))
		_, _ = io.Copy(out, bytes.NewReader(body))
	}
	return out.Bytes()
}
