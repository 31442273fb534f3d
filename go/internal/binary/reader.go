package binary

import "errors"

var errTruncated = errors.New("unexpected end of section")

// reader walks over bytes. The first error sticks, and everything read after it is zero.
type reader struct {
	bytes []byte
	at    int
	err   error
}

func (r *reader) more() bool { return r.err == nil && r.at < len(r.bytes) }

func (r *reader) fail() {
	if r.err == nil {
		r.err = errTruncated
	}
}

func (r *reader) byte() byte {
	if r.err != nil || r.at >= len(r.bytes) {
		r.fail()
		return 0
	}
	b := r.bytes[r.at]
	r.at++
	return b
}

func (r *reader) peek() byte {
	if r.err != nil || r.at >= len(r.bytes) {
		return 0
	}
	return r.bytes[r.at]
}

func (r *reader) take(count uint64) []byte {
	if r.err != nil || count > uint64(len(r.bytes)-r.at) {
		r.fail()
		return nil
	}
	part := r.bytes[r.at : r.at+int(count)]
	r.at += int(count)
	return part
}

func (r *reader) u64() (value uint64) {
	for shift := 0; shift < 70; shift += 7 {
		b := r.byte()
		if r.err != nil {
			return 0
		}
		value |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return value
		}
	}
	r.fail()
	return 0
}

func (r *reader) u32() uint32 { return uint32(r.u64()) }

// skipSigned passes over a signed LEB128 number.
func (r *reader) skipSigned() {
	for r.byte() >= 0x80 {
	}
}

func (r *reader) name() string { return string(r.take(uint64(r.u32()))) }

// count reads the length of a vector. No element is shorter than a byte, which bounds what a vector may claim.
func (r *reader) count() int {
	n := uint64(r.u32())
	if n > uint64(len(r.bytes)-r.at) {
		r.fail()
		return 0
	}
	return int(n)
}
