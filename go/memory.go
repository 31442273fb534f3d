package wasmrt

import (
	"encoding/binary"
	"math"
	"sync/atomic"

	"github.com/libwasmrt/libwasmrt/go/api"
	"github.com/libwasmrt/libwasmrt/go/internal/capi"
)

// pageBytes is the size of a page (spec: "Memory Instances").
const pageBytes = 65536

// SetViewQuarantineBytes bounds the address space, in the whole process, that stays mapped for slices of memories whose
// module has been closed. Such a slice, from api.Memory's Read, holds zeros that nobody else sees and can be read and
// written, until the memories closed after its own that were looked into have exceeded this many bytes together; then
// touching it is a fault. The default is 32 GiB, half a million memories of one page. Physical memory is taken only
// where such a slice is written to.
//
// This is an addition to wazero's API.
func SetViewQuarantineBytes(bytes uint64) { capi.SetQuarantineBytes(bytes) }

// memory is a linear memory, shared by the module that defines it and those that import it.
type memory struct {
	store  *capi.Store
	native capi.Memory
	def    *memoryDefinition
	// view is the memory as far as it was last seen. Memories never move or shrink, so it stays right.
	view atomic.Pointer[[]byte]
	// users counts the open modules that have this memory; without any the bytes are gone.
	users atomic.Int32
}

var noBytes []byte

func newMemory(store *capi.Store, native capi.Memory, def *memoryDefinition) *memory {
	m := &memory{store: store, native: native, def: def}
	m.view.Store(&noBytes)
	m.users.Store(1)
	return m
}

func (m *memory) release() {
	if m != nil && m.users.Add(-1) == 0 {
		m.view.Store(&noBytes)
	}
}

// refresh looks at the memory again and returns it.
func (m *memory) refresh() []byte {
	if m.users.Load() <= 0 {
		return nil
	}
	data, err := m.store.MemoryData(&m.native)
	if err != nil {
		return nil
	}
	m.view.Store(&data)
	if m.users.Load() <= 0 {
		m.view.Store(&noBytes)
	}
	return data
}

// at returns count bytes at offset, or nil if they are not all in the memory.
func (m *memory) at(offset uint32, count uint64) []byte {
	end := uint64(offset) + count
	data := *m.view.Load()
	if end > uint64(len(data)) || data == nil {
		if data = m.refresh(); end > uint64(len(data)) || data == nil {
			return nil
		}
	}
	return data[offset:end:end]
}

func (m *memory) Definition() api.MemoryDefinition { return m.def }

func (m *memory) Size() uint32 { return uint32(len(m.refresh())) }

func (m *memory) Grow(deltaPages uint32) (previousPages uint32, ok bool) {
	if m.users.Load() <= 0 {
		return 0, false
	}
	previous, err := m.store.MemoryGrow(&m.native, uint64(deltaPages))
	if err != nil {
		return 0, false
	}
	return uint32(previous), true
}

func (m *memory) ReadByte(offset uint32) (byte, bool) {
	if b := m.at(offset, 1); b != nil {
		return b[0], true
	}
	return 0, false
}

func (m *memory) ReadUint16Le(offset uint32) (uint16, bool) {
	if b := m.at(offset, 2); b != nil {
		return binary.LittleEndian.Uint16(b), true
	}
	return 0, false
}

func (m *memory) ReadUint32Le(offset uint32) (uint32, bool) {
	if b := m.at(offset, 4); b != nil {
		return binary.LittleEndian.Uint32(b), true
	}
	return 0, false
}

func (m *memory) ReadFloat32Le(offset uint32) (float32, bool) {
	bits, ok := m.ReadUint32Le(offset)
	return math.Float32frombits(bits), ok
}

func (m *memory) ReadUint64Le(offset uint32) (uint64, bool) {
	if b := m.at(offset, 8); b != nil {
		return binary.LittleEndian.Uint64(b), true
	}
	return 0, false
}

func (m *memory) ReadFloat64Le(offset uint32) (float64, bool) {
	bits, ok := m.ReadUint64Le(offset)
	return math.Float64frombits(bits), ok
}

func (m *memory) Read(offset, byteCount uint32) ([]byte, bool) {
	b := m.at(offset, uint64(byteCount))
	return b, b != nil
}

func (m *memory) WriteByte(offset uint32, v byte) bool {
	b := m.at(offset, 1)
	if b == nil {
		return false
	}
	b[0] = v
	return true
}

func (m *memory) WriteUint16Le(offset uint32, v uint16) bool {
	b := m.at(offset, 2)
	if b == nil {
		return false
	}
	binary.LittleEndian.PutUint16(b, v)
	return true
}

func (m *memory) WriteUint32Le(offset, v uint32) bool {
	b := m.at(offset, 4)
	if b == nil {
		return false
	}
	binary.LittleEndian.PutUint32(b, v)
	return true
}

func (m *memory) WriteFloat32Le(offset uint32, v float32) bool {
	return m.WriteUint32Le(offset, math.Float32bits(v))
}

func (m *memory) WriteUint64Le(offset uint32, v uint64) bool {
	b := m.at(offset, 8)
	if b == nil {
		return false
	}
	binary.LittleEndian.PutUint64(b, v)
	return true
}

func (m *memory) WriteFloat64Le(offset uint32, v float64) bool {
	return m.WriteUint64Le(offset, math.Float64bits(v))
}

func (m *memory) Write(offset uint32, v []byte) bool {
	b := m.at(offset, uint64(len(v)))
	if b == nil {
		return false
	}
	copy(b, v)
	return true
}

func (m *memory) WriteString(offset uint32, v string) bool {
	b := m.at(offset, uint64(len(v)))
	if b == nil {
		return false
	}
	copy(b, v)
	return true
}
