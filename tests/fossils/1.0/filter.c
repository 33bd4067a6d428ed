/* Two bits a key out of eight for each, then the byte 'F'. */
#define FOSSIL_NAME "fossil_filter"
#define FOSSIL_KIND LOAM_KIND_FILTER
#define FOSSIL_SHAPES_BYTES
#include "fossil.h"

typedef struct builder {
  uint64_t* hashes;
  size_t count;
  size_t capacity;
} builder;

typedef struct reader {
  const unsigned char* bits;
  uint64_t count; /* of bits; 0: says maybe to everything */
} reader;

static loam_status builder_create(void* self, size_t expected_keys, void** out, loam_error* error) {
  (void)self;
  (void)expected_keys;
  *out = calloc(1, sizeof(builder));
  return *out != NULL ? LOAM_OK : fossil_fail(error, LOAM_NO_MEMORY, "no memory");
}

static void builder_destroy(void* self, void* old) {
  (void)self;
  free(((builder*)old)->hashes);
  free(old);
}

static loam_status add_hashes(void* self, void* to, const uint64_t* hashes, size_t count,
                              loam_error* error) {
  builder* b = to;
  (void)self;
  if (b->capacity - b->count < count) {
    const size_t capacity = 2 * (b->count + count);
    uint64_t* grown = realloc(b->hashes, capacity * sizeof *grown);
    if (grown == NULL) return fossil_fail(error, LOAM_NO_MEMORY, "no memory");
    b->hashes = grown;
    b->capacity = capacity;
  }
  if (count != 0) memcpy(b->hashes + b->count, hashes, count * sizeof *hashes);
  b->count += count;
  return LOAM_OK;
}

static loam_status finish(void* self, void* of, loam_sink* out, loam_error* error) {
  const builder* b = of;
  const size_t size = b->count < 8 ? 8 : b->count;
  char* bytes = calloc(size + 1, 1);
  loam_status status;
  size_t i;
  (void)self;
  if (bytes == NULL) return fossil_fail(error, LOAM_NO_MEMORY, "no memory");
  for (i = 0; i < b->count; ++i) {
    const uint64_t first = b->hashes[i] % (size * 8);
    const uint64_t second = (b->hashes[i] >> 32) % (size * 8);
    bytes[first / 8] = (char)(bytes[first / 8] | 1 << first % 8);
    bytes[second / 8] = (char)(bytes[second / 8] | 1 << second % 8);
  }
  bytes[size] = 'F';
  {
    const loam_slice all = {bytes, size + 1};
    status = out->append(out, all);
  }
  free(bytes);
  return status;
}

static loam_status reader_open(void* self, loam_slice bytes_retained, void** out,
                               loam_error* error) {
  reader* made = malloc(sizeof *made);
  (void)self;
  if (made == NULL) return fossil_fail(error, LOAM_NO_MEMORY, "no memory");
  made->bits = (const unsigned char*)bytes_retained.data;
  made->count = 0;
  if (bytes_retained.size > 1 && bytes_retained.data[bytes_retained.size - 1] == 'F') {
    made->count = (bytes_retained.size - 1) * 8;
  }
  *out = made;
  return LOAM_OK;
}

static void reader_destroy(void* self, void* old) {
  (void)self;
  free(old);
}

static int32_t has_bit(const reader* r, uint64_t bit) { return r->bits[bit / 8] >> bit % 8 & 1; }

static int32_t may_match_hash(const void* of, uint64_t hash) {
  const reader* r = of;
  if (r->count == 0) return 1;
  return has_bit(r, hash % r->count) && has_bit(r, (hash >> 32) % r->count);
}

static double false_positive_rate(void* self) {
  (void)self;
  return 0.055;
}

static const loam_filter_v1 table = {
    .struct_size = sizeof(loam_filter_v1),
    .hash_kind = LOAM_FILTER_HASH_XXH3_64,
    .builder_create = builder_create,
    .builder_destroy = builder_destroy,
    .add_hashes = add_hashes,
    .finish = finish,
    .reader_open = reader_open,
    .reader_destroy = reader_destroy,
    .may_match_hash = may_match_hash,
    .false_positive_rate = false_positive_rate,
};

FOSSIL_TABLE(table)
