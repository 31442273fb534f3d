//! Tags.

use super::{AsContext, AsContextMut};
use crate::{
    error::{Error, Result},
    store::{Handle, StoreInner, TagEntry, stale},
    types::FuncType,
    vm::exception::TagId,
};

/// A tag of a store: what tells exceptions of one kind from those of others.
///
/// Two tags are the same if and only if one was made from the other by exporting and importing; that their types are
/// equal says nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Tag {
    store: u64,
    handle: Handle,
}

impl Tag {
    pub(crate) fn from_handle(store: u64, handle: Handle) -> Tag {
        Tag { store, handle }
    }

    /// A tag as numbers: store, index, generation; see [`Tag::from_parts`].
    pub fn to_parts(&self) -> (u64, u32, u32) {
        (self.store, self.handle.index, self.handle.generation)
    }

    /// The tag of [`Tag::to_parts`]. Numbers that name none are found out at use.
    pub fn from_parts(store: u64, index: u32, generation: u32) -> Tag {
        Tag { store, handle: Handle { index, generation } }
    }

    pub(crate) fn handle(&self) -> Handle {
        self.handle
    }

    pub(crate) fn store_id(&self) -> u64 {
        self.store
    }

    /// A tag of the host's own, whose exceptions carry values of the parameter types of `ty`; it must have no results:
    /// `Usage`.
    pub fn new(mut cx: impl AsContextMut, ty: FuncType) -> Result<Tag> {
        if !ty.results().is_empty() {
            return Err(Error::usage(format!("a tag has no results, but {ty} has")));
        }
        let cx = cx.as_context_mut();
        let signature = cx.inner().engine.signatures.intern(&ty);
        let entry = TagEntry { id: TagId::fresh(), ty, signature, owner: None };
        Ok(Tag { store: cx.inner().id, handle: cx.inner().state().tag_handle(entry) })
    }

    pub(crate) fn entry(&self, store: &StoreInner) -> Result<TagEntry> {
        store.check_id(self.store, "tag")?;
        store.state().tags.get(self.handle).cloned().ok_or_else(|| stale("tag"))
    }

    /// The type, whose parameters are what exceptions carry.
    pub fn ty(&self, cx: impl AsContext) -> Result<FuncType> {
        Ok(self.entry(cx.as_context().inner())?.ty)
    }
}
