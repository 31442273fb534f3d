package wasmrt

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/libwasmrt/libwasmrt/go/api"
	"github.com/libwasmrt/libwasmrt/go/internal/capi"
	"github.com/libwasmrt/libwasmrt/go/sys"
)

// replay is a scenario under way on one engine.
type replay struct {
	*testing.T
	base      context.Context
	scenario  *scenario
	runtime   *runtime
	instances map[string]*replayInstance
	records   map[string][][]string
}

// replayInstance is an instance with its exports, looked up once.
type replayInstance struct {
	*module
	source  string
	exports map[string]any
	// interrupted is true once a deadline has closed it.
	interrupted bool
}

func newReplay(t *testing.T, s *scenario, config RuntimeConfig) *replay {
	if s.Config.Fuel {
		config = config.WithFuel(s.Fuel)
	}
	config = config.WithCloseOnContextDone(s.Config.Interruption).WithMaxStackBytes(s.Config.MaxStackBytes).
		WithMaxTableElements(s.Limits.TableElements).WithMaxInstances(s.Limits.Instances, s.Limits.Memories, s.Limits.Tables)
	// WithMemoryLimitPages would refuse to compile what the scenarios refuse to instantiate.
	config.(*runtimeConfig).limits.MemoryBytes = s.Limits.MemoryBytes
	r := &replay{
		T: t, base: context.Background(), scenario: s, instances: map[string]*replayInstance{}, records: map[string][][]string{},
	}
	r.runtime = NewRuntimeWithConfig(r.base, config).(*runtime)
	r.defineHosts()
	return r
}

// limited is the context of an outermost call.
func (r *replay) limited() (context.Context, context.CancelFunc) {
	if r.scenario.TimeoutMs == 0 {
		return r.base, func() {}
	}
	return context.WithTimeout(r.base, time.Duration(r.scenario.TimeoutMs)*time.Millisecond)
}

func (r *replay) run(verb string, s *step) error {
	switch verb {
	case "compile":
		_, err := r.compile(*s.Compile)
		return s.Error.check(err)
	case "instantiate":
		return s.Error.check(r.instantiate(*s.Instantiate, s.As))
	case "call":
		return r.call(s)
	case "fuel":
		left, err := r.runtime.Fuel()
		return equal(err, *s.Fuel, left)
	case "set_fuel":
		return r.runtime.SetFuel(*s.SetFuel)
	case "close":
		instance := r.instances[*s.Close]
		if s.Error.isUsage() && instance.IsClosed() {
			return instance.Close(r.base)
		}
		return s.Error.check(instance.Close(r.base))
	case "recorded":
		return r.compareRecords(*s.Recorded, s.Calls)
	}
	switch verb[:strings.IndexByte(verb, '_')] {
	case "memory":
		return r.memoryStep(s)
	case "global":
		return r.globalStep(s)
	}
	return r.tableStep(s)
}

func (r *replay) compile(name string) (CompiledModule, error) {
	text, ok := r.scenario.Modules[name]
	if !ok {
		return nil, fmt.Errorf("no module is called %s", name)
	}
	if digits, isHex := strings.CutPrefix(text, "hex:"); isHex {
		binary, err := hex.DecodeString(strings.Join(strings.Fields(digits), ""))
		if err != nil {
			return nil, err
		}
		return r.runtime.CompileModule(r.base, binary)
	}
	binary, err := capi.TextToBinary(r.runtime.engine, text)
	if err != nil {
		return nil, errorOf(err)
	}
	return r.runtime.CompileModule(r.base, binary)
}

func (r *replay) instantiate(source, as string) error {
	compiled, err := r.compile(source)
	if err != nil {
		return err
	}
	ctx, cancel := r.limited()
	defer cancel()
	instantiated, err := r.runtime.InstantiateModule(ctx, compiled, NewModuleConfig().WithName(as).WithStartFunctions())
	if err != nil {
		return err
	}
	m := instantiated.(*module)
	instance := &replayInstance{module: m, source: source, exports: map[string]any{}}
	for name, export := range m.code.defs.exports {
		switch export.Kind {
		case api.ExternTypeFunc:
			instance.exports[name] = m.ExportedFunction(name)
		case api.ExternTypeMemory:
			instance.exports[name] = m.ExportedMemory(name)
		case api.ExternTypeGlobal:
			instance.exports[name] = m.ExportedGlobal(name)
		case api.ExternTypeTable:
			item, err := r.runtime.store.Export(m.instance, name)
			if err != nil {
				return err
			}
			instance.exports[name] = item.Table()
		}
	}
	r.instances[as] = instance
	return nil
}

// export finds what a step names as instance.export. An instance that a deadline has closed is made anew.
func (r *replay) export(path string) (*replayInstance, any, error) {
	as, name, _ := strings.Cut(path, ".")
	instance := r.instances[as]
	if instance == nil {
		return nil, nil, fmt.Errorf("no instance is called %s", as)
	}
	if instance.interrupted {
		if err := r.instantiate(instance.source, as); err != nil {
			return nil, nil, err
		}
		instance = r.instances[as]
	}
	export, ok := instance.exports[name]
	if !ok {
		return nil, nil, fmt.Errorf("no export is called %s", path)
	}
	return instance, export, nil
}

func (r *replay) call(s *step) error {
	instance, export, err := r.export(*s.Call)
	if err != nil {
		return err
	}
	f, ok := export.(api.Function)
	if !ok {
		return fmt.Errorf("%s is no function", *s.Call)
	}
	var params []uint64
	for _, arg := range s.Args {
		slot, err := r.parse(arg)
		if err != nil {
			return err
		}
		params = append(params, slot)
	}
	ctx, cancel := r.limited()
	defer cancel()
	results, err := f.Call(ctx, params...)
	if err != nil || s.Error != nil {
		instance.interrupted = errors.Is(err, context.DeadlineExceeded)
		if exit, closed := err.(*sys.ExitError); closed && s.Error.isUsage() && instance.IsClosed() {
			return equal(nil, 0, exit.ExitCode())
		}
		return s.Error.check(err)
	}
	return compareValues(s.Results, f.Definition().ResultTypes(), results)
}

func (r *replay) memoryStep(s *step) error {
	path := firstOf(s.MemorySize, s.MemoryGrow, s.MemoryWrite, s.MemoryRead)
	_, export, err := r.export(path)
	if err != nil {
		return err
	}
	memory, ok := export.(api.Memory)
	if !ok {
		return fmt.Errorf("%s is no memory", path)
	}
	given, err := hex.DecodeString(s.Bytes)
	if err != nil {
		return err
	}
	inRange := s.Offset>>32 == 0 && s.Length>>32 == 0
	switch {
	case s.MemorySize != nil:
		return equal(nil, s.Pages*pageBytes, uint64(memory.Size()))
	case s.MemoryGrow != nil:
		previous, ok := memory.Grow(uint32(s.Delta))
		return grown(s.Previous, uint64(previous), ok && s.Delta>>32 == 0)
	case s.MemoryWrite != nil:
		return equal(nil, !s.OutOfBounds, inRange && memory.Write(uint32(s.Offset), given))
	case s.OutOfBounds:
		_, ok := memory.Read(uint32(s.Offset), uint32(s.Length))
		return equal(nil, false, ok && inRange)
	}
	found, ok := memory.Read(uint32(s.Offset), uint32(len(given)))
	if !ok || !inRange || !bytes.Equal(found, given) {
		return fmt.Errorf("expected %x, found %x", given, found)
	}
	return nil
}

func (r *replay) globalStep(s *step) error {
	path := firstOf(s.GlobalGet, s.GlobalSet)
	instance, export, err := r.export(path)
	if err != nil {
		return err
	}
	g, ok := export.(api.Global)
	if !ok {
		return fmt.Errorf("%s is no global", path)
	}
	mutable, isMutable := g.(api.MutableGlobal)
	if s.Error.isUsage() && (instance.IsClosed() || s.GlobalSet != nil && !isMutable) {
		return equal(nil, true, !instance.IsClosed() || g.Get() == 0)
	}
	if s.Error != nil {
		return errors.New("api.Global has no errors: the scenario is not for Go")
	}
	if s.GlobalGet != nil {
		return compareValues([]string{s.Value}, []api.ValueType{g.Type()}, []uint64{g.Get()})
	}
	slot, err := r.parse(s.Value)
	if err != nil {
		return err
	}
	if !isMutable {
		return fmt.Errorf("%s is immutable", path)
	}
	mutable.Set(slot)
	return nil
}

func (r *replay) tableStep(s *step) error {
	path := firstOf(s.TableSize, s.TableGet, s.TableSet, s.TableGrow)
	_, export, err := r.export(path)
	if err != nil {
		return err
	}
	table, ok := export.(capi.Table)
	if !ok {
		return fmt.Errorf("%s is no table", path)
	}
	store := r.runtime.store
	if s.TableSize != nil {
		size, err := store.TableSize(table)
		return equal(err, s.Elements, size)
	}
	if s.TableGet != nil {
		found, err := store.TableGet(table, s.Index)
		if err != nil || s.Error != nil {
			return s.Error.check(errorOf(err))
		}
		return r.compareReference(s.Value, found)
	}
	value, done, err := r.reference(s.Value)
	if err != nil {
		return err
	}
	defer done()
	if s.TableSet != nil {
		return s.Error.check(errorOf(store.TableSet(table, s.Index, value)))
	}
	previous, err := store.TableGrow(table, s.Delta, value)
	return grown(s.Previous, previous, err == nil)
}

func firstOf(paths ...*string) string {
	for _, path := range paths {
		if path != nil {
			return *path
		}
	}
	return ""
}

func equal[T comparable](err error, expected, found T) error {
	if err == nil && expected != found {
		err = fmt.Errorf("expected %v, found %v", expected, found)
	}
	return err
}

func grown(expected *uint64, previous uint64, ok bool) error {
	if expected == nil {
		return equal(nil, false, ok)
	}
	if !ok {
		return fmt.Errorf("growing was refused, expected %d", *expected)
	}
	return equal(nil, *expected, previous)
}
