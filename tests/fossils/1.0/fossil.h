/* What the fossils of ABI 1.0 have in common: failing, and a component without options. Each
 * defines FOSSIL_NAME and FOSSIL_KIND before it includes this, and FOSSIL_TABLE(table) at its end.
 * Nothing here or in them is ever changed: they are what an author built when 1.0 was new. */
#ifndef LOAM_TESTS_FOSSIL_H
#define LOAM_TESTS_FOSSIL_H

#include <stdlib.h>
#include <string.h>

#include "loam/abi.h"

static inline loam_status fossil_fail(loam_error* error, loam_status code, const char* message) {
  if (error != NULL && error->struct_size >= sizeof(loam_error)) {
    error->code = code;
    strncpy(error->message, message, sizeof error->message - 1);
  }
  return code;
}

static loam_status fossil_create(const loam_host* host, void* plugin_state,
                                 const loam_config_api* api, const loam_config* config, void** self,
                                 loam_error* error) {
  (void)host;
  (void)plugin_state;
  (void)api;
  (void)config;
  (void)self;
  (void)error;
  return LOAM_OK;
}

static void fossil_destroy(void* self) { (void)self; }

static const char* fossil_schema(void) { return "{\"type\":\"object\",\"properties\":{}}"; }

#ifdef FOSSIL_SHAPES_BYTES
#define FOSSIL_ID "org.example." FOSSIL_NAME "/1"
static loam_status fossil_identity(void* self, loam_sink* out) {
  loam_slice text = {FOSSIL_ID, sizeof FOSSIL_ID - 1};
  (void)self;
  return out->append(out, text);
}
#else
#define FOSSIL_ID NULL
#define fossil_identity NULL
#endif

#define FOSSIL_TABLE(its_table)                                                          \
  static const loam_component fossil_component = {.struct_size = sizeof(loam_component), \
                                                  .kind_major = 1,                       \
                                                  .kind = FOSSIL_KIND,                   \
                                                  .name = FOSSIL_NAME,                   \
                                                  .persistent_id = FOSSIL_ID,            \
                                                  .summary = "as it was in 1.0",         \
                                                  .config_schema = fossil_schema,        \
                                                  .create = fossil_create,               \
                                                  .destroy = fossil_destroy,             \
                                                  .identity = fossil_identity,           \
                                                  .table = &(its_table)};                \
  static const loam_component* const fossil_components[] = {&fossil_component};          \
  static const loam_plugin fossil_plugin = {.struct_size = sizeof(loam_plugin),          \
                                            .abi_major = LOAM_ABI_MAJOR,                 \
                                            .abi_minor = LOAM_ABI_MINOR,                 \
                                            .magic = LOAM_PLUGIN_MAGIC,                  \
                                            .id = "org.example." FOSSIL_NAME,            \
                                            .version = "1.0.0",                          \
                                            .components = fossil_components,             \
                                            .component_count = 1};                       \
  __attribute__((visibility("default"))) const loam_plugin* loam_plugin_entry_v1(void) { \
    return &fossil_plugin;                                                               \
  }

#endif
