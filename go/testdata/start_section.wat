(module $starts
  (import "env" "init" (func $init))
  (memory (export "memory") 1)
  (func $start (call $init))
  (start $start))
