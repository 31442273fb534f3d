//go:build cgo && linux && amd64

package capi

// #include "shim.h"
import "C"

import "unsafe"

// Strategy says how modules run.
type Strategy uint32

// The strategies. StrategyDefault leaves the choice to the library.
const (
	StrategyJit         Strategy = C.WASMRT_STRATEGY_JIT
	StrategyInterpreter Strategy = C.WASMRT_STRATEGY_INTERPRETER
	StrategyDefault     Strategy = 1<<32 - 1
)

// knownFeatures are the proposals that the library lets a configuration choose. Modules that need another are refused
// when they are compiled.
const knownFeatures = C.WASMRT_FEATURE_BULK_MEMORY | C.WASMRT_FEATURE_MULTI_VALUE | C.WASMRT_FEATURE_MUTABLE_GLOBAL |
	C.WASMRT_FEATURE_SATURATING_FLOAT_TO_INT | C.WASMRT_FEATURE_REFERENCE_TYPES | C.WASMRT_FEATURE_SIGN_EXTENSION

// Config is what an engine is made from.
type Config struct {
	Strategy     Strategy
	Features     uint64
	Interruption bool
	Fuel         bool
	// MaxStackBytes is the default if zero.
	MaxStackBytes uint64
}

// Engine compiles modules.
type Engine struct{ owner }

// NewEngine makes an engine. Modules and stores keep what they need of it.
func NewEngine(config Config) (*Engine, error) {
	c := C.wasmrt_config_new()
	defer C.wasmrt_config_delete(c)
	if config.Strategy != StrategyDefault {
		if err := takeError(C.wasmrt_config_set_strategy(c, C.uint32_t(config.Strategy))); err != nil {
			return nil, err
		}
	}
	if err := takeError(C.wasmrt_config_set_features(c, C.uint64_t(config.Features&knownFeatures))); err != nil {
		return nil, err
	}
	if err := takeError(C.wasmrt_config_set_interruption(c, cBool(config.Interruption))); err != nil {
		return nil, err
	}
	if err := takeError(C.wasmrt_config_set_consume_fuel(c, cBool(config.Fuel))); err != nil {
		return nil, err
	}
	if config.MaxStackBytes != 0 {
		if err := takeError(C.wasmrt_config_set_max_stack_bytes(c, C.size_t(config.MaxStackBytes))); err != nil {
			return nil, err
		}
	}
	var pointer *C.wasmrt_engine
	if err := takeError(C.wasmrt_engine_new(c, &pointer)); err != nil {
		return nil, err
	}
	e := &Engine{}
	own(e, &e.owner, unsafe.Pointer(pointer), func(p unsafe.Pointer) { C.wasmrt_engine_delete((*C.wasmrt_engine)(p)) })
	return e, nil
}

func cBool(value bool) C.uint32_t {
	if value {
		return 1
	}
	return 0
}

// ABIVersion is the version of the C ABI that was linked.
func ABIVersion() uint32 { return uint32(C.wasmrt_abi_version()) }
