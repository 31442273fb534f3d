;; Writes one line to standard output and ends. Run it: wasmrt run examples/wat/hello.wat
(module $hello
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param $fd i32) (param $parts i32) (param $parts_len i32) (param $written i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))

  (memory (export "memory") 1)
  (data (i32.const 16) "Hello from WebAssembly!\n")

  ;; One part: address and length of the text.
  (data (i32.const 0) "\10\00\00\00\18\00\00\00")

  (func $main (export "_start")
    (local $error i32)
    (local.set $error (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (if (local.get $error)
      (then (call $proc_exit (i32.const 1))))))
