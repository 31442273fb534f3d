(module
  ;; A pending local survives a change of the local.
  (func (param i32) (result i32)
    local.get 0
    local.get 0
    i32.const 1
    i32.add
    local.set 0
    local.get 0
    i32.sub)
  ;; The result goes straight into the local.
  (func (param i32 i32)
    (local.set 0 (i32.mul (local.get 0) (local.get 1)))
    (local.set 1 (local.tee 0 (i32.const 9))))
  ;; An arm may change it: copied before the block.
  (func (param i32) (result i32)
    local.get 0
    (if (local.get 0) (then (local.set 0 (i32.const 3))))
    local.get 0
    i32.add))
