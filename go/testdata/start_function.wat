(module $st
  (import "env" "init" (func $init))
  (func (export "_start") (call $init)))
