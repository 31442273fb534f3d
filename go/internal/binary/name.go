package binary

const (
	nameSection      = "name"
	subsectionModule = 0
	subsectionFuncs  = 1
	subsectionLocals = 2
)

func (m *Module) customSection(r *reader) {
	name := r.name()
	if r.err != nil {
		return
	}
	data := r.bytes[r.at:]
	if name == nameSection {
		m.readNames(&reader{bytes: data})
		return
	}
	m.Customs = append(m.Customs, Custom{Name: name, Data: append([]byte(nil), data...)})
}

// readNames keeps what it could read: a broken name section is no error (spec: "Custom Section").
func (m *Module) readNames(r *reader) {
	for r.more() {
		id := r.byte()
		sub := &reader{bytes: r.take(uint64(r.u32()))}
		switch id {
		case subsectionModule:
			m.Name = sub.name()
		case subsectionFuncs:
			m.FunctionNames = sub.nameMap()
		case subsectionLocals:
			n := sub.count()
			m.LocalNames = make(map[uint32]map[uint32]string, n)
			for ; n > 0 && sub.err == nil; n-- {
				index := sub.u32()
				m.LocalNames[index] = sub.nameMap()
			}
		}
	}
}

func (r *reader) nameMap() map[uint32]string {
	n := r.count()
	names := make(map[uint32]string, n)
	for ; n > 0 && r.err == nil; n-- {
		index := r.u32()
		names[index] = r.name()
	}
	return names
}
