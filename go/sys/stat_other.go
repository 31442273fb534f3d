//go:build !linux

package sys

import "io/fs"

func statFromOS(fs.FileInfo) (Stat_t, bool) { return Stat_t{}, false }
