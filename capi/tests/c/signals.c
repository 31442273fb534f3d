/* A program with a SIGSEGV handler of its own, installed before, between and after its first guests, keeps getting its
 * own faults, while guests trap on many threads. */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include "check.h"

#define THREADS 8

static const char GUEST[] =
    "(module (memory 1)"
    "  (func (export \"ok\") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))"
    "  (func (export \"load\") (param i32) (result i32) (i32.load (local.get 0)))"
    "  (func (export \"divide\") (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))"
    "  (func (export \"stop\") (param i32) (result i32) unreachable))";

static wasmrt_engine *engine;
static wasmrt_module *module;
static char *forbidden;
static long rounds;

static __thread sigjmp_buf recovery;
static __thread volatile int faults;
static struct sigaction before_chaining;

static void own_handler(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)context;
  if (info->si_addr != forbidden) _exit(70);
  faults++;
  siglongjmp(recovery, 1);
}

/* Handles what it knows and hands everything else to the handler that it replaced. */
static void chaining_handler(int signal, siginfo_t *info, void *context) {
  CHECK(before_chaining.sa_flags & SA_SIGINFO);
  before_chaining.sa_sigaction(signal, info, context);
}

static struct sigaction install(void (*handler)(int, siginfo_t *, void *)) {
  struct sigaction action = {0}, replaced;
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  CHECK(sigaction(SIGSEGV, &action, &replaced) == 0);
  return replaced;
}

static void fault_of_my_own(void) {
  int faults_before = faults;
  if (sigsetjmp(recovery, 1) == 0) *(volatile char *)forbidden = 1;
  CHECK(faults == faults_before + 1);
}

static wasmrt_error *call(wasmrt_store *store, const wasmrt_func *func, uint32_t argument, uint64_t *result) {
  *result = argument;
  return wasmrt_func_call_slots(store, func, result, 1);
}

static void guests_trap(wasmrt_store *store, const wasmrt_instance *instance) {
  wasmrt_func ok = func_of(store, instance, "ok"), load = func_of(store, instance, "load");
  wasmrt_func divide = func_of(store, instance, "divide"), stop = func_of(store, instance, "stop");
  uint64_t slot;
  for (long round = 0; round < rounds; round++) {
    FAILS(call(store, &load, 65536, &slot), WASMRT_ERROR_KIND_TRAP, WASMRT_TRAP_CODE_MEMORY_OUT_OF_BOUNDS);
    FAILS(call(store, &load, 0xfffffffc, &slot), WASMRT_ERROR_KIND_TRAP, WASMRT_TRAP_CODE_MEMORY_OUT_OF_BOUNDS);
    FAILS(call(store, &divide, 0, &slot), WASMRT_ERROR_KIND_TRAP, WASMRT_TRAP_CODE_INTEGER_DIVIDE_BY_ZERO);
    FAILS(call(store, &stop, 0, &slot), WASMRT_ERROR_KIND_TRAP, WASMRT_TRAP_CODE_UNREACHABLE);
    OK(call(store, &ok, 41, &slot));
    CHECK(slot == 42);
    fault_of_my_own();
  }
}

static void *thread_main(void *unused) {
  wasmrt_store *store;
  wasmrt_instance instance;
  OK(wasmrt_store_new(engine, &store));
  OK(wasmrt_instance_new(store, module, NULL, 0, &instance));
  guests_trap(store, &instance);
  wasmrt_store_delete(store);
  return unused;
}

static void guests_trap_on_many_threads(void) {
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], NULL, thread_main, NULL) == 0);
  for (int i = 0; i < THREADS; i++) CHECK(pthread_join(threads[i], NULL) == 0);
}

int main(int argc, char **argv) {
  rounds = repeats(argc, argv, 100);
  forbidden = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(forbidden != MAP_FAILED);
  /* With argument "late" the library is there first. */
  int is_late = argc > 3 && strcmp(argv[3], "late") == 0;
  if (!is_late) install(own_handler);
  engine = engine_from(config_for(argc, argv));
  module = module_from(engine, GUEST);

  /* Before the first guest. */
  if (is_late) install(own_handler);
  guests_trap_on_many_threads();
  fault_of_my_own();

  /* Between: this one does not know the library's handler, which puts itself in front with the next instance. */
  install(own_handler);
  fault_of_my_own();
  guests_trap_on_many_threads();

  /* Between: this one calls the library's, so that even instances that are there already go on trapping. */
  wasmrt_store *store;
  wasmrt_instance instance;
  OK(wasmrt_store_new(engine, &store));
  OK(wasmrt_instance_new(store, module, NULL, 0, &instance));
  fault_of_my_own();
  before_chaining = install(chaining_handler);
  fault_of_my_own();
  guests_trap(store, &instance);
  /* Now both call each other. */
  guests_trap_on_many_threads();
  fault_of_my_own();
  guests_trap(store, &instance);

  /* After. */
  wasmrt_store_delete(store);
  wasmrt_module_delete(module);
  wasmrt_engine_delete(engine);
  install(own_handler);
  fault_of_my_own();
  puts("signals: ok");
  return 0;
}
