;; Writes a line in two pieces, then exits with 3.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\40\00\00\00\07\00\00\00\47\00\00\00\06\00\00\00")
  (data (i32.const 64) "hello, world\n")
  (func (export "_start")
    (if (call $fd_write (i32.const 1) (i32.const 0) (i32.const 2) (i32.const 32)) (then unreachable))
    (if (i32.ne (i32.load (i32.const 32)) (i32.const 13)) (then unreachable))
    (call $proc_exit (i32.const 3))
    unreachable))
