package wasmrt

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/libwasmrt/libwasmrt/go/api"
)

// traceFramesMax is how many frames the text of an error shows.
const traceFramesMax = 30

// hostPanic is what a host function panicked with, kept until the call that led to it returns.
type hostPanic struct {
	value interface{}
	// function is the one that panicked.
	function *functionDefinition
	// goStack is set for panics of Go's own runtime, which point to a mistake in the host function.
	goStack []byte
}

func newHostPanic(value interface{}, function *functionDefinition) *hostPanic {
	p := &hostPanic{value: value, function: function}
	if _, ok := value.(interface{ RuntimeError() }); ok {
		p.goStack = debug.Stack()
	}
	return p
}

func (p *hostPanic) Error() string { return fmt.Sprint(p.value) }

// withPanic makes e tell of a host function's panic.
func (e *Error) withPanic(p *hostPanic) {
	e.Kind = KindHost
	e.Message = p.Error()
	e.cause, _ = p.value.(error)
	e.text = fmt.Sprintf("%v (recovered by wazero)\nwasm stack trace:\n\t%s", p.value, e.trace(p.function))
	if p.goStack != nil {
		e.text += "\n\nGo runtime stack trace:\n" + string(p.goStack)
	}
	// What a guest failed with that the function had called goes on as what it is.
	var passedOn *Error
	if errors.As(e.cause, &passedOn) {
		e.Kind, e.Code, e.Message, e.Frames = passedOn.Kind, passedOn.Code, passedOn.Message, passedOn.Frames
	}
}

// withTrace makes e a trap's error with the guest's stack.
func (e *Error) withTrace() {
	cause := e.Message
	if e.Code != 0 {
		cause = e.Code.Error()
	}
	e.text = "wasm error: " + cause + "\nwasm stack trace:\n\t" + e.trace(nil)
}

// trace renders the frames, with the host function that panicked on top.
func (e *Error) trace(panicked *functionDefinition) string {
	var lines []string
	if panicked != nil {
		lines = append(lines, signature(panicked))
	}
	for _, frame := range e.Frames[:len(e.Frames)-e.outer] {
		if len(lines) == traceFramesMax {
			lines = append(lines, "... maybe followed by omitted frames")
			break
		}
		lines = append(lines, frame.text())
	}
	return strings.Join(lines, "\n\t")
}

func (f Frame) text() string {
	if f.line != "" {
		return f.line
	}
	return debugName(f.Module, f.Function, f.Index) + "()"
}

// signature is a function as stack traces show it.
func signature(def api.FunctionDefinition) string {
	var text strings.Builder
	text.WriteString(def.DebugName())
	text.WriteByte('(')
	writeTypes(&text, def.ParamTypes())
	text.WriteByte(')')
	switch results := def.ResultTypes(); len(results) {
	case 0:
	case 1:
		text.WriteString(" " + typeName(results[0]))
	default:
		text.WriteString(" (")
		writeTypes(&text, results)
		text.WriteByte(')')
	}
	return text.String()
}

func writeTypes(text *strings.Builder, types []api.ValueType) {
	for i, ty := range types {
		if i > 0 {
			text.WriteByte(',')
		}
		text.WriteString(typeName(ty))
	}
}

// describe finds the definitions of the functions in the frames. A frame names its module by the name section, so
// among modules of one name the first whose function fits is taken, which has the same types.
func (r *runtime) describe(e *Error, called *module) {
	for i := range e.Frames {
		frame := &e.Frames[i]
		def := called.functionOf(frame)
		if def == nil {
			def = r.functionOf(frame)
		}
		if def != nil {
			frame.line = signature(def)
		}
	}
}

func (r *runtime) functionOf(frame *Frame) *functionDefinition {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, m := range r.open {
		if def := m.functionOf(frame); def != nil {
			return def
		}
	}
	return nil
}
