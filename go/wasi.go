package wasmrt

import (
	"fmt"
	"io"
	"math/rand"
	"os"
	"strings"

	"github.com/libwasmrt/libwasmrt/go/internal/capi"
	"github.com/libwasmrt/libwasmrt/go/sys"
)

// fakeRandomSeed gives the bytes that a guest gets unless told otherwise.
const fakeRandomSeed = 42

// check holds the configuration against what WASI can express.
func (c *moduleConfig) check() error {
	for _, arg := range c.args {
		if strings.IndexByte(arg, 0) >= 0 {
			return configError("args invalid: contains NUL character")
		}
	}
	for _, v := range c.env {
		switch {
		case v.key == "":
			return configError("environ invalid: empty key")
		case strings.Contains(v.key, "="):
			return configError("environ invalid: key contains '=' character")
		case strings.IndexByte(v.key, 0) >= 0 || strings.IndexByte(v.value, 0) >= 0:
			return configError("environ invalid: contains NUL character")
		}
	}
	if err := checkResolution("Walltime", c.walltime != nil, c.walltimeResolution); err != nil {
		return err
	}
	return checkResolution("Nanotime", c.nanotime != nil, c.nanotimeResolution)
}

func checkResolution(clock string, given bool, resolution sys.ClockResolution) error {
	if given && (resolution < 1 || resolution > resolutionMax) {
		return configError(fmt.Sprintf("invalid %s resolution: %d", clock, resolution))
	}
	return nil
}

func configError(message string) error { return &Error{Kind: KindUsage, Message: message} }

// wasi is the configuration as the library takes it, with wazero's defaults.
func (c *moduleConfig) wasi() (*capi.WASIConfig, error) {
	w := &capi.WASIConfig{Args: c.args}
	for _, v := range c.env {
		w.Env = append(w.Env, [2]string{v.key, v.value})
	}
	if c.mounts != nil {
		for _, m := range c.mounts.mounts {
			if m.fsys != nil {
				return nil, &Error{Kind: KindUnsupported, Message: fmt.Sprintf(
					"mounting a %T at %q is not supported: mount a directory with WithDirMount or os.DirFS", m.fsys, m.guestName())}
			}
			w.Mounts = append(w.Mounts, capi.Mount{Host: m.dir, Guest: m.guestName(), ReadOnly: m.readOnly})
		}
	}
	w.Streams[0] = inputStream(c.stdin)
	w.Streams[1] = outputStream(c.stdout)
	w.Streams[2] = outputStream(c.stderr)
	c.clocks(w)
	return w, nil
}

func (c *moduleConfig) clocks(w *capi.WASIConfig) {
	walltime, resolution := c.walltime, c.walltimeResolution
	if walltime == nil {
		walltime, resolution = fakeWalltime(), wallResolution
	}
	w.WallClock = capi.Clock{
		Now: func() int64 {
			sec, nsec := walltime()
			return sec*1e9 + int64(nsec)
		},
		Resolution: uint64(resolution),
	}
	w.Monotonic = capi.Clock{Now: c.nanotime, Resolution: uint64(c.nanotimeResolution)}
	if c.nanotime == nil {
		w.Monotonic = capi.Clock{Now: fakeNanotime(), Resolution: uint64(monoResolution)}
	}
	if w.Sleep = c.nanosleep; w.Sleep == nil {
		w.Sleep = func(int64) {}
	}
	if w.Random = c.random; w.Random == nil {
		w.Random = rand.New(rand.NewSource(fakeRandomSeed))
	}
}

func inputStream(reader io.Reader) capi.Stream {
	if reader == nil {
		return capi.Stream{FD: -1}
	}
	return capi.Stream{FD: standardDescriptor(reader), Reader: reader}
}

func outputStream(writer io.Writer) capi.Stream {
	if writer == nil {
		return capi.Stream{FD: -1}
	}
	return capi.Stream{FD: standardDescriptor(writer), Writer: writer}
}

// standardDescriptor is the descriptor behind the process's own streams, which the guest can then use directly, or
// -1 for everything else.
func standardDescriptor(stream any) int {
	file, ok := stream.(*os.File)
	if !ok || file != os.Stdin && file != os.Stdout && file != os.Stderr {
		return -1
	}
	descriptor := -1
	if conn, err := file.SyscallConn(); err == nil {
		_ = conn.Control(func(fd uintptr) {
			if fd <= 2 {
				descriptor = int(fd)
			}
		})
	}
	return descriptor
}
