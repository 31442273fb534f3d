package wasmrt

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/libwasmrt/libwasmrt/go/api"
	"github.com/libwasmrt/libwasmrt/go/internal/capi"
	"github.com/libwasmrt/libwasmrt/go/sys"
)

// module is an instance of a guest or of a host module.
type module struct {
	runtime *runtime
	name    string
	code    *compiledModule
	// instance is set for guests once the start function has run.
	instance capi.Instance
	// imports are what this was linked to, and memories all memories, by index.
	imports  linked
	memories []*memory

	closed closeFlag
	// calls counts the calls from Go that are under way, where closing has to stop them.
	calls atomic.Int64
}

func (m *module) String() string { return fmt.Sprintf("Module[%s]", m.name) }

func (m *module) Name() string { return m.name }

func (m *module) isHost() bool { return m.code.code == nil }

func (m *module) Memory() api.Memory { return m.memoryAt(0) }

func (m *module) memoryAt(index uint32) api.Memory {
	if int(index) < len(m.memories) && m.memories[index] != nil {
		return m.memories[index]
	}
	return nil
}

func (m *module) ExportedMemory(name string) api.Memory {
	if export, ok := m.code.defs.export(name, api.ExternTypeMemory); ok {
		return m.memoryAt(export.Index)
	}
	return nil
}

func (m *module) ExportedMemoryDefinitions() map[string]api.MemoryDefinition {
	return m.code.ExportedMemories()
}

func (m *module) ExportedFunctionDefinitions() map[string]api.FunctionDefinition {
	return m.code.ExportedFunctions()
}

func (m *module) ExportedFunction(name string) api.Function {
	if m.isHost() {
		panic("calling ExportedFunction is forbidden on host modules. See the note on ExportedFunction interface")
	}
	export, ok := m.code.defs.export(name, api.ExternTypeFunc)
	if !ok {
		return nil
	}
	item, err := m.runtime.store.Export(m.instance, name)
	if err != nil {
		if _, closed := m.closed.get(); !closed {
			return nil
		}
	}
	return newFunction(m, m.definition(export.Index), item.Func())
}

// definition is that of the module which defines the function, for one that is imported and exported again.
func (m *module) definition(index uint32) *functionDefinition {
	if int(index) < len(m.imports.functions) {
		if definer := m.imports.functions[index]; definer != nil {
			return definer
		}
	}
	return m.code.defs.functions[index]
}

func (m *module) ExportedGlobal(name string) api.Global {
	export, ok := m.code.defs.export(name, api.ExternTypeGlobal)
	if !ok {
		return nil
	}
	item, err := m.runtime.store.Export(m.instance, name)
	if err != nil {
		return nil
	}
	ty := m.code.binary.Globals[export.Index]
	g := &global{store: m.runtime.store, native: item.Global(), ty: ty.Type}
	if ty.Mutable {
		return &mutableGlobal{g}
	}
	return g
}

func (m *module) IsClosed() bool {
	_, closed := m.closed.get()
	return closed
}

// exitError is the error of a closed module, or nil.
func (m *module) exitError() *sys.ExitError {
	if code, closed := m.closed.get(); closed {
		return sys.NewExitError(code)
	}
	return nil
}

func (m *module) Close(ctx context.Context) error { return m.CloseWithExitCode(ctx, 0) }

func (m *module) CloseWithExitCode(ctx context.Context, exitCode uint32) error {
	if !m.closed.set(exitCode) {
		return nil
	}
	m.runtime.unregister(m)
	if m.isHost() {
		return nil
	}
	for _, memory := range m.memories {
		memory.release()
	}
	err := m.runtime.store.CloseInstance(m.instance)
	if m.runtime.config.closeOnContextDone && m.calls.Load() > 0 {
		_ = m.runtime.store.InterruptInstance(m.instance)
	}
	if m.code.ownedByInstance {
		_ = m.code.Close(ctx)
	}
	return errorOf(err)
}

// functionOf finds the definition of the function that a frame shows, if it can be of this module.
func (m *module) functionOf(frame *Frame) *functionDefinition {
	if m.code.name != frame.Module || int(frame.Index) >= len(m.code.defs.functions) {
		return nil
	}
	if def := m.code.defs.functions[frame.Index]; def.name == frame.Function {
		return def
	}
	return nil
}
