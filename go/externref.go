package wasmrt

import (
	"github.com/libwasmrt/libwasmrt/go/api"
	"github.com/libwasmrt/libwasmrt/go/internal/capi"
)

// boxed are references that were made of words and are pinned: they stay good while no guest holds them yet.
type boxed []uint64

// boxExternrefs turns the words that Go programs pass as externrefs into references of the store.
func boxExternrefs(store *capi.Store, types []api.ValueType, slots []uint64) (boxed, error) {
	var made boxed
	err := eachExternref(types, slots, func(word uint64) (uint64, error) {
		reference, err := store.ExternrefFromWord(word)
		if err == nil {
			made = append(made, reference)
		}
		return reference, err
	})
	return made, err
}

// unpin leaves the references to the guests that hold them.
func (b boxed) unpin(store *capi.Store) {
	for _, reference := range b {
		_ = store.ExternrefUnpin(reference)
	}
}

// unboxExternrefs turns references of the store into the words they were made of.
func unboxExternrefs(store *capi.Store, types []api.ValueType, slots []uint64) error {
	return eachExternref(types, slots, store.ExternrefToWord)
}

func eachExternref(types []api.ValueType, slots []uint64, convert func(uint64) (uint64, error)) error {
	at := 0
	for _, ty := range types {
		if ty == api.ValueTypeExternref && slots[at] != 0 {
			converted, err := convert(slots[at])
			if err != nil {
				return errorOf(err)
			}
			slots[at] = converted
		}
		at++
		if ty == valueTypeV128 {
			at++
		}
	}
	return nil
}
