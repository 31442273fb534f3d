package wasmrt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/libwasmrt/libwasmrt/go/api"
	"github.com/libwasmrt/libwasmrt/go/internal/binary"
	"github.com/libwasmrt/libwasmrt/go/internal/capi"
)

// linked is what a module's imports were resolved to, by index.
type linked struct {
	functions []*functionDefinition
	memories  []*memory
}

// linker resolves the imports of a module that is being instantiated.
type linker struct {
	runtime *runtime
	module  *module
	config  *moduleConfig
	// externs are in the order of the imports.
	externs []capi.Extern
	// native are the library's own functions among them.
	native []nativeImport
}

type nativeImport struct {
	at   int
	name string
}

func (l *linker) resolve() error {
	imports := l.module.code.binary.Imports
	l.externs = make([]capi.Extern, len(imports))
	for at := range imports {
		if err := l.resolveImport(at, &imports[at]); err != nil {
			return err
		}
	}
	return l.resolveNative()
}

func (l *linker) resolveImport(at int, imported *binary.Import) error {
	exporter := l.runtime.module(imported.Module)
	if exporter == nil {
		return linkError(fmt.Sprintf("module[%s] not instantiated", imported.Module))
	}
	export, ok := exporter.code.defs.exports[imported.Name]
	if !ok {
		return linkError(fmt.Sprintf("%q is not exported in module %q", imported.Name, imported.Module))
	}
	if export.Kind != imported.Kind {
		return linkError(fmt.Sprintf("export %q in module %q is a %s, not a %s", imported.Name, imported.Module,
			api.ExternTypeName(export.Kind), api.ExternTypeName(imported.Kind)))
	}
	if exporter.isHost() {
		return l.resolveHost(at, imported, exporter.host[export.Index])
	}
	item, err := l.runtime.store.Export(exporter.instance, imported.Name)
	if err != nil {
		return errorOf(err)
	}
	l.externs[at] = item
	if mismatch := l.compare(imported, exporter, export.Index, item); mismatch != "" {
		return importError(imported, mismatch)
	}
	switch imported.Kind {
	case api.ExternTypeFunc:
		l.module.imports.functions = append(l.module.imports.functions, exporter.definition(export.Index))
	case api.ExternTypeMemory:
		var shared *memory
		if int(export.Index) < len(exporter.memories) {
			shared = exporter.memories[export.Index]
		}
		l.module.imports.memories = append(l.module.imports.memories, shared)
	}
	return nil
}

func (l *linker) resolveHost(at int, imported *binary.Import, host *hostImport) error {
	l.module.imports.functions = append(l.module.imports.functions, host.function.def)
	if mismatch := compareFunctions(l.expected(imported), host.function.def.ty); mismatch != "" {
		return importError(imported, mismatch)
	}
	if name, ok := host.function.nativeName(); ok {
		l.native = append(l.native, nativeImport{at, name})
		return nil
	}
	fn, err := host.in(l.runtime.store)
	l.externs[at] = capi.ExternOfFunc(fn)
	return err
}

// resolveNative makes the library's functions, which share one state of the instance: its files, arguments and so on.
func (l *linker) resolveNative() error {
	if len(l.native) == 0 {
		return nil
	}
	config, err := l.config.wasi()
	if err != nil {
		return err
	}
	names := make([]string, len(l.native))
	for i, imported := range l.native {
		names[i] = imported.name
	}
	items, err := l.runtime.store.WASI(l.runtime.engine, config, names)
	if err != nil {
		return errorOf(err)
	}
	for i, imported := range l.native {
		l.externs[imported.at] = items[i]
	}
	return nil
}

func (l *linker) expected(imported *binary.Import) binary.FuncType {
	return l.module.code.binary.FuncType(imported.Index)
}

// compare says how what is exported differs from what is imported, or nothing.
func (l *linker) compare(imported *binary.Import, exporter *module, index uint32, item capi.Extern) string {
	want, have := l.module.code.binary, exporter.code.binary
	switch imported.Kind {
	case api.ExternTypeFunc:
		return compareFunctions(l.expected(imported), have.FuncType(index))
	case api.ExternTypeTable:
		wanted, actual := want.Tables[imported.Index], have.Tables[index]
		if wanted.Element != actual.Element {
			return fmt.Sprintf("table type mismatch: %s != %s", typeName(wanted.Element), typeName(actual.Element))
		}
		size, _ := l.runtime.store.TableSize(item.Table())
		return compareLimits(wanted.Limits, actual.Limits, size)
	case api.ExternTypeMemory:
		native := item.Memory()
		size, _ := l.runtime.store.MemoryPages(&native)
		return compareLimits(want.Memories[imported.Index], have.Memories[index], size)
	case api.ExternTypeGlobal:
		wanted, actual := want.Globals[imported.Index], have.Globals[index]
		if wanted.Mutable != actual.Mutable {
			return fmt.Sprintf("mutability mismatch: %t != %t", wanted.Mutable, actual.Mutable)
		}
		if wanted.Type != actual.Type {
			return fmt.Sprintf("value type mismatch: %s != %s", typeName(wanted.Type), typeName(actual.Type))
		}
	}
	return ""
}

func compareFunctions(want, have binary.FuncType) string {
	if slices.Equal(want.Params, have.Params) && slices.Equal(want.Results, have.Results) {
		return ""
	}
	return fmt.Sprintf("signature mismatch: %s != %s", typeText(want), typeText(have))
}

// typeText is a function type in one word, such as i32i32_v.
func typeText(ty binary.FuncType) string {
	join := func(types []byte) string {
		if len(types) == 0 {
			return "v"
		}
		var text strings.Builder
		for _, ty := range types {
			text.WriteString(typeName(ty))
		}
		return text.String()
	}
	return join(ty.Params) + "_" + join(ty.Results)
}

func compareLimits(want, have binary.Limits, size uint64) string {
	switch {
	case want.Min > size:
		return fmt.Sprintf("minimum size mismatch: %d > %d", want.Min, size)
	case want.HasMax && !have.HasMax:
		return fmt.Sprintf("maximum size mismatch: %d, but actual has no max", want.Max)
	case want.HasMax && want.Max < have.Max:
		return fmt.Sprintf("maximum size mismatch: %d < %d", want.Max, have.Max)
	}
	return ""
}

func linkError(message string) error { return &Error{Kind: KindLink, Message: message} }

func importError(imported *binary.Import, mismatch string) error {
	return linkError(fmt.Sprintf("import %s[%s.%s]: %s", api.ExternTypeName(imported.Kind), imported.Module,
		imported.Name, mismatch))
}

// openMemories makes the memories of a linked module known to Go: imported ones are shared, its own are found by the
// name they are exported under.
func (m *module) openMemories(l *linker) {
	defs := m.code.defs
	m.memories = make([]*memory, len(defs.memories))
	for index, shared := range m.imports.memories {
		if shared != nil {
			shared.users.Add(1)
			m.memories[index] = shared
		}
	}
	for name, export := range defs.exports {
		if export.Kind != api.ExternTypeMemory || m.memories[export.Index] != nil {
			continue
		}
		if item, err := l.runtime.store.Export(m.instance, name); err == nil {
			m.memories[export.Index] = newMemory(l.runtime.store, item.Memory(), defs.memories[export.Index])
		}
	}
}
