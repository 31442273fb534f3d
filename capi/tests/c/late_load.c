/* The shared library is loaded while the program runs, on a thread that was there before, and let go
 * again; faults of the program's own still arrive at its handler. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>

#include "check.h"

static const char *path;
static sigjmp_buf recovery;
static const char GUEST[] =
    "(module (memory 1) (func (export \"load\") (param i32) (result i32) (i32.load (local.get 0))))";

/* `symbol` as a pointer to a function of type `type`, without a cast that ISO C does not know. */
#define LOAD(variable, library, symbol) \
  do { \
    void *address = dlsym((library), (symbol)); \
    CHECK(address != NULL); \
    memcpy(&(variable), &address, sizeof address); \
  } while (0)

static void *load_and_run(void *unused) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) fprintf(stderr, "%s\n", dlerror());
  CHECK(library != NULL);
  wasmrt_error *(*engine_new)(const wasmrt_config *, wasmrt_engine **);
  wasmrt_error *(*module_new)(const wasmrt_engine *, const uint8_t *, size_t, wasmrt_module **);
  wasmrt_error *(*store_new)(const wasmrt_engine *, wasmrt_store **);
  wasmrt_error *(*instance_new)(wasmrt_store *, const wasmrt_module *, const wasmrt_extern *, size_t, wasmrt_instance *);
  wasmrt_error *(*get_func)(wasmrt_store *, const wasmrt_instance *, const char *, size_t, wasmrt_func *);
  wasmrt_error *(*call)(wasmrt_store *, const wasmrt_func *, uint64_t *, size_t);
  uint32_t (*trap_code)(const wasmrt_error *);
  void (*error_delete)(wasmrt_error *), (*store_delete)(wasmrt_store *), (*module_delete)(wasmrt_module *);
  void (*engine_delete)(wasmrt_engine *), (*config_delete)(wasmrt_config *);
  wasmrt_config *(*config_new)(void);
  LOAD(config_new, library, "wasmrt_config_new");
  LOAD(config_delete, library, "wasmrt_config_delete");
  LOAD(engine_new, library, "wasmrt_engine_new");
  LOAD(engine_delete, library, "wasmrt_engine_delete");
  LOAD(module_new, library, "wasmrt_module_new");
  LOAD(module_delete, library, "wasmrt_module_delete");
  LOAD(store_new, library, "wasmrt_store_new");
  LOAD(store_delete, library, "wasmrt_store_delete");
  LOAD(instance_new, library, "wasmrt_instance_new");
  LOAD(get_func, library, "wasmrt_instance_get_func");
  LOAD(call, library, "wasmrt_func_call_slots");
  LOAD(trap_code, library, "wasmrt_error_trap_code");
  LOAD(error_delete, library, "wasmrt_error_delete");

  wasmrt_config *config = config_new();
  wasmrt_engine *engine;
  wasmrt_module *module;
  wasmrt_store *store;
  wasmrt_instance instance;
  wasmrt_func func;
  CHECK(engine_new(config, &engine) == NULL);
  CHECK(module_new(engine, (const uint8_t *)GUEST, strlen(GUEST), &module) == NULL);
  CHECK(store_new(engine, &store) == NULL);
  CHECK(instance_new(store, module, NULL, 0, &instance) == NULL);
  CHECK(get_func(store, &instance, "load", 4, &func) == NULL);
  uint64_t slot = 65533;
  wasmrt_error *error = call(store, &func, &slot, 1);
  CHECK(trap_code(error) == WASMRT_TRAP_CODE_MEMORY_OUT_OF_BOUNDS);
  error_delete(error);
  store_delete(store);
  module_delete(module);
  engine_delete(engine);
  config_delete(config);
  CHECK(dlclose(library) == 0);
  return unused;
}

static void own_handler(int signal) {
  siglongjmp(recovery, signal);
}

int main(int argc, char **argv) {
  CHECK(argc > 1);
  path = argv[1];
  struct sigaction action = {0};
  action.sa_handler = own_handler;
  CHECK(sigaction(SIGSEGV, &action, NULL) == 0);
  for (int i = 0; i < 3; i++) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, load_and_run, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
  }
  load_and_run(NULL);
  int signal = sigsetjmp(recovery, 1);
  if (signal == 0) *(volatile char *)8 = 1;
  CHECK(signal == SIGSEGV);
  puts("late_load: ok");
  return 0;
}
