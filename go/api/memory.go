package api

// Memory is a linear memory. Offsets and counts are in bytes, integers are little-endian.
//
// An access outside the memory answers false and changes nothing. There is no locking.
type Memory interface {
	// Definition describes the memory as its module declares it.
	Definition() MemoryDefinition

	// Size is the size in bytes. It wraps to zero for a memory of 65536 pages; Grow(0) answers in pages.
	Size() uint32

	// Grow adds pages of 64 KiB and returns the size in pages before, or false if the limit does not allow it.
	Grow(deltaPages uint32) (previousPages uint32, ok bool)

	// ReadByte reads one byte.
	ReadByte(offset uint32) (byte, bool)
	// ReadUint16Le reads two bytes.
	ReadUint16Le(offset uint32) (uint16, bool)
	// ReadUint32Le reads four bytes.
	ReadUint32Le(offset uint32) (uint32, bool)
	// ReadFloat32Le reads four bytes as a float.
	ReadFloat32Le(offset uint32) (float32, bool)
	// ReadUint64Le reads eight bytes.
	ReadUint64Le(offset uint32) (uint64, bool)
	// ReadFloat64Le reads eight bytes as a float.
	ReadFloat64Le(offset uint32) (float64, bool)

	// Read returns a view: writes to either side are seen by the other, and appending copies.
	//
	// Growing does not detach a view. After the module was closed a view can still be touched but no longer shows
	// the guest's bytes.
	Read(offset, byteCount uint32) ([]byte, bool)

	// WriteByte writes one byte.
	WriteByte(offset uint32, v byte) bool
	// WriteUint16Le writes two bytes.
	WriteUint16Le(offset uint32, v uint16) bool
	// WriteUint32Le writes four bytes.
	WriteUint32Le(offset, v uint32) bool
	// WriteFloat32Le writes a float as four bytes.
	WriteFloat32Le(offset uint32, v float32) bool
	// WriteUint64Le writes eight bytes.
	WriteUint64Le(offset uint32, v uint64) bool
	// WriteFloat64Le writes a float as eight bytes.
	WriteFloat64Le(offset uint32, v float64) bool

	// Write copies v into the memory.
	Write(offset uint32, v []byte) bool
	// WriteString copies the bytes of v into the memory.
	WriteString(offset uint32, v string) bool
}
