package binary

import (
	"bytes"
	"errors"
	"fmt"
)

var (
	magic   = []byte{0x00, 'a', 's', 'm'}
	version = []byte{0x01, 0x00, 0x00, 0x00}

	// ErrMagic says that the bytes are not a binary module; the text format is refused with it too.
	ErrMagic = errors.New("invalid magic number")
	// ErrVersion says that the bytes are of another version of the binary format.
	ErrVersion = errors.New("invalid version header")
)

// CheckHeader looks at the first eight bytes.
func CheckHeader(source []byte) error {
	if !bytes.HasPrefix(source, magic) {
		return ErrMagic
	}
	if !bytes.HasPrefix(source[len(magic):], version) {
		return ErrVersion
	}
	return nil
}

// Decode reads the sections of a module. What it returns shares no bytes with source.
func Decode(source []byte) (*Module, error) {
	if err := CheckHeader(source); err != nil {
		return nil, err
	}
	m := &Module{}
	r := &reader{bytes: source, at: len(magic) + len(version)}
	for r.more() {
		id := r.byte()
		section := &reader{bytes: r.take(uint64(r.u32()))}
		if r.err != nil {
			return nil, r.err
		}
		m.section(id, section)
		if section.err != nil {
			return nil, fmt.Errorf("section[%d]: %w", id, section.err)
		}
	}
	return m, r.err
}

func (m *Module) section(id byte, r *reader) {
	switch id {
	case sectionCustom:
		m.customSection(r)
	case sectionType:
		m.typeSection(r)
	case sectionImport:
		m.importSection(r)
	case sectionFunction:
		for n := r.count(); n > 0 && r.err == nil; n-- {
			m.Functions = append(m.Functions, r.u32())
		}
	case sectionTable:
		for n := r.count(); n > 0 && r.err == nil; n-- {
			if r.peek() == tableWithValue {
				// An initializer follows the type and would have to be skipped; later tables are of no interest.
				r.take(2)
				m.Tables = append(m.Tables, r.tableType())
				return
			}
			m.Tables = append(m.Tables, r.tableType())
		}
	case sectionMemory:
		for n := r.count(); n > 0 && r.err == nil; n-- {
			m.Memories = append(m.Memories, r.limits())
		}
	case sectionGlobal:
		m.globalSection(r)
	case sectionStart:
		m.Start, m.HasStart = r.u32(), true
	case sectionExport:
		for n := r.count(); n > 0 && r.err == nil; n-- {
			m.Exports = append(m.Exports, Export{Name: r.name(), Kind: r.byte(), Index: r.u32()})
		}
	}
}

func (m *Module) importSection(r *reader) {
	var counts [kindTag + 1]uint32
	for n := r.count(); n > 0 && r.err == nil; n-- {
		imp := Import{Module: r.name(), Name: r.name(), Kind: r.byte()}
		switch imp.Kind {
		case kindFunc:
			m.Functions = append(m.Functions, r.u32())
			m.ImportedFunctions++
		case kindTable:
			m.Tables = append(m.Tables, r.tableType())
		case kindMemory:
			m.Memories = append(m.Memories, r.limits())
			m.ImportedMemories++
		case kindGlobal:
			m.Globals = append(m.Globals, r.globalType())
		case kindTag:
			r.byte()
			r.u32()
		default:
			r.fail()
			return
		}
		imp.Index = counts[imp.Kind]
		counts[imp.Kind]++
		m.Imports = append(m.Imports, imp)
	}
}
