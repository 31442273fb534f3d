(module $hello
  (import "env" "print" (func $print (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "Hello from the guest!\n")
  ;; Prints the greeting as often as asked and returns the number of bytes.
  (func (export "greet") (param $times i32) (result i32)
    (local $bytes i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $times)))
        (call $print (i32.const 0) (i32.const 22))
        (local.set $bytes (i32.add (local.get $bytes) (i32.const 22)))
        (local.set $times (i32.sub (local.get $times) (i32.const 1)))
        (br $next)))
    (local.get $bytes)))
