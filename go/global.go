package wasmrt

import (
	"fmt"

	"github.com/libwasmrt/libwasmrt/go/api"
	"github.com/libwasmrt/libwasmrt/go/internal/capi"
)

type global struct {
	store  *capi.Store
	native capi.Global
	ty     api.ValueType
}

type mutableGlobal struct{ *global }

func (g *global) Type() api.ValueType { return g.ty }

// slots are as many as the type takes.
func (g *global) slots(low uint64) []uint64 {
	if g.ty == valueTypeV128 {
		return []uint64{low, 0}
	}
	return []uint64{low}
}

func (g *global) Get() uint64 {
	slots := g.slots(0)
	if g.store.GlobalGet(g.native, slots) != nil {
		return 0
	}
	if unboxExternrefs(g.store, []api.ValueType{g.ty}, slots) != nil {
		return 0
	}
	return slots[0]
}

func (g *mutableGlobal) Set(v uint64) {
	slots := g.slots(v)
	boxed, err := boxExternrefs(g.store, []api.ValueType{g.ty}, slots)
	if err == nil {
		_ = g.store.GlobalSet(g.native, slots)
	}
	boxed.unpin(g.store)
}

func (g *global) String() string {
	switch g.ty {
	case api.ValueTypeI32, api.ValueTypeI64:
		return fmt.Sprintf("global(%d)", g.Get())
	case api.ValueTypeF32:
		return fmt.Sprintf("global(%f)", api.DecodeF32(g.Get()))
	case api.ValueTypeF64:
		return fmt.Sprintf("global(%f)", api.DecodeF64(g.Get()))
	}
	return fmt.Sprintf("global(%#x)", g.Get())
}
