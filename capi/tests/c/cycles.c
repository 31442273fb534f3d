/* Instances come and go, and the process stays as large as it was. */
#define _GNU_SOURCE
#include <unistd.h>

#include "check.h"

#define ALLOWED_GROWTH_KIB 2048

static const char GUEST[] =
    "(module (import \"host\" \"tick\" (func $tick (param i32)))"
    "  (memory (export \"memory\") 2 10) (table (export \"table\") 10 funcref) (global (mut i64) (i64.const 7))"
    "  (data (i32.const 8) \"data\") (elem (i32.const 1) $work)"
    "  (func $work (export \"work\") (param i32) (result i32)"
    "    (i32.store (i32.const 65536) (local.get 0))"
    "    (call $tick (i32.load (i32.const 65536)))"
    "    (memory.grow (i32.const 1))))";

static long resident_kib(void) {
  long size, resident;
  FILE *statm = fopen("/proc/self/statm", "r");
  CHECK(statm != NULL && fscanf(statm, "%ld %ld", &size, &resident) == 2);
  fclose(statm);
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static wasmrt_error *tick(void *env, wasmrt_caller *caller, uint64_t *slots, size_t slots_len) {
  (void)caller;
  CHECK(slots_len == 1);
  *(uint64_t *)env += (uint32_t)slots[0];
  return NULL;
}

static void work(wasmrt_store *store, const wasmrt_instance *instance) {
  wasmrt_func func = func_of(store, instance, "work");
  uint64_t slot = 1;
  OK(wasmrt_func_call_slots(store, &func, &slot, 1));
  CHECK(slot == 2);
}

/* One store for each instance. */
static void store_cycle(wasmrt_engine *engine, wasmrt_linker *linker, wasmrt_module *module, wasmrt_store *unused) {
  (void)unused;
  wasmrt_store *store;
  wasmrt_instance instance;
  OK(wasmrt_store_new(engine, &store));
  OK(wasmrt_linker_instantiate(linker, store, module, &instance));
  work(store, &instance);
  wasmrt_store_delete(store);
}

/* One store for all of them. */
static void close_cycle(wasmrt_engine *engine, wasmrt_linker *linker, wasmrt_module *module, wasmrt_store *store) {
  (void)engine;
  wasmrt_instance instance;
  OK(wasmrt_linker_instantiate(linker, store, module, &instance));
  work(store, &instance);
  wasmrt_func func = func_of(store, &instance, "work");
  OK(wasmrt_instance_close(store, &instance));
  uint64_t slot = 1;
  FAILS(wasmrt_func_call_slots(store, &func, &slot, 1), WASMRT_ERROR_KIND_USAGE, 0);
}

/* The module, too. */
static void module_cycle(wasmrt_engine *engine, wasmrt_linker *linker, wasmrt_module *unused, wasmrt_store *store) {
  (void)unused;
  wasmrt_module *module = module_from(engine, GUEST);
  close_cycle(engine, linker, module, store);
  wasmrt_module_delete(module);
}

typedef void cycle(wasmrt_engine *, wasmrt_linker *, wasmrt_module *, wasmrt_store *);

static void repeat(const char *name, cycle *cycle, long times, wasmrt_engine *engine) {
  static const uint32_t PARAMS[] = {WASMRT_VAL_TYPE_I32};
  wasmrt_func_type type = {PARAMS, 1, NULL, 0};
  uint64_t ticks = 0;
  wasmrt_linker *linker;
  wasmrt_store *store;
  OK(wasmrt_linker_new(engine, &linker));
  OK(wasmrt_linker_define_func(linker, "host", 4, "tick", 4, &type, tick, &ticks, NULL));
  OK(wasmrt_store_new(engine, &store));
  wasmrt_module *module = module_from(engine, GUEST);
  long warm_up = times / 10 + 100, settled_kib = 0;
  for (long time = 0; time < times + warm_up; time++) {
    if (time == warm_up) settled_kib = resident_kib();
    cycle(engine, linker, module, store);
  }
  long growth_kib = resident_kib() - settled_kib;
  fprintf(stderr, "cycles: %s: %ld times, %ld KiB at first, %+ld KiB in the end\n", name, times, settled_kib, growth_kib);
  CHECK(growth_kib <= ALLOWED_GROWTH_KIB);
  CHECK(ticks == (uint64_t)(times + warm_up));
  wasmrt_store_delete(store);
  wasmrt_module_delete(module);
  wasmrt_linker_delete(linker);
}

int main(int argc, char **argv) {
  long times = repeats(argc, argv, 5000);
  wasmrt_engine *engine = engine_from(config_for(argc, argv));
  repeat("a store each", store_cycle, times, engine);
  repeat("one store", close_cycle, times, engine);
  repeat("a module each", module_cycle, times / 50, engine);
  wasmrt_engine_delete(engine);
  puts("cycles: ok");
  return 0;
}
