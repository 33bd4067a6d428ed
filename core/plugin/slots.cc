#include "core/plugin/slots.h"

#include <initializer_list>

namespace loam::plugin {
namespace {

struct Slot {
  const char* name;
  bool filled;
};

std::string first_missing(std::initializer_list<Slot> slots) {
  for (const Slot& slot : slots) {
    if (!slot.filled) return std::string(slot.name) + " is missing";
  }
  return {};
}

#define LOAM_SLOT(table, name) \
  Slot { #name, (table).name != nullptr }

std::string problem(const loam_codec_v1& t) {
  if ((t.context_create == nullptr) != (t.context_destroy == nullptr)) {
    return "context_create and context_destroy must both be there, or neither";
  }
  return first_missing({LOAM_SLOT(t, bound), LOAM_SLOT(t, compress), LOAM_SLOT(t, decompress)});
}

std::string problem(const loam_filter_v1& t) {
  if (t.hash_kind > LOAM_FILTER_HASH_XXH3_64) {
    return "hash_kind is " + std::to_string(t.hash_kind) + ", this host knows 0 and 1";
  }
  std::string missing = first_missing(
      {LOAM_SLOT(t, builder_create), LOAM_SLOT(t, builder_destroy), LOAM_SLOT(t, finish),
       LOAM_SLOT(t, reader_open), LOAM_SLOT(t, reader_destroy), LOAM_SLOT(t, false_positive_rate)});
  if (!missing.empty()) return missing;
  if (t.hash_kind == LOAM_FILTER_HASH_XXH3_64) {
    return first_missing({LOAM_SLOT(t, add_hashes), LOAM_SLOT(t, may_match_hash)});
  }
  return first_missing({LOAM_SLOT(t, add_keys), LOAM_SLOT(t, may_match)});
}

std::string problem(const loam_comparator_v1& t) {
  return first_missing({LOAM_SLOT(t, properties), LOAM_SLOT(t, compare)});
}

std::string problem(const loam_compaction_filter_v1& t) {
  return first_missing({LOAM_SLOT(t, job_create), LOAM_SLOT(t, job_destroy), LOAM_SLOT(t, decide)});
}

std::string problem(const loam_merge_operator_v1& t) {
  return first_missing({LOAM_SLOT(t, full_merge)});
}

std::string problem(const loam_file_system_v1& t) {
  if ((t.append_reserve == nullptr) != (t.append_commit == nullptr)) {
    return "append_reserve and append_commit must both be there, or neither";
  }
  return first_missing({
      LOAM_SLOT(t, capabilities),
      LOAM_SLOT(t, random_open),
      LOAM_SLOT(t, random_close),
      LOAM_SLOT(t, random_size),
      LOAM_SLOT(t, random_read),
      LOAM_SLOT(t, sequential_open),
      LOAM_SLOT(t, sequential_close),
      LOAM_SLOT(t, sequential_read),
      LOAM_SLOT(t, append_open),
      LOAM_SLOT(t, append_write),
      LOAM_SLOT(t, append_sync),
      LOAM_SLOT(t, append_close),
      LOAM_SLOT(t, stat),
      LOAM_SLOT(t, list),
      LOAM_SLOT(t, make_directory),
      LOAM_SLOT(t, remove_directory),
      LOAM_SLOT(t, sync_directory),
      LOAM_SLOT(t, remove_file),
      LOAM_SLOT(t, rename),
      LOAM_SLOT(t, lock),
      LOAM_SLOT(t, unlock),
  });
}

#undef LOAM_SLOT

/// Bytes of the struct up to and including a pointer-sized member.
constexpr std::size_t through(std::size_t offset) { return offset + sizeof(void*); }

}  // namespace

KindFacts kind_facts(std::string_view kind) {
  if (kind == LOAM_KIND_CODEC) {
    return {through(offsetof(loam_codec_v1, decompress)), sizeof(loam_codec_v1), true};
  }
  if (kind == LOAM_KIND_FILTER) {
    return {through(offsetof(loam_filter_v1, false_positive_rate)), sizeof(loam_filter_v1), true};
  }
  if (kind == LOAM_KIND_COMPARATOR) {
    return {through(offsetof(loam_comparator_v1, compare)), sizeof(loam_comparator_v1), true};
  }
  if (kind == LOAM_KIND_COMPACTION_FILTER) {
    return {through(offsetof(loam_compaction_filter_v1, decide)), sizeof(loam_compaction_filter_v1),
            false};
  }
  if (kind == LOAM_KIND_MERGE_OPERATOR) {
    return {through(offsetof(loam_merge_operator_v1, full_merge)), sizeof(loam_merge_operator_v1),
            true};
  }
  if (kind == LOAM_KIND_FILE_SYSTEM) {
    return {through(offsetof(loam_file_system_v1, unlock)), sizeof(loam_file_system_v1), false};
  }
  return {};
}

std::string slot_problem(std::string_view kind, const void* table) {
  if (kind == LOAM_KIND_CODEC) return problem(*static_cast<const loam_codec_v1*>(table));
  if (kind == LOAM_KIND_FILTER) return problem(*static_cast<const loam_filter_v1*>(table));
  if (kind == LOAM_KIND_COMPARATOR) return problem(*static_cast<const loam_comparator_v1*>(table));
  if (kind == LOAM_KIND_COMPACTION_FILTER) {
    return problem(*static_cast<const loam_compaction_filter_v1*>(table));
  }
  if (kind == LOAM_KIND_MERGE_OPERATOR) {
    return problem(*static_cast<const loam_merge_operator_v1*>(table));
  }
  if (kind == LOAM_KIND_FILE_SYSTEM) {
    return problem(*static_cast<const loam_file_system_v1*>(table));
  }
  return {};
}

}  // namespace loam::plugin
