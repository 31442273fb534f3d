//! Blocks, loops, branches and returns.

use super::{
    Translator,
    emit::Region,
    exception::Handler,
    held::Held,
};
use crate::{
    jit::abi,
    trap::TrapCode,
    types::{TypeIdx, ValType},
};
use cranelift_codegen::ir::{
    Block, BlockArg, BlockCall, InstBuilder, JumpTableData, Value,
};
use wasmparser::{BlockType, BrTable};

/// An open block, loop or `if`; the outermost is the function's body.
pub(super) struct Frame {
    kind: FrameKind,
    /// Where the code after the frame goes on, with the results as parameters.
    following: Block,
    /// Whether anything branches to `following`.
    following_reached: bool,
    params_len: usize,
    results_len: usize,
    /// Operands below the frame's parameters.
    height: usize,
    /// What catches exceptions, if `try_table` opened the frame.
    pub(super) handler: Option<Handler>,
}

enum FrameKind {
    Block,
    Loop { header: Block },
    If { otherwise: Block, params: Vec<Value> },
}

impl Translator<'_> {
    fn block_types(&self, ty: BlockType) -> (Vec<Held>, Vec<Held>) {
        match ty {
            BlockType::Empty => (Vec::new(), Vec::new()),
            BlockType::Type(ty) => (Vec::new(), vec![Held::of_parsed(ty, self.module.info)]),
            BlockType::FuncType(index) => {
                let ty = self.module.info.func_type_at(TypeIdx(index));
                let list = |types: &[ValType]| types.iter().map(|ty| Held::of(*ty)).collect();
                (list(ty.params()), list(ty.results()))
            }
        }
    }

    fn block_with_params(&mut self, params: &[Held]) -> Block {
        let block = self.builder.create_block();
        for held in params {
            let param = self.builder.append_block_param(block, held.ty);
            self.declare(param, *held);
        }
        block
    }

    /// Opens a frame whose parameters are on top of the stack.
    fn push_frame(&mut self, kind: FrameKind, params_len: usize, results: &[Held]) {
        let following = self.block_with_params(results);
        self.frames.push(Frame {
            kind,
            following,
            following_reached: false,
            params_len,
            results_len: results.len(),
            height: self.stack.len() - params_len,
            handler: None,
        });
    }

    /// Opens the frame of the function's body.
    pub(super) fn enter_body(&mut self) {
        let results: Vec<Held> = self.ty.results().iter().map(|ty| Held::of(*ty)).collect();
        self.push_frame(FrameKind::Block, 0, &results);
    }

    pub(super) fn block(&mut self, ty: BlockType) {
        let (params, results) = self.block_types(ty);
        self.push_frame(FrameKind::Block, params.len(), &results);
    }

    pub(super) fn loop_(&mut self, ty: BlockType) {
        let (params, results) = self.block_types(ty);
        let header = self.block_with_params(&params);
        let args = self.top_args(params.len());
        self.builder.ins().jump(header, &args);
        self.push_frame(FrameKind::Loop { header }, params.len(), &results);
        self.stack.truncate(self.stack.len() - params.len());
        self.builder.switch_to_block(header);
        self.stack.extend_from_slice(self.builder.block_params(header));
        if self.module.settings.interruption {
            self.poll_interrupt();
        }
    }

    pub(super) fn if_(&mut self, ty: BlockType) {
        let condition = self.pop();
        let (params, results) = self.block_types(ty);
        let then = self.builder.create_block();
        let otherwise = self.builder.create_block();
        self.builder.ins().brif(condition, then, &[], otherwise, &[]);
        self.builder.seal_block(otherwise);
        self.start_block(then);
        let values = self.stack[self.stack.len() - params.len()..].to_vec();
        self.push_frame(FrameKind::If { otherwise, params: values }, params.len(), &results);
    }

    pub(super) fn else_(&mut self) {
        let frame = self.frames.len() - 1;
        if self.reachable {
            self.branch(0);
        }
        self.stack.truncate(self.frames[frame].height);
        let FrameKind::If { otherwise, params } =
            std::mem::replace(&mut self.frames[frame].kind, FrameKind::Block)
        else {
            unreachable!("[valid-module]")
        };
        self.builder.switch_to_block(otherwise);
        self.stack.extend(params);
        self.reachable = true;
    }

    pub(super) fn end(&mut self) {
        let fallthrough = self.reachable;
        if fallthrough {
            let frame = &mut self.frames.last_mut().expect("[valid-module]");
            frame.following_reached = true;
            let (following, results_len) = (frame.following, frame.results_len);
            let args = self.top_args(results_len);
            self.builder.ins().jump(following, &args);
        }
        let mut frame = self.frames.pop().expect("[valid-module]");
        match &frame.kind {
            FrameKind::Block => {}
            FrameKind::Loop { header } => self.builder.seal_block(*header),
            FrameKind::If { otherwise, params } => {
                // No `else`: the parameters are the results.
                self.builder.switch_to_block(*otherwise);
                let args: Vec<BlockArg> = params.iter().copied().map(BlockArg::from).collect();
                self.builder.ins().jump(frame.following, &args);
                frame.following_reached = true;
            }
        }
        self.stack.truncate(frame.height);
        if let Some(handler) = frame.handler {
            self.land(handler);
        }
        self.reachable = frame.following_reached;
        if self.reachable {
            self.start_block(frame.following);
            self.stack.extend_from_slice(self.builder.block_params(frame.following));
            if self.frames.is_empty() {
                self.return_values();
            }
        }
    }

    /// The top operands as arguments of a branch.
    fn top_args(&self, count: usize) -> Vec<BlockArg> {
        self.stack[self.stack.len() - count..].iter().copied().map(BlockArg::from).collect()
    }

    /// Where a branch to `depth` goes and how many operands it takes; notes that something goes there.
    fn branch_target(&mut self, depth: u32) -> (Block, usize) {
        let index = self.frames.len() - 1 - depth as usize;
        let frame = &mut self.frames[index];
        if let FrameKind::Loop { header } = frame.kind {
            return (header, frame.params_len);
        }
        frame.following_reached = true;
        (frame.following, frame.results_len)
    }

    /// Ends the block with a branch.
    pub(super) fn branch(&mut self, depth: u32) {
        let (block, count) = self.branch_target(depth);
        let args = self.top_args(count);
        self.builder.ins().jump(block, &args);
    }

    pub(super) fn br(&mut self, depth: u32) {
        self.branch(depth);
        self.reachable = false;
    }

    pub(super) fn br_if(&mut self, depth: u32) {
        let condition = self.pop();
        self.branch_if(condition, depth);
    }

    /// Branches with the top operands if `condition` is not zero, else goes on with them.
    pub(super) fn branch_if(&mut self, condition: Value, depth: u32) {
        let (block, count) = self.branch_target(depth);
        let args = self.top_args(count);
        let next = self.builder.create_block();
        self.builder.ins().brif(condition, block, &args, next, &[]);
        self.start_block(next);
    }

    pub(super) fn br_table(&mut self, targets: &BrTable<'_>) -> wasmparser::Result<()> {
        let index = self.pop();
        let mut entries = Vec::with_capacity(targets.len() as usize);
        for depth in targets.targets() {
            entries.push(self.branch_call(depth?));
        }
        let default = self.branch_call(targets.default());
        let table = self.builder.create_jump_table(JumpTableData::new(default, &entries));
        self.builder.ins().br_table(index, table);
        self.reachable = false;
        Ok(())
    }

    /// Each entry has a list of arguments of its own, even if two go to one block: the builder adds to each list what
    /// the locals there turn out to need.
    fn branch_call(&mut self, depth: u32) -> BlockCall {
        let (block, count) = self.branch_target(depth);
        let args = self.top_args(count);
        BlockCall::new(block, args, &mut self.builder.func.dfg.value_lists)
    }

    pub(super) fn return_(&mut self) {
        self.return_values();
        self.reachable = false;
    }

    /// Ends the block by returning the top operands.
    fn return_values(&mut self) {
        let results = self.pop_many(self.ty.results().len());
        let Some(area) = self.result_area else {
            self.builder.ins().return_(&results);
            return;
        };
        let region = self.region(Region::Results);
        let mut at = 0;
        for value in results {
            let value = abi::widen(&mut self.builder, value);
            let ty = self.builder.func.dfg.value_type(value);
            self.builder.ins().store(abi::slot_flags(ty).with_alias_region(region), value, area, at);
            at += ty.bytes() as i32;
        }
        self.builder.ins().return_(&[]);
    }

    pub(super) fn unreachable(&mut self) {
        self.trap(TrapCode::Unreachable);
        self.reachable = false;
    }
}
