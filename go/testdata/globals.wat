(module $globals
  (global (export "fixed") i32 (i32.const 42))
  (global $var (export "var") (mut i64) (i64.const 7))
  (global (export "f32") f32 (f32.const 1))
  (func (export "bump") (global.set $var (i64.add (global.get $var) (i64.const 1)))))
