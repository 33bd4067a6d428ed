/* A codec in plain C that copies: what the C plugins of this folder have in common. Each defines
 * PLAIN_NAME before it includes this. */
#ifndef LOAM_TESTS_PLAIN_CODEC_H
#define LOAM_TESTS_PLAIN_CODEC_H

#include <string.h>

#include "loam/abi.h"

static loam_status plain_fail(loam_error* error, loam_status code, const char* message) {
  if (error != NULL && error->struct_size >= sizeof(loam_error)) {
    error->code = code;
    strncpy(error->message, message, sizeof error->message - 1);
  }
  return code;
}

static size_t plain_bound(void* self, size_t raw_size) {
  (void)self;
  return raw_size;
}

static loam_status plain_compress(void* self, void* context, loam_slice in, char* out,
                                  size_t capacity, size_t* out_size, loam_error* error) {
  (void)self;
  (void)context;
  (void)error;
  if (in.size > capacity) return LOAM_INCOMPRESSIBLE;
  if (in.size != 0) memcpy(out, in.data, in.size);
  *out_size = in.size;
  return LOAM_OK;
}

static loam_status plain_decompress(void* self, void* context, loam_slice in, char* out,
                                    size_t raw_size, loam_error* error) {
  (void)self;
  (void)context;
  if (in.size != raw_size) return plain_fail(error, LOAM_CORRUPTION, "another size than stated");
  if (in.size != 0) memcpy(out, in.data, in.size);
  return LOAM_OK;
}

static loam_status plain_create(const loam_host* host, void* plugin_state,
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

static void plain_destroy(void* self) { (void)self; }

static const char* plain_schema(void) { return "{\"type\":\"object\",\"properties\":{}}"; }

static loam_status plain_identity(void* self, loam_sink* out) {
  static const char id[] = "org.example." PLAIN_NAME "/1";
  loam_slice text = {id, sizeof id - 1};
  (void)self;
  return out->append(out, text);
}

/* Ends behind decompress, as if an earlier minor had no more slots. */
static const struct {
  uint32_t struct_size;
  uint32_t flags;
  size_t (*bound)(void*, size_t);
  loam_status (*context_create)(void*, void**, loam_error*);
  void (*context_destroy)(void*, void*);
  loam_status (*compress)(void*, void*, loam_slice, char*, size_t, size_t*, loam_error*);
  loam_status (*decompress)(void*, void*, loam_slice, char*, size_t, loam_error*);
} plain_table = {offsetof(loam_codec_v1, raw_size),
                 0,
                 plain_bound,
                 NULL,
                 NULL,
                 plain_compress,
                 plain_decompress};

static const loam_component plain_component = {
    .struct_size = sizeof(loam_component),
    .kind_major = 1,
    .kind = LOAM_KIND_CODEC,
    .name = PLAIN_NAME,
    .persistent_id = "org.example." PLAIN_NAME "/1",
    .summary = "copies",
    .config_schema = plain_schema,
    .create = plain_create,
    .destroy = plain_destroy,
    .identity = plain_identity,
    .table = &plain_table,
};

static const loam_component* const plain_components[] = {&plain_component};

#define PLAIN_PLUGIN                                                                           \
  .struct_size = sizeof(loam_plugin), .magic = LOAM_PLUGIN_MAGIC, .abi_major = LOAM_ABI_MAJOR, \
  .id = "org.example." PLAIN_NAME, .version = "1.0.0", .components = plain_components,         \
  .component_count = 1

#define PLAIN_EXPORT __attribute__((visibility("default")))

#endif
