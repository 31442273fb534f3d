//! Memories of every kind as guests and the host see them at once: several, 64-bit ones, pages of one byte.

use crate::{engines, instantiate};
use wasmrt::{ErrorKind, Extern, Instance, Memory, MemoryType, Module, Store, StoreLimits};

const GIB: u64 = 1 << 30;

#[test]
fn pages_of_one_byte_are_counted_as_such_by_guest_and_host() {
    for engine in engines(|config| config) {
        let mut store = Store::new(&engine, ());
        let memory = Memory::new(&mut store, MemoryType::new(3, Some(5000)).with_byte_pages()).unwrap();
        let module = Module::new(
            &engine,
            r#"(module (memory (import "" "m") 3 5000 (pagesize 1))
              (func (export "size") (result i32) (memory.size))
              (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
              (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
              (func (export "store") (param i32) (i32.store16 (local.get 0) (i32.const 0x0201))))"#,
        );
        let instance = Instance::new(&mut store, &module.unwrap(), &[Extern::Memory(memory)]).unwrap();
        let size = instance.get_typed_func::<(), i32>(&store, "size").unwrap();
        let grow = instance.get_typed_func::<i32, i32>(&store, "grow").unwrap();
        let load = instance.get_typed_func::<i32, i32>(&store, "load").unwrap();
        let put = instance.get_typed_func::<i32, ()>(&store, "store").unwrap();
        assert_eq!((memory.size(&store).unwrap(), memory.data_size(&store).unwrap()), (3, 3));
        put.call(&mut store, 1).unwrap();
        assert!(put.call(&mut store, 2).is_err() && load.call(&mut store, 3).is_err());
        assert_eq!(memory.data(&store).unwrap(), [0, 1, 2]);
        assert_eq!(grow.call(&mut store, 1).unwrap(), 3);
        assert_eq!(memory.grow(&mut store, 4094).unwrap(), 4, "onto another page of the host");
        assert_eq!(size.call(&mut store, ()).unwrap(), 4098);
        assert_eq!(load.call(&mut store, 4097).unwrap(), 0);
        assert!(load.call(&mut store, 4098).is_err());
        assert_eq!(grow.call(&mut store, 903).unwrap(), -1);
        assert_eq!(*memory.grow(&mut store, 903).unwrap_err().kind(), ErrorKind::Limit);
        assert_eq!(grow.call(&mut store, 902).unwrap(), 4098);
        assert_eq!(memory.ty(&store).unwrap(), MemoryType::new(5000, Some(5000)).with_byte_pages());
        let other = Module::new(&engine, r#"(module (memory (import "" "m") 1))"#).unwrap();
        let error = Instance::new(&mut store, &other, &[Extern::Memory(memory)]).unwrap_err();
        assert!(error.to_string().contains("memory 5000 5000 (pagesize 1)"), "{error}");
    }
}

#[test]
fn a_64_bit_memory_is_used_beyond_4_gib() {
    let text = format!(
        r#"(module (memory (export "m") i64 {pages})
          (func (export "near") (param i64) (result i64) (i64.load (local.get 0)))
          (func (export "far") (param i64) (result i64) (i64.load offset=0x1_0000_0000 (local.get 0)))
          (func (export "store") (param i64 i64) (i64.store (local.get 0) (local.get 1)))
          (func (export "copy") (param i64 i64 i64) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
          (func (export "size") (result i64) (memory.size)))"#,
        pages = ((4 * GIB) >> 16) + 1
    );
    for engine in engines(|config| config) {
        let (mut store, instance) = instantiate(&engine, &text);
        let near = instance.get_typed_func::<i64, i64>(&store, "near").unwrap();
        let far = instance.get_typed_func::<i64, i64>(&store, "far").unwrap();
        let put = instance.get_typed_func::<(i64, i64), ()>(&store, "store").unwrap();
        let copy = instance.get_typed_func::<(i64, i64, i64), ()>(&store, "copy").unwrap();
        let size = instance.get_typed_func::<(), i64>(&store, "size").unwrap();
        let base = 4 * GIB as i64;
        assert_eq!(size.call(&mut store, ()).unwrap(), 65537);
        put.call(&mut store, (base + 65528, 0x0123_4567_89ab_cdef)).unwrap();
        assert_eq!(near.call(&mut store, base + 65528).unwrap(), 0x0123_4567_89ab_cdef);
        assert_eq!(far.call(&mut store, 65528).unwrap(), 0x0123_4567_89ab_cdef);
        assert!(near.call(&mut store, base + 65529).is_err() && far.call(&mut store, 65529).is_err());
        assert!(near.call(&mut store, 65528).is_ok_and(|value| value == 0), "the upper half counts");
        copy.call(&mut store, (16, base + 65528, 8)).unwrap();
        assert_eq!(near.call(&mut store, 16).unwrap(), 0x0123_4567_89ab_cdef);
        let memory = instance.get_memory(&store, "m").unwrap();
        let mut bytes = [0; 8];
        memory.read(&store, base as usize + 65528, &mut bytes).unwrap();
        assert_eq!(u64::from_le_bytes(bytes), 0x0123_4567_89ab_cdef);
    }
}

#[test]
fn a_minimum_that_cannot_be_had_is_a_limit() {
    for engine in engines(|config| config) {
        let mut store = Store::new(&engine, ());
        for (text, limit) in [
            ("(module (memory i64 0x1_0000_0000_0000))", None),
            ("(module (memory i64 0xffff_ffff_ffff_ffff (pagesize 1)))", None),
            ("(module (memory i64 0x1_0000_0000_0000))", Some(1 << 20)),
            ("(module (table i64 0x1000_0000_0000_0000 funcref))", None),
        ] {
            store.set_limits(StoreLimits { memory_bytes: limit, ..StoreLimits::default() });
            let module = Module::new(&engine, text).unwrap();
            let error = Instance::new(&mut store, &module, &[]).unwrap_err();
            assert_eq!(*error.kind(), ErrorKind::Limit, "{text}: {error}");
        }
    }
}

#[test]
fn each_of_several_memories_has_its_own_size_bytes_and_bounds() {
    let text = r#"(module
      (memory $a (export "a") 1) (memory $b (export "b") i64 2) (memory $c (export "c") 10 (pagesize 1))
      (func (export "swap") (param i32) (local i32)
        (local.set 1 (i32.load8_u $a (local.get 0)))
        (i32.store8 $a (local.get 0) (i32.load8_u $b (i64.extend_i32_u (local.get 0))))
        (i32.store8 $b (i64.extend_i32_u (local.get 0)) (i32.load8_u $c (local.get 0)))
        (i32.store8 $c (local.get 0) (local.get 1)))
      (func (export "sizes") (result i32 i64 i32) (memory.size $a) (memory.size $b) (memory.size $c)))"#;
    for engine in engines(|config| config) {
        let (mut store, instance) = instantiate(&engine, text);
        let memories = ["a", "b", "c"].map(|name| instance.get_memory(&store, name).unwrap());
        for (memory, byte) in memories.iter().zip(1..) {
            memory.write(&mut store, 9, &[byte]).unwrap();
        }
        let swap = instance.get_typed_func::<i32, ()>(&store, "swap").unwrap();
        swap.call(&mut store, 9).unwrap();
        let mut found = [0; 3];
        for (memory, byte) in memories.iter().zip(&mut found) {
            memory.read(&store, 9, std::slice::from_mut(byte)).unwrap();
        }
        assert_eq!(found, [2, 3, 1]);
        assert!(swap.call(&mut store, 10).is_err());
        let sizes = instance.get_typed_func::<(), (i32, i64, i32)>(&store, "sizes").unwrap();
        assert_eq!(sizes.call(&mut store, ()).unwrap(), (1, 2, 10));
        memories[1].grow(&mut store, 3).unwrap();
        assert_eq!(sizes.call(&mut store, ()).unwrap(), (1, 5, 10));
    }
}
