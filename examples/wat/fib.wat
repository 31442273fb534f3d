;; Fibonacci numbers, once by recursion and once by a loop.
;; Run it: wasmrt run --invoke fib examples/wat/fib.wat 30
(module $fib
  (func $fib (export "fib") (param $n i32) (result i64)
    (if (result i64) (i32.lt_u (local.get $n) (i32.const 2))
      (then (i64.extend_i32_u (local.get $n)))
      (else
        (i64.add
          (call $fib (i32.sub (local.get $n) (i32.const 1)))
          (call $fib (i32.sub (local.get $n) (i32.const 2)))))))

  (func $fib_loop (export "fib_loop") (param $n i32) (result i64)
    (local $current i64)
    (local $next i64)
    (local.set $next (i64.const 1))
    (block $done
      (loop $step
        (br_if $done (i32.eqz (local.get $n)))
        (local.get $next)
        (local.set $next (i64.add (local.get $current) (local.get $next)))
        (local.set $current)
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $step)))
    (local.get $current)))
