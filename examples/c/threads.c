/* One module on four threads, each with a store of its own, and a fifth whose guest never ends: the main thread ticks, and
 * the guest is stopped at its deadline, which is counted in ticks. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <wasmrt.h>

#define THREADS 4

static const char GUEST[] =
    "(module"
    "  (func $fib (export \"fib\") (param i32) (result i32)"
    "    (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))"
    "      (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))"
    "                     (call $fib (i32.sub (local.get 0) (i32.const 2)))))))"
    "  (func (export \"forever\") (param i32) (result i32) (loop (br 0)) unreachable))";

static atomic_int is_over;

struct job {
  wasmrt_engine *engine;
  wasmrt_module *module;
  uint32_t argument, result;
};

static void check(wasmrt_error *error) {
  if (error == NULL) return;
  fprintf(stderr, "%s\n", wasmrt_error_display(error, NULL));
  exit(1);
}

static wasmrt_func start(const struct job *job, const char *name, wasmrt_store **store) {
  wasmrt_instance instance;
  wasmrt_func func;
  check(wasmrt_store_new(job->engine, store));
  check(wasmrt_instance_new(*store, job->module, NULL, 0, &instance));
  check(wasmrt_instance_get_func(*store, &instance, name, strlen(name), &func));
  return func;
}

static void *compute(void *argument) {
  struct job *job = argument;
  wasmrt_store *store;
  wasmrt_func fib = start(job, "fib", &store);
  uint64_t slot = job->argument;
  check(wasmrt_func_call_slots(store, &fib, &slot, 1));
  job->result = (uint32_t)slot;
  wasmrt_store_delete(store);
  return NULL;
}

/* Runs until the main thread has moved the engine's epoch on once. */
static void *run_forever(void *argument) {
  struct job *job = argument;
  wasmrt_store *store;
  wasmrt_func forever = start(job, "forever", &store);
  uint64_t slot = 0;
  check(wasmrt_store_set_epoch_deadline(store, 1));
  wasmrt_error *error = wasmrt_func_call_slots(store, &forever, &slot, 1);
  job->result = wasmrt_error_kind(error);
  wasmrt_error_delete(error);
  wasmrt_store_delete(store);
  is_over = 1;
  return NULL;
}

int main(void) {
  wasmrt_config *config = wasmrt_config_new();
  check(wasmrt_config_set_interruption(config, 1));
  struct job jobs[THREADS + 1];
  pthread_t threads[THREADS + 1];
  wasmrt_engine *engine;
  wasmrt_module *module;
  check(wasmrt_engine_new(config, &engine));
  check(wasmrt_module_new(engine, (const uint8_t *)GUEST, strlen(GUEST), &module));

  for (uint32_t i = 0; i <= THREADS; i++) {
    jobs[i] = (struct job){engine, module, 16 + i, 0};
    if (pthread_create(&threads[i], NULL, i < THREADS ? compute : run_forever, &jobs[i]) != 0) return 1;
  }
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < THREADS; i++) printf("fib(%u) = %u\n", jobs[i].argument, jobs[i].result);
  while (!is_over) {
    const struct timespec tick = {0, 5 * 1000 * 1000};
    nanosleep(&tick, NULL);
    check(wasmrt_engine_increment_epoch(engine));
  }
  pthread_join(threads[THREADS], NULL);
  printf("the endless one: %s\n", wasmrt_error_kind_name(jobs[THREADS].result));

  wasmrt_module_delete(module);
  wasmrt_engine_delete(engine);
  wasmrt_config_delete(config);
  return 0;
}
