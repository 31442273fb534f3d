//go:build cgo && linux && amd64

package capi

// #include "shim.h"
import "C"

import "io"

// Mount is a directory of the host that a guest sees.
type Mount struct {
	Host, Guest string
	ReadOnly    bool
}

// Stream is one of the guest's three: a descriptor of the process if FD is not negative, else the reader or writer.
type Stream struct {
	FD     int
	Reader io.Reader
	Writer io.Writer
}

// Clock is a clock in nanoseconds with its resolution.
type Clock struct {
	Now        func() int64
	Resolution uint64
}

// WASIConfig is what a guest sees of the system.
type WASIConfig struct {
	Args                 []string
	Env                  [][2]string
	Streams              [3]Stream
	Mounts               []Mount
	WallClock, Monotonic Clock
	Random               io.Reader
	Sleep                func(ns int64)
}

// WASIModule is the module name under which the library knows its WASI functions.
const WASIModule = "wasi_snapshot_preview1"

// DefineWASI adds the functions of WASI preview 1, which share one state.
func (l *Linker) DefineWASI(config *WASIConfig) error {
	c := C.wasmrt_wasi_config_new()
	defer C.wasmrt_wasi_config_delete(c)
	if err := config.apply(c); err != nil {
		return err
	}
	return takeError(C.wasmrt_linker_define_wasi(l.pointer, c))
}

func (w *WASIConfig) apply(c *C.wasmrt_wasi_config) error {
	for _, arg := range w.Args {
		text, length := chars(arg)
		if err := takeError(C.wasmrt_wasi_config_push_arg(c, text, length)); err != nil {
			return err
		}
	}
	for _, env := range w.Env {
		key, keyLen := chars(env[0])
		value, valueLen := chars(env[1])
		if err := takeError(C.wasmrt_wasi_config_push_env(c, key, keyLen, value, valueLen)); err != nil {
			return err
		}
	}
	for _, m := range w.Mounts {
		host, hostLen := chars(m.Host)
		guest, guestLen := chars(m.Guest)
		if err := takeError(C.wasmrt_wasi_config_preopen_dir(c, host, hostLen, guest, guestLen, cBool(m.ReadOnly))); err != nil {
			return err
		}
	}
	for number, stream := range w.Streams {
		if err := stream.apply(c, C.uint32_t(number)); err != nil {
			return err
		}
	}
	return w.applySystem(c)
}

func (s Stream) apply(c *C.wasmrt_wasi_config, number C.uint32_t) error {
	switch {
	case s.FD >= 0:
		return takeError(C.wasmrt_wasi_config_set_stream_fd(c, number, C.int32_t(s.FD)))
	case s.Reader != nil:
		return takeError(C.wasmrt_go_wasi_stdin(c, C.uintptr_t(NewHandle(s.Reader))))
	case s.Writer != nil:
		return takeError(C.wasmrt_go_wasi_output(c, number, C.uintptr_t(NewHandle(s.Writer))))
	}
	return nil
}

func (w *WASIConfig) applySystem(c *C.wasmrt_wasi_config) error {
	// Without this, what is not replaced below would be the system's, such as the clocks of processor time.
	if err := takeError(C.wasmrt_wasi_config_set_deterministic(c)); err != nil {
		return err
	}
	wall, mono := w.WallClock, w.Monotonic
	if err := takeError(C.wasmrt_go_wasi_wall_clock(c, C.uint64_t(wall.Resolution), C.uintptr_t(NewHandle(wall.Now)))); err != nil {
		return err
	}
	if err := takeError(C.wasmrt_go_wasi_monotonic_clock(c, C.uint64_t(mono.Resolution), C.uintptr_t(NewHandle(mono.Now)))); err != nil {
		return err
	}
	if err := takeError(C.wasmrt_go_wasi_random(c, C.uintptr_t(NewHandle(w.Random)))); err != nil {
		return err
	}
	return takeError(C.wasmrt_go_wasi_sleep(c, C.uintptr_t(NewHandle(w.Sleep))))
}
