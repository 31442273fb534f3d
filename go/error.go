package wasmrt

import (
	"fmt"
	"strings"

	"github.com/libwasmrt/libwasmrt/go/internal/capi"
	"github.com/libwasmrt/libwasmrt/go/sys"
)

// ErrorKind is the phase in which an error arose.
type ErrorKind uint8

// The kinds of errors.
const (
	// KindDecode is bytes that are not a module.
	KindDecode ErrorKind = iota + 1
	// KindValidate is a module that breaks a rule.
	KindValidate
	// KindUnsupported is a module, or a configuration, that needs something this library does not have.
	KindUnsupported
	// KindLink is an import that is missing or of another type.
	KindLink
	// KindTrap is a guest stopped by the semantics of WebAssembly; Error.Code tells why.
	KindTrap
	// KindException is an exception that no guest caught.
	KindException
	// KindHost is a host function that panicked.
	KindHost
	// KindLimit is a limit of the configuration or the implementation.
	KindLimit
	// KindInterrupted is a call stopped from outside.
	KindInterrupted
	// KindExit is a guest that ended itself. Calls return a *sys.ExitError instead.
	KindExit
	// KindUsage is a wrong use of this library.
	KindUsage
	// KindInternal is a mistake in this library.
	KindInternal
)

// String is the kind's name, the same in every language.
func (k ErrorKind) String() string {
	if name := capi.KindName(capi.ErrorKind(k)); name != "" {
		return name
	}
	return fmt.Sprintf("ErrorKind(%d)", uint8(k))
}

// Error is what goes wrong with modules and calls, in a form that programs can act on.
type Error struct {
	// Kind is the phase.
	Kind ErrorKind
	// Code is the trap, zero unless Kind is KindTrap.
	Code TrapCode
	// Message is the core message, the same in every language of this library.
	Message string
	// Frames are the functions on the guest's stack, the innermost first; of a call from within a host function, those
	// of the call that led there follow.
	Frames []Frame

	text  string
	cause error
	// outer is how many of the frames, at the end, belong to the call that led to this one.
	outer int
}

// Frame is a function on the guest's stack.
type Frame struct {
	// Module is the name from the module's name section.
	Module string
	// Function is the name from the name section, empty if there is none.
	Function string
	// Index is the function's index in its module.
	Index uint32
	// Offset is where it stopped, in bytes from the module's start, and OffsetKnown whether that is known.
	Offset      uint32
	OffsetKnown bool

	line string
}

// Error implements error. Traps and panics come with the guest's stack.
func (e *Error) Error() string {
	if e.text != "" {
		return e.text
	}
	return e.Message
}

// Unwrap is what a host function panicked with, if that was an error, or the TrapCode.
func (e *Error) Unwrap() error {
	if e.cause == nil && e.Code != 0 {
		return e.Code
	}
	return e.cause
}

// errorOf turns an error of the C layer into one of this package. Others pass.
func errorOf(err error) error {
	native, ok := err.(*capi.Error)
	if !ok {
		return err
	}
	return nativeError(native)
}

func nativeError(native *capi.Error) *Error {
	e := &Error{Kind: ErrorKind(native.Kind), Code: TrapCode(native.TrapCode), Message: native.Message,
		outer: min(native.OuterFrames, len(native.Frames))}
	for _, f := range native.Frames {
		e.Frames = append(e.Frames, Frame{
			Module: f.Module, Function: f.Function, Index: f.Index,
			Offset: f.Offset, OffsetKnown: f.Offset != capi.UnknownOffset,
		})
	}
	return e
}

// exitText is the text of an exit error without its subject.
func exitText(err *sys.ExitError) string {
	return strings.TrimPrefix(err.Error(), "module closed with ")
}
