(module
  ;; Constants become immediates on either side.
  (func (param i32) (result i32)
    (i32.add (i32.const 7) (i32.sub (local.get 0) (i32.const 3))))
  ;; One too large for an immediate takes a register.
  (func (param i64) (result i64)
    (i64.mul (local.get 0) (i64.const 0x123456789abcdef)))
  (func (param i64) (result i32)
    (i64.gt_s (i64.const 5) (local.get 0)))
  ;; Zero extension and reinterpretation leave nothing behind.
  (func (param i32 f64) (result i64)
    (i64.add (i64.extend_i32_u (local.get 0)) (i64.reinterpret_f64 (local.get 1))))
  (func (param f32 f32) (result f32)
    (select (f32.max (local.get 0) (local.get 1)) (f32.const 1) (f32.gt (local.get 0) (local.get 1)))))
