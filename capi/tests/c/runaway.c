/* A guest that recurses, loops or grows for ever is stopped by the limit it meets, and its store goes on working. */
#include "check.h"

static const char GUEST[] =
    "(module (memory (export \"memory\") 1) (table (export \"table\") 1 externref)"
    "  (func $recurse (export \"recurse\") (param i64) (result i64)"
    "    (i64.add (i64.const 1) (call $recurse (local.get 0))))"
    "  (func $left (export \"mutual\") (param i64) (result i64) (call $right (local.get 0)) (return))"
    "  (func $right (param i64) (result i64) (call $left (i64.add (local.get 0) (i64.const 1))))"
    "  (func (export \"loop\") (param i64) (result i64) (loop (br 0)) (unreachable))"
    "  (func (export \"grow\") (param i64) (result i64)"
    "    (loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))"
    "    (i64.extend_i32_u (memory.size)))"
    "  (func (export \"grow_table\") (param i64) (result i64)"
    "    (loop (br_if 0 (i32.ne (table.grow (ref.null extern) (i32.const 1)) (i32.const -1))))"
    "    (i64.extend_i32_u (table.size)))"
    "  (func (export \"work\") (param i64) (result i64) (local $sum i64)"
    "    (loop (local.set $sum (i64.add (local.get $sum) (local.get 0)))"
    "      (local.set 0 (i64.sub (local.get 0) (i64.const 1)))"
    "      (br_if 0 (i64.ne (local.get 0) (i64.const 0))))"
    "    (local.get $sum)))";

struct guest {
  wasmrt_engine *engine;
  wasmrt_module *module;
  wasmrt_store *store;
  wasmrt_instance instance;
};

static struct guest guest_in(wasmrt_config *config) {
  struct guest guest;
  guest.engine = engine_from(config);
  guest.module = module_from(guest.engine, GUEST);
  OK(wasmrt_store_new(guest.engine, &guest.store));
  return guest;
}

static void drop(struct guest *guest) {
  wasmrt_store_delete(guest->store);
  wasmrt_module_delete(guest->module);
  wasmrt_engine_delete(guest->engine);
}

static wasmrt_error *call(const struct guest *guest, const char *name, uint64_t *slot) {
  wasmrt_func func = func_of(guest->store, &guest->instance, name);
  return wasmrt_func_call_slots(guest->store, &func, slot, 1);
}

static void is_healthy(const struct guest *guest) {
  uint64_t slot = 100;
  OK(call(guest, "work", &slot));
  CHECK(slot == 5050);
}

static void recursion(wasmrt_config *config) {
  OK(wasmrt_config_set_max_stack_bytes(config, 100 << 10));
  struct guest guest = guest_in(config);
  OK(wasmrt_instance_new(guest.store, guest.module, NULL, 0, &guest.instance));
  for (int i = 0; i < 20; i++) {
    uint64_t slot = 0;
    FAILS(call(&guest, "recurse", &slot), WASMRT_ERROR_KIND_TRAP, WASMRT_TRAP_CODE_STACK_OVERFLOW);
    FAILS(call(&guest, "mutual", &slot), WASMRT_ERROR_KIND_TRAP, WASMRT_TRAP_CODE_STACK_OVERFLOW);
    is_healthy(&guest);
  }
  drop(&guest);
}

static void fuel(wasmrt_config *config) {
  OK(wasmrt_config_set_consume_fuel(config, 1));
  struct guest guest = guest_in(config);
  OK(wasmrt_store_set_fuel(guest.store, 1000));
  OK(wasmrt_instance_new(guest.store, guest.module, NULL, 0, &guest.instance));
  for (int i = 0; i < 20; i++) {
    uint64_t slot = 0, left;
    OK(wasmrt_store_set_fuel(guest.store, 100000));
    FAILS(call(&guest, "loop", &slot), WASMRT_ERROR_KIND_TRAP, WASMRT_TRAP_CODE_OUT_OF_FUEL);
    OK(wasmrt_store_fuel(guest.store, &left));
    CHECK(left < 10);
    OK(wasmrt_store_set_fuel(guest.store, 100000));
    is_healthy(&guest);
  }
  drop(&guest);
}

static void time_out(wasmrt_config *config) {
  OK(wasmrt_config_set_interruption(config, 1));
  struct guest guest = guest_in(config);
  OK(wasmrt_instance_new(guest.store, guest.module, NULL, 0, &guest.instance));
  OK(wasmrt_store_set_timeout(guest.store, 20 * 1000 * 1000));
  for (int i = 0; i < 5; i++) {
    uint64_t slot = 0;
    FAILS(call(&guest, "loop", &slot), WASMRT_ERROR_KIND_INTERRUPTED, 0);
    OK(wasmrt_store_set_timeout(guest.store, 0));
    is_healthy(&guest);
    OK(wasmrt_store_set_timeout(guest.store, 20 * 1000 * 1000));
  }
  drop(&guest);
}

static void growth(wasmrt_config *config) {
  struct guest guest = guest_in(config);
  wasmrt_store_limits limits = {sizeof limits, 20 * 65536, 1000, 2, 2, 2};
  OK(wasmrt_store_set_limits(guest.store, &limits));
  OK(wasmrt_instance_new(guest.store, guest.module, NULL, 0, &guest.instance));
  for (int i = 0; i < 20; i++) {
    uint64_t slot = 0;
    OK(call(&guest, "grow", &slot));
    CHECK(slot == 20);
    OK(call(&guest, "grow_table", &slot));
    CHECK(slot == 1000);
    is_healthy(&guest);
  }
  wasmrt_instance another;
  OK(wasmrt_instance_new(guest.store, guest.module, NULL, 0, &another));
  FAILS(wasmrt_instance_new(guest.store, guest.module, NULL, 0, &another), WASMRT_ERROR_KIND_LIMIT, 0);
  is_healthy(&guest);
  drop(&guest);
}

int main(int argc, char **argv) {
  recursion(config_for(argc, argv));
  fuel(config_for(argc, argv));
  time_out(config_for(argc, argv));
  growth(config_for(argc, argv));
  puts("runaway: ok");
  return 0;
}
