package wasmrt

import (
	"context"
	"errors"
	"fmt"

	"github.com/libwasmrt/libwasmrt/go/api"
	"github.com/libwasmrt/libwasmrt/go/internal/binary"
	"github.com/libwasmrt/libwasmrt/go/internal/capi"
)

// CompiledModule is code that can be instantiated any number of times.
type CompiledModule interface {
	// Name is the name from the name section, or that of the host module's builder.
	Name() string

	// ImportedFunctions describes the functions this needs, nil if none. One function may be imported several times.
	ImportedFunctions() []api.FunctionDefinition

	// ExportedFunctions describes the functions by export name.
	ExportedFunctions() map[string]api.FunctionDefinition

	// ImportedMemories describes the memories this needs, nil if none.
	ImportedMemories() []api.MemoryDefinition

	// ExportedMemories describes the memories by export name.
	ExportedMemories() map[string]api.MemoryDefinition

	// CustomSections are the custom sections, if RuntimeConfig.WithCustomSections keeps them.
	CustomSections() []api.CustomSection

	// Close gives up the code. Existing instances keep what they need, new ones cannot be made. The error is nil.
	Close(context.Context) error
}

type compiledModule struct {
	runtime *runtime
	name    string
	binary  *binary.Module
	defs    *definitions
	// code is set for guests, host for host modules.
	code *capi.Module
	host []hostFunction

	ownedByInstance bool
	closed          closeFlag
}

func (r *runtime) CompileModule(_ context.Context, source []byte) (CompiledModule, error) {
	if err := r.failIfClosed(); err != nil {
		return nil, err
	}
	code, err := capi.NewModule(r.engine, source)
	if err != nil {
		return nil, compileError(source, errorOf(err))
	}
	decoded, err := binary.Decode(source)
	if err == nil {
		err = r.checkMemories(decoded)
	}
	if err == nil {
		err = checkImports(decoded)
	}
	if err != nil {
		code.Close()
		return nil, err
	}
	if !r.config.customSections {
		decoded.Customs = nil
	}
	return &compiledModule{
		runtime: r, name: decoded.Name, binary: decoded, code: code,
		defs: newDefinitions(decoded, r.config.memoryLimitPages),
	}, nil
}

// compileError words a header that is wrong as wazero does.
func compileError(source []byte, err error) error {
	var structured *Error
	if header := binary.CheckHeader(source); header != nil && errors.As(err, &structured) {
		structured.text = header.Error()
	}
	return err
}

// checkMemories holds declared memories against the configured limit, which the core does when memories are made.
func (r *runtime) checkMemories(m *binary.Module) error {
	limit := uint64(r.config.memoryLimitPages)
	for _, memory := range m.Memories {
		if memory.HasMax && memory.Max > limit && r.config.memoryCapacityFromMax {
			return limitError("max", memory.Max, limit)
		}
		if memory.Min > limit {
			return limitError("min", memory.Min, limit)
		}
	}
	return nil
}

func limitError(bound string, pages, limit uint64) error {
	return &Error{Kind: KindLimit, Message: fmt.Sprintf("section memory: %s %d pages (%s) over limit of %d pages (%s)",
		bound, pages, pagesText(pages), limit, pagesText(limit))}
}

// pagesText is a number of pages in the largest unit that divides it down to at least one.
func pagesText(pages uint64) string {
	kib := pages * (pageBytes >> 10)
	switch {
	case kib >= 1<<20:
		return fmt.Sprintf("%d Gi", kib>>20)
	case kib >= 1<<10:
		return fmt.Sprintf("%d Mi", kib>>10)
	}
	return fmt.Sprintf("%d Ki", kib)
}

// checkImports refuses imports that no module could satisfy, as no module can be named so.
func checkImports(m *binary.Module) error {
	for i, imported := range m.Imports {
		if imported.Module == "" {
			return &Error{Kind: KindValidate, Message: fmt.Sprintf("import[%d] has an empty module name", i)}
		}
	}
	return nil
}

func (c *compiledModule) Name() string { return c.name }

func (c *compiledModule) ImportedFunctions() (imported []api.FunctionDefinition) {
	for _, def := range c.defs.functions[:c.binary.ImportedFunctions] {
		imported = append(imported, def)
	}
	return imported
}

func (c *compiledModule) ExportedFunctions() map[string]api.FunctionDefinition {
	return c.defs.exportedFunctions()
}

func (c *compiledModule) ImportedMemories() (imported []api.MemoryDefinition) {
	for _, def := range c.defs.memories[:c.binary.ImportedMemories] {
		imported = append(imported, def)
	}
	return imported
}

func (c *compiledModule) ExportedMemories() map[string]api.MemoryDefinition {
	return c.defs.exportedMemories()
}

func (c *compiledModule) CustomSections() []api.CustomSection {
	sections := make([]api.CustomSection, 0, len(c.binary.Customs))
	for _, section := range c.binary.Customs {
		sections = append(sections, customSection{section})
	}
	return sections
}

func (c *compiledModule) Close(context.Context) error {
	if c.closed.set(0) && c.code != nil {
		c.code.Close()
	}
	return nil
}
