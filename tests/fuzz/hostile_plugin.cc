#include "tests/fuzz/hostile_plugin.h"

#include <algorithm>
#include <cstring>

#include "tests/fuzz/hostile_tables.h"

namespace loam::fuzz {

namespace {

loam_status create(const loam_host*, void*, const loam_config_api*, const loam_config*, void**,
                   loam_error*) noexcept {
  return LOAM_OK;
}
void destroy(void*) noexcept {}
loam_status identity(void*, loam_sink*) noexcept { return LOAM_OK; }
loam_status prepare(void*, const loam_config_api*, const loam_config*, void**,
                    loam_error*) noexcept {
  return LOAM_OK;
}
void end_change(void*, void*) noexcept {}

}  // namespace

HostilePlugin::HostilePlugin(Bytes input) : input_(input) {
  make_whole();
  spoil();
}

std::uint64_t HostilePlugin::number() {
  std::uint64_t value = 0;
  const std::size_t size = std::min<std::size_t>(2, input_.size());
  std::memcpy(&value, input_.data(), size);
  input_.remove_prefix(size);
  return value;
}

loam_status HostilePlugin::answer(loam_error* error) {
  const std::uint64_t what = number() % 8;
  if (what < 5) return LOAM_OK;
  if (what == 5) return LOAM_INCOMPRESSIBLE;
  if (error != nullptr) {
    std::memset(error->message, what == 6 ? 0xff : 'e', sizeof error->message);
    std::memset(error->pointer, what == 6 ? 0x01 : '/', sizeof error->pointer);
    error->struct_size = 0xffffffff;
    error->code = LOAM_OK;
  }
  return what == 6 ? -static_cast<loam_status>(number() % 40) - 1 : INT32_MIN;
}

std::size_t HostilePlugin::count(std::size_t fit) {
  switch (number() % 6) {
    case 0: return 0;
    case 1: return fit + 1;
    case 2: return SIZE_MAX;
    case 3: return std::size_t{1} << 40;
    default: return fit;
  }
}

loam_status HostilePlugin::append(loam_sink* out) {
  static const std::string kMuch(std::size_t{1} << 20, 'm');
  const std::uint64_t what = number() % 6;
  if (what == 0) return out->append(out, {nullptr, 7});
  if (what == 1) return out->append(out, {kMuch.data(), kMuch.size()});
  if (what == 2) {
    for (int i = 0; i < 4; ++i) static_cast<void>(out->append(out, {kMuch.data(), kMuch.size()}));
    return LOAM_OK;
  }
  const Bytes piece = input_.substr(0, number() % 64);
  const loam_status status = out->append(out, {piece.data(), piece.size()});
  return what == 3 ? LOAM_OK : status;
}

const char* HostilePlugin::text() {
  constexpr std::size_t kTooLong = 5000;
  switch (number() % 9) {
    case 0: return nullptr;
    case 1: return "";
    case 2: return "plain_name";
    case 3: return "org.example.x/1";
    case 4: return texts_.emplace_back(kTooLong, 'n').c_str();
    case 5: return "\xff\xfe";
    case 6: return "two\nlines";
    case 7: return "a?b,c";
    default: break;
  }
  const std::size_t size = std::min<std::size_t>(number() % 32, input_.size());
  texts_.emplace_back(input_.substr(0, size));
  input_.remove_prefix(size);
  return texts_.back().c_str();
}

const char* const* HostilePlugin::list() {
  std::vector<const char*>& list = lists_.emplace_back();
  const std::uint64_t size = number() % 8;
  if (size == 7) {
    list.assign(5000, "org.example.many/1");
  } else {
    for (std::uint64_t i = 0; i < size; ++i) list.push_back(text());
  }
  list.push_back(nullptr);
  return list.data();
}

std::uint32_t HostilePlugin::odd_size(std::uint32_t right) {
  switch (number() % 6) {
    case 0: return 0;
    case 1: return right - 8;
    case 2: return right + 8;
    case 3: return right + 1;
    case 4: return UINT32_MAX;
    default: return static_cast<std::uint32_t>(number());
  }
}

void HostilePlugin::make_whole() {
  texts_.reserve(input_.size() + 1);  // so that they stay where they are
  codec_ = hostile_codec();
  filter_ = hostile_filter();
  comparator_ = hostile_comparator();
  compaction_filter_ = hostile_compaction_filter();
  merge_operator_ = hostile_merge_operator();
  file_system_ = hostile_file_system();
  const std::array<std::pair<const char*, const void*>, kKinds> kinds{{
      {LOAM_KIND_CODEC, &codec_},
      {LOAM_KIND_FILTER, &filter_},
      {LOAM_KIND_COMPARATOR, &comparator_},
      {LOAM_KIND_COMPACTION_FILTER, &compaction_filter_},
      {LOAM_KIND_MERGE_OPERATOR, &merge_operator_},
      {LOAM_KIND_FILE_SYSTEM, &file_system_},
  }};
  static constexpr std::array<const char*, kComponents> kNames{"a", "b", "c", "d",
                                                               "e", "f", "g", "h"};
  for (std::size_t i = 0; i < kComponents; ++i) {
    loam_component& c = components_[i];
    c.struct_size = sizeof c;
    c.kind_major = 1;
    c.kind = kinds[i % kKinds].first;
    c.table = kinds[i % kKinds].second;
    c.name = kNames[i];
    c.persistent_id = "org.example.hostile/1";
    c.create = &create;
    c.destroy = &destroy;
    c.identity = &identity;
    pointers_[i] = &c;
  }
  plugin_.struct_size = sizeof plugin_;
  plugin_.abi_major = LOAM_ABI_MAJOR;
  plugin_.magic = LOAM_PLUGIN_MAGIC;
  plugin_.id = "org.example.hostile";
  plugin_.version = "1";
  plugin_.components = pointers_.data();
  plugin_.component_count = kComponents;
}

void HostilePlugin::spoil() {
  for (std::uint64_t left = number() % 5; left > 0; --left) {
    switch (number() % 3) {
      case 0: spoil_plugin(); break;
      case 1: spoil_component(components_[number() % kComponents]); break;
      default: spoil_table(); break;
    }
  }
}

void HostilePlugin::spoil_plugin() {
  switch (number() % 10) {
    case 0: plugin_.struct_size = odd_size(sizeof plugin_); break;
    case 1: plugin_.abi_major = static_cast<std::uint32_t>(number()); break;
    case 2: plugin_.min_host_minor = static_cast<std::uint32_t>(number()); break;
    case 3: plugin_.magic ^= number(); break;
    case 4: plugin_.id = text(); break;
    case 5: plugin_.version = text(); break;
    case 6: plugin_.components = nullptr; break;
    case 7: plugin_.component_count = number() % (kComponents + 1); break;
    case 8: plugin_.component_count = SIZE_MAX - number(); break;
    default:
      pointers_[number() % kComponents] =
          number() % 2 == 0 ? nullptr : &components_[number() % kComponents];
  }
}

void HostilePlugin::spoil_component(loam_component& component) {
  switch (number() % 12) {
    case 0: component.struct_size = odd_size(sizeof component); break;
    case 1: component.kind_major = static_cast<std::uint16_t>(number()); break;
    case 2: component.name = text(); break;
    case 3: component.persistent_id = text(); break;
    case 4: component.reads = list(); break;
    case 5: component.table = nullptr; break;
    case 6: component.create = nullptr; break;
    case 7: component.destroy = nullptr; break;
    case 8: component.identity = nullptr; break;
    case 9: component.reconfigure_prepare = &prepare; break;
    case 10: component.reconfigure_commit = component.reconfigure_abort = &end_change; break;
    default:
      // A table of another kind, or a kind that is none: it may be taken, but not called.
      component.kind = number() % 2 == 0 ? text() : components_[number() % kComponents].kind;
      kinds_fit_ = false;
  }
}

void HostilePlugin::spoil_table() {
  const auto spoil = [this](auto& table) {
    using Table = std::remove_reference_t<decltype(table)>;
    if (number() % 3 == 0) {
      table.struct_size = odd_size(sizeof table);
      return;
    }
    // Behind the two integers that every table begins with, all members are pointers.
    constexpr std::size_t kSlots = (sizeof(Table) - 8) / sizeof(void*);
    // SAFETY: zeroes one pointer member of a plain C struct.
    std::memset(reinterpret_cast<char*>(&table) + 8 + number() % kSlots * sizeof(void*), 0,
                sizeof(void*));
  };
  switch (number() % 7) {
    case 0: spoil(codec_); break;
    case 1: spoil(filter_); break;
    case 2: spoil(comparator_); break;
    case 3: spoil(compaction_filter_); break;
    case 4: spoil(merge_operator_); break;
    case 5: spoil(file_system_); break;
    default: filter_.hash_kind = static_cast<std::uint32_t>(number()); break;
  }
}

}  // namespace loam::fuzz
