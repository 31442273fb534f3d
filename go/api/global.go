package api

import "fmt"

// Global is a live view of a global variable, shared with every module that imports it.
type Global interface {
	fmt.Stringer

	// Type is the type of the value.
	Type() ValueType

	// Get returns the value as a slot: the low half of a v128.
	Get() uint64
}

// MutableGlobal is a Global that was declared mutable.
type MutableGlobal interface {
	Global

	// Set changes the value. The upper half of a v128 becomes zero.
	Set(v uint64)
}
