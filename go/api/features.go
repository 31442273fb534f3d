package api

import (
	"fmt"
	"strings"
)

// CoreFeatures is a set of WebAssembly proposals that a runtime accepts.
type CoreFeatures uint64

// The proposals that became WebAssembly 1.0 and 2.0.
const (
	// CoreFeatureBulkMemoryOperations is memory.copy, memory.fill and their relatives.
	CoreFeatureBulkMemoryOperations CoreFeatures = 1 << iota
	// CoreFeatureMultiValue is more than one result of functions and blocks.
	CoreFeatureMultiValue
	// CoreFeatureMutableGlobal is importing and exporting globals that change.
	CoreFeatureMutableGlobal
	// CoreFeatureNonTrappingFloatToIntConversion is saturating conversions.
	CoreFeatureNonTrappingFloatToIntConversion
	// CoreFeatureReferenceTypes is externref, funcref and several tables.
	CoreFeatureReferenceTypes
	// CoreFeatureSignExtensionOps is i32.extend8_s and its relatives.
	CoreFeatureSignExtensionOps
	// CoreFeatureSIMD is v128.
	CoreFeatureSIMD
)

const (
	// CoreFeaturesV1 is WebAssembly 1.0.
	CoreFeaturesV1 = CoreFeatureMutableGlobal
	// CoreFeaturesV2 is WebAssembly 2.0, the default of a runtime.
	CoreFeaturesV2 = CoreFeaturesV1 | CoreFeatureBulkMemoryOperations | CoreFeatureMultiValue |
		CoreFeatureNonTrappingFloatToIntConversion | CoreFeatureReferenceTypes | CoreFeatureSignExtensionOps | CoreFeatureSIMD
)

var featureNames = []string{
	"bulk-memory-operations",
	"multi-value",
	"mutable-global",
	"nontrapping-float-to-int-conversion",
	"reference-types",
	"sign-extension-ops",
	"simd",
}

// SetEnabled returns the set with the given features added or removed.
func (f CoreFeatures) SetEnabled(feature CoreFeatures, val bool) CoreFeatures {
	if val {
		return f | feature
	}
	return f &^ feature
}

// IsEnabled is true when at least one of the given features is in the set.
func (f CoreFeatures) IsEnabled(feature CoreFeatures) bool { return f&feature != 0 }

// RequireEnabled returns an error that names the feature when it is not in the set.
func (f CoreFeatures) RequireEnabled(feature CoreFeatures) error {
	if f.IsEnabled(feature) {
		return nil
	}
	return fmt.Errorf("feature %q is disabled", feature)
}

// String lists the names of the features, separated by "|".
func (f CoreFeatures) String() string {
	var names []string
	for bit, name := range featureNames {
		if f.IsEnabled(1 << bit) {
			names = append(names, name)
		}
	}
	return strings.Join(names, "|")
}
