// Package wasmrt runs WebAssembly modules, compiled to machine code or interpreted.
//
// The API is that of wazero, name for name: a Runtime compiles modules, instantiates them with what they import, and
// calls their functions. Host functions are Go functions, made with Runtime.NewHostModuleBuilder. System calls are in
// package imports/wasi_snapshot_preview1.
//
//	ctx := context.Background()
//	r := wasmrt.NewRuntime(ctx)
//	defer r.Close(ctx)
//	mod, err := r.Instantiate(ctx, wasm)
//	if err != nil {
//		return err
//	}
//	results, err := mod.ExportedFunction("add").Call(ctx, 1, 2)
//
// A Runtime, its compiled modules and its instances may be used from several goroutines at once. Close releases what
// they hold outside Go's memory; what is forgotten is released when it becomes unreachable.
//
// Errors: a guest that ends itself, or whose module is closed, gives a *sys.ExitError. Whatever else the library finds
// wrong is, or wraps, an *Error, which tells the phase, the trap and the guest's stack. What a host function panics
// with is wrapped, so that errors.Is and errors.As find it.
package wasmrt
