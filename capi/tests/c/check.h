/* What the programs here share: checks that end the program with the line and the library's own words. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wasmrt.h"

#define CHECK(condition) \
  do { \
    if (!(condition)) { \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      exit(1); \
    } \
  } while (0)

#define OK(call) check_ok((call), __FILE__, __LINE__)

static inline void check_ok(wasmrt_error *error, const char *file, int line) {
  if (error == NULL) return;
  fprintf(stderr, "%s:%d: %s\n", file, line, wasmrt_error_display(error, NULL));
  exit(1);
}

#define FAILS(call, kind, trap_code) check_fails((call), (kind), (trap_code), __FILE__, __LINE__)

static inline void check_fails(wasmrt_error *error, uint32_t kind, uint32_t trap_code, const char *file, int line) {
  if (wasmrt_error_kind(error) != kind || wasmrt_error_trap_code(error) != trap_code) {
    const char *found = error == NULL ? "success" : wasmrt_error_display(error, NULL);
    fprintf(stderr, "%s:%d: expected kind %u, code %u, but found %s\n", file, line, kind, trap_code, found);
    exit(1);
  }
  wasmrt_error_delete(error);
}

/* A configuration for the engine that the program's first argument names. */
static inline wasmrt_config *config_for(int argc, char **argv) {
  CHECK(argc > 1);
  wasmrt_config *config = wasmrt_config_new();
  CHECK(config != NULL);
  int is_interpreter = strcmp(argv[1], "interpreter") == 0;
  CHECK(is_interpreter || strcmp(argv[1], "jit") == 0);
  OK(wasmrt_config_set_strategy(config, is_interpreter ? WASMRT_STRATEGY_INTERPRETER : WASMRT_STRATEGY_JIT));
  return config;
}

/* The engine made from a configuration, which is freed. */
static inline wasmrt_engine *engine_from(wasmrt_config *config) {
  wasmrt_engine *engine;
  OK(wasmrt_engine_new(config, &engine));
  wasmrt_config_delete(config);
  return engine;
}

/* The number that is the second argument, such as how often the program repeats itself, or a default. */
static inline long repeats(int argc, char **argv, long unless_given) {
  return argc > 2 ? strtol(argv[2], NULL, 10) : unless_given;
}

static inline wasmrt_module *module_from(const wasmrt_engine *engine, const char *text) {
  wasmrt_module *module;
  OK(wasmrt_module_new(engine, (const uint8_t *)text, strlen(text), &module));
  return module;
}

static inline wasmrt_func func_of(wasmrt_store *store, const wasmrt_instance *instance, const char *name) {
  wasmrt_func func;
  OK(wasmrt_instance_get_func(store, instance, name, strlen(name), &func));
  return func;
}

#endif
