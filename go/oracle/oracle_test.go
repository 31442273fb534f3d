// Package oracle holds wasmrt against wazero: one program, built with each, must print the same. What may differ is
// listed with its reason.
package oracle

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	// Keeps wasmrt among the requirements of this module; the program names it in the overlay only.
	_ "github.com/libwasmrt/libwasmrt/go/imports/wasi_snapshot_preview1"
)

const (
	wazeroPath = "github.com/tetratelabs/wazero"
	wasmrtPath = "github.com/libwasmrt/libwasmrt/go"
)

// build builds the program, with wasmrt in wazero's place if asked, and returns what it prints.
func transcript(t *testing.T, withWasmrt bool) []string {
	t.Helper()
	dir := t.TempDir()
	args := []string{"build", "-o", filepath.Join(dir, "program")}
	if withWasmrt {
		args = append(args, "-overlay", overlay(t, dir))
	}
	build := exec.Command("go", append(args, "./program")...)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	testdata, err := filepath.Abs("../testdata")
	if err != nil {
		t.Fatal(err)
	}
	var errs strings.Builder
	run := exec.Command(filepath.Join(dir, "program"), testdata)
	run.Stderr = &errs
	out, err := run.Output()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, errs.String())
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

// overlay writes the program's files with the other import paths, and says so in go build's form.
func overlay(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob("program/*.go")
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(source), `"`+wazeroPath+`"`, `wazero "`+wasmrtPath+`"`)
		text = strings.ReplaceAll(text, `"`+wazeroPath+`/`, `"`+wasmrtPath+`/`)
		original, err := filepath.Abs(file)
		if err != nil {
			t.Fatal(err)
		}
		replace[original] = filepath.Join(dir, filepath.Base(file))
		write(t, replace[original], []byte(text))
	}
	description, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "overlay.json")
	write(t, path, description)
	return path
}

func write(t *testing.T, path string, bytes []byte) {
	t.Helper()
	if err := os.WriteFile(path, bytes, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAProgramForWazeroSeesNoDifference(t *testing.T) {
	wazero, wasmrt := transcript(t, false), transcript(t, true)
	if len(wazero) != len(wasmrt) {
		t.Errorf("wazero printed %d lines, wasmrt %d", len(wazero), len(wasmrt))
	}
	met := map[string]bool{}
	for i := range min(len(wazero), len(wasmrt)) {
		if wazero[i] == wasmrt[i] {
			continue
		}
		if difference := find(wazero[i], wasmrt[i]); difference != nil {
			met[difference.wasmrt] = true
			continue
		}
		t.Errorf("wazero %s\nwasmrt %s", wazero[i], wasmrt[i])
	}
	for _, d := range differences {
		if !met[d.wasmrt] {
			t.Errorf("no such difference any more: %s", d.wasmrt)
		}
	}
	t.Logf("%d lines compared", len(wazero))
}
