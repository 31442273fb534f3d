;; A WASI command that counts the primes below a limit with a sieve and prints how many there are.
(module $primes
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 64)
  (data (i32.const 16) "\20primes below 4000000\0a")
  (global $limit i32 (i32.const 4000000))
  ;; One byte for each number: 1 once it is known to be a product.
  (global $sieve i32 (i32.const 65536))

  (func $strike_multiples (param $prime i32)
    (local $multiple i32)
    (local.set $multiple (i32.mul (local.get $prime) (local.get $prime)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $multiple) (global.get $limit)))
        (i32.store8 (i32.add (global.get $sieve) (local.get $multiple)) (i32.const 1))
        (local.set $multiple (i32.add (local.get $multiple) (local.get $prime)))
        (br $next))))

  (func $is_struck (param $number i32) (result i32)
    (i32.load8_u (i32.add (global.get $sieve) (local.get $number))))

  (func $count (result i32)
    (local $number i32) (local $primes i32)
    (local.set $number (i32.const 2))
    (loop $next
      (if (i32.eqz (call $is_struck (local.get $number)))
        (then
          (local.set $primes (i32.add (local.get $primes) (i32.const 1)))
          (if (i32.le_u (local.get $number) (i32.const 2000))
            (then (call $strike_multiples (local.get $number))))))
      (local.set $number (i32.add (local.get $number) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $number) (global.get $limit))))
    (local.get $primes))

  ;; Writes the number's digits so that they end at byte 16, and answers where they begin.
  (func $decimal (param $number i32) (result i32)
    (local $at i32)
    (local.set $at (i32.const 16))
    (loop $digit
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $number) (i32.const 10))))
      (local.set $number (i32.div_u (local.get $number) (i32.const 10)))
      (br_if $digit (local.get $number)))
    (local.get $at))

  (func (export "_start")
    (local $text i32)
    (local.set $text (call $decimal (call $count)))
    (i32.store (i32.const 64) (local.get $text))
    (i32.store (i32.const 68) (i32.sub (i32.const 38) (local.get $text)))
    (if (call $fd_write (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 72))
      (then (call $proc_exit (i32.const 1))))))
