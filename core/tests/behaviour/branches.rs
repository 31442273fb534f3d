//! Branches whose targets the specification's suite does not combine with values that differ by path.

use crate::{engines, instantiate};

#[test]
fn a_table_of_branches_may_name_a_target_often_while_locals_differ_by_path() {
    // Four locals differ by path at `$end`: more than fit beside one another in the smallest list of arguments.
    let text = r#"(module
      (func (export "walk") (param $kind i32) (param $a i32) (result i32)
        (local $b i32) (local $c i32) (local $d i32)
        (block $end
          (block $middle
            (block $early
              (br_if $early (i32.eqz (local.get $a)))
              (local.set $b (i32.const 10))
              (local.set $c (i32.const 20))
              (local.set $d (i32.const 30))
              (br_table $end $middle $end $middle $end $early $end (local.get $kind)))
            (local.set $a (i32.add (local.get $a) (i32.const 1)))
            (local.set $b (i32.add (local.get $b) (i32.const 100)))
            (local.set $d (i32.add (local.get $d) (i32.const 300)))
            (br_table $end $end $middle $end (local.get $kind)))
          (local.set $c (i32.add (local.get $c) (i32.const 2000))))
        (i32.add (i32.add (local.get $a) (local.get $b)) (i32.add (local.get $c) (local.get $d)))))"#;
    for engine in engines(|config| config) {
        let (mut store, instance) = instantiate(&engine, text);
        let walk = instance.get_typed_func::<(i32, i32), i32>(&store, "walk").expect("the export's type");
        let results = [0, 1, 2, 3, 4, 5, 6].map(|kind| walk.call(&mut store, (kind, 5)).expect("no trap"));
        assert_eq!(results, [65, 2065, 65, 2065, 65, 466, 65]);
        let early = [0, 1, 2, 3].map(|kind| walk.call(&mut store, (kind, 0)).expect("no trap"));
        assert_eq!(early, [401, 401, 2401, 401]);
    }
}
