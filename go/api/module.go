package api

import (
	"context"
	"fmt"
)

// Closer releases what it holds. Closing twice is allowed.
type Closer interface {
	// Close releases; the context only carries values.
	Close(context.Context) error
}

// Module is an instance: code together with its own memory, globals and tables.
//
// It may be used from several goroutines at once. How the guest's own data fares then is the guest's affair.
type Module interface {
	fmt.Stringer

	// Name is the name this instance is registered under, empty for an anonymous one.
	Name() string

	// Memory is the memory with index zero, defined or imported, or nil if the module has none.
	Memory() Memory

	// ExportedFunction returns a function by its export name, or nil.
	//
	// Each call returns a new value. Take one per goroutine: a Function is not meant for concurrent use.
	ExportedFunction(name string) Function

	// ExportedFunctionDefinitions are the exported functions by export name.
	ExportedFunctionDefinitions() map[string]FunctionDefinition

	// ExportedMemory returns a memory by its export name, or nil.
	ExportedMemory(name string) Memory

	// ExportedMemoryDefinitions are the exported memories by export name.
	ExportedMemoryDefinitions() map[string]MemoryDefinition

	// ExportedGlobal returns a global by its export name, or nil. It is a MutableGlobal if declared so.
	ExportedGlobal(name string) Global

	// CloseWithExitCode closes the module; calls under way and later ones return a sys.ExitError with this code.
	// The first close decides the code.
	CloseWithExitCode(ctx context.Context, exitCode uint32) error

	// Closer closes with exit code zero.
	Closer

	// IsClosed is true once the module was closed.
	IsClosed() bool
}
