//! Closing instances and freeing what nothing can reach any more.
//!
//! An instance that is closed, that no other imports from, that no call runs in and whose functions never got
//! beyond it is freed at once. One whose functions may stand in foreign tables or globals waits until no call runs in
//! the store; then everything reachable from open instances and from the host's own objects is marked and the rest
//! of the closed ones is freed.

use super::{Handle, InstanceData, Roots, State, StoreInner, arena::Arena};
use crate::{
    types::ValType,
    vm::{
        Table,
        gc::{HeapCell, Visited},
        pointers::FuncPtr,
    },
};
use std::{collections::HashSet, sync::atomic::Ordering};

impl StoreInner {
    /// Marks an instance as closed and frees it as soon as that is safe. Returns whether the handle named one.
    pub fn close_instance(&self, handle: Handle) -> bool {
        let mut state = self.state();
        let Some(data) = state.instances.get_mut(handle) else { return false };
        data.closed = true;
        let freed = self.collect(&mut state, handle);
        drop(state);
        drop(freed);
        true
    }

    /// Frees `closed` and whatever only it kept, if that is safe now. The caller drops the result outside the lock.
    #[must_use]
    pub fn collect(&self, state: &mut State, closed: Handle) -> Vec<InstanceData> {
        let mut freed = Vec::new();
        let mut candidates = vec![closed];
        while let Some(handle) = candidates.pop() {
            let Some(data) = state.instances.get(handle) else { continue };
            if !data.closed || data.active > 0 {
                continue;
            }
            if data.leaked || data.importers > 0 {
                if self.active.load(Ordering::SeqCst) == 0 {
                    freed.extend(self.sweep(state));
                } else {
                    self.unsettled.store(true, Ordering::SeqCst);
                }
                continue;
            }
            free(state, handle, &mut freed, &mut candidates);
        }
        freed
    }

    /// Frees the closed instances that nothing can reach any more, if no call runs. Returns whether there were any.
    pub fn free_unreachable(&self) -> bool {
        let mut state = self.state();
        if self.active.load(Ordering::SeqCst) != 0 {
            return false;
        }
        let freed = self.sweep(&mut state);
        drop(state);
        !freed.is_empty()
    }

    /// Called when the last call has left the store: frees what had to wait for it, and unreachable host objects.
    pub fn settle(&self) {
        let mut state = self.state();
        if self.active.load(Ordering::SeqCst) != 0 {
            return;
        }
        self.unsettled.store(false, Ordering::SeqCst);
        let freed = self.sweep(&mut state);
        // Where objects may refer to them, the collector does it.
        let sweeps = state.externs.sweep_due() && !self.has_heap.load(Ordering::SeqCst);
        let objects = if sweeps { state.sweep_externs() } else { Vec::new() };
        drop(state);
        drop((freed, objects));
    }
}

fn free(state: &mut State, handle: Handle, freed: &mut Vec<InstanceData>, candidates: &mut Vec<Handle>) {
    let Some(data) = state.instances.remove(handle) else { return };
    state.take_back(&data.handles);
    for provider in &data.providers {
        if let Some(provider_data) = state.instances.get_mut(*provider) {
            provider_data.importers -= 1;
            candidates.push(*provider);
        }
    }
    freed.push(data);
}

impl StoreInner {
    /// Frees what can be freed, unless somebody works on the heap: then whoever is next to leave the store does it.
    fn sweep(&self, state: &mut State) -> Vec<InstanceData> {
        if !self.gate.try_enter() {
            self.unsettled.store(true, Ordering::SeqCst);
            return Vec::new();
        }
        let freed = sweep(state, &self.heap, &self.roots);
        self.gate.leave();
        freed
    }
}

/// Frees every closed instance that no open instance and nothing of the host's own can reach.
fn sweep(state: &mut State, objects: &HeapCell, roots: &Roots) -> Vec<InstanceData> {
    let mut reached = HashSet::new();
    let pending = state.instances.iter().filter(|(_, data)| !data.closed).map(|(handle, _)| handle).collect();
    let mut search = Search { pending, objects, visited: Visited::default() };
    let host_tables = state.tables.iter().filter(|(_, entry)| entry.owner.is_none());
    host_tables.for_each(|(_, entry)| search.table(&entry.table));
    for (_, entry) in state.globals.iter().filter(|(_, entry)| entry.owner.is_none()) {
        search.value(entry.ty.content, entry.cell.read());
    }
    roots.each_mut(&mut |reference| search.object(*reference));
    while let Some(handle) = search.pending.pop() {
        if let Some(data) = state.instances.get(handle)
            && reached.insert(handle)
        {
            search.pending.extend(&data.providers);
            data.vm.tables.iter().for_each(|table| search.table(table));
            data.each_global(|ty, slots| search.value(ty, slots));
            data.vm.segments.each_reference_mut(|reference| search.object(*reference));
        }
    }
    let unreached = |instances: &Arena<InstanceData>| -> Vec<Handle> {
        instances.iter().map(|(handle, _)| handle).filter(|handle| !reached.contains(handle)).collect()
    };
    let (mut freed, mut providers) = (Vec::new(), Vec::new());
    for handle in unreached(&state.instances) {
        free(state, handle, &mut freed, &mut providers);
    }
    freed
}

/// The instances found so far, whose own references are still to be looked at. No call runs in the store.
struct Search<'a> {
    pending: Vec<Handle>,
    objects: &'a HeapCell,
    visited: Visited,
}

impl Search<'_> {
    fn value(&mut self, ty: ValType, slots: [u64; 2]) {
        match ty {
            ValType::Ref(ty) if ty.is_gc() => self.object(slots[0]),
            ValType::Ref(_) => owner_of(slots[0], &mut self.pending),
            _ => {}
        }
    }

    fn table(&mut self, table: &Table) {
        let ty = ValType::Ref(table.ty().element);
        (0..table.len()).for_each(|index| self.value(ty, [table.get_raw(index).unwrap_or(0), 0]));
    }

    fn object(&mut self, reference: u64) {
        let Search { pending, objects, visited } = self;
        objects.each_function_from(reference, visited, |function| owner_of(function, pending));
    }
}

fn owner_of(function: u64, owners: &mut Vec<Handle>) {
    if let Some(func) = FuncPtr::from_raw(function) {
        let (index, generation) = func.owner();
        owners.push(Handle { index, generation });
    }
}

impl InstanceData {
    /// Every global with its current value.
    pub fn each_global(&self, mut visit: impl FnMut(ValType, [u64; 2])) {
        for (index, ty) in self.module.info.globals.iter().enumerate() {
            let global = crate::types::GlobalIdx(index as u32);
            if let Some(cell) = crate::vm::pointers::CellPtr::of(&self.vm, global) {
                visit(ty.content, cell.read());
            }
        }
    }
}

impl State {
    /// Takes out the host objects that no table and no global names. Only when no call runs in the store, and no object
    /// can refer to them.
    fn sweep_externs(&mut self) -> Vec<super::Object> {
        let State { instances, tables, globals, externs, .. } = self;
        let mut mark = |reference: &mut u64| externs.mark(*reference as u32);
        for (_, data) in instances.iter() {
            data.vm.tables.iter().for_each(|table| table.each_reference_mut(&mut mark));
            data.vm.segments.each_reference_mut(&mut mark);
            data.each_global(|ty, slots| object_in(ty, slots, &mut mark));
        }
        tables.iter().for_each(|(_, entry)| entry.table.each_reference_mut(&mut mark));
        globals.iter().for_each(|(_, entry)| object_in(entry.ty.content, entry.cell.read(), &mut mark));
        externs.sweep(false)
    }
}

fn object_in(ty: ValType, slots: [u64; 2], visit: &mut dyn FnMut(&mut u64)) {
    if let ValType::Ref(ty) = ty
        && ty.is_gc()
    {
        visit(&mut { slots[0] });
    }
}
