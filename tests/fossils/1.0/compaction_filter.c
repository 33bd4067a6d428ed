/* Removes what begins with "old:", and writes "seen" where the value is "look". */
#define FOSSIL_NAME "fossil_compaction_filter"
#define FOSSIL_KIND LOAM_KIND_COMPACTION_FILTER
#include "fossil.h"

static loam_status job_create(void* self, const loam_compaction_info* info, void** job,
                              loam_error* error) {
  (void)self;
  if (info->struct_size < sizeof(loam_compaction_info)) {
    return fossil_fail(error, LOAM_INVALID_ARGUMENT, "less is said of the job than in 1.0");
  }
  *job = NULL;
  return LOAM_OK;
}

static void job_destroy(void* self, void* job) {
  (void)self;
  (void)job;
}

static loam_status decide(void* self, void* job, const loam_compaction_entry* entry, loam_sink* out,
                          int32_t* decision, loam_error* error) {
  static const loam_slice seen = {"seen", 4};
  (void)self;
  (void)job;
  (void)error;
  *decision = LOAM_DECISION_KEEP;
  if (entry->key.size >= 4 && memcmp(entry->key.data, "old:", 4) == 0) {
    *decision = LOAM_DECISION_REMOVE;
  } else if (entry->value.size == 4 && memcmp(entry->value.data, "look", 4) == 0) {
    *decision = LOAM_DECISION_CHANGE;
    return out->append(out, seen);
  }
  return LOAM_OK;
}

static const loam_compaction_filter_v1 table = {
    .struct_size = sizeof(loam_compaction_filter_v1),
    .job_create = job_create,
    .job_destroy = job_destroy,
    .decide = decide,
};

FOSSIL_TABLE(table)
