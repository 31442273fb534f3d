//! Defined types interned per engine: equal recursion groups of all modules get equal numbers, so that comparing two
//! types is comparing two integers, and subtyping one look into a list.

use crate::types::{ConcreteType, FuncType, HeapType, RefType, SubType, ValType};
use std::{
    collections::HashMap,
    num::NonZeroU32,
    ops::Range,
    sync::{Arc, PoisonError, RwLock},
};

/// The number of a defined type in its engine.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
#[repr(transparent)]
pub struct SignatureId(pub NonZeroU32);

/// In the key of a group: a reference to the group's own type at this position.
const OWN: u32 = 1 << 31;

/// The defined types of an engine. Types stay for the engine's life.
#[derive(Debug, Default)]
pub struct TypeRegistry {
    inner: RwLock<Interned>,
}

#[derive(Debug, Default)]
struct Interned {
    /// The first number of a group, by the group's types with own references relative.
    by_group: HashMap<Box<[SubType]>, u32>,
    /// By number, from 1.
    types: Vec<Arc<RegisteredType>>,
}

/// A type with the engine's numbers in it.
#[derive(Debug)]
pub struct RegisteredType {
    /// The type.
    pub ty: SubType,
    /// The declared supertypes from the outermost on, and the type itself last.
    pub lineage: Box<[u32]>,
}

impl TypeRegistry {
    /// The numbers of a module's types, which come with their indices as numbers.
    pub fn intern_module(&self, types: &[SubType], groups: &[Range<u32>]) -> Arc<[u32]> {
        let mut ids: Vec<u32> = Vec::with_capacity(types.len());
        for group in groups {
            let members = &types[group.start as usize..group.end as usize];
            let key = members.iter().map(|ty| {
                ty.renumbered(&|index| {
                    if index < group.start { ids[index as usize] } else { OWN | (index - group.start) }
                })
            });
            let first = self.intern_group(key.collect());
            ids.extend(first..first + members.len() as u32);
        }
        ids.into()
    }

    /// The number of a function type whose own references have the engine's numbers.
    pub fn intern(&self, ty: &FuncType) -> SignatureId {
        let first = self.intern_group(Box::new([SubType::func(ty.clone())]));
        SignatureId(NonZeroU32::new(first).expect("numbers start at 1"))
    }

    fn intern_group(&self, key: Box<[SubType]>) -> u32 {
        if let Some(first) = self.read().by_group.get(&key) {
            return *first;
        }
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(first) = inner.by_group.get(&key) {
            return *first;
        }
        let first = inner.types.len() as u32 + 1;
        for (id, ty) in (first..).zip(&key) {
            let ty = ty.renumbered(&|number| if number & OWN == 0 { number } else { first + (number & !OWN) });
            let mut lineage =
                ty.supertype.map_or(Vec::new(), |supertype| inner.types[supertype as usize - 1].lineage.to_vec());
            lineage.push(id);
            inner.types.push(Arc::new(RegisteredType { ty, lineage: lineage.into() }));
        }
        inner.by_group.insert(key, first);
        first
    }

    /// The function type with this number.
    pub fn get(&self, id: SignatureId) -> Option<FuncType> {
        self.registered(id.0.get())?.ty.as_func().cloned()
    }

    /// The type with this number.
    pub fn registered(&self, id: u32) -> Option<Arc<RegisteredType>> {
        self.read().types.get((id as usize).checked_sub(1)?).cloned()
    }

    /// Whether the type `sub` is `sup` or declared below it (spec: "Matching", defined types).
    pub fn is_subtype(&self, sub: u32, sup: u32) -> bool {
        if sub == sup {
            return true;
        }
        let inner = self.read();
        let lineage = |id: u32| inner.types.get((id as usize).wrapping_sub(1)).map(|registered| &registered.lineage);
        let (Some(below), Some(above)) = (lineage(sub), lineage(sup)) else { return false };
        below.get(above.len() - 1) == Some(&sup)
    }

    /// Whether every `sub` is a `sup` (spec: "Matching", heap types).
    pub fn heap_type_matches(&self, sub: HeapType, sup: HeapType) -> bool {
        match (sub, sup) {
            (HeapType::Concrete(ConcreteType { id: sub, .. }), HeapType::Concrete(ConcreteType { id: sup, .. })) => {
                self.is_subtype(sub, sup)
            }
            _ => sub.matches_abstract(sup),
        }
    }

    /// Whether every `sub` is a `sup` (spec: "Matching", reference types).
    pub fn ref_type_matches(&self, sub: RefType, sup: RefType) -> bool {
        (sup.nullable || !sub.nullable) && self.heap_type_matches(sub.heap, sup.heap)
    }

    /// Whether every `sub` is a `sup` (spec: "Matching", value types).
    pub fn val_type_matches(&self, sub: ValType, sup: ValType) -> bool {
        match (sub, sup) {
            (ValType::Ref(sub), ValType::Ref(sup)) => self.ref_type_matches(sub, sup),
            _ => sub == sup,
        }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Interned> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{module, types::Features};

    fn ids(registry: &TypeRegistry, text: &str) -> Vec<u32> {
        let mut features = Features::default();
        (features.gc, features.function_references) = (true, true);
        let info = module::decode(wat::parse_str(text).unwrap(), &features).unwrap();
        registry.intern_module(&info.types, &info.rec_groups).to_vec()
    }

    #[test]
    fn equal_groups_get_equal_numbers_and_others_do_not() {
        let registry = TypeRegistry::default();
        let list = |a: u32| {
            let b = a + 1;
            format!("(rec (type (sub (struct (field (ref null {b}))))) (type (sub (struct (field (ref null {a}))))))")
        };
        let first = ids(&registry, &format!("(module {})", list(0)));
        let second = ids(&registry, &format!("(module (type (func)) {} {})", list(1), list(3)));
        assert_eq!(second[1..3], first);
        assert_eq!(second[3..5], first);
        assert_ne!(second[0], first[0]);
        let alone = ids(&registry, "(module (type $a (sub (struct (field (ref null $a))))))");
        assert!(!first.contains(&alone[0]));
    }

    #[test]
    fn a_type_is_a_subtype_of_what_it_declares_and_of_nothing_else() {
        let registry = TypeRegistry::default();
        let types = ids(
            &registry,
            "(module (type $a (sub (struct))) (type $b (sub $a (struct (field i32)))) (type $c (sub $b (struct (field i32) (field i64))))
               (type $d (sub $a (struct (field f32)))))",
        );
        let [a, b, c, d] = types[..] else { panic!("four types") };
        for (sub, sup) in [(a, a), (b, a), (c, b), (c, a), (d, a)] {
            assert!(registry.is_subtype(sub, sup));
        }
        for (sub, sup) in [(a, b), (d, b), (b, d), (c, d)] {
            assert!(!registry.is_subtype(sub, sup));
        }
    }

    #[test]
    fn a_function_type_of_the_host_is_the_same_as_that_of_a_module() {
        let registry = TypeRegistry::default();
        let module = ids(&registry, "(module (type (func (param i32) (result i64))))");
        assert_eq!(registry.intern(&FuncType::new([ValType::I32], [ValType::I64])).0.get(), module[0]);
    }
}
