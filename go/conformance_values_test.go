package wasmrt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/libwasmrt/libwasmrt/go/api"
	"github.com/libwasmrt/libwasmrt/go/internal/capi"
	"github.com/libwasmrt/libwasmrt/go/sys"
)

var scenarioTypes = map[string]api.ValueType{
	"i32": api.ValueTypeI32, "i64": api.ValueTypeI64, "f32": api.ValueTypeF32, "f64": api.ValueTypeF64,
	"funcref": valueTypeFuncref, "externref": api.ValueTypeExternref,
}

// parse is the slot of a value to be given.
func (r *replay) parse(text string) (uint64, error) {
	ty, value, ok := strings.Cut(text, ":")
	if !ok || value == "nan" || value == "any" {
		return 0, fmt.Errorf("%q cannot be given", text)
	}
	switch ty {
	case "i32", "i64":
		n, err := strconv.ParseInt(value, 10, 8*map[string]int{"i32": 4, "i64": 8}[ty])
		if ty == "i32" {
			n = int64(uint32(n))
		}
		return uint64(n), err
	case "f32", "f64":
		return parseFloat(value, map[string]int{"f32": 32, "f64": 64}[ty])
	}
	if value == "null" {
		return 0, nil
	}
	if ty == "externref" {
		return strconv.ParseUint(value, 10, 64)
	}
	f, err := r.function(value)
	if err != nil {
		return 0, err
	}
	return r.runtime.store.FuncToSlot(f)
}

func parseFloat(text string, bits int) (uint64, error) {
	if digits, isBits := strings.CutPrefix(text, "0x"); isBits {
		return strconv.ParseUint(digits, 16, bits)
	}
	value, err := strconv.ParseFloat(text, bits)
	if bits == 32 {
		return uint64(math.Float32bits(float32(value))), err
	}
	return math.Float64bits(value), err
}

// function is the export that a value names as instance.export.
func (r *replay) function(path string) (capi.Func, error) {
	_, export, err := r.export(path)
	if err != nil {
		return capi.Func{}, err
	}
	f, ok := export.(*function)
	if !ok {
		return capi.Func{}, fmt.Errorf("%s is no function", path)
	}
	return f.native, nil
}

// compareValues compares slots with values that are expected.
func compareValues(expected []string, types []api.ValueType, slots []uint64) error {
	if len(expected) != len(types) || len(slots) != len(types) {
		return fmt.Errorf("expected %v, found %d values in %d slots", expected, len(types), len(slots))
	}
	for i, text := range expected {
		if err := compareValue(text, types[i], slots[i]); err != nil {
			return fmt.Errorf("value %d: %w", i, err)
		}
	}
	return nil
}

func compareValue(expected string, ty api.ValueType, slot uint64) error {
	name, value, _ := strings.Cut(expected, ":")
	if scenarioTypes[name] != ty {
		return fmt.Errorf("expected %s, found a value of type %s", expected, typeName(ty))
	}
	switch {
	case value == "nan" && name == "f32":
		return equal(nil, true, math.IsNaN(float64(api.DecodeF32(slot))))
	case value == "nan":
		return equal(nil, true, math.IsNaN(api.DecodeF64(slot)))
	case value == "any":
		return equal(nil, true, slot != 0)
	}
	wanted, err := (&replay{}).parse(expected)
	if err == nil && wanted != slot {
		err = fmt.Errorf("expected %s (%#x), found %#x", expected, wanted, slot)
	}
	return err
}

// reference is an element to be put into a table; done says that it is there.
func (r *replay) reference(text string) (value capi.Reference, done func(), err error) {
	ty, what, _ := strings.Cut(text, ":")
	value, done = capi.Reference{Type: scenarioTypes[ty]}, func() {}
	switch {
	case what == "null":
	case ty == "funcref":
		value.Func, err = r.function(what)
	case ty == "externref":
		slots := []uint64{0}
		if slots[0], err = r.parse(text); err != nil {
			return value, done, err
		}
		boxed, err := boxExternrefs(r.runtime.store, []api.ValueType{api.ValueTypeExternref}, slots)
		value.Extern = slots[0]
		return value, func() { boxed.unpin(r.runtime.store) }, err
	}
	return value, done, err
}

func (r *replay) compareReference(expected string, found capi.Reference) error {
	slots := []uint64{found.Extern}
	if found.Type == valueTypeFuncref && !found.IsNull() {
		slots[0] = 1
	}
	types := []api.ValueType{found.Type}
	if err := unboxExternrefs(r.runtime.store, types, slots); err != nil {
		return err
	}
	return compareValues([]string{expected}, types, slots)
}

// defineHosts makes the host functions, in one module for each name.
func (r *replay) defineHosts() {
	builders := map[string]HostModuleBuilder{}
	for _, host := range r.scenario.Host {
		if builders[host.Module] == nil {
			builders[host.Module] = r.runtime.NewHostModuleBuilder(host.Module)
		}
		types := func(names []string) (types []api.ValueType) {
			for _, name := range names {
				types = append(types, scenarioTypes[name])
			}
			return types
		}
		params, results := types(host.Params), types(host.Results)
		if slices.Contains(params, 0) || slices.Contains(results, 0) {
			r.Fatalf("a type of %v or %v is unknown", host.Params, host.Results)
		}
		body := r.hostBody(host, params)
		builders[host.Module].NewFunctionBuilder().WithGoModuleFunction(body, params, results).Export(host.Name)
	}
	for _, builder := range builders {
		if _, err := builder.Instantiate(r.base); err != nil {
			r.Fatal(err)
		}
	}
}

// does is what a host function does; one of them is set.
type does struct {
	echo   bool
	Return []string `json:"return"`
	Fail   *string  `json:"fail"`
	Exit   *uint32  `json:"exit"`
	Call   *string  `json:"call"`
	Read   bool     `json:"read"`
}

func (r *replay) hostBody(host scenarioHost, params []api.ValueType) api.GoModuleFunc {
	var does does
	if string(host.Does) == `"echo"` {
		does.echo = true
	} else if err := strictly(host.Does, &does); err != nil {
		r.Fatalf("%s: %v", host.Does, err)
	}
	path := host.Module + "." + host.Name
	return func(ctx context.Context, mod api.Module, stack []uint64) {
		given := append([]uint64{}, stack[:len(params)]...)
		r.records[path] = append(r.records[path], record(does, mod, params, given))
		switch {
		case does.Fail != nil:
			panic(errors.New(*does.Fail))
		case does.Exit != nil:
			panic(sys.NewExitError(*does.Exit))
		case does.Call != nil:
			results, err := mod.ExportedFunction(*does.Call).Call(ctx, given...)
			if err != nil {
				panic(err)
			}
			copy(stack, results)
		case does.Return != nil:
			for i, text := range does.Return {
				slot, err := r.parse(text)
				if err != nil {
					panic(err)
				}
				stack[i] = slot
			}
		}
	}
}

// record is a call as it is compared later: its arguments in one form each, or the text that it read.
func record(does does, mod api.Module, types []api.ValueType, given []uint64) []string {
	if does.Read {
		view, ok := mod.ExportedMemory("memory").Read(uint32(given[0]), uint32(given[1]))
		if !ok {
			panic("the text is outside the memory")
		}
		return []string{string(view)}
	}
	values := make([]string, len(given))
	for i, slot := range given {
		values[i] = fmt.Sprintf("%d:%d", types[i], slot)
	}
	return values
}

func (r *replay) compareRecords(path string, expected [][]string) error {
	found := r.records[path]
	if len(found) != len(expected) {
		return fmt.Errorf("expected %d calls, found %v", len(expected), found)
	}
	for i, call := range expected {
		if slices.Equal(call, found[i]) {
			continue
		}
		var types []api.ValueType
		var slots []uint64
		for _, value := range found[i] {
			var ty, slot uint64
			if _, err := fmt.Sscanf(value, "%d:%d", &ty, &slot); err != nil {
				return fmt.Errorf("call %d: expected %v, found %v", i, call, found[i])
			}
			types, slots = append(types, api.ValueType(ty)), append(slots, slot)
		}
		if err := compareValues(call, types, slots); err != nil {
			return fmt.Errorf("call %d: %w", i, err)
		}
	}
	return nil
}

func (e *expectedError) isUsage() bool { return e != nil && e.Kind == "usage" }

// check holds an error against what is expected; nil expects none.
func (e *expectedError) check(err error) error {
	if e == nil || err == nil {
		if err != nil || e != nil {
			return fmt.Errorf("expected %v, found %v", e, err)
		}
		return nil
	}
	kind, message, code, exitCode := "", "", "", uint32(0)
	var functions []string
	var structured *Error
	if exit, ok := err.(*sys.ExitError); ok {
		// It has no core message: its text is wazero's.
		kind, exitCode, message = "exit", exit.ExitCode(), fmt.Sprintf("exit with code %d", exit.ExitCode())
		if exitCode == sys.ExitCodeDeadlineExceeded {
			kind, message = "interrupted", "deadline exceeded"
		}
	} else if errors.As(err, &structured) {
		kind, message, code = strings.ToLower(structured.Kind.String()), structured.Message, structured.Code.String()
		for _, frame := range structured.Frames {
			functions = append(functions, frame.Function)
		}
	}
	describe := func(what string) error {
		wanted, _ := json.Marshal(e)
		return fmt.Errorf("another %s: expected %s\nfound %s, code %s, message %q, functions %q, exit code %d\n%v",
			what, wanted, kind, code, message, functions, exitCode, err)
	}
	switch {
	case e.Kind != kind:
		return describe("kind")
	case e.Code != nil && *e.Code != code:
		return describe("code")
	case e.Message != nil && *e.Message != message:
		return describe("message")
	case e.ExitCode != nil && *e.ExitCode != exitCode:
		return describe("exit code")
	case e.Functions != nil && !sameFunctions(*e.Functions, functions):
		return describe("backtrace")
	}
	for _, part := range e.MessageHas {
		if !strings.Contains(message, part) {
			return describe("message")
		}
	}
	return nil
}

func sameFunctions(expected []*string, found []string) bool {
	return slices.EqualFunc(expected, found, func(expected *string, found string) bool {
		return expected == nil && found == "" || expected != nil && *expected == found
	})
}
