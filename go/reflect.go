package wasmrt

import (
	"context"
	"fmt"
	"math"
	"reflect"

	"github.com/libwasmrt/libwasmrt/go/api"
	"github.com/libwasmrt/libwasmrt/go/internal/binary"
)

var (
	contextType = reflect.TypeFor[context.Context]()
	moduleType  = reflect.TypeFor[api.Module]()
	errorType   = reflect.TypeFor[error]()
)

// reflectFunction is a host function whose signature is that of a Go func: values of the supported kinds, after an
// optional context and an optional module.
type reflectFunction struct {
	fn          reflect.Value
	withContext bool
	withModule  bool
	types       []reflect.Type
}

// newReflectFunction checks the shape of fn. The error lacks the function's name, which the caller adds.
func newReflectFunction(fn reflect.Value) (*reflectFunction, binary.FuncType, error) {
	var ty binary.FuncType
	if fn.Kind() != reflect.Func {
		return nil, ty, fmt.Errorf("kind != func: %s", fn.Kind())
	}
	f := &reflectFunction{fn: fn}
	signature := fn.Type()
	first := 0
	if signature.NumIn() > 0 && signature.In(0) == contextType {
		f.withContext = true
		first = 1
		if signature.NumIn() > 1 && signature.In(1) == moduleType {
			f.withModule = true
			first = 2
		}
	} else if signature.NumIn() > 0 && signature.In(0) == moduleType {
		return nil, ty, fmt.Errorf("invalid signature: api.Module parameter must be preceded by context.Context")
	}
	for i := first; i < signature.NumIn(); i++ {
		in := signature.In(i)
		value, ok := valueTypeOf(in.Kind())
		switch {
		case ok:
		case in == contextType:
			return nil, ty, fmt.Errorf("param[%d] is a context.Context, which may be defined only once as param[0]", i)
		case in == moduleType:
			return nil, ty, fmt.Errorf("param[%d] is a api.Module, which may be defined only once as param[0]", i)
		default:
			return nil, ty, fmt.Errorf("param[%d] is unsupported: %s", i, in.Kind())
		}
		f.types = append(f.types, in)
		ty.Params = append(ty.Params, value)
	}
	for i := 0; i < signature.NumOut(); i++ {
		out := signature.Out(i)
		value, ok := valueTypeOf(out.Kind())
		if out.Implements(errorType) {
			return nil, ty, fmt.Errorf("result[%d] is an error, which is unsupported", i)
		}
		if !ok {
			return nil, ty, fmt.Errorf("result[%d] is unsupported: %s", i, out.Kind())
		}
		ty.Results = append(ty.Results, value)
	}
	return f, ty, nil
}

func valueTypeOf(kind reflect.Kind) (api.ValueType, bool) {
	switch kind {
	case reflect.Int32, reflect.Uint32:
		return api.ValueTypeI32, true
	case reflect.Int64, reflect.Uint64:
		return api.ValueTypeI64, true
	case reflect.Float32:
		return api.ValueTypeF32, true
	case reflect.Float64:
		return api.ValueTypeF64, true
	case reflect.Uintptr:
		return api.ValueTypeExternref, true
	}
	return 0, false
}

// Call implements api.GoModuleFunction.
func (f *reflectFunction) Call(ctx context.Context, mod api.Module, stack []uint64) {
	in := make([]reflect.Value, 0, len(f.types)+2)
	if f.withContext {
		in = append(in, reflect.ValueOf(&ctx).Elem())
	}
	if f.withModule {
		in = append(in, reflect.ValueOf(&mod).Elem())
	}
	for i, ty := range f.types {
		in = append(in, valueFromSlot(ty, stack[i]))
	}
	for i, out := range f.fn.Call(in) {
		stack[i] = slotFromValue(out)
	}
}

func valueFromSlot(ty reflect.Type, slot uint64) reflect.Value {
	value := reflect.New(ty).Elem()
	switch ty.Kind() {
	case reflect.Int32:
		value.SetInt(int64(int32(slot)))
	case reflect.Int64:
		value.SetInt(int64(slot))
	case reflect.Uint32:
		value.SetUint(uint64(uint32(slot)))
	case reflect.Uint64, reflect.Uintptr:
		value.SetUint(slot)
	case reflect.Float32:
		value.SetFloat(float64(math.Float32frombits(uint32(slot))))
	case reflect.Float64:
		value.SetFloat(math.Float64frombits(slot))
	}
	return value
}

func slotFromValue(value reflect.Value) uint64 {
	switch value.Kind() {
	case reflect.Int32:
		return uint64(uint32(value.Int()))
	case reflect.Int64:
		return uint64(value.Int())
	case reflect.Float32:
		return uint64(math.Float32bits(float32(value.Float())))
	case reflect.Float64:
		return math.Float64bits(value.Float())
	}
	return value.Uint()
}
