package api

// ExportDefinition is what functions and memories have in common: an index, and the names they go by.
type ExportDefinition interface {
	// ModuleName is the name the module's own name section gives, which may differ from the name of an instance.
	ModuleName() string

	// Index is the position in the index space of its kind; imports come first.
	Index() uint32

	// Import returns the names under which this is imported, if it is.
	Import() (moduleName, name string, isImport bool)

	// ExportNames lists the names under which this is exported, in the order of the export section.
	ExportNames() []string
}

// FunctionDefinition describes a function of a compiled module.
type FunctionDefinition interface {
	ExportDefinition

	// Name is the name from the name section, empty if there is none.
	Name() string

	// DebugName is "module.function", with "$" and the index where a function has no name. Stack traces show it.
	DebugName() string

	// GoFunction is the Go function behind a function of a host module, otherwise nil.
	GoFunction() interface{}

	// ParamTypes are the types of the parameters. A v128 is one type but two slots.
	ParamTypes() []ValueType

	// ParamNames are the names of all parameters, or nil unless every one has a name.
	ParamNames() []string

	// ResultTypes are the types of the results.
	ResultTypes() []ValueType

	// ResultNames are the names of all results, or nil. Only host functions have them.
	ResultNames() []string
}

// MemoryDefinition describes a memory of a compiled module.
type MemoryDefinition interface {
	ExportDefinition

	// Min is the initial size in pages of 64 KiB.
	Min() uint32

	// Max is the largest size in pages. When the module declares none it is the runtime's limit, and ok is false.
	Max() (pages uint32, ok bool)
}

// CustomSection is one custom section of a module, name and debugging sections excepted.
type CustomSection interface {
	// Name is the section's name.
	Name() string
	// Data is the content after the name.
	Data() []byte
}
