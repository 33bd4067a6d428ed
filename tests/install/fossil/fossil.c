/* A plugin in plain C: codec "fossil", runs of equal bytes as (length, byte). It uses nothing but
 * loam/abi.h, so it can be built against altered copies of that header. */
#include <loam/abi.h>
#include <string.h>

static size_t bound(void* self, size_t raw_size) {
  (void)self;
  return 2 * raw_size;
}

static loam_status compress(void* self, void* context, loam_slice in, char* out, size_t capacity,
                            size_t* out_size, loam_error* error) {
  size_t size = 0;
  (void)self, (void)context, (void)error;
  for (size_t i = 0; i < in.size;) {
    size_t run = 1;
    while (run < 255 && i + run < in.size && in.data[i + run] == in.data[i]) ++run;
    if (capacity - size < 2) return LOAM_INCOMPRESSIBLE;
    out[size++] = (char)run;
    out[size++] = in.data[i];
    i += run;
  }
  *out_size = size;
  return LOAM_OK;
}

static loam_status decompress(void* self, void* context, loam_slice in, char* out, size_t raw_size,
                              loam_error* error) {
  size_t size = 0;
  (void)self, (void)context, (void)error;
  for (size_t i = 0; i + 1 < in.size; i += 2) {
    const size_t run = (unsigned char)in.data[i];
    if (run > raw_size - size) return LOAM_CORRUPTION;
    memset(out + size, in.data[i + 1], run);
    size += run;
  }
  return size == raw_size ? LOAM_OK : LOAM_CORRUPTION;
}

static const char* schema(void) {
  return "{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}";
}

static loam_status create(const loam_host* host, void* plugin_state, const loam_config_api* api,
                          const loam_config* config, void** self, loam_error* error) {
  static char instance; /* there is nothing to remember */
  (void)host, (void)plugin_state, (void)api, (void)config, (void)error;
  *self = &instance;
  return LOAM_OK;
}

static void destroy(void* self) { (void)self; }

static loam_status identity(void* self, loam_sink* out) {
  static const char kId[] = "org.example.fossil/1";
  const loam_slice id = {kId, sizeof kId - 1};
  (void)self;
  return out->append(out, id);
}

static const loam_codec_v1 kTable = {
    .struct_size = sizeof kTable, .bound = bound, .compress = compress, .decompress = decompress};

static const loam_component kComponent = {.struct_size = sizeof kComponent,
                                          .kind_major = 1,
                                          .kind = LOAM_KIND_CODEC,
                                          .name = "fossil",
                                          .persistent_id = "org.example.fossil/1",
                                          .summary = "run lengths, from long ago",
                                          .config_schema = schema,
                                          .create = create,
                                          .destroy = destroy,
                                          .identity = identity,
                                          .table = &kTable};

static const loam_component* const kComponents[] = {&kComponent};

static const loam_plugin kPlugin = {.struct_size = sizeof kPlugin,
                                    .abi_major = LOAM_ABI_MAJOR,
                                    .abi_minor = LOAM_ABI_MINOR,
                                    .magic = LOAM_PLUGIN_MAGIC,
                                    .id = "org.example.fossil",
                                    .version = "0.9.0",
                                    .components = kComponents,
                                    .component_count = 1};

__attribute__((visibility("default"))) const loam_plugin* FOSSIL_ENTRY(void) { return &kPlugin; }
