package oracle

import "strings"

// difference is where wasmrt prints something else on purpose. Both are parts of the line.
type difference struct{ wazero, wasmrt, reason string }

var differences = []difference{
	{`recurse[] | [] | error "stack overflow"`, `recurse[] | [] | error "wasm error: stack overflow\nwasm stack trace:\n\tmath.forever()`,
		"wazero's compiler leaves the trace out where its interpreter prints it; wasmrt's engines agree"},
	{"compiler globals: var | global(7)", "compiler globals: var | global(109)", "wazero's compiler shows the value from before the calls"},
	{"host module | Module[env] | true | false", "host module | Module[env] | true | true", "wazero's nil Memory does not compare to nil"},
	{`linking: data | true | error "data[0]: out of bounds`, `linking: data | true | error "out of bounds`, "the core does not say which segment"},
}

func find(wazero, wasmrt string) *difference {
	for i := range differences {
		if d := &differences[i]; strings.Contains(wazero, d.wazero) && strings.Contains(wasmrt, d.wasmrt) {
			return d
		}
	}
	return nil
}
