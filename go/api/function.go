package api

import "context"

// Function is an exported function of an instance.
type Function interface {
	// Definition describes the function.
	Definition() FunctionDefinition

	// Call runs the function with one slot per parameter (two for a v128) and returns one slot per result.
	//
	// The context reaches every host function that the guest calls. A guest that closed its module gives a
	// *sys.ExitError, one that was stopped gives an error with a stack trace; the function remains usable after both.
	Call(ctx context.Context, params ...uint64) ([]uint64, error)

	// CallWithStack is Call without allocation: parameters are read from the stack and results overwrite them from
	// index zero. Its length must be at least the larger of both counts.
	CallWithStack(ctx context.Context, stack []uint64) error
}

// GoModuleFunction is a host function in slots that knows its caller.
//
// The stack holds the parameters from index zero on; results overwrite them. It is valid only during the call.
// A host function fails by panicking: the guest's caller gets an error that wraps the panic's value.
type GoModuleFunction interface {
	// Call runs the host function on behalf of mod, the instance that imported it.
	Call(ctx context.Context, mod Module, stack []uint64)
}

// GoModuleFunc makes a GoModuleFunction of a func.
type GoModuleFunc func(ctx context.Context, mod Module, stack []uint64)

// Call implements GoModuleFunction.
func (f GoModuleFunc) Call(ctx context.Context, mod Module, stack []uint64) { f(ctx, mod, stack) }

// GoFunction is a GoModuleFunction that does not need its caller.
type GoFunction interface {
	// Call runs the host function.
	Call(ctx context.Context, stack []uint64)
}

// GoFunc makes a GoFunction of a func.
type GoFunc func(ctx context.Context, stack []uint64)

// Call implements GoFunction.
func (f GoFunc) Call(ctx context.Context, stack []uint64) { f(ctx, stack) }
