/* Calls from threads with little stack of their own end in results or errors, not in crashes. */
#define _GNU_SOURCE
#include <pthread.h>

#include "check.h"

#define STACK_BYTES (128 << 10)

static const char GUEST[] =
    "(module (import \"host\" \"echo\" (func $echo (param i64) (result i64)))"
    "  (func (export \"echo\") (param i64) (result i64) (call $echo (local.get 0)))"
    "  (func $deeper (export \"deeper\") (param i64) (result i64)"
    "    (i64.add (i64.const 1) (call $deeper (local.get 0)))))";

struct job {
  wasmrt_engine *engine;
  wasmrt_module *module;
  int has_room;
};

static wasmrt_error *echo(void *env, wasmrt_caller *caller, uint64_t *slots, size_t slots_len) {
  (void)env, (void)caller;
  volatile char used[8 << 10];
  for (size_t i = 0; i < sizeof used; i += 512) used[i] = (char)slots[0];
  CHECK(slots_len == 1);
  return NULL;
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
    if (!job->has_room) {
      FAILS(wasmrt_func_call_slots(store, &echo_func, &slot, 1), WASMRT_ERROR_KIND_LIMIT, 0);
      continue;
    }
    OK(wasmrt_func_call_slots(store, &echo_func, &slot, 1));
    CHECK(slot == 0x123456789abcdef0);
    FAILS(wasmrt_func_call_slots(store, &deeper, &slot, 1), WASMRT_ERROR_KIND_TRAP, WASMRT_TRAP_CODE_STACK_OVERFLOW);
  }
  wasmrt_store_delete(store);
  wasmrt_linker_delete(linker);
  return NULL;
}

static void run(wasmrt_config *config, int has_room) {
  struct job job = {engine_from(config), NULL, has_room};
  job.module = module_from(job.engine, GUEST);
  pthread_attr_t attributes;
  pthread_t thread;
  CHECK(pthread_attr_init(&attributes) == 0);
  CHECK(pthread_attr_setstacksize(&attributes, STACK_BYTES) == 0);
  CHECK(pthread_create(&thread, &attributes, on_small_stack, &job) == 0);
  CHECK(pthread_join(thread, NULL) == 0);
  pthread_attr_destroy(&attributes);
  wasmrt_module_delete(job.module);
  wasmrt_engine_delete(job.engine);
}

int main(int argc, char **argv) {
  wasmrt_config *config = config_for(argc, argv);
  OK(wasmrt_config_set_host_reserve_bytes(config, 64 << 10));
  run(config, 1);
  /* What is reserved for the host unless the program says otherwise is as much as this thread has. */
  run(config_for(argc, argv), 0);
  puts("small_stack: ok");
  return 0;
}
