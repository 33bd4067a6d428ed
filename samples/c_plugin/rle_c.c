/* A codec in C11, with no more than the ABI's headers: runs of equal bytes become (length, byte).
 *
 * What the C++ SDK would do is done by hand: the note, the descriptor, an option with its schema
 * and its place in the identity, errors, and a counter of the host's metrics.
 */
#include <loam/abi.h>
#include <loam/abi_note.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

LOAM_NOTE(
    "id=org.example.rle_c\nversion=1.0.0\nabi=1.0\nmin_host=0\n"
    "component=codec:rle_c:org.example.rle_c/1\n");

typedef struct rle {
  uint8_t mask; /* each byte is stored exclusive-or this */
  const loam_svc_metrics* metrics;
  void* runs;
} rle;

static loam_status fail(loam_error* error, loam_status code, const char* pointer,
                        const char* message) {
  if (error != NULL && error->struct_size >= sizeof *error) {
    error->code = code;
    snprintf(error->pointer, sizeof error->pointer, "%s", pointer);
    snprintf(error->message, sizeof error->message, "%s", message);
  }
  return code;
}

static const char* schema(void) {
  return "{\"type\":\"object\",\"description\":\"run lengths, in C; a sample\",\"properties\":{"
         "\"mask\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":255,\"default\":0,"
         "\"x-shapes-bytes\":true,\"description\":\"each byte is stored exclusive-or this\"}},"
         "\"additionalProperties\":false}";
}

static loam_status create(const loam_host* host, void* plugin_state, const loam_config_api* api,
                          const loam_config* config, void** self, loam_error* error) {
  uint64_t mask = 0;
  const loam_status got = api->get_u64(config, "mask", &mask); /* NOT_FOUND: the default */
  (void)plugin_state;
  if ((got != LOAM_OK && got != LOAM_NOT_FOUND) || mask > 255) {
    return fail(error, LOAM_INVALID_ARGUMENT, "/mask", "option \"mask\" must be from 0 to 255");
  }
  rle* made = calloc(1, sizeof *made);
  if (made == NULL) return fail(error, LOAM_NO_MEMORY, "", "out of memory");
  made->mask = (uint8_t)mask;
  made->metrics = host->get_service(host, LOAM_SVC_METRICS); /* NULL: not offered */
  if (made->metrics != NULL) {
    made->runs = made->metrics->counter(host, "rle_c.runs", "runs", "runs written");
  }
  *self = made;
  return LOAM_OK;
}

static void destroy(void* self) { free(self); }

static loam_status identity(void* self, loam_sink* out) {
  char text[64];
  const int size = snprintf(text, sizeof text, "org.example.rle_c/1?mask=%u", ((rle*)self)->mask);
  const loam_slice id = {text, (size_t)size};
  return out->append(out, id);
}

static size_t bound(void* self, size_t raw_size) {
  (void)self;
  return 2 * raw_size;
}

static loam_status compress(void* self, void* context, loam_slice in, char* out, size_t capacity,
                            size_t* out_size, loam_error* error) {
  const rle* codec = self;
  size_t size = 0;
  (void)context, (void)error;
  for (size_t i = 0; i < in.size;) {
    size_t run = 1;
    while (run < 255 && i + run < in.size && in.data[i + run] == in.data[i]) ++run;
    if (capacity - size < 2) return LOAM_INCOMPRESSIBLE;
    out[size++] = (char)run;
    out[size++] = (char)(in.data[i] ^ codec->mask);
    i += run;
  }
  if (codec->runs != NULL) codec->metrics->add(codec->runs, size / 2);
  *out_size = size;
  return LOAM_OK;
}

/* `in` may be anything: what does not fill `out` exactly is refused. */
static loam_status decompress(void* self, void* context, loam_slice in, char* out, size_t raw_size,
                              loam_error* error) {
  size_t size = 0;
  size_t i = 0;
  (void)context;
  for (; i + 1 < in.size; i += 2) {
    const size_t run = (unsigned char)in.data[i];
    if (run > raw_size - size) break;
    memset(out + size, in.data[i + 1] ^ ((rle*)self)->mask, run);
    size += run;
  }
  if (size == raw_size && i == in.size) return LOAM_OK;
  return fail(error, LOAM_CORRUPTION, "", "rle_c: the runs do not fill the block");
}

static const loam_codec_v1 kTable = {
    .struct_size = sizeof kTable, .bound = bound, .compress = compress, .decompress = decompress};

static const loam_component kComponent = {.struct_size = sizeof kComponent,
                                          .kind_major = 1,
                                          .kind = LOAM_KIND_CODEC,
                                          .name = "rle_c",
                                          .persistent_id = "org.example.rle_c/1",
                                          .summary = "run lengths, in C; a sample",
                                          .config_schema = schema,
                                          .create = create,
                                          .destroy = destroy,
                                          .identity = identity,
                                          .table = &kTable};

static const loam_component* const kComponents[] = {&kComponent};

static const loam_plugin kPlugin = {.struct_size = sizeof kPlugin,
                                    .abi_major = LOAM_ABI_MAJOR,
                                    .abi_minor = LOAM_TARGET_MINOR,
                                    .min_host_minor = LOAM_TARGET_MINOR,
                                    .magic = LOAM_PLUGIN_MAGIC,
                                    .id = "org.example.rle_c",
                                    .version = "1.0.0",
                                    .license = "Apache-2.0",
                                    .components = kComponents,
                                    .component_count = 1};

__attribute__((visibility("default"))) const loam_plugin* loam_plugin_entry_v1(void) {
  return &kPlugin;
}
