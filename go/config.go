package wasmrt

import (
	"fmt"

	"github.com/libwasmrt/libwasmrt/go/api"
	"github.com/libwasmrt/libwasmrt/go/internal/capi"
)

// memoryPagesLimit is the largest 32-bit memory in pages of 64 KiB (spec: "Memory Types").
const memoryPagesLimit = 65536

// RuntimeConfig says how a Runtime compiles and runs. It never changes: each With method returns a new value.
type RuntimeConfig interface {
	// WithCoreFeatures sets which proposals modules may use. The default is api.CoreFeaturesV2.
	WithCoreFeatures(api.CoreFeatures) RuntimeConfig

	// WithMemoryLimitPages bounds every memory, in pages of 64 KiB. The default is 65536; more than that panics.
	//
	// A module's declared maximum above the limit is lowered to it, a minimum above it fails the compilation.
	WithMemoryLimitPages(memoryLimitPages uint32) RuntimeConfig

	// WithMemoryCapacityFromMax refuses modules whose declared maximum is above the limit, rather than lowering it.
	// Memories never move when they grow, whatever this says.
	WithMemoryCapacityFromMax(memoryCapacityFromMax bool) RuntimeConfig

	// WithDebugInfoEnabled lets stack traces show source lines where a module carries them. The default is true.
	WithDebugInfoEnabled(bool) RuntimeConfig

	// WithCompilationCache shares compiled code among runtimes.
	WithCompilationCache(CompilationCache) RuntimeConfig

	// WithCustomSections keeps custom sections for CompiledModule.CustomSections. The default is false.
	WithCustomSections(bool) RuntimeConfig

	// WithCloseOnContextDone closes a module when the context of a call into it ends: the call then returns a
	// *sys.ExitError. Closing from another goroutine stops running calls as well. The default is false, and then a
	// context only carries values.
	WithCloseOnContextDone(bool) RuntimeConfig

	// WithFuel gives all guests of the runtime together this much fuel to begin with: each operator takes one unit, and
	// a call that runs out of it fails with TrapOutOfFuel. Runtime.SetFuel refills. The default does not count.
	//
	// This is an addition to wazero's API.
	WithFuel(fuel uint64) RuntimeConfig

	// WithMaxStackBytes bounds the stack of one call, nested calls included, in bytes of the engine's own frames: a
	// guest that recurses deeper fails with TrapStackOverflow. The default, and zero, is 512 KiB. More than a thread's
	// stack has is never used.
	//
	// This is an addition to wazero's API.
	WithMaxStackBytes(bytes uint64) RuntimeConfig

	// WithMaxTableElements bounds every table: one that declares more cannot be instantiated, and growing it further is
	// refused as the specification says. The default, and zero, is no bound.
	//
	// This is an addition to wazero's API.
	WithMaxTableElements(elements uint64) RuntimeConfig

	// WithMaxInstances bounds how many guests, memories and tables the runtime may have at once; zero is no bound,
	// which is the default. An instantiation beyond it fails with KindLimit.
	//
	// This is an addition to wazero's API.
	WithMaxInstances(instances, memories, tables uint64) RuntimeConfig
}

type runtimeConfig struct {
	strategy              capi.Strategy
	features              api.CoreFeatures
	memoryLimitPages      uint32
	memoryCapacityFromMax bool
	debugInfo             bool
	customSections        bool
	closeOnContextDone    bool
	cache                 CompilationCache

	countFuel     bool
	fuel          uint64
	maxStackBytes uint64
	// limits are those beyond memoryLimitPages, which lowers the one on memory further.
	limits capi.Limits
}

// NewRuntimeConfig runs machine code where this is possible, otherwise it interprets.
func NewRuntimeConfig() RuntimeConfig { return newRuntimeConfig(capi.StrategyDefault) }

// NewRuntimeConfigCompiler compiles modules to machine code before they run.
func NewRuntimeConfigCompiler() RuntimeConfig { return newRuntimeConfig(capi.StrategyJit) }

// NewRuntimeConfigInterpreter interprets modules, which starts faster and runs slower.
func NewRuntimeConfigInterpreter() RuntimeConfig { return newRuntimeConfig(capi.StrategyInterpreter) }

func newRuntimeConfig(strategy capi.Strategy) RuntimeConfig {
	return &runtimeConfig{
		strategy: strategy, features: api.CoreFeaturesV2, memoryLimitPages: memoryPagesLimit, debugInfo: true,
	}
}

func (c *runtimeConfig) with(change func(*runtimeConfig)) RuntimeConfig {
	changed := *c
	change(&changed)
	return &changed
}

func (c *runtimeConfig) WithCoreFeatures(features api.CoreFeatures) RuntimeConfig {
	return c.with(func(c *runtimeConfig) { c.features = features })
}

func (c *runtimeConfig) WithMemoryLimitPages(pages uint32) RuntimeConfig {
	if pages > memoryPagesLimit {
		panic(fmt.Errorf("memoryLimitPages invalid: %d > %d", pages, memoryPagesLimit))
	}
	return c.with(func(c *runtimeConfig) { c.memoryLimitPages = pages })
}

func (c *runtimeConfig) WithMemoryCapacityFromMax(fromMax bool) RuntimeConfig {
	return c.with(func(c *runtimeConfig) { c.memoryCapacityFromMax = fromMax })
}

func (c *runtimeConfig) WithDebugInfoEnabled(enabled bool) RuntimeConfig {
	return c.with(func(c *runtimeConfig) { c.debugInfo = enabled })
}

func (c *runtimeConfig) WithCompilationCache(cache CompilationCache) RuntimeConfig {
	return c.with(func(c *runtimeConfig) { c.cache = cache })
}

func (c *runtimeConfig) WithCustomSections(enabled bool) RuntimeConfig {
	return c.with(func(c *runtimeConfig) { c.customSections = enabled })
}

func (c *runtimeConfig) WithCloseOnContextDone(enabled bool) RuntimeConfig {
	return c.with(func(c *runtimeConfig) { c.closeOnContextDone = enabled })
}

func (c *runtimeConfig) WithFuel(fuel uint64) RuntimeConfig {
	return c.with(func(c *runtimeConfig) { c.countFuel, c.fuel = true, fuel })
}

func (c *runtimeConfig) WithMaxStackBytes(bytes uint64) RuntimeConfig {
	return c.with(func(c *runtimeConfig) { c.maxStackBytes = bytes })
}

func (c *runtimeConfig) WithMaxTableElements(elements uint64) RuntimeConfig {
	return c.with(func(c *runtimeConfig) { c.limits.TableElements = elements })
}

func (c *runtimeConfig) WithMaxInstances(instances, memories, tables uint64) RuntimeConfig {
	return c.with(func(c *runtimeConfig) {
		c.limits.Instances, c.limits.Memories, c.limits.Tables = instances, memories, tables
	})
}

// storeLimits are the limits as the library takes them.
func (c *runtimeConfig) storeLimits() capi.Limits {
	limits := c.limits
	if pages := uint64(c.memoryLimitPages) * pageBytes; limits.MemoryBytes == 0 || pages < limits.MemoryBytes {
		limits.MemoryBytes = pages
	}
	return limits
}

// runtimeConfigOf copies what a caller handed over, which may be nil.
func runtimeConfigOf(config RuntimeConfig) *runtimeConfig {
	if c, ok := config.(*runtimeConfig); ok && c != nil {
		copied := *c
		return &copied
	}
	return newRuntimeConfig(capi.StrategyDefault).(*runtimeConfig)
}
