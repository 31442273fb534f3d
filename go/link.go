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
	// found are the imports with what satisfies them, each name once.
	found []resolvedImport
}

// resolvedImport is a host function or an item of another guest.
type resolvedImport struct {
	imported *binary.Import
	host     *hostFunction
	item     capi.Extern
}

func (l *linker) resolve() error {
	imports := l.module.code.binary.Imports
	known := make(map[[2]string]bool, len(imports))
	var failure *Error
	for at := range imports {
		imported := &imports[at]
		resolved, err := l.resolveImport(imported)
		if err != nil && failure == nil {
			if failure, _ = err.(*Error); failure == nil {
				return err
			}
		}
		// A module may import one thing several times.
		isThere := resolved.host != nil || resolved.item != capi.Extern{}
		if key := [2]string{imported.Module, imported.Name}; isThere && !known[key] {
			known[key] = true
			l.found = append(l.found, resolved)
		}
	}
	if failure != nil {
		return l.explain(failure)
	}
	return nil
}

// explain adds to a failure in wazero's words what the library says when it links what there is.
func (l *linker) explain(failure *Error) error {
	if failure.Kind != KindLink {
		return failure
	}
	native, err := capi.NewLinker(l.runtime.engine)
	if err != nil {
		return failure
	}
	defer native.Close()
	if l.define(native) != nil {
		return failure
	}
	instance, err := native.Instantiate(l.runtime.store, l.module.code.code, 0)
	if err == nil {
		_ = l.runtime.store.CloseInstance(instance)
		return failure
	}
	if said, ok := err.(*capi.Error); ok && said.Kind == capi.ErrorLink {
		failure.text, failure.Message = failure.Message, said.Message
	}
	return failure
}

func (l *linker) resolveImport(imported *binary.Import) (resolved resolvedImport, err error) {
	resolved.imported = imported
	exporter := l.runtime.module(imported.Module)
	if exporter == nil {
		return resolved, linkError(fmt.Sprintf("module[%s] not instantiated", imported.Module))
	}
	export, ok := exporter.code.defs.exports[imported.Name]
	if !ok {
		return resolved, linkError(fmt.Sprintf("%q is not exported in module %q", imported.Name, imported.Module))
	}
	if exporter.isHost() {
		resolved.host = &exporter.code.host[export.Index]
	} else if resolved.item, err = l.runtime.store.Export(exporter.instance, imported.Name); err != nil {
		return resolved, errorOf(err)
	}
	if export.Kind != imported.Kind {
		return resolved, linkError(fmt.Sprintf("export %q in module %q is a %s, not a %s", imported.Name, imported.Module,
			api.ExternTypeName(export.Kind), api.ExternTypeName(imported.Kind)))
	}
	var mismatch string
	if exporter.isHost() {
		mismatch = compareFunctions(l.expected(imported), resolved.host.def.ty)
	} else {
		mismatch = l.compare(imported, exporter, export.Index, resolved.item)
	}
	if mismatch != "" {
		return resolved, importError(imported, mismatch)
	}
	switch imported.Kind {
	case api.ExternTypeFunc:
		l.module.imports.functions = append(l.module.imports.functions, exporter.definition(export.Index))
	case api.ExternTypeMemory:
		l.module.imports.memories = append(l.module.imports.memories, exporter.memories[export.Index])
	}
	return resolved, nil
}

// define tells the library what was found. Its own functions come first, since it has them all or none, and whatever
// stands in for one of them replaces it.
func (l *linker) define(native *capi.Linker) error {
	isLibrary := func(r resolvedImport) bool { return r.host != nil && r.host.library != "" }
	if slices.ContainsFunc(l.found, isLibrary) {
		config, err := l.config.wasi()
		if err != nil {
			return err
		}
		if err := native.DefineWASI(config); err != nil {
			return errorOf(err)
		}
	}
	store := l.runtime.store
	for _, found := range l.found {
		var err error
		module, name := found.imported.Module, found.imported.Name
		switch {
		case isLibrary(found):
			if module != capi.WASIModule || name != found.host.library {
				err = native.DefineAlias(store, module, name, found.host.library)
			}
		case found.host != nil:
			err = native.DefineFunc(module, name, found.host.def.ty.Params, found.host.def.ty.Results, found.host)
		default:
			err = native.Define(store, module, name, found.item)
		}
		if err != nil {
			return errorOf(err)
		}
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
func (m *module) openMemories() {
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
		if item, err := m.runtime.store.Export(m.instance, name); err == nil {
			m.memories[export.Index] = newMemory(m.runtime.store, item.Memory(), defs.memories[export.Index])
		}
	}
}
