;; Copies standard input to the file "out" of the first granted directory and answers with the number of bytes.
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 16) "out")
  (func $check (param i32) (if (local.get 0) (then unreachable)))
  (func (export "copy") (result i32)
    (local $fd i32) (local $total i32) (local $len i32)
    (call $check (call $path_open (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 3)
      (i32.const 9) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 32)))
    (local.set $fd (i32.load (i32.const 32)))
    (loop $next
      (i32.store (i32.const 0) (i32.const 65536))
      (i32.store (i32.const 4) (i32.const 1000))
      (call $check (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 32)))
      (local.set $len (i32.load (i32.const 32)))
      (if (local.get $len) (then
        (i32.store (i32.const 4) (local.get $len))
        (call $check (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 32)))
        (local.set $total (i32.add (local.get $total) (i32.load (i32.const 32))))
        (br $next))))
    (call $check (call $fd_close (local.get $fd)))
    (local.get $total)))
