package wasmrt

import (
	"io"
	"io/fs"
	"slices"

	"github.com/libwasmrt/libwasmrt/go/sys"
)

// ModuleConfig says what an instance gets from its surroundings. Nothing is inherited from the process: without
// configuration a guest has no arguments, environment or files, its output is discarded, its input is empty, and its
// clocks and random numbers are the same on every run.
//
// It never changes: each With method returns a new value. Mistakes come to light when a module is instantiated.
type ModuleConfig interface {
	// WithArgs sets the arguments, the program's name included.
	WithArgs(...string) ModuleConfig

	// WithEnv sets an environment variable; setting it again replaces the value in place.
	WithEnv(key, value string) ModuleConfig

	// WithFS mounts a file system, read-only, at the root. Nil removes every mount.
	WithFS(fs.FS) ModuleConfig

	// WithFSConfig sets the mounts. Nil removes every mount.
	WithFSConfig(FSConfig) ModuleConfig

	// WithName overrides the name of the module. The empty name makes it anonymous: there may be any number of such
	// instances, which nobody can import.
	WithName(string) ModuleConfig

	// WithStartFunctions names the exported functions to call when the module is instantiated, in order; missing ones
	// are skipped. The default is "_start".
	WithStartFunctions(...string) ModuleConfig

	// WithStderr sets where the guest's error output goes. The default discards it.
	WithStderr(io.Writer) ModuleConfig

	// WithStdin sets where the guest's input comes from. The default is empty.
	WithStdin(io.Reader) ModuleConfig

	// WithStdout sets where the guest's output goes. The default discards it.
	WithStdout(io.Writer) ModuleConfig

	// WithWalltime sets the clock of calendar time and its resolution in nanoseconds. The default starts at
	// 2022-01-01T00:00:00Z and goes on by a millisecond with each reading.
	WithWalltime(sys.Walltime, sys.ClockResolution) ModuleConfig

	// WithSysWalltime uses the system's clock of calendar time.
	WithSysWalltime() ModuleConfig

	// WithNanotime sets the monotonic clock and its resolution in nanoseconds. The default starts at zero and goes on
	// by a millisecond with each reading.
	WithNanotime(sys.Nanotime, sys.ClockResolution) ModuleConfig

	// WithSysNanotime uses the system's monotonic clock.
	WithSysNanotime() ModuleConfig

	// WithNanosleep sets how a guest sleeps. The default returns at once.
	WithNanosleep(sys.Nanosleep) ModuleConfig

	// WithSysNanosleep uses time.Sleep.
	WithSysNanosleep() ModuleConfig

	// WithOsyield sets how a guest gives way to others. The default does nothing.
	WithOsyield(sys.Osyield) ModuleConfig

	// WithRandSource sets where random bytes come from. The default is the same on every run; use crypto/rand.Reader
	// for bytes that cannot be guessed.
	WithRandSource(io.Reader) ModuleConfig
}

type envVar struct{ key, value string }

type moduleConfig struct {
	name           string
	nameSet        bool
	startFunctions []string
	args           []string
	env            []envVar
	mounts         *fsConfig
	stdin          io.Reader
	stdout, stderr io.Writer

	walltime           sys.Walltime
	walltimeResolution sys.ClockResolution
	nanotime           sys.Nanotime
	nanotimeResolution sys.ClockResolution
	nanosleep          sys.Nanosleep
	osyield            sys.Osyield
	random             io.Reader
}

// NewModuleConfig returns a configuration that only calls "_start".
func NewModuleConfig() ModuleConfig {
	return &moduleConfig{startFunctions: []string{"_start"}}
}

func (c *moduleConfig) with(change func(*moduleConfig)) ModuleConfig {
	changed := *c
	change(&changed)
	return &changed
}

func (c *moduleConfig) WithArgs(args ...string) ModuleConfig {
	return c.with(func(c *moduleConfig) { c.args = slices.Clone(args) })
}

func (c *moduleConfig) WithEnv(key, value string) ModuleConfig {
	return c.with(func(c *moduleConfig) {
		c.env = slices.Clone(c.env)
		if at := slices.IndexFunc(c.env, func(v envVar) bool { return v.key == key }); at >= 0 {
			c.env[at].value = value
		} else {
			c.env = append(c.env, envVar{key, value})
		}
	})
}

func (c *moduleConfig) WithFS(fsys fs.FS) ModuleConfig {
	if fsys == nil {
		return c.WithFSConfig(nil)
	}
	return c.WithFSConfig(NewFSConfig().WithFSMount(fsys, ""))
}

func (c *moduleConfig) WithFSConfig(config FSConfig) ModuleConfig {
	return c.with(func(c *moduleConfig) { c.mounts, _ = config.(*fsConfig) })
}

func (c *moduleConfig) WithName(name string) ModuleConfig {
	return c.with(func(c *moduleConfig) { c.name, c.nameSet = name, true })
}

func (c *moduleConfig) WithStartFunctions(names ...string) ModuleConfig {
	return c.with(func(c *moduleConfig) { c.startFunctions = slices.Clone(names) })
}

func (c *moduleConfig) WithStderr(stderr io.Writer) ModuleConfig {
	return c.with(func(c *moduleConfig) { c.stderr = stderr })
}

func (c *moduleConfig) WithStdin(stdin io.Reader) ModuleConfig {
	return c.with(func(c *moduleConfig) { c.stdin = stdin })
}

func (c *moduleConfig) WithStdout(stdout io.Writer) ModuleConfig {
	return c.with(func(c *moduleConfig) { c.stdout = stdout })
}

func (c *moduleConfig) WithWalltime(clock sys.Walltime, resolution sys.ClockResolution) ModuleConfig {
	return c.with(func(c *moduleConfig) { c.walltime, c.walltimeResolution = clock, resolution })
}

func (c *moduleConfig) WithNanotime(clock sys.Nanotime, resolution sys.ClockResolution) ModuleConfig {
	return c.with(func(c *moduleConfig) { c.nanotime, c.nanotimeResolution = clock, resolution })
}

func (c *moduleConfig) WithNanosleep(sleep sys.Nanosleep) ModuleConfig {
	return c.with(func(c *moduleConfig) { c.nanosleep = sleep })
}

func (c *moduleConfig) WithOsyield(yield sys.Osyield) ModuleConfig {
	return c.with(func(c *moduleConfig) { c.osyield = yield })
}

func (c *moduleConfig) WithRandSource(source io.Reader) ModuleConfig {
	return c.with(func(c *moduleConfig) { c.random = source })
}

// moduleConfigOf copies what a caller handed over, which may be nil.
func moduleConfigOf(config ModuleConfig) *moduleConfig {
	if c, ok := config.(*moduleConfig); ok && c != nil {
		copied := *c
		return &copied
	}
	return NewModuleConfig().(*moduleConfig)
}
