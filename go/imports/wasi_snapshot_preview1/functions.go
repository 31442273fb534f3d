package wasi_snapshot_preview1

import (
	"strings"

	"github.com/libwasmrt/libwasmrt/go/api"
)

// function is a system call: its parameters in one line, "name" for an i32 and "name:i64" for an i64.
type function struct {
	name     string
	params   string
	noResult bool
}

// parameters are the types and the names.
func (f function) parameters() (types []api.ValueType, names []string) {
	for _, param := range strings.Fields(f.params) {
		name, wide := strings.CutSuffix(param, ":i64")
		ty := api.ValueTypeI32
		if wide {
			ty = api.ValueTypeI64
		}
		types, names = append(types, ty), append(names, name)
	}
	return types, names
}

// The system calls of WASI preview 1 (wasi_snapshot_preview1.witx), in the order of that document.
var functions = []function{
	{name: "args_get", params: "argv argv_buf"},
	{name: "args_sizes_get", params: "result.argc result.argv_len"},
	{name: "environ_get", params: "environ environ_buf"},
	{name: "environ_sizes_get", params: "result.environc result.environv_len"},
	{name: "clock_res_get", params: "id result.resolution"},
	{name: "clock_time_get", params: "id precision:i64 result.timestamp"},
	{name: "fd_advise", params: "fd offset:i64 len:i64 advice"},
	{name: "fd_allocate", params: "fd offset:i64 len:i64"},
	{name: "fd_close", params: "fd"},
	{name: "fd_datasync", params: "fd"},
	{name: "fd_fdstat_get", params: "fd result.stat"},
	{name: "fd_fdstat_set_flags", params: "fd flags"},
	{name: "fd_fdstat_set_rights", params: "fd fs_rights_base:i64 fs_rights_inheriting:i64"},
	{name: "fd_filestat_get", params: "fd result.filestat"},
	{name: "fd_filestat_set_size", params: "fd size:i64"},
	{name: "fd_filestat_set_times", params: "fd atim:i64 mtim:i64 fst_flags"},
	{name: "fd_pread", params: "fd iovs iovs_len offset:i64 result.nread"},
	{name: "fd_prestat_get", params: "fd result.prestat"},
	{name: "fd_prestat_dir_name", params: "fd path path_len"},
	{name: "fd_pwrite", params: "fd iovs iovs_len offset:i64 result.nwritten"},
	{name: "fd_read", params: "fd iovs iovs_len result.nread"},
	{name: "fd_readdir", params: "fd buf buf_len cookie:i64 result.bufused"},
	{name: "fd_renumber", params: "fd to"},
	{name: "fd_seek", params: "fd offset:i64 whence result.newoffset"},
	{name: "fd_sync", params: "fd"},
	{name: "fd_tell", params: "fd result.offset"},
	{name: "fd_write", params: "fd iovs iovs_len result.nwritten"},
	{name: "path_create_directory", params: "fd path path_len"},
	{name: "path_filestat_get", params: "fd flags path path_len result.filestat"},
	{name: "path_filestat_set_times", params: "fd flags path path_len atim:i64 mtim:i64 fst_flags"},
	{name: "path_link", params: "old_fd old_flags old_path old_path_len new_fd new_path new_path_len"},
	{name: "path_open", params: "fd dirflags path path_len oflags fs_rights_base:i64 fs_rights_inheriting:i64 fdflags result.opened_fd"},
	{name: "path_readlink", params: "fd path path_len buf buf_len result.bufused"},
	{name: "path_remove_directory", params: "fd path path_len"},
	{name: "path_rename", params: "fd old_path old_path_len new_fd new_path new_path_len"},
	{name: "path_symlink", params: "old_path old_path_len fd new_path new_path_len"},
	{name: "path_unlink_file", params: "fd path path_len"},
	{name: "poll_oneoff", params: "in out nsubscriptions result.nevents"},
	{name: "proc_exit", params: "rval", noResult: true},
	{name: "proc_raise", params: "sig"},
	{name: "sched_yield"},
	{name: "random_get", params: "buf buf_len"},
	{name: "sock_accept", params: "fd flags result.fd"},
	{name: "sock_recv", params: "fd ri_data ri_data_len ri_flags result.ro_datalen result.ro_flags"},
	{name: "sock_send", params: "fd si_data si_data_len si_flags result.so_datalen"},
	{name: "sock_shutdown", params: "fd how"},
}
