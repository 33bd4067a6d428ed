/* Shorter keys first, then byte order. */
#define FOSSIL_NAME "fossil_comparator"
#define FOSSIL_KIND LOAM_KIND_COMPARATOR
#define FOSSIL_SHAPES_BYTES
#include "fossil.h"

static uint32_t properties(void* self) {
  (void)self;
  return LOAM_COMPARATOR_EQUAL_IFF_BYTES_EQUAL;
}

static int32_t compare(void* self, loam_slice a, loam_slice b) {
  (void)self;
  if (a.size != b.size) return a.size < b.size ? -1 : 1;
  return a.size == 0 ? 0 : memcmp(a.data, b.data, a.size);
}

static const loam_comparator_v1 table = {
    .struct_size = sizeof(loam_comparator_v1),
    .properties = properties,
    .compare = compare,
};

FOSSIL_TABLE(table)
