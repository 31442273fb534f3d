package wasmrt

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/libwasmrt/libwasmrt/go/api"
)

// CompilationCache is given to RuntimeConfig.WithCompilationCache. It must be closed after every runtime that uses it.
//
// It is accepted so that programs written for it run; nothing is stored in it yet, and every runtime compiles anew.
type CompilationCache interface{ api.Closer }

type compilationCache struct{ dir string }

// NewCompilationCache returns a cache that lives in memory.
func NewCompilationCache() CompilationCache { return &compilationCache{} }

// NewCompilationCacheWithDir returns a cache that lives in a directory, which is made if it is missing.
func NewCompilationCacheWithDir(dirname string) (CompilationCache, error) {
	dir, err := filepath.Abs(dirname)
	if err != nil {
		return nil, err
	}
	if st, err := os.Stat(dir); err == nil && !st.IsDir() {
		return nil, fmt.Errorf("%s is not dir", dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return &compilationCache{dir: dir}, nil
}

func (c *compilationCache) Close(context.Context) error { return nil }
