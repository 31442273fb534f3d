//go:build cgo && linux && amd64

#include "shim.h"
#include "_cgo_export.h"

/* The innermost call that Go made on this thread. A callback runs on the thread of the call that led to it. */
static _Thread_local uintptr_t current_call;
/* What the innermost host function on this thread was given. */
static _Thread_local wasmrt_caller *current_caller;

wasmrt_error *wasmrt_go_call(wasmrt_store *store, const wasmrt_func *func, uint64_t *slots, size_t slots_len,
                             uintptr_t call, size_t *out_outer_frames) {
  uintptr_t outer = current_call;
  current_call = call;
  wasmrt_error *error = wasmrt_func_call_slots(store, func, slots, slots_len);
  current_call = outer;
  if (error && current_caller) *out_outer_frames = wasmrt_caller_frames_len(current_caller);
  return error;
}

wasmrt_error *wasmrt_go_instantiate(const wasmrt_linker *linker, wasmrt_store *store, const wasmrt_module *module,
                                    wasmrt_instance *out_instance, uintptr_t call) {
  uintptr_t outer = current_call;
  current_call = call;
  wasmrt_error *error = wasmrt_linker_instantiate(linker, store, module, out_instance);
  current_call = outer;
  return error;
}

static wasmrt_error *host_call(void *env, wasmrt_caller *caller, uint64_t *slots, size_t slots_len) {
  wasmrt_instance instance = {0};
  /* Without a calling instance the value stays zero, which stands for the host. */
  wasmrt_error_delete(wasmrt_caller_instance(caller, &instance));
  uintptr_t call = current_call;
  wasmrt_caller *outer = current_caller;
  current_caller = caller;
  wasmrt_error *error =
      wasmrtGoHostCall((uintptr_t)env, call, instance.index, instance.generation, instance.store != 0, slots, slots_len);
  current_call = call;
  current_caller = outer;
  return error;
}

static void release(void *env) { wasmrtGoRelease((uintptr_t)env); }

wasmrt_error *wasmrt_go_define_func(wasmrt_linker *linker, const char *module, size_t module_len, const char *name,
                                    size_t name_len, const uint32_t *types, size_t params_len, size_t results_len,
                                    uintptr_t env) {
  wasmrt_func_type type = {types, params_len, types + params_len, results_len};
  return wasmrt_linker_define_func(linker, module, module_len, name, name_len, &type, host_call, (void *)env, release);
}

static int64_t wasi_read(void *env, uint8_t *buffer, size_t buffer_len) {
  return wasmrtGoRead((uintptr_t)env, buffer, buffer_len);
}

static int64_t wasi_write(void *env, const uint8_t *bytes, size_t bytes_len) {
  return wasmrtGoWrite((uintptr_t)env, (uint8_t *)bytes, bytes_len);
}

static uint64_t wasi_clock(void *env) { return wasmrtGoClock((uintptr_t)env); }

static int32_t wasi_random(void *env, uint8_t *buffer, size_t buffer_len) {
  return wasmrtGoRandom((uintptr_t)env, buffer, buffer_len);
}

static void wasi_sleep(void *env, uint64_t nanoseconds) { wasmrtGoSleep((uintptr_t)env, nanoseconds); }

wasmrt_error *wasmrt_go_wasi_stdin(wasmrt_wasi_config *config, uintptr_t env) {
  return wasmrt_wasi_config_set_stdin_callback(config, wasi_read, (void *)env, release);
}

wasmrt_error *wasmrt_go_wasi_output(wasmrt_wasi_config *config, uint32_t stream, uintptr_t env) {
  return wasmrt_wasi_config_set_output_callback(config, stream, wasi_write, (void *)env, release);
}

wasmrt_error *wasmrt_go_wasi_wall_clock(wasmrt_wasi_config *config, uint64_t resolution, uintptr_t env) {
  return wasmrt_wasi_config_set_wall_clock(config, wasi_clock, resolution, (void *)env, release);
}

wasmrt_error *wasmrt_go_wasi_monotonic_clock(wasmrt_wasi_config *config, uint64_t resolution, uintptr_t env) {
  return wasmrt_wasi_config_set_monotonic_clock(config, wasi_clock, resolution, (void *)env, release);
}

wasmrt_error *wasmrt_go_wasi_random(wasmrt_wasi_config *config, uintptr_t env) {
  return wasmrt_wasi_config_set_random(config, wasi_random, (void *)env, release);
}

wasmrt_error *wasmrt_go_wasi_sleep(wasmrt_wasi_config *config, uintptr_t env) {
  return wasmrt_wasi_config_set_sleep(config, wasi_sleep, (void *)env, release);
}
