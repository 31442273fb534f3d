package wasmrt

import (
	"fmt"

	"github.com/libwasmrt/libwasmrt/go/api"
	"github.com/libwasmrt/libwasmrt/go/internal/binary"
)

type exportDefinition struct {
	moduleName  string
	index       uint32
	imported    *binary.Import
	exportNames []string
}

func (d *exportDefinition) ModuleName() string    { return d.moduleName }
func (d *exportDefinition) Index() uint32         { return d.index }
func (d *exportDefinition) ExportNames() []string { return d.exportNames }

func (d *exportDefinition) Import() (moduleName, name string, isImport bool) {
	if d.imported == nil {
		return "", "", false
	}
	return d.imported.Module, d.imported.Name, true
}

type functionDefinition struct {
	exportDefinition
	name        string
	debugName   string
	ty          binary.FuncType
	paramNames  []string
	resultNames []string
	goFunction  interface{}

	paramSlots, resultSlots int
}

func (d *functionDefinition) Name() string                 { return d.name }
func (d *functionDefinition) DebugName() string            { return d.debugName }
func (d *functionDefinition) GoFunction() interface{}      { return d.goFunction }
func (d *functionDefinition) ParamTypes() []api.ValueType  { return d.ty.Params }
func (d *functionDefinition) ParamNames() []string         { return d.paramNames }
func (d *functionDefinition) ResultTypes() []api.ValueType { return d.ty.Results }
func (d *functionDefinition) ResultNames() []string        { return d.resultNames }

// setType sets what follows from the type and the names.
func (d *functionDefinition) setType(ty binary.FuncType) {
	d.ty = ty
	d.paramSlots, d.resultSlots = slotCount(ty.Params), slotCount(ty.Results)
	d.debugName = debugName(d.moduleName, d.name, d.index)
}

func debugName(module, function string, index uint32) string {
	if function == "" {
		return fmt.Sprintf("%s.$%d", module, index)
	}
	return module + "." + function
}

const (
	valueTypeV128    = 0x7b
	valueTypeFuncref = 0x70
)

// slotCount is the number of 8-byte slots that values of these types take.
func slotCount(types []api.ValueType) int {
	n := len(types)
	for _, ty := range types {
		if ty == valueTypeV128 {
			n++
		}
	}
	return n
}

// typeName is the text format's name of any value type.
func typeName(ty api.ValueType) string {
	switch ty {
	case valueTypeV128:
		return "v128"
	case valueTypeFuncref:
		return "funcref"
	}
	return api.ValueTypeName(ty)
}

type memoryDefinition struct {
	exportDefinition
	min, max uint32
	hasMax   bool
}

func (d *memoryDefinition) Min() uint32         { return d.min }
func (d *memoryDefinition) Max() (uint32, bool) { return d.max, d.hasMax }

type customSection struct{ section binary.Custom }

func (s customSection) Name() string { return s.section.Name }
func (s customSection) Data() []byte { return s.section.Data }

// definitions describe the functions and memories of a module, by index.
type definitions struct {
	functions []*functionDefinition
	memories  []*memoryDefinition
	exports   map[string]binary.Export
}

func newDefinitions(m *binary.Module, limitPages uint32) *definitions {
	d := &definitions{exports: make(map[string]binary.Export, len(m.Exports))}
	names := [api.ExternTypeGlobal + 1]map[uint32][]string{}
	for _, export := range m.Exports {
		d.exports[export.Name] = export
		if int(export.Kind) < len(names) {
			if names[export.Kind] == nil {
				names[export.Kind] = map[uint32][]string{}
			}
			names[export.Kind][export.Index] = append(names[export.Kind][export.Index], export.Name)
		}
	}
	imports := [api.ExternTypeGlobal + 1][]*binary.Import{}
	for i := range m.Imports {
		if kind := m.Imports[i].Kind; int(kind) < len(imports) {
			imports[kind] = append(imports[kind], &m.Imports[i])
		}
	}
	base := func(kind api.ExternType, index int) exportDefinition {
		e := exportDefinition{moduleName: m.Name, index: uint32(index), exportNames: names[kind][uint32(index)]}
		if index < len(imports[kind]) {
			e.imported = imports[kind][index]
		}
		return e
	}
	for index := range m.Functions {
		f := &functionDefinition{exportDefinition: base(api.ExternTypeFunc, index), name: m.FunctionNames[uint32(index)]}
		f.setType(m.FuncType(uint32(index)))
		f.paramNames = paramNames(m.LocalNames[uint32(index)], len(f.ty.Params))
		d.functions = append(d.functions, f)
	}
	for index, limits := range m.Memories {
		def := &memoryDefinition{exportDefinition: base(api.ExternTypeMemory, index), min: uint32(limits.Min)}
		def.max, def.hasMax = limitPages, limits.HasMax
		if limits.HasMax && limits.Max < uint64(limitPages) {
			def.max = uint32(limits.Max)
		}
		d.memories = append(d.memories, def)
	}
	return d
}

// paramNames are the names of all parameters, or nil unless each has one.
func paramNames(locals map[uint32]string, count int) []string {
	if len(locals) < count || count == 0 {
		return nil
	}
	names := make([]string, count)
	for i := range names {
		name, ok := locals[uint32(i)]
		if !ok {
			return nil
		}
		names[i] = name
	}
	return names
}

func (d *definitions) export(name string, kind api.ExternType) (binary.Export, bool) {
	export, ok := d.exports[name]
	return export, ok && export.Kind == kind
}

func (d *definitions) exportedFunctions() map[string]api.FunctionDefinition {
	exported := map[string]api.FunctionDefinition{}
	for name, export := range d.exports {
		if export.Kind == api.ExternTypeFunc {
			exported[name] = d.functions[export.Index]
		}
	}
	return exported
}

func (d *definitions) exportedMemories() map[string]api.MemoryDefinition {
	exported := map[string]api.MemoryDefinition{}
	for name, export := range d.exports {
		if export.Kind == api.ExternTypeMemory {
			exported[name] = d.memories[export.Index]
		}
	}
	return exported
}
