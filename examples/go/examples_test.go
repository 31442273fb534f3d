// Package examples runs the examples next to it and compares what they print.
package examples

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// run builds an example and runs it.
func run(t *testing.T, example string, args ...string) (out, errs string, exitCode int) {
	t.Helper()
	program := filepath.Join(t.TempDir(), example)
	if said, err := exec.Command("go", "build", "-o", program, "./"+example).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	var stdout, stderr bytes.Buffer
	command := exec.Command(program, args...)
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		if _, exited := err.(*exec.ExitError); !exited {
			t.Fatal(err)
		}
	}
	return stdout.String(), stderr.String(), command.ProcessState.ExitCode()
}

func compare(t *testing.T, out, errs string, exitCode int, wantOut, wantErrs string, wantCode int) {
	t.Helper()
	if out != wantOut || !regexp.MustCompile("^"+wantErrs+"$").MatchString(errs) || exitCode != wantCode {
		t.Fatalf("exit code %d, output %q, errors %q", exitCode, out, errs)
	}
}

func TestHello(t *testing.T) {
	out, errs, exitCode := run(t, "hello")
	greeting := "Hello from the guest!\n"
	compare(t, out, errs, exitCode, greeting+greeting+greeting+"the guest wrote 66 bytes\n", "", 0)
}

func TestEmbed(t *testing.T) {
	out, errs, exitCode := run(t, "embed")
	compare(t, out, errs, exitCode, "HELLO FROM THE EMBEDDER\n", "", 0)
}

func TestRunWASI(t *testing.T) {
	const times = `compile_ms=\d+\.\d{3} run_ms=\d+\.\d{3}\n`
	// It exits with the number of its arguments, its name included.
	program := "../../go/testdata/wasi_start.wasm"
	for _, args := range [][]string{{program}, {"-interpreter", program}} {
		out, errs, exitCode := run(t, "run_wasi", args...)
		compare(t, out, errs, exitCode, "hello, wasi\n", times, 1)
		out, errs, exitCode = run(t, "run_wasi", append(args, "argument")...)
		compare(t, out, errs, exitCode, "hello, wasi\n", times, 2)
	}
	out, errs, exitCode := run(t, "run_wasi", "missing.wasm")
	compare(t, out, errs, exitCode, "", `run_wasi: open missing\.wasm: no such file or directory\n`, 1)
}

// A program elsewhere, with its dependencies vendored: the library and the header have to come along.
func TestAProgramElsewhereVendorsTheLibrary(t *testing.T) {
	const module = "github.com/libwasmrt/libwasmrt/go"
	dir := t.TempDir()
	for _, name := range []string{"main.go", "hello.wasm"} {
		content, err := os.ReadFile(filepath.Join("hello", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	source, err := filepath.Abs("../../go")
	if err != nil {
		t.Fatal(err)
	}
	goIn := func(args ...string) string {
		command := exec.Command("go", args...)
		command.Dir = dir
		out, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("go %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	goIn("mod", "init", "example.com/elsewhere")
	goIn("mod", "edit", "-require="+module+"@v0.0.0", "-replace="+module+"="+source)
	goIn("mod", "tidy")
	goIn("mod", "vendor")
	out := goIn("run", "-mod=vendor", ".")
	if want := "the guest wrote 66 bytes\n"; len(out) < len(want) || out[len(out)-len(want):] != want {
		t.Fatal(out)
	}
}
