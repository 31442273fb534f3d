/* The library has the engines that the arguments name, and says of the other that it is missing. */
#include "check.h"

static int is_named(const char *engine, int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], engine) == 0) return 1;
  }
  return 0;
}

static void is_refused(wasmrt_config *config, const char *name) {
  wasmrt_engine *engine;
  wasmrt_error *error = wasmrt_engine_new(config, &engine);
  CHECK(wasmrt_error_kind(error) == WASMRT_ERROR_KIND_UNSUPPORTED);
  size_t len = 0;
  const char *feature = wasmrt_error_feature(error, &len);
  CHECK(len == strlen(name) && memcmp(feature, name, len) == 0);
  CHECK(strstr(wasmrt_error_display(error, NULL), "this build has no JIT for this system; use the interpreter") != NULL);
  wasmrt_error_delete(error);
  wasmrt_config_delete(config);
}

int main(int argc, char **argv) {
  static char *engines[] = {"jit", "interpreter"};
  for (int i = 0; i < 2; i++) {
    wasmrt_config *config = config_for(2, (char *[]){argv[0], engines[i]});
    if (is_named(engines[i], argc, argv)) {
      wasmrt_engine_delete(engine_from(config));
    } else {
      is_refused(config, engines[i]);
    }
  }
  wasmrt_engine_delete(engine_from(NULL));
  puts("engines: ok");
  return 0;
}
