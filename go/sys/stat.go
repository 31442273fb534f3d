package sys

import "io/fs"

// Inode identifies a file on its device; zero means unknown.
type Inode = uint64

// EpochNanos is a time in nanoseconds since 1970-01-01T00:00:00Z.
type EpochNanos = int64

// Stat_t is the status of a file. A fs.FileInfo whose Sys is a *Stat_t decides every field itself.
type Stat_t struct {
	// Dev is the device that holds the file.
	Dev uint64
	// Ino is the file's number on that device.
	Ino Inode
	// Mode is the type and the permissions.
	Mode fs.FileMode
	// Nlink is the number of hard links.
	Nlink uint64
	// Size is the length in bytes; of a symbolic link, that of its target's name.
	Size int64
	// Atim is the last access.
	Atim EpochNanos
	// Mtim is the last change of the content.
	Mtim EpochNanos
	// Ctim is the last change of the status.
	Ctim EpochNanos
}

// NewStat_t reads the status out of info, with what the operating system adds where it is known.
func NewStat_t(info fs.FileInfo) Stat_t {
	if st, ok := info.Sys().(*Stat_t); ok {
		return *st
	}
	if st, ok := statFromOS(info); ok {
		return st
	}
	modified := info.ModTime().UnixNano()
	return Stat_t{
		Mode: info.Mode(), Nlink: 1, Size: info.Size(),
		Atim: modified, Mtim: modified, Ctim: modified,
	}
}
