package wasmrt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// The scenarios of core/tests/conformance, as its README describes them. Those that Go cannot express name it in
// not_in; besides, some things are Go's own (and wazero's). A deadline closes the module, so that the next step gets a
// new instance of it. Calls of a closed module answer with its exit code, its globals with zero, and closing it again
// does nothing. What cannot be set has no method for it, and accesses that are refused answer false.
type theme struct {
	About     string     `json:"about"`
	Scenarios []scenario `json:"scenarios"`
}

type scenario struct {
	Name   string `json:"name"`
	Config struct {
		Fuel          bool   `json:"fuel"`
		Interruption  bool   `json:"interruption"`
		MaxStackBytes uint64 `json:"max_stack_bytes"`
	} `json:"config"`
	Limits struct {
		MemoryBytes   uint64 `json:"memory_bytes"`
		TableElements uint64 `json:"table_elements"`
		Instances     uint64 `json:"instances"`
		Memories      uint64 `json:"memories"`
		Tables        uint64 `json:"tables"`
	} `json:"limits"`
	Fuel      uint64            `json:"fuel"`
	TimeoutMs int               `json:"timeout_ms"`
	Host      []scenarioHost    `json:"host"`
	Modules   map[string]string `json:"modules"`
	Steps     []json.RawMessage `json:"steps"`
	NotIn     map[string]string `json:"not_in"`
}

type scenarioHost struct {
	Module  string          `json:"module"`
	Name    string          `json:"name"`
	Params  []string        `json:"params"`
	Results []string        `json:"results"`
	Does    json.RawMessage `json:"does"`
}

// step has one of the verbs, which come first.
type step struct {
	Compile     *string `json:"compile"`
	Instantiate *string `json:"instantiate"`
	Call        *string `json:"call"`
	MemorySize  *string `json:"memory_size"`
	MemoryGrow  *string `json:"memory_grow"`
	MemoryWrite *string `json:"memory_write"`
	MemoryRead  *string `json:"memory_read"`
	GlobalGet   *string `json:"global_get"`
	GlobalSet   *string `json:"global_set"`
	TableSize   *string `json:"table_size"`
	TableGet    *string `json:"table_get"`
	TableSet    *string `json:"table_set"`
	TableGrow   *string `json:"table_grow"`
	Fuel        *uint64 `json:"fuel"`
	SetFuel     *uint64 `json:"set_fuel"`
	Close       *string `json:"close"`
	Recorded    *string `json:"recorded"`

	As          string         `json:"as"`
	Args        []string       `json:"args"`
	Results     []string       `json:"results"`
	Error       *expectedError `json:"error"`
	Pages       uint64         `json:"pages"`
	Delta       uint64         `json:"delta"`
	Previous    *uint64        `json:"previous"`
	Offset      uint64         `json:"offset"`
	Bytes       string         `json:"bytes"`
	Length      uint64         `json:"length"`
	OutOfBounds bool           `json:"out_of_bounds"`
	Index       uint64         `json:"index"`
	Value       string         `json:"value"`
	Elements    uint64         `json:"elements"`
	Calls       [][]string     `json:"calls"`
}

type expectedError struct {
	Kind       string     `json:"kind"`
	Code       *string    `json:"code"`
	Message    *string    `json:"message"`
	MessageHas []string   `json:"message_has"`
	Functions  *[]*string `json:"functions"`
	ExitCode   *uint32    `json:"exit_code"`
}

// The keys that each verb takes; those with a question mark may be missing.
var stepKeys = map[string][]string{
	"compile":      {"error?"},
	"instantiate":  {"as", "error?"},
	"call":         {"args?", "results?", "error?"},
	"memory_size":  {"pages"},
	"memory_grow":  {"delta", "previous"},
	"memory_write": {"offset", "bytes", "out_of_bounds?"},
	"memory_read":  {"offset", "bytes?", "length?", "out_of_bounds?"},
	"global_get":   {"value?", "error?"},
	"global_set":   {"value", "error?"},
	"table_size":   {"elements"},
	"table_get":    {"index", "value?", "error?"},
	"table_set":    {"index", "value", "error?"},
	"table_grow":   {"delta", "value", "previous"},
	"fuel":         {},
	"set_fuel":     {},
	"close":        {"error?"},
	"recorded":     {"calls"},
}

// strictly decodes JSON, and nothing but what the type has.
func strictly(source []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(source))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if decoder.More() {
		return errors.New("more than one value")
	}
	return nil
}

// decodeStep decodes a step and holds its keys against those of its verb.
func decodeStep(source []byte) (s step, verb string, err error) {
	keys := map[string]json.RawMessage{}
	if err := json.Unmarshal(source, &keys); err != nil {
		return s, "", err
	}
	for key := range keys {
		if _, isVerb := stepKeys[key]; isVerb && verb != "" {
			return s, "", fmt.Errorf("two verbs, %s and %s", verb, key)
		} else if isVerb {
			verb = key
		}
	}
	known, ok := stepKeys[verb]
	if !ok {
		return s, "", errors.New("no verb")
	}
	for key := range keys {
		if key != verb && !slices.Contains(known, key) && !slices.Contains(known, key+"?") {
			return s, "", fmt.Errorf("%s does not take %s", verb, key)
		}
	}
	for _, key := range known {
		if _, given := keys[key]; !given && key[len(key)-1] != '?' {
			return s, "", fmt.Errorf("%s needs %s", verb, key)
		}
	}
	return s, verb, strictly(source, &s)
}

func TestConformance(t *testing.T) {
	files, err := filepath.Glob("../core/tests/conformance/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no scenarios were found", err)
	}
	names := map[string]string{}
	count := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var theme theme
		if err := strictly(source, &theme); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for i := range theme.Scenarios {
			scenario := &theme.Scenarios[i]
			if other, twice := names[scenario.Name]; twice {
				t.Errorf("%s: a scenario of this name is in %s: %s", file, other, scenario.Name)
			}
			names[scenario.Name] = file
			if checkFaces(t, file, scenario) {
				count++
				replayOnEachEngine(t, filepath.Base(file), scenario)
			}
		}
	}
	if !t.Failed() {
		t.Logf("conformance: %d scenarios × %d engines passed", count, len(EnginesUnderTest))
	}
}

// checkFaces says whether Go is to run the scenario.
func checkFaces(t *testing.T, file string, scenario *scenario) bool {
	for face, reason := range scenario.NotIn {
		if !slices.Contains([]string{"rust", "c", "python", "go"}, face) || reason == "" {
			t.Errorf("%s: %s: not_in has no such face, or no reason: %q", file, scenario.Name, face)
		}
	}
	_, left := scenario.NotIn["go"]
	return !left
}

func replayOnEachEngine(t *testing.T, file string, scenario *scenario) {
	for _, engine := range EnginesUnderTest {
		t.Run(file+"/"+scenario.Name+"/"+engine.Name, func(t *testing.T) {
			replay := newReplay(t, scenario, engine.Config)
			defer replay.runtime.Close(replay.base)
			for index, source := range scenario.Steps {
				step, verb, err := decodeStep(source)
				if err == nil {
					err = replay.run(verb, &step)
				}
				if err != nil {
					t.Fatalf("step %d: %s\n%v", index, source, err)
				}
			}
		})
	}
}
