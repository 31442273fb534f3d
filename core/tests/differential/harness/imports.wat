;; What a generated module may import: the neighbour's exports.
(module
  (type $unary (func (param i32) (result i32)))
  (import "neighbour" "tag" (tag (param i32 i64)))
  (import "neighbour" "memory" (memory 1 4))
  (import "neighbour" "table" (table 10 20 funcref))
  (import "neighbour" "counter" (global (mut i32)))
  (import "neighbour" "constant" (global i64))
  (import "neighbour" "count" (func (type $unary)))
  (import "neighbour" "store" (func (type $unary)))
  (import "neighbour" "many"
    (func (param i64 f64 i32 f32 i64 f64 i32 f32 i64) (result i64 f32 i32 f64 i64 f32 i32)))
  (import "neighbour" "call" (func (type $unary)))
  (import "neighbour" "tail_call" (func (type $unary)))
  (import "neighbour" "throw" (func (param i32 i64)))
  (import "neighbour" "catch" (func (type $unary))))
