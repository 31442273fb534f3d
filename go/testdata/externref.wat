(module $refs
  (import "env" "twice" (func $twice (param externref) (result externref)))
  (global $kept (export "kept") (mut externref) (ref.null extern))
  (func (export "pass") (param externref) (result externref) (call $twice (local.get 0)))
  (func (export "keep") (param externref) (global.set $kept (local.get 0)))
  (func (export "is_null") (param externref) (result i32) (ref.is_null (local.get 0))))
