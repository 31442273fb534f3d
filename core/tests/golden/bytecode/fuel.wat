(module
  (func (param i32) (result i32)
    (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (if (local.get 0) (then nop) (else (return (i32.const 1))))
    (local.get 0)))
