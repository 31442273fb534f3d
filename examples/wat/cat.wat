;; Copies standard input to standard output. Run it: echo text | wasmrt run examples/wat/cat.wat
(module $cat
  (import "wasi_snapshot_preview1" "fd_read"
    (func $fd_read (param $fd i32) (param $parts i32) (param $parts_len i32) (param $read i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param $fd i32) (param $parts i32) (param $parts_len i32) (param $written i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))

  (memory (export "memory") 2)

  ;; 0: address of the part, 4: its length, 8: how much was transferred, 65536: the bytes.
  (func $main (export "_start")
    (local $rest i32)
    (loop $again
      (i32.store (i32.const 0) (i32.const 65536))
      (i32.store (i32.const 4) (i32.const 65536))
      (if (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8))
        (then (call $proc_exit (i32.const 1))))
      (local.set $rest (i32.load (i32.const 8)))
      (if (local.get $rest)
        (then
          (loop $write
            (i32.store (i32.const 4) (local.get $rest))
            (if (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))
              (then (call $proc_exit (i32.const 1))))
            (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.load (i32.const 8))))
            (local.set $rest (i32.sub (local.get $rest) (i32.load (i32.const 8))))
            (br_if $write (local.get $rest)))
          (br $again))))))
