package binary

const (
	formFunc       = 0x60
	formStruct     = 0x5f
	formArray      = 0x5e
	formSub        = 0x50
	formSubFinal   = 0x4f
	formRec        = 0x4e
	refNull        = 0x63
	refNonNull     = 0x64
	typeFuncref    = 0x70
	typeExternref  = 0x6f
	heapExtern     = 0x6f
	limitHasMax    = 0x01
	limitShared    = 0x02
	limit64        = 0x04
	limitPageSize  = 0x08
	tableWithValue = 0x40
)

// valueType reads a type. A reference written out in full is folded into externref or funcref, which is all that the
// Go API tells apart.
func (r *reader) valueType() byte {
	b := r.byte()
	if b != refNull && b != refNonNull {
		return b
	}
	heap := r.peek()
	r.skipSigned()
	if heap == heapExtern {
		return typeExternref
	}
	return typeFuncref
}

func (r *reader) valueTypes() []byte {
	n := r.count()
	types := make([]byte, 0, n)
	for i := 0; i < n && r.err == nil; i++ {
		types = append(types, r.valueType())
	}
	return types
}

// typeSection reads every type; what is not a function keeps its place with an empty type.
func (m *Module) typeSection(r *reader) {
	for n := r.count(); n > 0 && r.err == nil; n-- {
		if r.peek() != formRec {
			m.Types = append(m.Types, r.subType())
			continue
		}
		r.byte()
		for members := r.count(); members > 0 && r.err == nil; members-- {
			m.Types = append(m.Types, r.subType())
		}
	}
}

func (r *reader) subType() FuncType {
	form := r.byte()
	if form == formSub || form == formSubFinal {
		for n := r.count(); n > 0 && r.err == nil; n-- {
			r.u32()
		}
		form = r.byte()
	}
	switch form {
	case formFunc:
		return FuncType{Params: r.valueTypes(), Results: r.valueTypes()}
	case formStruct:
		for n := r.count(); n > 0 && r.err == nil; n-- {
			r.field()
		}
	case formArray:
		r.field()
	default:
		r.fail()
	}
	return FuncType{}
}

func (r *reader) field() {
	r.valueType()
	r.byte()
}

func (r *reader) limits() (l Limits) {
	flags := r.byte()
	l.Min = r.u64()
	if l.HasMax = flags&limitHasMax != 0; l.HasMax {
		l.Max = r.u64()
	}
	if flags&limitPageSize != 0 {
		r.u32()
	}
	l.Shared = flags&limitShared != 0
	l.Is64 = flags&limit64 != 0
	return l
}

func (r *reader) tableType() (t Table) {
	t.Element = r.valueType()
	t.Limits = r.limits()
	return t
}

func (r *reader) globalType() (g Global) {
	g.Type = r.valueType()
	g.Mutable = r.byte()&1 != 0
	return g
}
