/* Guests that would recurse, loop or grow for ever, each stopped by a limit, and the error that says so. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wasmrt.h>

static const char GUEST[] =
    "(module $greedy (memory 1)"
    "  (func $loop (export \"loop\") (loop (br 0)))"
    "  (func $recurse (export \"recurse\") (call $recurse) (call $recurse))"
    "  (func (export \"grow\") (result i32)"
    "    (loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))"
    "    (memory.size)))";

static void check(wasmrt_error *error) {
  if (error == NULL) return;
  fprintf(stderr, "%s\n", wasmrt_error_display(error, NULL));
  exit(1);
}

/* Calls a function of the guest and tells how that ended. */
static void tell(const char *what, wasmrt_store *store, const wasmrt_instance *instance, const char *name) {
  wasmrt_func func;
  uint64_t slot = 0;
  check(wasmrt_instance_get_func(store, instance, name, strlen(name), &func));
  wasmrt_error *error = wasmrt_func_call_slots(store, &func, &slot, 1);
  if (error == NULL) {
    printf("%s: %u\n", what, (unsigned)slot);
    return;
  }
  const char *kind = wasmrt_error_kind_name(wasmrt_error_kind(error));
  const char *code = wasmrt_trap_code_name(wasmrt_error_trap_code(error));
  wasmrt_frame frame = {0};
  wasmrt_error_frame(error, 0, &frame);
  printf("%s: %s%s%s in %.*s: %s\n", what, kind, code ? " " : "", code ? code : "", (int)frame.func_name_len,
         frame.func_name, wasmrt_error_message(error, NULL));
  wasmrt_error_delete(error);
}

int main(void) {
  wasmrt_config *config = wasmrt_config_new();
  check(wasmrt_config_set_consume_fuel(config, 1));
  check(wasmrt_config_set_interruption(config, 1));
  check(wasmrt_config_set_max_stack_bytes(config, 64 << 10));
  wasmrt_engine *engine;
  wasmrt_module *module;
  wasmrt_store *store;
  wasmrt_instance instance;
  check(wasmrt_engine_new(config, &engine));
  check(wasmrt_module_new(engine, (const uint8_t *)GUEST, strlen(GUEST), &module));
  check(wasmrt_store_new(engine, &store));

  wasmrt_store_limits limits = {0};
  limits.size = sizeof limits;
  limits.memory_bytes = 16 * 65536;
  limits.instances = 1;
  check(wasmrt_store_set_limits(store, &limits));
  check(wasmrt_store_set_fuel(store, 1000000));
  check(wasmrt_instance_new(store, module, NULL, 0, &instance));

  tell("fuel", store, &instance, "loop");
  check(wasmrt_store_set_fuel(store, UINT64_MAX));
  check(wasmrt_store_set_timeout(store, 20 * 1000 * 1000));
  tell("timeout", store, &instance, "loop");
  check(wasmrt_store_set_timeout(store, 0));
  tell("stack", store, &instance, "recurse");
  tell("pages of memory", store, &instance, "grow");

  wasmrt_error *error = wasmrt_instance_new(store, module, NULL, 0, &instance);
  printf("instances: %s: %s\n", wasmrt_error_kind_name(wasmrt_error_kind(error)), wasmrt_error_message(error, NULL));
  wasmrt_error_delete(error);

  wasmrt_store_delete(store);
  wasmrt_module_delete(module);
  wasmrt_engine_delete(engine);
  wasmrt_config_delete(config);
  return 0;
}
