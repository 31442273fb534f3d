package wasmrt

import (
	"fmt"

	"github.com/libwasmrt/libwasmrt/go/internal/capi"
)

// TrapCode says why the semantics of WebAssembly, or a limit, stopped a guest. It is an error, so that
// errors.Is(err, wasmrt.TrapUnreachable) finds it in what a call returns.
type TrapCode uint8

// The traps.
const (
	// TrapUnreachable is the unreachable instruction.
	TrapUnreachable TrapCode = iota + 1
	// TrapMemoryOutOfBounds is an access outside a memory.
	TrapMemoryOutOfBounds
	// TrapTableOutOfBounds is an access outside a table.
	TrapTableOutOfBounds
	// TrapUndefinedElement is an indirect call outside its table.
	TrapUndefinedElement
	// TrapUninitializedElement is an indirect call of a null.
	TrapUninitializedElement
	// TrapIndirectCallTypeMismatch is an indirect call of a function of another type.
	TrapIndirectCallTypeMismatch
	// TrapIntegerDivideByZero is an integer divided by zero.
	TrapIntegerDivideByZero
	// TrapIntegerOverflow is a quotient or a conversion outside its type.
	TrapIntegerOverflow
	// TrapInvalidConversionToInteger is a conversion of NaN to an integer.
	TrapInvalidConversionToInteger
	// TrapStackOverflow is a stack that is used up.
	TrapStackOverflow
	// TrapOutOfFuel is fuel that is used up.
	TrapOutOfFuel
	// TrapNullReference is a null where an object is needed.
	TrapNullReference
	// TrapUnalignedAtomic is an atomic access to an address that is not aligned.
	TrapUnalignedAtomic
	// TrapExpectedSharedMemory is a wait on a memory that is not shared.
	TrapExpectedSharedMemory
	// TrapArrayOutOfBounds is an array operator outside its array.
	TrapArrayOutOfBounds
	// TrapCastFailure is a cast of a reference to a type that what it refers to does not have.
	TrapCastFailure
	// TrapAllocationTooLarge is an array that was to be longer than any heap.
	TrapAllocationTooLarge
)

var trapTexts = [...]string{
	TrapUnreachable:                "unreachable",
	TrapMemoryOutOfBounds:          "out of bounds memory access",
	TrapTableOutOfBounds:           "invalid table access",
	TrapUndefinedElement:           "invalid table access",
	TrapUninitializedElement:       "invalid table access",
	TrapIndirectCallTypeMismatch:   "indirect call type mismatch",
	TrapIntegerDivideByZero:        "integer divide by zero",
	TrapIntegerOverflow:            "integer overflow",
	TrapInvalidConversionToInteger: "invalid conversion to integer",
	TrapStackOverflow:              "stack overflow",
	TrapOutOfFuel:                  "all fuel consumed",
	TrapNullReference:              "null reference",
	TrapUnalignedAtomic:            "unaligned atomic",
	TrapExpectedSharedMemory:       "expected shared memory",
	TrapArrayOutOfBounds:           "out of bounds array access",
	TrapCastFailure:                "cast failure",
	TrapAllocationTooLarge:         "allocation size too large",
}

// Error is the trap's text, as wazero words it; Error.Message has the specification's wording.
func (c TrapCode) Error() string {
	if int(c) < len(trapTexts) && trapTexts[c] != "" {
		return trapTexts[c]
	}
	return fmt.Sprintf("trap %d", uint8(c))
}

// String is the code's name, the same in every language.
func (c TrapCode) String() string {
	if name := capi.TrapName(uint32(c)); name != "" {
		return name
	}
	return fmt.Sprintf("TrapCode(%d)", uint8(c))
}
