/* What the Go side needs in C: callbacks that enter Go, and the thread's current call, by which a callback finds the
 * context of the call that led to it. Go values cross as integers of the registry in handle.go. */
#ifndef WASMRT_GO_SHIM_H
#define WASMRT_GO_SHIM_H

#if !__has_include("wasmrt.h")
#error "wasmrt.h and libwasmrt.a are missing: run `make go-lib` in the repository, or build with -tags wasmrt_system"
#endif
#include "wasmrt.h"
/* Changes with the bundled library and header, which cgo does not look at, so that packages are built anew. */
#if __has_include("archive.h")
#include "archive.h"
#endif

wasmrt_error *wasmrt_go_call(wasmrt_store *store, const wasmrt_func *func, uint64_t *slots, size_t slots_len,
                             uintptr_t call, size_t *out_outer_frames);
wasmrt_error *wasmrt_go_instantiate(const wasmrt_linker *linker, wasmrt_store *store, const wasmrt_module *module,
                                    wasmrt_instance *out_instance, uintptr_t call);
wasmrt_error *wasmrt_go_define_func(wasmrt_linker *linker, const char *module, size_t module_len, const char *name,
                                    size_t name_len, const uint32_t *types, size_t params_len, size_t results_len,
                                    uintptr_t env);

wasmrt_error *wasmrt_go_wasi_stdin(wasmrt_wasi_config *config, uintptr_t env);
wasmrt_error *wasmrt_go_wasi_output(wasmrt_wasi_config *config, uint32_t stream, uintptr_t env);
wasmrt_error *wasmrt_go_wasi_wall_clock(wasmrt_wasi_config *config, uint64_t resolution, uintptr_t env);
wasmrt_error *wasmrt_go_wasi_monotonic_clock(wasmrt_wasi_config *config, uint64_t resolution, uintptr_t env);
wasmrt_error *wasmrt_go_wasi_random(wasmrt_wasi_config *config, uintptr_t env);
wasmrt_error *wasmrt_go_wasi_sleep(wasmrt_wasi_config *config, uintptr_t env);

#endif
