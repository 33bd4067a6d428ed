/* One behind the other. */
#define FOSSIL_NAME "fossil_merge_operator"
#define FOSSIL_KIND LOAM_KIND_MERGE_OPERATOR
#define FOSSIL_SHAPES_BYTES
#include "fossil.h"

static loam_status partial_merge(void* self, loam_slice key, const loam_slice* operands,
                                 size_t count, loam_sink* out, loam_error* error) {
  loam_status status = LOAM_OK;
  size_t i;
  (void)self;
  (void)key;
  (void)error;
  for (i = 0; i < count && status == LOAM_OK; ++i) status = out->append(out, operands[i]);
  return status;
}

static loam_status full_merge(void* self, loam_slice key, const loam_slice* base,
                              const loam_slice* operands, size_t count, loam_sink* out,
                              loam_error* error) {
  if (base != NULL) {
    const loam_status status = out->append(out, *base);
    if (status != LOAM_OK) return status;
  }
  return partial_merge(self, key, operands, count, out, error);
}

static const loam_merge_operator_v1 table = {
    .struct_size = sizeof(loam_merge_operator_v1),
    .full_merge = full_merge,
    .partial_merge = partial_merge,
};

FOSSIL_TABLE(table)
