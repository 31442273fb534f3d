/* Calls from threads with little stack of their own end in results or errors, not in crashes. The second argument is how
 * much stack that is, in KiB. */
#define _GNU_SOURCE
#include <alloca.h>
#include <pthread.h>
#include <stdint.h>

#include "check.h"

#define LEFT_TOO_LITTLE_BYTES (12 << 10)

static const char GUEST[] =
    "(module (import \"host\" \"echo\" (func $echo (param i64) (result i64)))"
    "  (func (export \"echo\") (param i64) (result i64) (call $echo (local.get 0)))"
    "  (func $deeper (export \"deeper\") (param i64) (result i64)"
    "    (i64.add (i64.const 1) (call $deeper (local.get 0)))))";

struct job {
  wasmrt_engine *engine;
  wasmrt_module *module;
};

static wasmrt_error *echo(void *env, wasmrt_caller *caller, uint64_t *slots, size_t slots_len) {
  (void)env, (void)caller;
  volatile char used[8 << 10];
  for (size_t i = 0; i < sizeof used; i += 512) used[i] = (char)slots[0];
  CHECK(slots_len == 1);
  return NULL;
}

/* Calls when almost nothing of the thread's stack is left. */
static void call_deep_down(wasmrt_store *store, const wasmrt_func *func) {
  pthread_attr_t attributes;
  void *lowest;
  size_t bytes;
  CHECK(pthread_getattr_np(pthread_self(), &attributes) == 0);
  CHECK(pthread_attr_getstack(&attributes, &lowest, &bytes) == 0);
  pthread_attr_destroy(&attributes);
  size_t left = (size_t)((uintptr_t)&left - (uintptr_t)lowest);
  volatile char *used = alloca(left - LEFT_TOO_LITTLE_BYTES);
  used[0] = 1;
  uint64_t slot = 1;
  FAILS(wasmrt_func_call_slots(store, func, &slot, 1), WASMRT_ERROR_KIND_LIMIT, 0);
}

static void *on_small_stack(void *argument) {
  const struct job *job = argument;
  static const uint32_t I64[] = {WASMRT_VAL_TYPE_I64};
  wasmrt_func_type type = {I64, 1, I64, 1};
  wasmrt_linker *linker;
  wasmrt_store *store;
  wasmrt_instance instance;
  OK(wasmrt_linker_new(job->engine, &linker));
  OK(wasmrt_linker_define_func(linker, "host", 4, "echo", 4, &type, echo, NULL, NULL));
  OK(wasmrt_store_new(job->engine, &store));
  OK(wasmrt_linker_instantiate(linker, store, job->module, &instance));
  wasmrt_func echo_func = func_of(store, &instance, "echo"), deeper = func_of(store, &instance, "deeper");
  for (int i = 0; i < 100; i++) {
    uint64_t slot = 0x123456789abcdef0;
    OK(wasmrt_func_call_slots(store, &echo_func, &slot, 1));
    CHECK(slot == 0x123456789abcdef0);
    FAILS(wasmrt_func_call_slots(store, &deeper, &slot, 1), WASMRT_ERROR_KIND_TRAP, WASMRT_TRAP_CODE_STACK_OVERFLOW);
    call_deep_down(store, &echo_func);
  }
  wasmrt_store_delete(store);
  wasmrt_linker_delete(linker);
  return NULL;
}

int main(int argc, char **argv) {
  struct job job = {engine_from(config_for(argc, argv)), NULL};
  job.module = module_from(job.engine, GUEST);
  pthread_attr_t attributes;
  pthread_t thread;
  CHECK(pthread_attr_init(&attributes) == 0);
  CHECK(pthread_attr_setstacksize(&attributes, (size_t)repeats(argc, argv, 128) << 10) == 0);
  CHECK(pthread_create(&thread, &attributes, on_small_stack, &job) == 0);
  CHECK(pthread_join(thread, NULL) == 0);
  pthread_attr_destroy(&attributes);
  wasmrt_module_delete(job.module);
  wasmrt_engine_delete(job.engine);
  puts("small_stack: ok");
  return 0;
}
