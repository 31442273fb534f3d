// Package api holds the types that guests and embedders exchange: values, modules, functions, memories and globals.
//
// Everything here is an interface or plain data, so that tests and other packages can supply their own implementations.
package api

import (
	"fmt"
	"math"
)

// ExternType classifies imports and exports by what they are.
//
// See https://www.w3.org/TR/wasm-core-2/#external-types
type ExternType = byte

// The kinds of imports and exports, as encoded in the binary format.
const (
	ExternTypeFunc   ExternType = 0x00
	ExternTypeTable  ExternType = 0x01
	ExternTypeMemory ExternType = 0x02
	ExternTypeGlobal ExternType = 0x03
)

// The text format's keywords for each ExternType.
const (
	ExternTypeFuncName   = "func"
	ExternTypeTableName  = "table"
	ExternTypeMemoryName = "memory"
	ExternTypeGlobalName = "global"
)

// ExternTypeName returns the text format's keyword, or the number in hex when there is none.
func ExternTypeName(et ExternType) string {
	switch et {
	case ExternTypeFunc:
		return ExternTypeFuncName
	case ExternTypeTable:
		return ExternTypeTableName
	case ExternTypeMemory:
		return ExternTypeMemoryName
	case ExternTypeGlobal:
		return ExternTypeGlobalName
	}
	return fmt.Sprintf("%#x", et)
}

// ValueType is the type of a parameter, a result or a global, as encoded in the binary format.
//
// Values travel as uint64 slots. ValueTypeI32 and ValueTypeF32 use the low half of a slot, a v128 uses two slots.
// Use the Encode and Decode functions of this package to convert.
type ValueType = byte

// The value types that have a name in this API. A v128 is 0x7b and a funcref 0x70.
const (
	// ValueTypeI32 is a 32-bit integer: EncodeI32, EncodeU32, DecodeI32, DecodeU32.
	ValueTypeI32 ValueType = 0x7f
	// ValueTypeI64 is a 64-bit integer: EncodeI64, or the slot itself.
	ValueTypeI64 ValueType = 0x7e
	// ValueTypeF32 is a 32-bit float: EncodeF32, DecodeF32.
	ValueTypeF32 ValueType = 0x7d
	// ValueTypeF64 is a 64-bit float: EncodeF64, DecodeF64.
	ValueTypeF64 ValueType = 0x7c
	// ValueTypeExternref is an opaque word of the host, zero being null: EncodeExternref, DecodeExternref.
	ValueTypeExternref ValueType = 0x6f
)

// ValueTypeName returns the text format's name of a type of this API, otherwise "unknown".
func ValueTypeName(t ValueType) string {
	switch t {
	case ValueTypeI32:
		return "i32"
	case ValueTypeI64:
		return "i64"
	case ValueTypeF32:
		return "f32"
	case ValueTypeF64:
		return "f64"
	case ValueTypeExternref:
		return "externref"
	}
	return "unknown"
}

// EncodeExternref puts a host word into a slot. Nothing keeps alive what the word may stand for.
func EncodeExternref(input uintptr) uint64 { return uint64(input) }

// DecodeExternref takes a host word out of a slot.
func DecodeExternref(input uint64) uintptr { return uintptr(input) }

// EncodeI32 puts a signed integer into a slot; the upper half is zero.
func EncodeI32(input int32) uint64 { return uint64(uint32(input)) }

// DecodeI32 takes a signed integer out of a slot.
func DecodeI32(input uint64) int32 { return int32(input) }

// EncodeU32 puts an unsigned integer into a slot.
func EncodeU32(input uint32) uint64 { return uint64(input) }

// DecodeU32 takes an unsigned integer out of a slot.
func DecodeU32(input uint64) uint32 { return uint32(input) }

// EncodeI64 puts a signed integer into a slot.
func EncodeI64(input int64) uint64 { return uint64(input) }

// EncodeF32 puts the bits of a float into a slot; the upper half is zero.
func EncodeF32(input float32) uint64 { return uint64(math.Float32bits(input)) }

// DecodeF32 takes a float out of a slot.
func DecodeF32(input uint64) float32 { return math.Float32frombits(uint32(input)) }

// EncodeF64 puts the bits of a float into a slot.
func EncodeF64(input float64) uint64 { return math.Float64bits(input) }

// DecodeF64 takes a float out of a slot.
func DecodeF64(input uint64) float64 { return math.Float64frombits(input) }
