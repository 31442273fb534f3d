// Program uses wazero in many small ways and prints what it sees. The test of this module builds it twice, once with
// wasmrt in wazero's place, and compares.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

var ctx = context.Background()

// program runs one topic after the other with one configuration.
type program struct {
	testdata string
	config   wazero.RuntimeConfig
	topic    string
}

func main() {
	p := program{testdata: os.Args[1]}
	for _, engine := range []string{"compiler", "interpreter"} {
		p.config = wazero.NewRuntimeConfigCompiler()
		if engine == "interpreter" {
			p.config = wazero.NewRuntimeConfigInterpreter()
		}
		for _, t := range topics {
			p.topic = engine + " " + t.name
			t.run(&p)
		}
	}
}

var topics = []struct {
	name string
	run  func(*program)
}{
	{"calls", calls}, {"traps", traps}, {"definitions", definitions}, {"memory", memories}, {"globals", globals},
	{"host functions", hostFunctions}, {"host panics", hostPanics}, {"builders", builders}, {"linking", linking},
	{"starting", starting}, {"closing", closing}, {"contexts", contexts}, {"names", names}, {"compiling", compiling},
	{"system", system}, {"system defaults", systemDefaults}, {"configuration", configuration},
}

// say prints one line of the transcript; line breaks in errors stay visible as such.
func (p *program) say(about string, values ...any) {
	line := p.topic + ": " + about
	for _, value := range values {
		text := fmt.Sprintf("%v", value)
		if err, ok := value.(error); ok {
			text = fmt.Sprintf("error %q", err.Error())
		}
		line += " | " + text
	}
	fmt.Println(strings.ReplaceAll(line, "\n", `\n`))
}

func (p *program) runtime() wazero.Runtime { return wazero.NewRuntimeWithConfig(ctx, p.config) }

func (p *program) binary(name string) []byte {
	binary, err := os.ReadFile(filepath.Join(p.testdata, name+".wasm"))
	if err != nil {
		panic(err)
	}
	return binary
}

func (p *program) instantiate(r wazero.Runtime, name string) api.Module {
	mod, err := r.Instantiate(ctx, p.binary(name))
	if err != nil {
		panic(err)
	}
	return mod
}

// call says what a call gives.
func (p *program) call(mod api.Module, name string, params ...uint64) {
	results, err := mod.ExportedFunction(name).Call(ctx, params...)
	p.say(fmt.Sprint(name, params), results, err)
}

// panics says what a function panics with.
func (p *program) panics(about string, run func()) {
	defer func() { p.say(about+" panics", recover()) }()
	run()
}
