/* wasmrt: a WebAssembly runtime. Generated from the sources of wasmrt-capi; change those.
 *
 * Ownership. Config, engine, module, store, linker, WASI config and error are owned by whoever received the pointer and
 * freed by their `_delete`, which accepts NULL. Functions, memories, tables, globals and instances are small structs
 * that name something in a store: copy them freely, never free them. Inputs are borrowed for the call, unless a
 * function says otherwise under Ownership.
 *
 * Errors. A function that can fail returns a `wasmrt_error *`: NULL for success, else an error that the caller frees.
 * NULL where an object is needed, unknown numbers, lengths that fit no array and handles that name nothing are Usage
 * errors, never undefined behaviour. Functions that answer with a plain value answer 0, NULL or false when handed NULL.
 *
 * Order. Receiver first, then inputs, then outputs, which are written only on success. Arrays, bytes and strings are a
 * pointer and a length, NULL being allowed with length 0. Strings are UTF-8 and not NUL-terminated, unless a function
 * says so. Booleans in inputs are numbers: 0 is false.
 *
 * Threads. Engines, modules, stores and errors may be used by several threads at once; a config, and a linker that is
 * being defined in, by one at a time. No function keeps anything in the calling thread.
 *
 * What a caller owes: a pointer that is not NULL points to a live object of its type (for opaque types, one that this
 * library made), or to as many elements as its length says, which nobody frees or changes during the call; an output may
 * be written; what was deleted or handed over is not used again; callbacks may be called on every thread that uses what
 * they were given to, and neither leave by longjmp nor throw.
 *
 * Effects. Each function says what it may do: none; allocates (and so fail for want of memory); may move memory
 * (pointers from wasmrt_memory_data are invalid afterwards); runs guest code (and so call back into the host).
 */


#ifndef WASMRT_H
#define WASMRT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * In which phase an error arose. Numbers of later kinds may follow.
 */
enum wasmrt_error_kind {
  /**
   * The bytes are not a module.
   */
  WASMRT_ERROR_KIND_DECODE = 1,
  /**
   * The module breaks a validation rule.
   */
  WASMRT_ERROR_KIND_VALIDATE = 2,
  /**
   * The module needs something that this build or configuration does not have.
   */
  WASMRT_ERROR_KIND_UNSUPPORTED = 3,
  /**
   * An import is missing or has another type than the module expects.
   */
  WASMRT_ERROR_KIND_LINK = 4,
  /**
   * The guest was stopped by the semantics of WebAssembly.
   */
  WASMRT_ERROR_KIND_TRAP = 5,
  /**
   * The guest threw an exception that nobody caught.
   */
  WASMRT_ERROR_KIND_EXCEPTION = 6,
  /**
   * A host function returned an error of its own.
   */
  WASMRT_ERROR_KIND_HOST = 7,
  /**
   * A configured or implementation limit was reached.
   */
  WASMRT_ERROR_KIND_LIMIT = 8,
  /**
   * The call was interrupted from outside.
   */
  WASMRT_ERROR_KIND_INTERRUPTED = 9,
  /**
   * The guest ended itself.
   */
  WASMRT_ERROR_KIND_EXIT = 10,
  /**
   * The library was used wrongly.
   */
  WASMRT_ERROR_KIND_USAGE = 11,
  /**
   * A bug in wasmrt.
   */
  WASMRT_ERROR_KIND_INTERNAL = 12,
};

/**
 * Why a guest was stopped by the semantics of WebAssembly. Numbers of later codes may follow.
 */
enum wasmrt_trap_code {
  /**
   * `unreachable` was executed.
   */
  WASMRT_TRAP_CODE_UNREACHABLE = 1,
  /**
   * A load, store or bulk operation left its memory.
   */
  WASMRT_TRAP_CODE_MEMORY_OUT_OF_BOUNDS = 2,
  /**
   * A table operation left its table.
   */
  WASMRT_TRAP_CODE_TABLE_OUT_OF_BOUNDS = 3,
  /**
   * `call_indirect` with an index outside its table.
   */
  WASMRT_TRAP_CODE_UNDEFINED_ELEMENT = 4,
  /**
   * `call_indirect` through a null entry.
   */
  WASMRT_TRAP_CODE_UNINITIALIZED_ELEMENT = 5,
  /**
   * `call_indirect` to a function of another type.
   */
  WASMRT_TRAP_CODE_INDIRECT_CALL_TYPE_MISMATCH = 6,
  /**
   * An integer was divided by zero.
   */
  WASMRT_TRAP_CODE_INTEGER_DIVIDE_BY_ZERO = 7,
  /**
   * A quotient or conversion does not fit its type.
   */
  WASMRT_TRAP_CODE_INTEGER_OVERFLOW = 8,
  /**
   * NaN was converted to an integer.
   */
  WASMRT_TRAP_CODE_INVALID_CONVERSION_TO_INTEGER = 9,
  /**
   * The configured stack, or what the thread has left of its own, is used up.
   */
  WASMRT_TRAP_CODE_STACK_OVERFLOW = 10,
  /**
   * The store's fuel is used up.
   */
  WASMRT_TRAP_CODE_OUT_OF_FUEL = 11,
  /**
   * A null reference was used where an object is needed.
   */
  WASMRT_TRAP_CODE_NULL_REFERENCE = 12,
  /**
   * An atomic access was not aligned.
   */
  WASMRT_TRAP_CODE_UNALIGNED_ATOMIC = 13,
  /**
   * A thread was to wait on a memory that is not shared.
   */
  WASMRT_TRAP_CODE_EXPECTED_SHARED_MEMORY = 14,
  /**
   * An array operator left its array.
   */
  WASMRT_TRAP_CODE_ARRAY_OUT_OF_BOUNDS = 15,
  /**
   * A reference was cast to a type that what it refers to does not have.
   */
  WASMRT_TRAP_CODE_CAST_FAILURE = 16,
  /**
   * An array was to be longer than any heap.
   */
  WASMRT_TRAP_CODE_ALLOCATION_TOO_LARGE = 17,
};

/**
 * How guests are run.
 */
enum wasmrt_strategy {
  /**
   * Compiled to machine code before they run.
   */
  WASMRT_STRATEGY_JIT = 0,
  /**
   * Interpreted.
   */
  WASMRT_STRATEGY_INTERPRETER = 1,
};

/**
 * How hard the compiler tries.
 */
enum wasmrt_opt_level {
  /**
   * Compile fast.
   */
  WASMRT_OPT_LEVEL_NONE = 0,
  /**
   * Run fast.
   */
  WASMRT_OPT_LEVEL_SPEED = 1,
  /**
   * Run fast, prefer small code.
   */
  WASMRT_OPT_LEVEL_SPEED_AND_SIZE = 2,
};

/**
 * Proposals that validation accepts; bits of one word.
 */
enum wasmrt_feature {
  /**
   * `memory.copy`, `table.init` and their siblings.
   */
  WASMRT_FEATURE_BULK_MEMORY = 1,
  /**
   * Several results; block parameters.
   */
  WASMRT_FEATURE_MULTI_VALUE = 2,
  /**
   * Import and export of mutable globals.
   */
  WASMRT_FEATURE_MUTABLE_GLOBAL = 4,
  /**
   * `i32.trunc_sat_f32_s` and its siblings.
   */
  WASMRT_FEATURE_SATURATING_FLOAT_TO_INT = 8,
  /**
   * `externref`, several tables, `table.get` and its siblings.
   */
  WASMRT_FEATURE_REFERENCE_TYPES = 16,
  /**
   * `i32.extend8_s` and its siblings.
   */
  WASMRT_FEATURE_SIGN_EXTENSION = 32,
  /**
   * `v128` and its operators.
   */
  WASMRT_FEATURE_SIMD = 64,
  /**
   * Shared memories, atomic operators, waiting.
   */
  WASMRT_FEATURE_THREADS = 128,
  /**
   * `return_call` and its siblings.
   */
  WASMRT_FEATURE_TAIL_CALL = 256,
  /**
   * Arithmetic in constant expressions.
   */
  WASMRT_FEATURE_EXTENDED_CONST = 512,
  /**
   * Vector operators that may differ between processors.
   */
  WASMRT_FEATURE_RELAXED_SIMD = 1024,
  /**
   * Several memories in one module.
   */
  WASMRT_FEATURE_MULTI_MEMORY = 2048,
  /**
   * Memories and tables with 64-bit indices.
   */
  WASMRT_FEATURE_MEMORY64 = 4096,
  /**
   * `call_ref`, references that are not null, references to functions of one type.
   */
  WASMRT_FEATURE_FUNCTION_REFERENCES = 8192,
  /**
   * Structs, arrays, `i31`, subtyping.
   */
  WASMRT_FEATURE_GC = 16384,
  /**
   * Tags, `throw`, `try_table`.
   */
  WASMRT_FEATURE_EXCEPTIONS = 32768,
  /**
   * `i64.add128` and its siblings.
   */
  WASMRT_FEATURE_WIDE_ARITHMETIC = 65536,
  /**
   * Memories with pages of one byte.
   */
  WASMRT_FEATURE_CUSTOM_PAGE_SIZES = 131072,
};

/**
 * Types of values, by the numbers of the binary format.
 */
enum wasmrt_val_type {
  /**
   * A 32-bit integer.
   */
  WASMRT_VAL_TYPE_I32 = 127,
  /**
   * A 64-bit integer.
   */
  WASMRT_VAL_TYPE_I64 = 126,
  /**
   * An IEEE 754 binary32 number.
   */
  WASMRT_VAL_TYPE_F32 = 125,
  /**
   * An IEEE 754 binary64 number.
   */
  WASMRT_VAL_TYPE_F64 = 124,
  /**
   * A 128-bit vector.
   */
  WASMRT_VAL_TYPE_V128 = 123,
  /**
   * A function or null.
   */
  WASMRT_VAL_TYPE_FUNCREF = 112,
  /**
   * A host object or null.
   */
  WASMRT_VAL_TYPE_EXTERNREF = 111,
  /**
   * An exception or null.
   */
  WASMRT_VAL_TYPE_EXNREF = 105,
};

/**
 * What an import or export is, by the numbers of the binary format.
 */
enum wasmrt_extern_kind {
  /**
   * A function.
   */
  WASMRT_EXTERN_KIND_FUNC = 0,
  /**
   * A table.
   */
  WASMRT_EXTERN_KIND_TABLE = 1,
  /**
   * A memory.
   */
  WASMRT_EXTERN_KIND_MEMORY = 2,
  /**
   * A global.
   */
  WASMRT_EXTERN_KIND_GLOBAL = 3,
  /**
   * A tag: `func` has its type, whose parameters are what an exception carries.
   */
  WASMRT_EXTERN_KIND_TAG = 4,
};

/**
 * The caller of a host function: store and instance. Good until the callback it was passed to returns, on its thread.
 */
typedef struct wasmrt_caller wasmrt_caller;

/**
 * How an engine compiles and runs modules. Owned by the caller, before and after an engine is made from it: free it
 * with `wasmrt_config_delete`. One thread at a time.
 */
typedef struct wasmrt_config wasmrt_config;

/**
 * A configured compiler or interpreter. Owned by the caller: free it with `wasmrt_engine_delete`, at any time, since
 * modules, stores and linkers keep what they need of it. Any number of threads may use an engine at once.
 */
typedef struct wasmrt_engine wasmrt_engine;

/**
 * An error. NULL stands for success everywhere. Whoever receives one owns it: free it with `wasmrt_error_delete`, or
 * return it from a callback, which hands it to the library. Strings borrowed from an error end with it. An error may
 * be read by several threads at once.
 */
typedef struct wasmrt_error wasmrt_error;

/**
 * Definitions by module and item name. Owned by the caller: free it with `wasmrt_linker_delete`, at any time, since
 * instances keep the functions that they import. Host functions are defined once for all stores of the engine, other
 * items belong to one store. Several threads may instantiate with a linker at once; defining needs it alone.
 */
typedef struct wasmrt_linker wasmrt_linker;

/**
 * A validated module with its code. Owned by the caller: free it with `wasmrt_module_delete`, at any time, since
 * instances keep what they need. Any number of threads may use a module at once, in any store of its engine. Strings
 * and arrays borrowed from a module end with it.
 */
typedef struct wasmrt_module wasmrt_module;

/**
 * Instances and everything that belongs to them. Owned by the caller: free it with `wasmrt_store_delete` when no call
 * runs in it any more. Functions, memories, tables, globals and instances are values that name something in a store;
 * used with another store, or after their instance was closed, they are answered with a Usage error. Several threads
 * may use a store at once, also to call into one instance; what guests share through it is for them to order.
 */
typedef struct wasmrt_store wasmrt_store;

/**
 * What a guest is granted: nothing at first but real clocks and the system's random source. Owned by the caller: free
 * it with `wasmrt_wasi_config_delete`, at any time; linkers that were given it keep what they need. One thread at a
 * time. Streams are numbered as in the guest: 0 is its standard input, 1 output, 2 error.
 */
typedef struct wasmrt_wasi_config wasmrt_wasi_config;

/**
 * Frees what a payload word stands for. Runs exactly once, on any thread.
 */
typedef void (*wasmrt_payload_finalizer)(uint64_t payload);

/**
 * One frame of a wasm backtrace. Strings are not NUL-terminated, NULL if unknown, and borrowed.
 */
typedef struct wasmrt_frame {
  /**
   * The module's name from its name section.
   */
  const char *module_name;
  /**
   * Length of `module_name` in bytes.
   */
  size_t module_name_len;
  /**
   * The function's name from the name section, or `module.name` of a host function's import.
   */
  const char *func_name;
  /**
   * Length of `func_name` in bytes.
   */
  size_t func_name_len;
  /**
   * The function's index in its module; for host functions, in the store.
   */
  uint32_t func_index;
  /**
   * Offset of the instruction in bytes from the module's start; `UINT32_MAX` if unknown.
   */
  uint32_t module_offset;
} wasmrt_frame;

/**
 * A function, table, memory, global or tag of a store. A value: copied freely, never freed. The first three members are
 * those of `wasmrt_func` and its siblings.
 */
typedef struct wasmrt_extern {
  /**
   * Which store.
   */
  uint64_t store;
  /**
   * Which of the store's items of this kind.
   */
  uint32_t index;
  /**
   * Which use of the index.
   */
  uint32_t generation;
  /**
   * A `wasmrt_extern_kind`.
   */
  uint32_t kind;
  /**
   * Zero.
   */
  uint32_t reserved;
} wasmrt_extern;

/**
 * The type of a function. Where the library returns one, the arrays are borrowed, as the function says.
 */
typedef struct wasmrt_func_type {
  /**
   * Types of the parameters, each a `wasmrt_val_type`. May be NULL if there are none.
   */
  const uint32_t *params;
  /**
   * Number of parameters.
   */
  size_t params_len;
  /**
   * Types of the results, each a `wasmrt_val_type`. May be NULL if there are none.
   */
  const uint32_t *results;
  /**
   * Number of results.
   */
  size_t results_len;
} wasmrt_func_type;

/**
 * The type of a table. Sizes are in elements.
 */
typedef struct wasmrt_table_type {
  /**
   * Type of the elements, a `wasmrt_val_type`.
   */
  uint32_t element;
  /**
   * 1 if indices are 64 bits wide, else 0.
   */
  uint32_t table64;
  /**
   * Initial size; of an existing table, its current size.
   */
  uint64_t min;
  /**
   * Size that growth never exceeds; `UINT64_MAX` if there is no such size.
   */
  uint64_t max;
} wasmrt_table_type;

/**
 * The type of a memory. Sizes are in pages of `1 << page_size_log2` bytes.
 */
typedef struct wasmrt_memory_type {
  /**
   * Initial size in pages; of an existing memory, its current size.
   */
  uint64_t min;
  /**
   * Size in pages that growth never exceeds; `UINT64_MAX` if there is no such size.
   */
  uint64_t max;
  /**
   * 1 if indices are 64 bits wide, else 0.
   */
  uint32_t memory64;
  /**
   * 1 if several threads of the guest may use it through atomics, else 0.
   */
  uint32_t shared;
  /**
   * Logarithm of the page size in bytes; in an input, 0 stands for 16.
   */
  uint32_t page_size_log2;
  /**
   * Zero.
   */
  uint32_t reserved;
} wasmrt_memory_type;

/**
 * The type of a global.
 */
typedef struct wasmrt_global_type {
  /**
   * Type of the value, a `wasmrt_val_type`.
   */
  uint32_t content;
  /**
   * 1 if the value can be replaced, else 0.
   */
  uint32_t is_mutable;
} wasmrt_global_type;

/**
 * The type of an import or export. Only the member that `kind` names is filled, the others are zero.
 */
typedef struct wasmrt_extern_type {
  /**
   * A `wasmrt_extern_kind`.
   */
  uint32_t kind;
  /**
   * Zero.
   */
  uint32_t reserved;
  /**
   * The type of a function.
   */
  struct wasmrt_func_type func;
  /**
   * The type of a table.
   */
  struct wasmrt_table_type table;
  /**
   * The type of a memory.
   */
  struct wasmrt_memory_type memory;
  /**
   * The type of a global.
   */
  struct wasmrt_global_type global;
} wasmrt_extern_type;

/**
 * A function of a store, a guest's or the host's. A value: copied freely, never freed. `store == 0` is the null
 * reference where one is allowed.
 */
typedef struct wasmrt_func {
  /**
   * Which store.
   */
  uint64_t store;
  /**
   * Which of the store's functions.
   */
  uint32_t index;
  /**
   * Which use of the index.
   */
  uint32_t generation;
} wasmrt_func;

/**
 * A table of a store. A value: copied freely, never freed.
 */
typedef struct wasmrt_table {
  /**
   * Which store.
   */
  uint64_t store;
  /**
   * Which of the store's tables.
   */
  uint32_t index;
  /**
   * Which use of the index.
   */
  uint32_t generation;
} wasmrt_table;

/**
 * A linear memory of a store. A value: copied freely, never freed.
 */
typedef struct wasmrt_memory {
  /**
   * Which store.
   */
  uint64_t store;
  /**
   * Which of the store's memories.
   */
  uint32_t index;
  /**
   * Which use of the index.
   */
  uint32_t generation;
} wasmrt_memory;

/**
 * A global of a store. A value: copied freely, never freed.
 */
typedef struct wasmrt_global {
  /**
   * Which store.
   */
  uint64_t store;
  /**
   * Which of the store's globals.
   */
  uint32_t index;
  /**
   * Which use of the index.
   */
  uint32_t generation;
} wasmrt_global;

/**
 * An import of a module. Strings are not NUL-terminated.
 */
typedef struct wasmrt_import_type {
  /**
   * The module name.
   */
  const char *module;
  /**
   * Length of `module` in bytes.
   */
  size_t module_len;
  /**
   * The item name.
   */
  const char *name;
  /**
   * Length of `name` in bytes.
   */
  size_t name_len;
  /**
   * What is expected.
   */
  struct wasmrt_extern_type type;
} wasmrt_import_type;

/**
 * An export of a module. Strings are not NUL-terminated.
 */
typedef struct wasmrt_export_type {
  /**
   * Its name.
   */
  const char *name;
  /**
   * Length of `name` in bytes.
   */
  size_t name_len;
  /**
   * Position of the item in its index space, imported ones first.
   */
  uint32_t index;
  /**
   * Zero.
   */
  uint32_t reserved;
  /**
   * What is exported.
   */
  struct wasmrt_extern_type type;
} wasmrt_export_type;

/**
 * A function of a module, exported or not. Strings are not NUL-terminated.
 */
typedef struct wasmrt_func_info {
  /**
   * The name in the name section; NULL if it has none.
   */
  const char *name;
  /**
   * Length of `name` in bytes.
   */
  size_t name_len;
  /**
   * 1 if the function is imported, else 0.
   */
  uint32_t is_import;
  /**
   * Zero.
   */
  uint32_t reserved;
  /**
   * Its type.
   */
  struct wasmrt_func_type type;
} wasmrt_func_info;

/**
 * A custom section of a module. The name is not NUL-terminated.
 */
typedef struct wasmrt_custom_section {
  /**
   * Its name.
   */
  const char *name;
  /**
   * Length of `name` in bytes.
   */
  size_t name_len;
  /**
   * Its contents.
   */
  const uint8_t *data;
  /**
   * Length of `data` in bytes.
   */
  size_t data_len;
} wasmrt_custom_section;

/**
 * Limits of a store. Set `size` to the size of the struct; 0 in any other member is no limit.
 */
typedef struct wasmrt_store_limits {
  /**
   * `sizeof(wasmrt_store_limits)`: how the library tells older callers from newer ones.
   */
  size_t size;
  /**
   * How large each memory may become, in bytes.
   */
  uint64_t memory_bytes;
  /**
   * How large each table may become, in elements.
   */
  uint64_t table_elements;
  /**
   * How many instances may exist at once.
   */
  uint64_t instances;
  /**
   * How many memories may exist at once.
   */
  uint64_t memories;
  /**
   * How many tables may exist at once.
   */
  uint64_t tables;
} wasmrt_store_limits;

/**
 * A host function. Parameters come in from slot 0, results go out from slot 0; `slots_len` is the larger of the two
 * counts. An i32 or f32 stands in the low half of its slot, whose upper half is ignored in results; v128 takes two
 * slots, low half first; references are handle words, 0 for null. `caller` is good until the callback returns, on
 * this thread. The callback returns NULL, or an error that ends the guest's call and passes to the library. It may
 * call any function of the library but `wasmrt_store_delete`; it must not leave by `longjmp` or a C++ exception.
 */
typedef struct wasmrt_error *(*wasmrt_func_callback)(void *env,
                                                     struct wasmrt_caller *caller,
                                                     uint64_t *slots,
                                                     size_t slots_len);

/**
 * Frees what an `env` pointer stands for. Runs exactly once, on any thread, when the library lets go of it.
 */
typedef void (*wasmrt_finalizer)(void *env);

/**
 * An instance of a module in a store. A value: copied freely, never freed; `wasmrt_instance_close` ends the instance.
 */
typedef struct wasmrt_instance {
  /**
   * Which store.
   */
  uint64_t store;
  /**
   * Which of the store's instances.
   */
  uint32_t index;
  /**
   * Which use of the index.
   */
  uint32_t generation;
} wasmrt_instance;

/**
 * The value itself; which member counts is said by the type that stands beside it.
 */
typedef union wasmrt_val_payload {
  /**
   * For `WASMRT_VAL_TYPE_I32`.
   */
  int32_t i32;
  /**
   * For `WASMRT_VAL_TYPE_I64`.
   */
  int64_t i64;
  /**
   * For `WASMRT_VAL_TYPE_F32`.
   */
  float f32;
  /**
   * For `WASMRT_VAL_TYPE_F64`.
   */
  double f64;
  /**
   * For `WASMRT_VAL_TYPE_V128`, low half first.
   */
  uint64_t v128[2];
  /**
   * For `WASMRT_VAL_TYPE_FUNCREF`; null has `store == 0`.
   */
  struct wasmrt_func funcref;
  /**
   * For `WASMRT_VAL_TYPE_EXTERNREF`: a handle word (see `wasmrt_externref_new`); null is 0. Also for
   * `WASMRT_VAL_TYPE_EXNREF`.
   */
  uint64_t externref;
} wasmrt_val_payload;

/**
 * A value with its type.
 */
typedef struct wasmrt_val {
  /**
   * A `wasmrt_val_type`.
   */
  uint32_t type;
  /**
   * Zero.
   */
  uint32_t reserved;
  /**
   * The value.
   */
  union wasmrt_val_payload of;
} wasmrt_val;

/**
 * Fills `buffer` with at most `buffer_len` bytes, waiting until there is at least one, and returns how many; 0 is the
 * end; minus a WASI error number is an error for the guest.
 */
typedef int64_t (*wasmrt_wasi_read)(void *env, uint8_t *buffer, size_t buffer_len);

/**
 * Takes `bytes`, or a first part of them, and returns how many; minus a WASI error number is an error for the guest.
 */
typedef int64_t (*wasmrt_wasi_write)(void *env, const uint8_t *bytes, size_t bytes_len);

/**
 * The present in nanoseconds: since 1970-01-01T00:00:00Z for a wall clock, since any moment for a monotonic one.
 */
typedef uint64_t (*wasmrt_wasi_clock)(void *env);

/**
 * Fills all of `buffer` with random bytes and returns 0; a WASI error number is an error for the guest.
 */
typedef int32_t (*wasmrt_wasi_random)(void *env, uint8_t *buffer, size_t buffer_len);

/**
 * Waits.
 */
typedef void (*wasmrt_wasi_sleep)(void *env, uint64_t nanoseconds);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The number of this binary interface. It changes when a program built against an older header would no longer work;
 * functions, constants and members at the end of size-prefixed structs are added without a change.
 *
 * Effects: none.
 */
uint32_t wasmrt_abi_version(void);

/**
 * The library's version, `major.minor.patch`, ending in NUL. The string is never freed.
 *
 * Effects: none.
 */
const char *wasmrt_version(void);

/**
 * Frees an error; NULL is nothing. The finalizer of a host error's payload runs.
 *
 * Effects: none.
 */
void wasmrt_error_delete(struct wasmrt_error *error);

/**
 * A host error with a message, for a host function to return. Never NULL: if `message` is NULL with a length, or not
 * UTF-8, the result is a Usage error that says so.
 *
 * Ownership: the caller's, until it is returned from a callback.
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_error_new(const char *message,
                                      size_t message_len);

/**
 * As `wasmrt_error_new`, with a word by which the host finds its own error again: `wasmrt_error_payload` on the error
 * that comes out of the call returns it. `finalizer` may be NULL.
 *
 * Ownership: `payload` passes to the error, also when the message is refused; the finalizer runs when it is freed.
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_error_new_host(const char *message,
                                           size_t message_len,
                                           uint64_t payload,
                                           wasmrt_payload_finalizer finalizer);

/**
 * A trap, for a host function to return. Never NULL: an unknown code makes a Usage error.
 *
 * Ownership: the caller's, until it is returned from a callback.
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_error_new_trap(uint32_t trap_code);

/**
 * The guest's wish to end with an exit code, for a host function to return. Never NULL.
 *
 * Ownership: the caller's, until it is returned from a callback.
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_error_new_exit(uint32_t exit_code);

/**
 * The phase: a `wasmrt_error_kind`. 0 for NULL.
 *
 * Effects: none.
 */
uint32_t wasmrt_error_kind(const struct wasmrt_error *error);

/**
 * The core message, without backtrace, ending in NUL. `*out_len`, its length in bytes without the NUL, may be NULL.
 * NULL for NULL.
 *
 * Ownership: borrowed from `error`.
 * Effects: allocates.
 */
const char *wasmrt_error_message(const struct wasmrt_error *error,
                                 size_t *out_len);

/**
 * The message followed by the wasm backtrace, if there is one, one frame a line, ending in NUL. NULL for NULL.
 *
 * Ownership: borrowed from `error`.
 * Effects: allocates.
 */
const char *wasmrt_error_display(const struct wasmrt_error *error,
                                 size_t *out_len);

/**
 * The trap's code, a `wasmrt_trap_code`; 0 if this is not a trap.
 *
 * Effects: none.
 */
uint32_t wasmrt_error_trap_code(const struct wasmrt_error *error);

/**
 * Whether the guest ended itself, and with which exit code.
 *
 * Effects: none.
 */
bool wasmrt_error_exit_code(const struct wasmrt_error *error, uint32_t *out_code);

/**
 * Whether this is a host error made with a payload, and the payload. It stays the error's own.
 *
 * Effects: none.
 */
bool wasmrt_error_payload(const struct wasmrt_error *error, uint64_t *out_payload);

/**
 * Whether this is a Decode, Validate or Unsupported error, and where it arose, in bytes from the module's start.
 *
 * Effects: none.
 */
bool wasmrt_error_module_offset(const struct wasmrt_error *error,
                                uint64_t *out_offset);

/**
 * The proposal or feature that an Unsupported error is about, not NUL-terminated; NULL for other errors.
 *
 * Ownership: borrowed from `error`.
 * Effects: none.
 */
const char *wasmrt_error_feature(const struct wasmrt_error *error,
                                 size_t *out_len);

/**
 * The module name of the import that a Link error is about, not NUL-terminated; NULL for other errors.
 *
 * Ownership: borrowed from `error`.
 * Effects: none.
 */
const char *wasmrt_error_import_module(const struct wasmrt_error *error,
                                       size_t *out_len);

/**
 * The name of the import that a Link error is about, not NUL-terminated; NULL for other errors.
 *
 * Ownership: borrowed from `error`.
 * Effects: none.
 */
const char *wasmrt_error_import_name(const struct wasmrt_error *error, size_t *out_len);

/**
 * Number of wasm frames that were live when the error arose; 0 outside calls.
 *
 * Effects: none.
 */
size_t wasmrt_error_frames_len(const struct wasmrt_error *error);

/**
 * Frame `index` of the backtrace, innermost first; false if there is none.
 *
 * Ownership: the frame's strings are borrowed from `error`.
 * Effects: none.
 */
bool wasmrt_error_frame(const struct wasmrt_error *error,
                        size_t index,
                        struct wasmrt_frame *out_frame);

/**
 * The name of a `wasmrt_error_kind`, ending in NUL; NULL if there is none. The string is never freed.
 *
 * Effects: none.
 */
const char *wasmrt_error_kind_name(uint32_t kind);

/**
 * The name of a `wasmrt_trap_code`, such as `MemoryOutOfBounds`, ending in NUL; NULL if there is none. The string is
 * never freed.
 *
 * Effects: none.
 */
const char *wasmrt_trap_code_name(uint32_t trap_code);

/**
 * The core message of a `wasmrt_trap_code`, in the words of the specification's test suite, ending in NUL; NULL if
 * there is none. The string is never freed.
 *
 * Effects: none.
 */
const char *wasmrt_trap_code_message(uint32_t trap_code);

/**
 * A configuration with every setting at its default. NULL only if memory is exhausted.
 *
 * Ownership: the caller's.
 * Effects: allocates.
 */
struct wasmrt_config *wasmrt_config_new(void);

/**
 * Frees a configuration; NULL is nothing. Engines made from it stay.
 *
 * Effects: none.
 */
void wasmrt_config_delete(struct wasmrt_config *config);

/**
 * How guests are run: a `wasmrt_strategy`. Compiled, unless set or unless the machine has no compiler.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_config_set_strategy(struct wasmrt_config *config,
                                                uint32_t strategy);

/**
 * How hard the compiler tries: a `wasmrt_opt_level`. Speed unless set.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_config_set_opt_level(struct wasmrt_config *config, uint32_t opt_level);

/**
 * Which proposals modules may use: bits of `wasmrt_feature`. All unless set; unknown bits are refused.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_config_set_features(struct wasmrt_config *config,
                                                uint64_t bits);

/**
 * How many bytes of stack the frames of guests may take in one outermost call; 512 KiB unless set.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_config_set_max_stack_bytes(struct wasmrt_config *config, size_t bytes);

/**
 * How many bytes of the thread's stack guests leave to host functions and the library; 128 KiB unless set.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_config_set_host_reserve_bytes(struct wasmrt_config *config,
                                                          size_t bytes);

/**
 * Whether guests consume fuel; see `wasmrt_store_set_fuel`. Off unless set.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_config_set_consume_fuel(struct wasmrt_config *config, uint32_t enabled);

/**
 * Whether compiled code looks for interruption (epochs, timeouts, `wasmrt_store_interrupt`) at loop headers and
 * function entries; the interpreter always does. Off unless set.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_config_set_interruption(struct wasmrt_config *config,
                                                    uint32_t enabled);

/**
 * Whether compiled code may rely on hardware faults. Without them all checks are explicit and the library installs no
 * signal handler. On unless set.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_config_set_signals(struct wasmrt_config *config,
                                               uint32_t enabled);

/**
 * Whether compiled code guards checked memory and table accesses against speculation. On unless set.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_config_set_spectre_mitigations(struct wasmrt_config *config,
                                                           uint32_t enabled);

/**
 * Address space reserved for each memory, in bytes. Memories never grow beyond it, and never move.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_config_set_memory_reservation_bytes(struct wasmrt_config *config,
                                                                uint64_t bytes);

/**
 * Inaccessible address space behind each reserved memory, in bytes.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_config_set_memory_guard_bytes(struct wasmrt_config *config,
                                                          uint64_t bytes);

/**
 * How many threads compile a module; 0 is as many as the machine has.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_config_set_compile_threads(struct wasmrt_config *config,
                                                       size_t threads);

/**
 * Makes an engine from `config`, or from the defaults if that is NULL. Fails with Unsupported when the machine cannot
 * do what is asked for.
 *
 * Ownership: `*out_engine` is the caller's; `config` stays the caller's.
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_engine_new(const struct wasmrt_config *config,
                                       struct wasmrt_engine **out_engine);

/**
 * Frees an engine; NULL is nothing.
 *
 * Effects: none.
 */
void wasmrt_engine_delete(struct wasmrt_engine *engine);

/**
 * Moves the engine's epoch on by one tick. Calls in stores whose deadline is reached end with Interrupted; see
 * `wasmrt_store_set_epoch_deadline`.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_engine_increment_epoch(const struct wasmrt_engine *engine);

/**
 * How this engine runs guests: a `wasmrt_strategy`.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_engine_strategy(const struct wasmrt_engine *engine,
                                            uint32_t *out_strategy);

/**
 * The type of an item, with the current size of a table or memory as its minimum.
 *
 * Ownership: the arrays in `*out_type` are borrowed from `store`.
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_extern_ty(const struct wasmrt_store *store,
                                      const struct wasmrt_extern *item,
                                      struct wasmrt_extern_type *out_type);

/**
 * The function that an item is. Fails with Usage if it is something else.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_extern_as_func(const struct wasmrt_extern *item,
                                           struct wasmrt_func *out_func);

/**
 * The table that an item is. Fails with Usage if it is something else.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_extern_as_table(const struct wasmrt_extern *item,
                                            struct wasmrt_table *out_table);

/**
 * The memory that an item is. Fails with Usage if it is something else.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_extern_as_memory(const struct wasmrt_extern *item,
                                             struct wasmrt_memory *out_memory);

/**
 * The global that an item is. Fails with Usage if it is something else.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_extern_as_global(const struct wasmrt_extern *item,
                                             struct wasmrt_global *out_global);

/**
 * A function as an item.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_extern_from_func(const struct wasmrt_func *func,
                                             struct wasmrt_extern *out_item);

/**
 * A table as an item.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_extern_from_table(const struct wasmrt_table *table,
                                              struct wasmrt_extern *out_item);

/**
 * A memory as an item.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_extern_from_memory(const struct wasmrt_memory *memory,
                                               struct wasmrt_extern *out_item);

/**
 * A global as an item.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_extern_from_global(const struct wasmrt_global *global,
                                               struct wasmrt_extern *out_item);

/**
 * Decodes, validates and compiles a module in the binary or the text format. Fails with Decode, Validate, Unsupported
 * or Limit.
 *
 * Ownership: `*out_module` is the caller's; the bytes are not needed afterwards.
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_module_new(const struct wasmrt_engine *engine,
                                       const uint8_t *bytes,
                                       size_t bytes_len,
                                       struct wasmrt_module **out_module);

/**
 * As `wasmrt_module_new`, for the binary format only.
 *
 * Ownership: `*out_module` is the caller's; the bytes are not needed afterwards.
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_module_from_binary(const struct wasmrt_engine *engine,
                                               const uint8_t *bytes,
                                               size_t bytes_len,
                                               struct wasmrt_module **out_module);

/**
 * Decodes and validates a module in either format without compiling it. Fails as `wasmrt_module_new`.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_module_validate(const struct wasmrt_engine *engine,
                                            const uint8_t *bytes,
                                            size_t bytes_len);

/**
 * Frees a module; NULL is nothing. Instances stay.
 *
 * Effects: none.
 */
void wasmrt_module_delete(struct wasmrt_module *module);

/**
 * The module's name in its name section, not NUL-terminated; NULL if it has none. `out_len` may be NULL.
 *
 * Ownership: borrowed from `module`.
 * Effects: none.
 */
const char *wasmrt_module_name(const struct wasmrt_module *module,
                               size_t *out_len);

/**
 * The binary that the module was made from; of a text, what it was translated to. NULL for NULL.
 *
 * Ownership: borrowed from `module`.
 * Effects: none.
 */
const uint8_t *wasmrt_module_bytes(const struct wasmrt_module *module, size_t *out_len);

/**
 * Number of imports; 0 for NULL.
 *
 * Effects: none.
 */
size_t wasmrt_module_imports_len(const struct wasmrt_module *module);

/**
 * Import `index`, in the module's order.
 *
 * Ownership: the strings and arrays in `*out_import` are borrowed from `module`.
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_module_import(const struct wasmrt_module *module,
                                          size_t index,
                                          struct wasmrt_import_type *out_import);

/**
 * Number of exports; 0 for NULL.
 *
 * Effects: none.
 */
size_t wasmrt_module_exports_len(const struct wasmrt_module *module);

/**
 * Export `index`, in the module's order.
 *
 * Ownership: the strings and arrays in `*out_export` are borrowed from `module`.
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_module_export(const struct wasmrt_module *module,
                                          size_t index,
                                          struct wasmrt_export_type *out_export);

/**
 * Number of functions, imported ones first; 0 for NULL.
 *
 * Effects: none.
 */
size_t wasmrt_module_funcs_len(const struct wasmrt_module *module);

/**
 * Function `index` of the module's function index space.
 *
 * Ownership: the strings and arrays in `*out_info` are borrowed from `module`.
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_module_func(const struct wasmrt_module *module,
                                        size_t index,
                                        struct wasmrt_func_info *out_info);

/**
 * Number of custom sections; 0 for NULL.
 *
 * Effects: none.
 */
size_t wasmrt_module_custom_sections_len(const struct wasmrt_module *module);

/**
 * Custom section `index`, in the module's order.
 *
 * Ownership: name and contents are borrowed from `module`.
 * Effects: none.
 */
struct wasmrt_error *wasmrt_module_custom_section(const struct wasmrt_module *module,
                                                  size_t index,
                                                  struct wasmrt_custom_section *out_section);

/**
 * Machine code of the module in bytes; 0 for interpreted modules and for NULL.
 *
 * Effects: none.
 */
size_t wasmrt_module_code_bytes(const struct wasmrt_module *module);

/**
 * Makes an empty store.
 *
 * Ownership: `*out_store` is the caller's.
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_store_new(const struct wasmrt_engine *engine,
                                      struct wasmrt_store **out_store);

/**
 * Frees a store with everything in it; NULL is nothing. No call may be running in it.
 *
 * Effects: none.
 */
void wasmrt_store_delete(struct wasmrt_store *store);

/**
 * Replaces the fuel that guests may still consume: one unit per operator. Out of fuel, a call traps. Fails with Usage
 * if the engine does not meter fuel.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_store_set_fuel(struct wasmrt_store *store,
                                           uint64_t fuel);

/**
 * The fuel that is left. Fails with Usage if the engine does not meter fuel.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_store_fuel(const struct wasmrt_store *store, uint64_t *out_fuel);

/**
 * Replaces the limits of what guests may hold; what exists already stays.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_store_set_limits(struct wasmrt_store *store,
                                             const struct wasmrt_store_limits *limits);

/**
 * How long each outermost call may take before it ends with Interrupted, in nanoseconds; 0, the default, is as long
 * as it likes. Compiled code needs `wasmrt_config_set_interruption`.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_store_set_timeout(struct wasmrt_store *store,
                                              uint64_t nanoseconds);

/**
 * Ends calls with Interrupted once `wasmrt_engine_increment_epoch` was called `ticks` more times. Compiled code needs
 * `wasmrt_config_set_interruption`.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_store_set_epoch_deadline(struct wasmrt_store *store,
                                                     uint64_t ticks);

/**
 * Ends the calls that run in the store with Interrupted; later calls are not affected. Compiled code needs
 * `wasmrt_config_set_interruption`.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_store_interrupt(const struct wasmrt_store *store);

/**
 * Makes an empty linker.
 *
 * Ownership: `*out_linker` is the caller's.
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_linker_new(const struct wasmrt_engine *engine,
                                       struct wasmrt_linker **out_linker);

/**
 * Frees a linker; NULL is nothing. The finalizer of a host function runs when the last instance that imports it is
 * gone, too.
 *
 * Effects: none.
 */
void wasmrt_linker_delete(struct wasmrt_linker *linker);

/**
 * Whether a name may be defined again (0: no, the default); the last definition counts.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_linker_allow_shadowing(struct wasmrt_linker *linker, uint32_t allowed);

/**
 * Defines a host function; see `wasmrt_func_callback` for how it is called. Fails with Usage if the name is taken.
 *
 * Ownership: `env` passes to the library, also when this fails: `finalizer` (which may be NULL) runs exactly once.
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_linker_define_func(struct wasmrt_linker *linker,
                                               const char *module,
                                               size_t module_len,
                                               const char *name,
                                               size_t name_len,
                                               const struct wasmrt_func_type *type,
                                               wasmrt_func_callback callback,
                                               void *env,
                                               wasmrt_finalizer finalizer);

/**
 * Defines an item of a store. Fails with Usage if the name is taken.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_linker_define(struct wasmrt_linker *linker,
                                          const struct wasmrt_store *store,
                                          const char *module,
                                          size_t module_len,
                                          const char *name,
                                          size_t name_len,
                                          const struct wasmrt_extern *item);

/**
 * Defines every export of an instance under the module name `module`. Fails with Usage if a name is taken.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_linker_define_instance(struct wasmrt_linker *linker,
                                                   struct wasmrt_store *store,
                                                   const char *module,
                                                   size_t module_len,
                                                   const struct wasmrt_instance *instance);

/**
 * The definition with this name as an item of `store`. Fails with Usage if there is none.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_linker_get(const struct wasmrt_linker *linker,
                                       struct wasmrt_store *store,
                                       const char *module,
                                       size_t module_len,
                                       const char *name,
                                       size_t name_len,
                                       struct wasmrt_extern *out_item);

/**
 * Instantiates a module with these definitions and runs its start function. Fails with Link, naming the first import
 * that has no definition or one of another type, with Limit, and with whatever the start function ends with.
 *
 * Effects: runs guest code.
 */
struct wasmrt_error *wasmrt_linker_instantiate(const struct wasmrt_linker *linker,
                                               struct wasmrt_store *store,
                                               const struct wasmrt_module *module,
                                               struct wasmrt_instance *out_instance);

/**
 * Instantiates a module with one item for each of its imports, in their order, and runs its start function. Fails with
 * Link for an item of the wrong type, with Usage for a wrong count or a foreign store, with Limit, and with whatever
 * the start function ends with.
 *
 * Effects: runs guest code.
 */
struct wasmrt_error *wasmrt_instance_new(struct wasmrt_store *store,
                                         const struct wasmrt_module *module,
                                         const struct wasmrt_extern *imports,
                                         size_t imports_len,
                                         struct wasmrt_instance *out_instance);

/**
 * The export with this name. Fails with Usage if there is none, or the instance was closed.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_instance_export(struct wasmrt_store *store,
                                            const struct wasmrt_instance *instance,
                                            const char *name,
                                            size_t name_len,
                                            struct wasmrt_extern *out_item);

/**
 * Export `index`, in the order of the module's exports (see `wasmrt_module_export`). Fails with Usage if there is
 * none, or the instance was closed.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_instance_export_at(struct wasmrt_store *store,
                                               const struct wasmrt_instance *instance,
                                               size_t index,
                                               struct wasmrt_extern *out_item);

/**
 * The exported function with this name. Fails with Usage if there is none, or the instance was closed.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_instance_get_func(struct wasmrt_store *store,
                                              const struct wasmrt_instance *instance,
                                              const char *name,
                                              size_t name_len,
                                              struct wasmrt_func *out_func);

/**
 * The exported table with this name. Fails with Usage if there is none, or the instance was closed.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_instance_get_table(struct wasmrt_store *store,
                                               const struct wasmrt_instance *instance,
                                               const char *name,
                                               size_t name_len,
                                               struct wasmrt_table *out_table);

/**
 * The exported memory with this name. Fails with Usage if there is none, or the instance was closed.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_instance_get_memory(struct wasmrt_store *store,
                                                const struct wasmrt_instance *instance,
                                                const char *name,
                                                size_t name_len,
                                                struct wasmrt_memory *out_memory);

/**
 * The exported global with this name. Fails with Usage if there is none, or the instance was closed.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_instance_get_global(struct wasmrt_store *store,
                                                const struct wasmrt_instance *instance,
                                                const char *name,
                                                size_t name_len,
                                                struct wasmrt_global *out_global);

/**
 * The instance's module, as a new reference to it.
 *
 * Ownership: `*out_module` is the caller's.
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_instance_module(const struct wasmrt_store *store,
                                            const struct wasmrt_instance *instance,
                                            struct wasmrt_module **out_module);

/**
 * Closes the instance: from now on its functions cannot be called from the host, and its handles are stale. It is
 * freed when no call runs in it and nothing that is open can reach it.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_instance_close(struct wasmrt_store *store,
                                           const struct wasmrt_instance *instance);

/**
 * Ends the calls that the host made to functions of this instance and that still run with Interrupted; so too those that
 * begin before the last of them has ended. The instance may be closed already. Compiled code needs
 * `wasmrt_config_set_interruption`.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_instance_interrupt(const struct wasmrt_store *store,
                                               const struct wasmrt_instance *instance);

/**
 * Makes a host function in a store; see `wasmrt_func_callback` for how it is called. It lives as long as the store.
 *
 * Ownership: `env` passes to the library, also when this fails: `finalizer` (which may be NULL) runs exactly once.
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_func_new(struct wasmrt_store *store,
                                     const struct wasmrt_func_type *type,
                                     wasmrt_func_callback callback,
                                     void *env,
                                     wasmrt_finalizer finalizer,
                                     struct wasmrt_func *out_func);

/**
 * The function's type.
 *
 * Ownership: the arrays in `*out_type` are borrowed from `store`.
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_func_ty(const struct wasmrt_store *store,
                                    const struct wasmrt_func *func,
                                    struct wasmrt_func_type *out_type);

/**
 * Calls a function with typed values. Counts and types are checked: Usage. Fails with whatever the call ends with:
 * Trap, Exit, Host, Interrupted, Limit.
 *
 * Effects: runs guest code.
 */
struct wasmrt_error *wasmrt_func_call(struct wasmrt_store *store,
                                      const struct wasmrt_func *func,
                                      const struct wasmrt_val *args,
                                      size_t args_len,
                                      struct wasmrt_val *out_results,
                                      size_t results_len);

/**
 * Calls a function through call slots: arguments come in from slot 0, results go out from slot 0, in the layout of
 * `wasmrt_func_callback`. Fails with Usage if there are fewer slots than the larger of parameters and results take, or
 * a reference is not a handle of this store; else as `wasmrt_func_call`. After a failure the slots hold anything.
 *
 * Effects: runs guest code.
 */
struct wasmrt_error *wasmrt_func_call_slots(struct wasmrt_store *store,
                                            const struct wasmrt_func *func,
                                            uint64_t *slots,
                                            size_t slots_len);

/**
 * The function as the handle word that stands in a call slot.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_func_to_slot(struct wasmrt_store *store,
                                         const struct wasmrt_func *func,
                                         uint64_t *out_slot);

/**
 * The function of a handle word; 0 is the null reference, which has `store == 0`. Fails with Usage if the word names
 * no function of this store.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_func_from_slot(struct wasmrt_store *store,
                                           uint64_t slot,
                                           struct wasmrt_func *out_func);

/**
 * Makes a zeroed memory of the host's own. Fails with Limit if there is not enough memory.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_memory_new(struct wasmrt_store *store,
                                       const struct wasmrt_memory_type *type,
                                       struct wasmrt_memory *out_memory);

/**
 * The memory's type, with its current size as minimum.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_memory_ty(const struct wasmrt_store *store,
                                      const struct wasmrt_memory *memory,
                                      struct wasmrt_memory_type *out_type);

/**
 * The memory's bytes and its current size in bytes. The address stays the same as long as the memory exists, however
 * it grows; the bytes up to the size may be read and written directly, as the guest does.
 *
 * Ownership: borrowed from the memory, which ends with its instance, or with the store if the host made it. The bytes
 * up to `*out_len` may still be touched then: they are zeros of nobody's, until the quarantine is exceeded, see
 * `wasmrt_memory_set_quarantine_bytes`.
 * Threads: accesses race with guests that run at the same time; what they share is for the embedder to order.
 * Effects: none.
 */
struct wasmrt_error *wasmrt_memory_data(const struct wasmrt_store *store,
                                        const struct wasmrt_memory *memory,
                                        uint8_t **out_data,
                                        size_t *out_len);

/**
 * How much address space, in the whole process, stays mapped for those who touch memories after their end, the newest
 * first; 32 GiB unless set. It costs memory only where it is written to. On systems that take no pages back it does
 * cost memory, and is 64 MiB unless set.
 *
 * Effects: none.
 */
void wasmrt_memory_set_quarantine_bytes(uint64_t bytes);

/**
 * The memory's current size in pages.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_memory_size(const struct wasmrt_store *store,
                                        const struct wasmrt_memory *memory,
                                        uint64_t *out_pages);

/**
 * Grows the memory by `delta_pages` zeroed pages. `*out_previous_pages` is the old size. Fails with Limit, changing
 * nothing, beyond the memory's maximum or the store's limits.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_memory_grow(struct wasmrt_store *store,
                                        const struct wasmrt_memory *memory,
                                        uint64_t delta_pages,
                                        uint64_t *out_previous_pages);

/**
 * Copies `bytes_len` bytes out of the memory, from byte `offset` on. Fails with Usage out of bounds.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_memory_read(const struct wasmrt_store *store,
                                        const struct wasmrt_memory *memory,
                                        uint64_t offset,
                                        uint8_t *out_bytes,
                                        size_t bytes_len);

/**
 * Copies `bytes_len` bytes into the memory, from byte `offset` on. Fails with Usage, writing nothing, out of bounds.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_memory_write(struct wasmrt_store *store,
                                         const struct wasmrt_memory *memory,
                                         uint64_t offset,
                                         const uint8_t *bytes,
                                         size_t bytes_len);

/**
 * Makes a table of the host's own, filled with `init`. Fails with Usage if that is of another type, with Limit beyond
 * the store's limits.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_table_new(struct wasmrt_store *store,
                                      const struct wasmrt_table_type *type,
                                      const struct wasmrt_val *init,
                                      struct wasmrt_table *out_table);

/**
 * The table's type, with its current size as minimum.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_table_ty(const struct wasmrt_store *store,
                                     const struct wasmrt_table *table,
                                     struct wasmrt_table_type *out_type);

/**
 * The table's current size in elements.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_table_size(const struct wasmrt_store *store,
                                       const struct wasmrt_table *table,
                                       uint64_t *out_elements);

/**
 * The element at `index`. Fails with Usage out of bounds.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_table_get(struct wasmrt_store *store,
                                      const struct wasmrt_table *table,
                                      uint64_t index,
                                      struct wasmrt_val *out_value);

/**
 * Replaces the element at `index`. Fails with Usage out of bounds or for a value of another type.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_table_set(struct wasmrt_store *store,
                                      const struct wasmrt_table *table,
                                      uint64_t index,
                                      const struct wasmrt_val *value);

/**
 * Grows the table by `delta_elements` elements that are all `init`. `*out_previous_elements` is the old size. Fails
 * with Limit, changing nothing, beyond the table's maximum or the store's limits.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_table_grow(struct wasmrt_store *store,
                                       const struct wasmrt_table *table,
                                       uint64_t delta_elements,
                                       const struct wasmrt_val *init,
                                       uint64_t *out_previous_elements);

/**
 * Makes a global of the host's own. Fails with Usage for a value of another type.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_global_new(struct wasmrt_store *store,
                                       const struct wasmrt_global_type *type,
                                       const struct wasmrt_val *value,
                                       struct wasmrt_global *out_global);

/**
 * The global's type.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_global_ty(const struct wasmrt_store *store,
                                      const struct wasmrt_global *global,
                                      struct wasmrt_global_type *out_type);

/**
 * The global's value.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_global_get(struct wasmrt_store *store,
                                       const struct wasmrt_global *global,
                                       struct wasmrt_val *out_value);

/**
 * Replaces the global's value. Fails with Usage if it is immutable or the value is of another type.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_global_set(struct wasmrt_store *store,
                                       const struct wasmrt_global *global,
                                       const struct wasmrt_val *value);

/**
 * The global's value as it stands in call slots: two for v128, else one. Fails with Usage if there are fewer.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_global_get_slots(struct wasmrt_store *store,
                                             const struct wasmrt_global *global,
                                             uint64_t *out_slots,
                                             size_t slots_len);

/**
 * Replaces the global's value by one in call slots: two for v128, else one. Fails with Usage if it is immutable, if
 * there are fewer slots, or a reference is not a handle of this store.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_global_set_slots(struct wasmrt_store *store,
                                             const struct wasmrt_global *global,
                                             const uint64_t *slots,
                                             size_t slots_len);

/**
 * Makes a host object of a pointer and gives a handle word for it, never 0. The handle is pinned: take that back with
 * `wasmrt_externref_unpin` when only guests need the object any more.
 *
 * Ownership: `data` passes to the library, also when this fails: `finalizer` (which may be NULL) runs exactly once,
 * when neither a pin nor a guest refers to the object any more, or with the store.
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_externref_new(struct wasmrt_store *store,
                                          void *data,
                                          wasmrt_finalizer finalizer,
                                          uint64_t *out_externref);

/**
 * The pointer of an object made by `wasmrt_externref_new`. Fails with Usage for null and other objects.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_externref_data(struct wasmrt_store *store,
                                           uint64_t externref,
                                           void **out_data);

/**
 * Makes a host object of a word and gives a handle word for it, never 0; pinned as by `wasmrt_externref_new`.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_externref_from_word(struct wasmrt_store *store,
                                                uint64_t word,
                                                uint64_t *out_externref);

/**
 * The word of an object made by `wasmrt_externref_from_word`. Fails with Usage for null and other objects.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_externref_to_word(struct wasmrt_store *store,
                                              uint64_t externref,
                                              uint64_t *out_word);

/**
 * Keeps a handle good until as many calls of `wasmrt_externref_unpin`. A handle that came out of a call, a table or a
 * global is good, without a pin, until the next outermost call in the store returns.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_externref_pin(struct wasmrt_store *store,
                                          uint64_t externref);

/**
 * Takes one pin of a handle back. Fails with Usage if it has none.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_externref_unpin(struct wasmrt_store *store, uint64_t externref);

/**
 * The store in which the function was called, the same pointer as `wasmrt_store_new` gave; NULL for NULL.
 *
 * Ownership: borrowed until the callback returns.
 * Effects: none.
 */
struct wasmrt_store *wasmrt_caller_store(const struct wasmrt_caller *caller);

/**
 * The instance that imports the function. Fails with Usage if the host called the function directly.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_caller_instance(const struct wasmrt_caller *caller,
                                            struct wasmrt_instance *out_instance);

/**
 * An export of the calling instance. Fails with Usage if there is none with this name.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_caller_export(struct wasmrt_caller *caller,
                                          const char *name,
                                          size_t name_len,
                                          struct wasmrt_extern *out_item);

/**
 * Number of wasm frames below the host function, which this call looks up; 0 for NULL.
 *
 * Effects: allocates.
 */
size_t wasmrt_caller_frames_len(struct wasmrt_caller *caller);

/**
 * Frame `index` of those that `wasmrt_caller_frames_len` looked up, innermost first; false if there is none.
 *
 * Ownership: the frame's strings are borrowed from `caller`.
 * Effects: none.
 */
bool wasmrt_caller_frame(const struct wasmrt_caller *caller,
                         size_t index,
                         struct wasmrt_frame *out_frame);

/**
 * Makes a configuration that grants nothing but real clocks and randomness. NULL only if memory is exhausted.
 *
 * Ownership: the caller's.
 * Effects: allocates.
 */
struct wasmrt_wasi_config *wasmrt_wasi_config_new(void);

/**
 * Frees a configuration; NULL is nothing. Finalizers of callbacks run when the last linker and instance that use them
 * are gone, too.
 *
 * Effects: none.
 */
void wasmrt_wasi_config_delete(struct wasmrt_wasi_config *config);

/**
 * Adds an argument; by convention the first is the program's name.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_wasi_config_push_arg(struct wasmrt_wasi_config *config,
                                                 const char *arg,
                                                 size_t arg_len);

/**
 * Sets an environment variable.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_wasi_config_push_env(struct wasmrt_wasi_config *config,
                                                 const char *name,
                                                 size_t name_len,
                                                 const char *value,
                                                 size_t value_len);

/**
 * Lets the guest use this process's own stream of that number.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_wasi_config_inherit_stream(struct wasmrt_wasi_config *config,
                                                       uint32_t stream);

/**
 * Lets the guest use all three standard streams of this process.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_wasi_config_inherit_stdio(struct wasmrt_wasi_config *config);

/**
 * Makes a file descriptor of this process the guest's stream. The descriptor is duplicated and stays the caller's.
 * Fails with Usage if it is not open.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_wasi_config_set_stream_fd(struct wasmrt_wasi_config *config,
                                                      uint32_t stream,
                                                      int32_t fd);

/**
 * Lets the guest read a copy of these bytes from its standard input, and then the end.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_wasi_config_set_stdin_bytes(struct wasmrt_wasi_config *config,
                                                        const uint8_t *bytes,
                                                        size_t bytes_len);

/**
 * Lets the guest read its standard input from a callback.
 *
 * Ownership: `env` passes to the library, also when this fails: `finalizer` (which may be NULL) runs exactly once.
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_wasi_config_set_stdin_callback(struct wasmrt_wasi_config *config,
                                                           wasmrt_wasi_read read,
                                                           void *env,
                                                           wasmrt_finalizer finalizer);

/**
 * Hands what the guest writes to stream 1 or 2 to a callback.
 *
 * Ownership: `env` passes to the library, also when this fails: `finalizer` (which may be NULL) runs exactly once.
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_wasi_config_set_output_callback(struct wasmrt_wasi_config *config,
                                                            uint32_t stream,
                                                            wasmrt_wasi_write write,
                                                            void *env,
                                                            wasmrt_finalizer finalizer);

/**
 * Keeps what the guest writes to stream 1 or 2, for `wasmrt_wasi_config_captured_output`.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_wasi_config_capture_output(struct wasmrt_wasi_config *config,
                                                       uint32_t stream);

/**
 * Copies what the guest has written so far to a stream that is captured, from byte `offset` on, as much as fits into
 * `bytes_len`. `*out_len` is the number of bytes captured in all; to learn only that, pass no buffer.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_wasi_config_captured_output(const struct wasmrt_wasi_config *config,
                                                        uint32_t stream,
                                                        size_t offset,
                                                        uint8_t *out_bytes,
                                                        size_t bytes_len,
                                                        size_t *out_len);

/**
 * Grants a directory of the host's and everything in it; the guest finds it at `guest_path`. It is opened now. With
 * `read_only` not 0 nothing in it can be changed. Fails with Host if it cannot be opened.
 *
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_wasi_config_preopen_dir(struct wasmrt_wasi_config *config,
                                                    const char *host_path,
                                                    size_t host_path_len,
                                                    const char *guest_path,
                                                    size_t guest_path_len,
                                                    uint32_t read_only);

/**
 * Makes the guest's world the same in every run: clocks start at fixed times and step by a millisecond per reading,
 * sleeping takes no time, random bytes are a fixed stream.
 *
 * Effects: none.
 */
struct wasmrt_error *wasmrt_wasi_config_set_deterministic(struct wasmrt_wasi_config *config);

/**
 * Tells the guest the date from a callback.
 *
 * Ownership: `env` passes to the library, also when this fails: `finalizer` (which may be NULL) runs exactly once.
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_wasi_config_set_wall_clock(struct wasmrt_wasi_config *config,
                                                       wasmrt_wasi_clock clock,
                                                       uint64_t resolution_nanoseconds,
                                                       void *env,
                                                       wasmrt_finalizer finalizer);

/**
 * Lets the guest measure durations by a callback.
 *
 * Ownership: `env` passes to the library, also when this fails: `finalizer` (which may be NULL) runs exactly once.
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_wasi_config_set_monotonic_clock(struct wasmrt_wasi_config *config,
                                                            wasmrt_wasi_clock clock,
                                                            uint64_t resolution_nanoseconds,
                                                            void *env,
                                                            wasmrt_finalizer finalizer);

/**
 * Gives the guest random bytes from a callback.
 *
 * Ownership: `env` passes to the library, also when this fails: `finalizer` (which may be NULL) runs exactly once.
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_wasi_config_set_random(struct wasmrt_wasi_config *config,
                                                   wasmrt_wasi_random random,
                                                   void *env,
                                                   wasmrt_finalizer finalizer);

/**
 * Lets a callback wait when the guest sleeps.
 *
 * Ownership: `env` passes to the library, also when this fails: `finalizer` (which may be NULL) runs exactly once.
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_wasi_config_set_sleep(struct wasmrt_wasi_config *config,
                                                  wasmrt_wasi_sleep sleep,
                                                  void *env,
                                                  wasmrt_finalizer finalizer);

/**
 * Defines the functions of WASI preview 1 in a linker: under `wasi_snapshot_preview1`, and under the older
 * `wasi_unstable`. Everything that the linker instantiates shares one world made from `config`: its descriptors, for
 * instance. Fails with Usage if an argument or variable is malformed or a name is taken.
 *
 * Ownership: `config` stays the caller's.
 * Effects: allocates.
 */
struct wasmrt_error *wasmrt_linker_define_wasi(struct wasmrt_linker *linker,
                                               const struct wasmrt_wasi_config *config);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* WASMRT_H */
