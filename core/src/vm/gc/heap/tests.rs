use super::*;
use crate::{
    types::{CompositeType, FieldType, HeapType, RefType, StorageType, ValType},
    vm::gc::{HOST_KIND, Visited, layout::ObjectLayout},
};
use std::collections::HashSet;

const NODE: u32 = 1;
const LIST: u32 = 2;
const HOLDER: u32 = 3;
const NODE_BYTES: u64 = 24;

fn field(ty: ValType) -> FieldType {
    FieldType { storage: StorageType::Val(ty), mutable: true }
}

fn ty(composite: CompositeType) -> SubType {
    SubType { is_final: true, supertype: None, composite }
}

fn types() -> [(u32, SubType); 3] {
    let any = field(ValType::Ref(RefType::null(HeapType::Any)));
    [
        (NODE, ty(CompositeType::Struct([any, field(ValType::I32), any].into()))),
        (LIST, ty(CompositeType::Array(any))),
        (HOLDER, ty(CompositeType::Struct([any, field(ValType::FUNCREF)].into()))),
    ]
}

#[derive(Default)]
struct Fixed {
    places: Vec<u64>,
    host_objects: HashSet<u32>,
}

impl Roots for Fixed {
    fn each(&mut self, visit: &mut dyn FnMut(&mut u64)) {
        self.places.iter_mut().for_each(visit);
    }

    fn host_object(&mut self, reference: u32) {
        self.host_objects.insert(reference);
    }
}

struct Store {
    heap: Heap,
    roots: Fixed,
    max_bytes: u64,
}

impl Store {
    fn new() -> Store {
        let mut heap = Heap::new();
        let types = types();
        heap.register(types.iter().map(|(id, ty)| (*id, ty)));
        Store { heap, roots: Fixed::default(), max_bytes: MAX_HEAP_BYTES }
    }

    fn allocate(&mut self, ty: u32, len: u32, bytes: u64) -> Result<u32, Full> {
        // SAFETY: [heap-access] The heap is this value's own, and what the test holds is in `roots`.
        unsafe {
            if let Some(offset) = Heap::allocate(&raw mut self.heap.vm, ty, len, bytes) {
                return Ok(offset);
            }
            self.heap.make_room(bytes, self.max_bytes, &mut self.roots)?;
            Ok(Heap::allocate(&raw mut self.heap.vm, ty, len, bytes).expect("there is room"))
        }
    }

    fn node(&mut self, number: u32) -> u32 {
        let node = self.allocate(NODE, 0, NODE_BYTES).unwrap();
        self.write(node, 12, number);
        node
    }

    fn collect(&mut self) {
        // SAFETY: [heap-access] As in `allocate`.
        unsafe { self.heap.collect(0, self.max_bytes, &mut self.roots).unwrap() };
    }

    fn place(&self, object: u32, offset: u32) -> *mut u32 {
        self.heap.vm.base.wrapping_add(object as usize + offset as usize).cast()
    }

    fn read(&self, object: u32, offset: u32) -> u32 {
        // SAFETY: [heap-objects] The tests know their objects.
        unsafe { self.place(object, offset).read() }
    }

    fn write(&self, object: u32, offset: u32, value: u32) {
        // SAFETY: [heap-objects] As above.
        unsafe { self.place(object, offset).write(value) }
    }

    fn root(&self, index: usize) -> u32 {
        self.roots.places[index] as u32
    }
}

#[test]
fn the_types_of_these_tests_have_the_sizes_they_use() {
    let [(_, node), _, (_, holder)] = types();
    assert_eq!(ObjectLayout::of(&node).object_bytes(0), NODE_BYTES);
    assert_eq!(ObjectLayout::of(&holder).field(1).offset, 16);
}

#[test]
fn what_is_reached_survives_with_its_contents_and_the_rest_goes() {
    let mut store = Store::new();
    let last = store.node(3);
    let first = store.node(1);
    store.write(first, 8, last);
    store.write(last, 8, first);
    store.node(99);
    store.roots.places = vec![first.into(), 0, 7 << 1 | 1, first.into()];
    store.collect();
    let first = store.root(0);
    assert_eq!(store.root(3), first, "two places that held one reference still do");
    assert_eq!((store.root(1), store.root(2)), (0, 15));
    let last = store.read(first, 8);
    assert_eq!((store.read(first, 12), store.read(last, 12), store.read(last, 8)), (1, 3, first));
    assert_eq!(store.heap.stats().live_bytes, 2 * NODE_BYTES);
    store.roots.places.clear();
    store.collect();
    assert_eq!(store.heap.stats().used_bytes, 0);
}

#[test]
fn objects_start_zeroed_also_in_memory_that_was_used_before() {
    let mut store = Store::new();
    for round in 0..200_000 {
        let list = store.allocate(LIST, 10, 48).unwrap();
        for index in 0..10 {
            assert_eq!(store.read(list, 8 + 4 * index), 0, "round {round}");
            store.write(list, 8 + 4 * index, round << 1 | 1);
        }
    }
    assert!(store.heap.stats().collections > 5);
    assert!(store.heap.stats().capacity_bytes <= 2 << 20);
}

#[test]
fn a_heap_grows_with_what_is_live_and_shrinks_again() {
    let mut store = Store::new();
    store.roots.places = vec![0];
    for number in 0..400_000 {
        let node = store.node(number);
        store.write(node, 8, store.root(0));
        store.roots.places[0] = node.into();
    }
    assert!(store.heap.stats().capacity_bytes > 400_000 * NODE_BYTES);
    let (mut node, mut expected) = (store.root(0), 400_000);
    while node != 0 {
        expected -= 1;
        assert_eq!(store.read(node, 12), expected);
        node = store.read(node, 8);
    }
    assert_eq!(expected, 0);
    store.roots.places[0] = 0;
    (0..3).for_each(|_| store.collect());
    assert!(store.heap.stats().capacity_bytes <= 2 << 20);
}

#[test]
fn a_full_heap_says_so_and_serves_again_once_there_is_room() {
    let mut store = Store::new();
    store.max_bytes = 3 << 20;
    store.roots.places = vec![0];
    let full = loop {
        match store.allocate(NODE, 0, NODE_BYTES) {
            Ok(node) => {
                store.write(node, 8, store.root(0));
                store.roots.places[0] = node.into();
            }
            Err(full) => break full,
        }
    };
    assert_eq!(full, Full::Limit(3 << 20));
    assert!(store.heap.stats().used_bytes > (3 << 20) - 2 * NODE_BYTES);
    assert_eq!(store.allocate(LIST, 1 << 20, 8 + (4 << 20)), Err(Full::Limit(3 << 20)));
    store.roots.places[0] = 0;
    assert!(store.allocate(NODE, 0, NODE_BYTES).is_ok());
    assert_eq!(store.allocate(LIST, 1 << 20, 8 + (4 << 20)), Err(Full::Limit(3 << 20)));
    assert!(store.allocate(LIST, 1 << 19, 8 + (2 << 20)).is_ok());
}

#[test]
fn host_objects_are_told_wherever_they_stand() {
    let mut store = Store::new();
    let list = store.allocate(LIST, 3, 24).unwrap();
    let host = |index: u32| index << 2 | HOST_KIND;
    store.write(list, 12, host(5));
    let dead = store.allocate(LIST, 1, 16).unwrap();
    store.write(dead, 8, host(6));
    store.roots.places = vec![list.into(), host(0).into()];
    store.collect();
    assert_eq!(store.roots.host_objects, HashSet::from([host(5), host(0)]));
}

#[test]
fn functions_are_found_through_objects_without_moving_them() {
    let mut store = Store::new();
    let holders = [store.allocate(HOLDER, 0, 24).unwrap(), store.allocate(HOLDER, 0, 24).unwrap()];
    for (holder, function) in holders.into_iter().zip([0x1000, 0x2000]) {
        store.write(holder, 16, function);
    }
    store.write(holders[0], 8, holders[1]);
    store.write(holders[1], 8, holders[0]);
    let (mut visited, mut found) = (Visited::default(), Vec::new());
    // SAFETY: [heap-access] [heap-objects] The heap and its objects are this test's.
    unsafe { store.heap.each_function_from(holders[0].into(), &mut visited, |function| found.push(function)) };
    found.sort_unstable();
    assert_eq!(found, [0x1000, 0x2000]);
    // SAFETY: As above.
    unsafe { store.heap.each_function_from(holders[1].into(), &mut visited, |_| panic!("visited already")) };
}

/// Changes a graph at random and compares it with one that is kept beside it.
#[test]
fn a_graph_that_changes_at_random_keeps_its_shape() {
    const ROOTS: usize = 16;
    for is_stressed in [false, true] {
        let mut store = Store::new();
        if is_stressed {
            store.heap.stress();
        }
        store.roots.places = vec![0; ROOTS];
        let mut model: Vec<[usize; 2]> = vec![[0; 2]];
        let mut model_roots = [0; ROOTS];
        let mut state = 1u64;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        for _ in 0..if is_stressed { 3_000 } else { 300_000 } {
            let (to, from) = (random(ROOTS), random(ROOTS));
            match random(4) {
                0 | 1 => {
                    let node = store.node(model.len() as u32);
                    store.roots.places[to] = node.into();
                    model_roots[to] = model.len();
                    model.push([0; 2]);
                }
                2 if model_roots[to] != 0 => {
                    let side = random(2);
                    store.write(store.root(to), 8 + 8 * side as u32, store.root(from));
                    model[model_roots[to]][side] = model_roots[from];
                }
                3 if model_roots[from] != 0 => {
                    let side = random(2);
                    store.roots.places[to] = store.read(store.root(from), 8 + 8 * side as u32).into();
                    model_roots[to] = model[model_roots[from]][side];
                }
                _ => {}
            }
        }
        assert!(store.heap.stats().collections > 3);
        let mut pending: Vec<(u32, usize)> = (0..ROOTS).map(|root| (store.root(root), model_roots[root])).collect();
        let mut seen = HashSet::new();
        while let Some((node, expected)) = pending.pop() {
            assert_eq!(node == 0, expected == 0);
            if node != 0 && seen.insert(node) {
                assert_eq!(store.read(node, 12), expected as u32);
                let sides = model[expected];
                pending.extend([(store.read(node, 8), sides[0]), (store.read(node, 16), sides[1])]);
            }
        }
    }
}
