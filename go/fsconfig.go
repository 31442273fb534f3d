package wasmrt

import (
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strings"
)

// FSConfig says which files a guest sees, and where. Each mount is one directory that WASI opens beforehand, in the
// order of the calls. It never changes: each With method returns a new value.
type FSConfig interface {
	// WithDirMount mounts a directory of the host for reading and writing. A later mount at the same place replaces it.
	WithDirMount(dir, guestPath string) FSConfig

	// WithReadOnlyDirMount mounts a directory of the host for reading.
	WithReadOnlyDirMount(dir, guestPath string) FSConfig

	// WithFSMount mounts a Go file system for reading. Only os.DirFS is supported so far: instantiating a module that
	// imports WASI fails with any other.
	WithFSMount(fs fs.FS, guestPath string) FSConfig
}

type mount struct {
	guest    string
	dir      string
	readOnly bool
	// fsys is set where no directory of the host stands behind the mount.
	fsys fs.FS
}

type fsConfig struct{ mounts []mount }

// NewFSConfig returns a configuration without mounts.
func NewFSConfig() FSConfig { return &fsConfig{} }

func (c *fsConfig) WithDirMount(dir, guestPath string) FSConfig {
	return c.with(mount{guest: guestPath, dir: dir})
}

func (c *fsConfig) WithReadOnlyDirMount(dir, guestPath string) FSConfig {
	return c.with(mount{guest: guestPath, dir: dir, readOnly: true})
}

func (c *fsConfig) WithFSMount(fsys fs.FS, guestPath string) FSConfig {
	if fsys == nil {
		return c
	}
	if dir, ok := dirOfFS(fsys); ok {
		return c.WithReadOnlyDirMount(dir, guestPath)
	}
	return c.with(mount{guest: guestPath, fsys: fsys, readOnly: true})
}

func (c *fsConfig) with(added mount) FSConfig {
	mounts := slices.Clone(c.mounts)
	key := normalGuestPath(added.guest)
	if at := slices.IndexFunc(mounts, func(m mount) bool { return normalGuestPath(m.guest) == key }); at >= 0 {
		mounts[at] = added
	} else {
		mounts = append(mounts, added)
	}
	return &fsConfig{mounts: mounts}
}

// normalGuestPath makes different spellings of one place equal.
func normalGuestPath(guest string) string {
	return strings.Trim(path.Clean("/"+guest), "/")
}

// guestName is how WASI names the mount to the guest: as given, but the root always as a slash.
func (m mount) guestName() string {
	if normalGuestPath(m.guest) == "" {
		return "/"
	}
	return m.guest
}

// dirOfFS recognises what os.DirFS returns, whose type is a string that has no exported name.
func dirOfFS(fsys fs.FS) (string, bool) {
	ty := reflect.TypeOf(fsys)
	if ty.PkgPath() == "os" && ty.Kind() == reflect.String {
		return reflect.ValueOf(fsys).String(), true
	}
	return "", false
}
