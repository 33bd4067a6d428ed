#include "tests/fuzz/hostile_tables.h"

#include <array>

#include "tests/fuzz/hostile_plugin.h"

namespace loam::fuzz {

namespace {

HostilePlugin& of(void* self) { return *static_cast<HostilePlugin*>(self); }

/// A handle, or none, and whatever status.
loam_status hand_out(void* self, void** handle, loam_error* error) {
  HostilePlugin& plugin = of(self);
  if (plugin.number() % 4 != 0) *handle = self;
  return plugin.answer(error);
}

loam_status open_path(void* self, const char*, void** file, loam_error* error) noexcept {
  return hand_out(self, file, error);
}
void close_handle(void*, void*) noexcept {}
loam_status with_path(void* self, const char*, loam_error* error) noexcept {
  return of(self).answer(error);
}
loam_status with_two_paths(void* self, const char*, const char*, loam_error* error) noexcept {
  return of(self).answer(error);
}
loam_status read_at(void* self, void*, std::uint64_t, char*, std::size_t size, std::size_t* got,
                    loam_error* error) noexcept {
  *got = of(self).count(size);
  return of(self).answer(error);
}

}  // namespace

loam_codec_v1 hostile_codec() {
  loam_codec_v1 table{};
  table.struct_size = sizeof table;
  table.bound = [](void* self, std::size_t size) noexcept { return of(self).count(size); };
  table.context_create = [](void* self, void** context, loam_error* error) noexcept {
    return hand_out(self, context, error);
  };
  table.context_destroy = &close_handle;
  table.compress = [](void* self, void*, loam_slice, char*, std::size_t capacity, std::size_t* size,
                      loam_error* error) noexcept {
    *size = of(self).count(capacity);
    return of(self).answer(error);
  };
  table.decompress = [](void* self, void*, loam_slice, char*, std::size_t,
                        loam_error* error) noexcept { return of(self).answer(error); };
  table.raw_size = [](void* self, loam_slice, std::size_t limit, std::size_t* size,
                      loam_error* error) noexcept {
    *size = of(self).count(limit);
    return of(self).answer(error);
  };
  return table;
}

loam_filter_v1 hostile_filter() {
  loam_filter_v1 table{};
  table.struct_size = sizeof table;
  table.hash_kind = LOAM_FILTER_HASH_XXH3_64;
  table.builder_create = [](void* self, std::size_t, void** builder, loam_error* error) noexcept {
    return hand_out(self, builder, error);
  };
  table.builder_destroy = &close_handle;
  table.add_keys = [](void* self, void*, const loam_slice*, std::size_t,
                      loam_error* error) noexcept { return of(self).answer(error); };
  table.add_hashes = [](void* self, void*, const std::uint64_t*, std::size_t,
                        loam_error* error) noexcept { return of(self).answer(error); };
  table.finish = [](void* self, void*, loam_sink* out, loam_error*) noexcept {
    return of(self).append(out);
  };
  table.reader_open = [](void* self, loam_slice, void** reader, loam_error* error) noexcept {
    return hand_out(self, reader, error);
  };
  table.reader_destroy = &close_handle;
  table.may_match = [](const void*, loam_slice) noexcept -> std::int32_t { return -7; };
  table.may_match_hash = [](const void*, std::uint64_t) noexcept -> std::int32_t { return 99; };
  table.false_positive_rate = [](void*) noexcept { return -1e300; };
  return table;
}

loam_comparator_v1 hostile_comparator() {
  loam_comparator_v1 table{};
  table.struct_size = sizeof table;
  table.properties = [](void* self) noexcept {
    return static_cast<std::uint32_t>(of(self).number());
  };
  table.compare = [](void* self, loam_slice, loam_slice) noexcept {
    return static_cast<std::int32_t>(of(self).number()) - 0x8000;
  };
  table.shortest_separator = [](void* self, loam_slice, loam_slice, loam_sink* out) noexcept {
    return of(self).append(out);
  };
  table.short_successor = [](void* self, loam_slice, loam_sink* out) noexcept {
    return of(self).append(out);
  };
  return table;
}

loam_compaction_filter_v1 hostile_compaction_filter() {
  loam_compaction_filter_v1 table{};
  table.struct_size = sizeof table;
  table.job_create = [](void* self, const loam_compaction_info*, void** job,
                        loam_error* error) noexcept { return hand_out(self, job, error); };
  table.job_destroy = &close_handle;
  table.decide = [](void* self, void*, const loam_compaction_entry*, loam_sink* out,
                    std::int32_t* decision, loam_error* error) noexcept {
    *decision = static_cast<std::int32_t>(of(self).number() % 8) - 2;
    static_cast<void>(of(self).append(out));
    return of(self).answer(error);
  };
  return table;
}

loam_merge_operator_v1 hostile_merge_operator() {
  loam_merge_operator_v1 table{};
  table.struct_size = sizeof table;
  table.full_merge = [](void* self, loam_slice, const loam_slice*, const loam_slice*, std::size_t,
                        loam_sink* out, loam_error*) noexcept { return of(self).append(out); };
  return table;
}

namespace {

void fill_reads(loam_file_system_v1& table) {
  table.random_open = &open_path;
  table.random_close = &close_handle;
  table.random_size = [](void* self, void*, std::uint64_t* size, loam_error* error) noexcept {
    *size = of(self).count(100);
    return of(self).answer(error);
  };
  table.random_read = &read_at;
  table.random_read_many = [](void* self, void*, loam_read_request* requests,
                              std::size_t count) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
      requests[i].got = of(self).count(requests[i].size);
      requests[i].status = of(self).answer(nullptr);
    }
  };
  table.random_map = [](void* self, void*, loam_slice* out, loam_error* error) noexcept {
    static constexpr std::array<char, 100> kContents{};
    if (of(self).number() % 2 == 0) {
      *out = {kContents.data(), kContents.size()};
    } else {
      *out = {nullptr, of(self).count(100)};
    }
    return of(self).answer(error);
  };
  table.sequential_open = &open_path;
  table.sequential_close = &close_handle;
  table.sequential_read = [](void* self, void*, char*, std::size_t size, std::size_t* got,
                             loam_error* error) noexcept {
    *got = of(self).count(size);
    return of(self).answer(error);
  };
}

void fill_writes(loam_file_system_v1& table) {
  table.append_open = [](void* self, const char*, std::uint32_t, void** file,
                         loam_error* error) noexcept { return hand_out(self, file, error); };
  table.append_write = [](void* self, void*, loam_slice, loam_error* error) noexcept {
    return of(self).answer(error);
  };
  table.append_sync = [](void* self, void*, std::uint32_t, loam_error* error) noexcept {
    return of(self).answer(error);
  };
  table.append_reserve = [](void* self, void*, std::size_t, char** window,
                            loam_error* error) noexcept {
    static std::array<char, 64> memory;
    if (of(self).number() % 2 == 0) *window = memory.data();
    return of(self).answer(error);
  };
  table.append_commit = [](void* self, void*, std::size_t, loam_error* error) noexcept {
    return of(self).answer(error);
  };
  table.append_close = [](void* self, void*, loam_error* error) noexcept {
    return of(self).answer(error);
  };
}

void fill_names(loam_file_system_v1& table) {
  table.stat = [](void* self, const char*, loam_file_info* info, loam_error* error) noexcept {
    info->size = of(self).count(100);
    info->flags = static_cast<std::uint32_t>(of(self).number());
    return of(self).answer(error);
  };
  table.list = [](void* self, const char*, loam_sink* names, loam_error*) noexcept {
    return of(self).append(names);
  };
  table.make_directory = &with_path;
  table.remove_directory = &with_path;
  table.sync_directory = &with_path;
  table.remove_file = &with_path;
  table.rename = &with_two_paths;
  table.lock = &open_path;
  table.unlock = &close_handle;
}

}  // namespace

loam_file_system_v1 hostile_file_system() {
  loam_file_system_v1 table{};
  table.struct_size = sizeof table;
  table.capabilities = [](void* self) noexcept { return of(self).number(); };
  fill_reads(table);
  fill_writes(table);
  fill_names(table);
  return table;
}

}  // namespace loam::fuzz
