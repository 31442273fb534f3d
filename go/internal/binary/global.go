package binary

// Operators that constant expressions may use (spec: "Constant Expressions", with the extended-const and GC ones).
const (
	opEnd       = 0x0b
	opGlobalGet = 0x23
	opI32Const  = 0x41
	opI64Const  = 0x42
	opF32Const  = 0x43
	opF64Const  = 0x44
	opRefNull   = 0xd0
	opRefFunc   = 0xd2
	opSIMD      = 0xfd
	opGC        = 0xfb

	gcStructNew        = 0
	gcStructNewDefault = 1
	gcArrayNew         = 6
	gcArrayNewDefault  = 7
	gcArrayNewFixed    = 8
)

func (m *Module) globalSection(r *reader) {
	for n := r.count(); n > 0 && r.err == nil; n-- {
		m.Globals = append(m.Globals, r.globalType())
		r.skipConstExpr()
	}
}

func (r *reader) skipConstExpr() {
	for r.err == nil {
		switch r.byte() {
		case opEnd:
			return
		case opGlobalGet, opRefFunc:
			r.u32()
		case opI32Const, opI64Const, opRefNull:
			r.skipSigned()
		case opF32Const:
			r.take(4)
		case opF64Const:
			r.take(8)
		case opSIMD:
			r.u32()
			r.take(16)
		case opGC:
			switch r.u32() {
			case gcStructNew, gcStructNewDefault, gcArrayNew, gcArrayNewDefault:
				r.u32()
			case gcArrayNewFixed:
				r.u32()
				r.u32()
			}
		}
	}
}
