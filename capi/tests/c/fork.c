/* A child of fork uses what its parent had, and compiles and runs modules of its own. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static const char GUEST[] =
    "(module (memory 1)"
    "  (func (export \"fib\") (param i32) (result i32)"
    "    (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))"
    "      (else (i32.add (call 0 (i32.sub (local.get 0) (i32.const 1)))"
    "                     (call 0 (i32.sub (local.get 0) (i32.const 2)))))))"
    "  (func (export \"forever\") (param i32) (result i32) (loop (br 0)) unreachable)"
    "  (func (export \"load\") (param i32) (result i32) (i32.load (local.get 0))))";

static atomic_bool is_over;

static wasmrt_engine *engine_for(int argc, char **argv) {
  wasmrt_config *config = config_for(argc, argv);
  OK(wasmrt_config_set_interruption(config, 1));
  return engine_from(config);
}

static void run(wasmrt_store *store, const wasmrt_instance *instance) {
  wasmrt_func fib = func_of(store, instance, "fib"), load = func_of(store, instance, "load");
  wasmrt_func forever = func_of(store, instance, "forever");
  uint64_t slot = 15;
  OK(wasmrt_func_call_slots(store, &fib, &slot, 1));
  CHECK(slot == 610);
  slot = 0;
  OK(wasmrt_store_set_timeout(store, 5 * 1000 * 1000));
  FAILS(wasmrt_func_call_slots(store, &forever, &slot, 1), WASMRT_ERROR_KIND_INTERRUPTED, 0);
  OK(wasmrt_store_set_timeout(store, 0));
  slot = 70000;
  FAILS(wasmrt_func_call_slots(store, &load, &slot, 1), WASMRT_ERROR_KIND_TRAP, WASMRT_TRAP_CODE_MEMORY_OUT_OF_BOUNDS);
}

static void compile_and_run(const wasmrt_engine *engine) {
  wasmrt_module *module = module_from(engine, GUEST);
  wasmrt_store *store;
  wasmrt_instance instance;
  OK(wasmrt_store_new(engine, &store));
  OK(wasmrt_instance_new(store, module, NULL, 0, &instance));
  run(store, &instance);
  wasmrt_store_delete(store);
  wasmrt_module_delete(module);
}

/* Another thread of the parent, in the middle of something whenever the parent forks. */
static void *keep_busy(void *engine) {
  while (!is_over) compile_and_run(engine);
  return NULL;
}

static void in_child(wasmrt_engine *engine, wasmrt_store *store, const wasmrt_instance *instance, char **argv) {
  run(store, instance);
  compile_and_run(engine);
  wasmrt_engine *fresh = engine_for(2, argv);
  compile_and_run(fresh);
  wasmrt_engine_delete(fresh);
  pid_t grandchild = fork();
  if (grandchild == 0) {
    compile_and_run(engine);
    _exit(0);
  }
  int status;
  CHECK(waitpid(grandchild, &status, 0) == grandchild && status == 0);
  wasmrt_store_delete(store);
  wasmrt_engine_delete(engine);
  _exit(0);
}

static void fork_times(long times, wasmrt_engine *engine, char **argv) {
  wasmrt_module *module = module_from(engine, GUEST);
  wasmrt_store *store;
  wasmrt_instance instance;
  OK(wasmrt_store_new(engine, &store));
  OK(wasmrt_instance_new(store, module, NULL, 0, &instance));
  run(store, &instance);
  for (long time = 0; time < times; time++) {
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      /* A child that waits for ever ends with a signal. */
      alarm(60);
      in_child(engine, store, &instance, argv);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    run(store, &instance);
  }
  wasmrt_store_delete(store);
  wasmrt_module_delete(module);
}

int main(int argc, char **argv) {
  long times = repeats(argc, argv, 10);
  wasmrt_engine *engine = engine_for(argc, argv);
  fork_times(times, engine, argv);
  /* An engine that another thread is using is not promised to the child; one of the child's own is. */
  pthread_t busy;
  CHECK(pthread_create(&busy, NULL, keep_busy, engine) == 0);
  wasmrt_engine *quiet = engine_for(argc, argv);
  fork_times(times, quiet, argv);
  is_over = 1;
  CHECK(pthread_join(busy, NULL) == 0);
  wasmrt_engine_delete(quiet);
  wasmrt_engine_delete(engine);
  puts("fork: ok");
  return 0;
}
