//! Code that lives as long as the engine, in a `JITModule` of Cranelift's.

use crate::{jit::Trampolines, vm::ArrayEntry};
use cranelift_codegen::{
    Context,
    ir::{Signature, UserFuncName},
    isa::OwnedTargetIsa,
};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, Module, ModuleError, default_libcall_names};
use std::mem;

/// Functions made one after another, all freed at the end.
pub(in crate::jit) struct PermanentCode {
    /// `None` only while it is dropped.
    module: Option<JITModule>,
    context: Context,
    builder_context: FunctionBuilderContext,
}

// SAFETY: [code-live] the addresses are those of immutable code that any thread may call.
unsafe impl Send for Trampolines {}
// SAFETY: [code-live] as above.
unsafe impl Sync for Trampolines {}

impl PermanentCode {
    pub(in crate::jit) fn new(isa: OwnedTargetIsa) -> PermanentCode {
        let module = JITModule::new(JITBuilder::with_isa(isa, default_libcall_names()));
        PermanentCode { module: Some(module), context: Context::new(), builder_context: FunctionBuilderContext::new() }
    }

    fn module(&mut self) -> &mut JITModule {
        self.module.as_mut().expect("present until dropped")
    }

    /// Defines a function; it can be called once `finish` has been.
    pub(in crate::jit) fn define(
        &mut self,
        signature: Signature,
        build: impl FnOnce(&mut FunctionBuilder<'_>),
    ) -> Result<FuncId, Box<ModuleError>> {
        let id = self.module().declare_anonymous_function(&signature)?;
        let frontend = self.module().isa().frontend_config();
        self.context.clear();
        self.context.func.name = UserFuncName::user(0, id.as_u32());
        self.context.func.signature = signature;
        let mut builder = FunctionBuilder::new(&mut self.context.func, &mut self.builder_context);
        let entry = builder.create_block();
        builder.append_block_params_for_function_params(entry);
        builder.switch_to_block(entry);
        builder.seal_block(entry);
        build(&mut builder);
        builder.finalize(frontend);
        let module = self.module.as_mut().expect("present until dropped");
        module.define_function(id, &mut self.context)?;
        Ok(id)
    }

    /// Makes a pair of functions callable; the first has the signature of [`ArrayEntry`].
    pub(in crate::jit) fn finish(
        &mut self,
        array_entry: FuncId,
        host_entry: FuncId,
    ) -> Result<Trampolines, Box<ModuleError>> {
        self.module().finalize_definitions()?;
        let address = self.module().get_finalized_function(array_entry);
        // SAFETY: [code-live] the code was made for exactly this signature.
        let array_entry = unsafe { mem::transmute::<*const u8, ArrayEntry>(address) };
        Ok(Trampolines { array_entry, host_entry: self.module().get_finalized_function(host_entry) })
    }
}

impl Drop for PermanentCode {
    fn drop(&mut self) {
        if let Some(module) = self.module.take() {
            // SAFETY: [code-live] stores keep their engine, and with it its compiler, so nothing runs this code now.
            unsafe { module.free_memory() };
        }
    }
}
