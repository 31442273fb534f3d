// Package binary reads from a module's bytes what the Go API tells about it: types, imports, exports, names and
// custom sections. Code and data are skipped. The core has validated the bytes before, so nothing is checked here
// beyond what keeps the reader itself safe.
package binary

// FuncType is the type of a function, value types as encoded.
type FuncType struct {
	Params, Results []byte
}

// Limits are the bounds of a memory in pages or of a table in elements.
type Limits struct {
	Min, Max uint64
	HasMax   bool
	Shared   bool
	Is64     bool
}

// Table is the type of a table.
type Table struct {
	Limits
	Element byte
}

// Global is the type of a global.
type Global struct {
	Type    byte
	Mutable bool
}

// Import is one entry of the import section. Index is its position among imports of the same kind.
type Import struct {
	Module, Name string
	Kind         byte
	Index        uint32
}

// Export is one entry of the export section.
type Export struct {
	Name  string
	Kind  byte
	Index uint32
}

// Custom is a custom section.
type Custom struct {
	Name string
	Data []byte
}

// Module is what the sections say. Functions, Tables, Memories and Globals are index spaces: imports come first.
type Module struct {
	Types     []FuncType
	Imports   []Import
	Functions []uint32
	Tables    []Table
	Memories  []Limits
	Globals   []Global
	Exports   []Export
	Customs   []Custom

	ImportedFunctions, ImportedMemories int

	// Start is the start function's index, if HasStart.
	Start    uint32
	HasStart bool

	// Name is the module's own name.
	Name string
	// FunctionNames and LocalNames come from the name section.
	FunctionNames map[uint32]string
	LocalNames    map[uint32]map[uint32]string
}

// FuncType is the type of the function with this index; an index out of range gives the empty type.
func (m *Module) FuncType(index uint32) FuncType {
	if int(index) < len(m.Functions) {
		if ty := m.Functions[index]; int(ty) < len(m.Types) {
			return m.Types[ty]
		}
	}
	return FuncType{}
}

// Kinds of imports and exports that package api does not name.
const (
	kindFunc = iota
	kindTable
	kindMemory
	kindGlobal
	kindTag
)

// Section identifiers (spec: "Modules", binary format).
const (
	sectionCustom   = 0
	sectionType     = 1
	sectionImport   = 2
	sectionFunction = 3
	sectionTable    = 4
	sectionMemory   = 5
	sectionGlobal   = 6
	sectionExport   = 7
	sectionStart    = 8
)
