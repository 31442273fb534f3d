/* Runs a WASI program: run_wasi [--interpreter] [--dir HOST[::GUEST]] [--env NAME=VALUE] PROGRAM [ARGUMENT...]
 *
 * The guest's exit code is this program's; a trap ends it with 134. Standard error gets one line with what compiling
 * and running took. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <wasmrt.h>

static void check(wasmrt_error *error, const char *what) {
  if (error == NULL) return;
  fprintf(stderr, "run_wasi: %s: %s\n", what, wasmrt_error_display(error, NULL));
  wasmrt_error_delete(error);
  exit(1);
}

static void usage(void) {
  fputs("usage: run_wasi [--interpreter] [--dir HOST[::GUEST]] [--env NAME=VALUE] PROGRAM [ARGUMENT...]\n", stderr);
  exit(2);
}

static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static uint8_t *read_file(const char *path, size_t *len) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
    perror(path);
    exit(1);
  }
  *len = (size_t)ftell(file);
  rewind(file);
  uint8_t *bytes = malloc(*len + 1);
  if (bytes == NULL || fread(bytes, 1, *len, file) != *len) {
    perror(path);
    exit(1);
  }
  fclose(file);
  return bytes;
}

/* Reads the options; the index of the program's path in `argv` is the result. */
static int options(int argc, char **argv, wasmrt_config *config, wasmrt_wasi_config *wasi) {
  int index = 1;
  for (; index < argc && strncmp(argv[index], "--", 2) == 0; index++) {
    const char *option = argv[index];
    if (strcmp(option, "--interpreter") == 0) {
      check(wasmrt_config_set_strategy(config, WASMRT_STRATEGY_INTERPRETER), option);
      continue;
    }
    int is_dir = strcmp(option, "--dir") == 0;
    if ((!is_dir && strcmp(option, "--env") != 0) || ++index == argc) usage();
    const char *value = argv[index], *separator = is_dir ? "::" : "=";
    const char *second = strstr(value, separator);
    size_t first_len = second != NULL ? (size_t)(second - value) : strlen(value);
    if (second != NULL) second += strlen(separator);
    if (is_dir) {
      const char *guest = second != NULL ? second : value;
      check(wasmrt_wasi_config_preopen_dir(wasi, value, first_len, guest, strlen(guest), 0), value);
    } else {
      const char *text = second != NULL ? second : "";
      check(wasmrt_wasi_config_push_env(wasi, value, first_len, text, strlen(text)), value);
    }
  }
  if (index >= argc) usage();
  return index;
}

/* The exit code for what the call of `_start` ended with. */
static int exit_code(wasmrt_error *error) {
  uint32_t code = 0;
  if (error != NULL && !wasmrt_error_exit_code(error, &code)) {
    fprintf(stderr, "run_wasi: %s\n", wasmrt_error_display(error, NULL));
    code = wasmrt_error_kind(error) == WASMRT_ERROR_KIND_TRAP ? 134 : 1;
  }
  wasmrt_error_delete(error);
  return (int)code;
}

int main(int argc, char **argv) {
  wasmrt_config *config = wasmrt_config_new();
  wasmrt_wasi_config *wasi = wasmrt_wasi_config_new();
  int program = options(argc, argv, config, wasi);
  for (int i = program; i < argc; i++) check(wasmrt_wasi_config_push_arg(wasi, argv[i], strlen(argv[i])), argv[i]);
  check(wasmrt_wasi_config_inherit_stdio(wasi), "stdio");

  wasmrt_engine *engine;
  wasmrt_module *module;
  wasmrt_linker *linker;
  wasmrt_store *store;
  check(wasmrt_engine_new(config, &engine), "engine");
  size_t len;
  uint8_t *bytes = read_file(argv[program], &len);
  double started_ms = now_ms();
  check(wasmrt_module_new(engine, bytes, len, &module), argv[program]);
  double compiled_ms = now_ms();
  free(bytes);
  check(wasmrt_linker_new(engine, &linker), "linker");
  check(wasmrt_linker_define_wasi(linker, wasi), "wasi");
  check(wasmrt_store_new(engine, &store), "store");

  wasmrt_instance instance;
  wasmrt_func start;
  double run_from_ms = now_ms();
  wasmrt_error *error = wasmrt_linker_instantiate(linker, store, module, &instance);
  if (error == NULL) error = wasmrt_instance_get_func(store, &instance, "_start", 6, &start);
  if (error == NULL) error = wasmrt_func_call_slots(store, &start, NULL, 0);
  double ended_ms = now_ms();
  int code = exit_code(error);
  fprintf(stderr, "compile_ms=%.3f run_ms=%.3f\n", compiled_ms - started_ms, ended_ms - run_from_ms);

  wasmrt_store_delete(store);
  wasmrt_linker_delete(linker);
  wasmrt_module_delete(module);
  wasmrt_engine_delete(engine);
  wasmrt_wasi_config_delete(wasi);
  wasmrt_config_delete(config);
  return code;
}
