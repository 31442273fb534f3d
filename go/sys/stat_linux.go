package sys

import (
	"io/fs"
	"syscall"
)

func statFromOS(info fs.FileInfo) (Stat_t, bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return Stat_t{}, false
	}
	return Stat_t{
		Dev: uint64(st.Dev), Ino: st.Ino, Mode: info.Mode(), Nlink: uint64(st.Nlink), Size: st.Size,
		Atim: st.Atim.Nano(), Mtim: st.Mtim.Nano(), Ctim: st.Ctim.Nano(),
	}, true
}
