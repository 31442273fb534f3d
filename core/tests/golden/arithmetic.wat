(module
  (func (export "gcd") (param $a i32) (param $b i32) (result i32)
    (loop $again (result i32)
      (if (result i32) (i32.eqz (local.get $b))
        (then (local.get $a))
        (else
          (local.get $b)
          (local.set $b (i32.rem_u (local.get $a) (local.get $b)))
          (local.set $a)
          (br $again)))))
  (func (export "floor") (param f64) (result i32)
    (i32.trunc_f64_s (f64.floor (local.get 0)))))
