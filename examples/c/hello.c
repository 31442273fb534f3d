/* Hello, world: a guest that prints through a function of the host, which reads the text in the guest's memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wasmrt.h>

static const char GUEST[] =
    "(module $greeter"
    "  (import \"host\" \"print\" (func $print (param i32 i32)))"
    "  (memory (export \"memory\") 1)"
    "  (data (i32.const 0) \"Hello, \")"
    "  (func (export \"greet\") (param $name i32) (param $len i32) (result i32)"
    "    (memory.copy (i32.const 7) (local.get $name) (local.get $len))"
    "    (call $print (i32.const 0) (i32.add (i32.const 7) (local.get $len)))"
    "    (i32.add (i32.const 7) (local.get $len))))";

/* Ends the program with what went wrong, if something did. */
static void check(wasmrt_error *error) {
  if (error == NULL) return;
  fprintf(stderr, "%s\n", wasmrt_error_display(error, NULL));
  wasmrt_error_delete(error);
  exit(1);
}

/* print(offset, length): arguments come in through slots, one each. */
static wasmrt_error *print(void *env, wasmrt_caller *caller, uint64_t *slots, size_t slots_len) {
  (void)slots_len;
  uint32_t offset = (uint32_t)slots[0], len = (uint32_t)slots[1];
  char text[64];
  if (len >= sizeof text) return wasmrt_error_new("the text is too long", 20);

  wasmrt_extern item;
  wasmrt_memory memory;
  wasmrt_error *error = wasmrt_caller_export(caller, "memory", 6, &item);
  if (error == NULL) error = wasmrt_extern_as_memory(&item, &memory);
  if (error == NULL) error = wasmrt_memory_read(wasmrt_caller_store(caller), &memory, offset, (uint8_t *)text, len);
  if (error != NULL) return error;
  printf("%s%.*s!\n", (const char *)env, (int)len, text);
  return NULL;
}

int main(void) {
  wasmrt_engine *engine;
  wasmrt_module *module;
  wasmrt_linker *linker;
  wasmrt_store *store;
  check(wasmrt_engine_new(NULL, &engine));
  check(wasmrt_module_new(engine, (const uint8_t *)GUEST, strlen(GUEST), &module));
  check(wasmrt_linker_new(engine, &linker));
  check(wasmrt_store_new(engine, &store));

  const uint32_t params[] = {WASMRT_VAL_TYPE_I32, WASMRT_VAL_TYPE_I32};
  const wasmrt_func_type type = {params, 2, NULL, 0};
  char prefix[] = "guest: ";
  check(wasmrt_linker_define_func(linker, "host", 4, "print", 5, &type, print, prefix, NULL));

  wasmrt_instance instance;
  wasmrt_func greet;
  wasmrt_memory memory;
  check(wasmrt_linker_instantiate(linker, store, module, &instance));
  check(wasmrt_instance_get_func(store, &instance, "greet", 5, &greet));
  check(wasmrt_instance_get_memory(store, &instance, "memory", 6, &memory));

  const char name[] = "WebAssembly";
  check(wasmrt_memory_write(store, &memory, 1024, (const uint8_t *)name, strlen(name)));
  wasmrt_val args[2] = {{0}, {0}}, result;
  args[0].type = args[1].type = WASMRT_VAL_TYPE_I32;
  args[0].of.i32 = 1024;
  args[1].of.i32 = (int32_t)strlen(name);
  check(wasmrt_func_call(store, &greet, args, 2, &result, 1));
  printf("host: the guest printed %d bytes\n", result.of.i32);

  wasmrt_store_delete(store);
  wasmrt_linker_delete(linker);
  wasmrt_module_delete(module);
  wasmrt_engine_delete(engine);
  return 0;
}
