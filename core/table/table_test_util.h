/// What the tests of blocks and tables share: orders, random entries in order, building and opening
/// tables in memory.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/format/internal_key.h"
#include "core/plugin/comparator.h"
#include "core/plugin/instance.h"
#include "core/table/builder.h"
#include "core/table/table.h"
#include "core/wal/files_test_util.h"
#include "loam/plugins.h"

namespace loam::table {

/// Order of keys with ASCII case ignored: different keys may be equal, and it is no byte order.
inline int compare_ignoring_case(Bytes a, Bytes b) {
  const std::size_t n = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < n; ++i) {
    const int x = std::tolower(static_cast<unsigned char>(a[i]));
    const int y = std::tolower(static_cast<unsigned char>(b[i]));
    if (x != y) return x < y ? -1 : 1;
  }
  return a.size() < b.size() ? -1 : (a.size() > b.size() ? 1 : 0);
}

/// A comparator component over functions of this test; it needs no registry.
inline Component make_ignoring_case() {
  static const loam_comparator_v1 table = [] {
    loam_comparator_v1 t{};
    t.struct_size = sizeof t;
    t.properties = [](void*) noexcept -> std::uint32_t { return 0; };
    t.compare = [](void*, loam_slice a, loam_slice b) noexcept -> std::int32_t {
      return compare_ignoring_case(Bytes(a.data, a.size), Bytes(b.data, b.size));
    };
    // Lawful, and of other bytes than both keys: the start in capitals, when it may be cut.
    t.shortest_separator = [](void*, loam_slice a, loam_slice b, loam_sink* out) noexcept {
      std::string cut(a.data, a.size);
      for (char& c : cut) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      for (std::size_t n = 1; n < cut.size(); ++n) {
        std::string raised = cut.substr(0, n);
        if (static_cast<unsigned char>(raised.back()) > 0x7e) continue;
        raised.back() = static_cast<char>(raised.back() + 1);
        if (compare_ignoring_case(Bytes(a.data, a.size), raised) <= 0 &&
            compare_ignoring_case(raised, Bytes(b.data, b.size)) < 0) {
          cut = raised;
          break;
        }
      }
      return out->append(out, {cut.data(), cut.size()});
    };
    return t;
  }();
  static const loam_component component = [] {
    loam_component c{};
    c.struct_size = sizeof c;
    c.kind = LOAM_KIND_COMPARATOR;
    c.name = "ignoring_case";
    c.destroy = [](void*) noexcept {};
    c.table = &table;
    return c;
  }();
  return Component(std::make_shared<const plugin::Instance>(
      &component, nullptr, "org.example.ignoring_case/1",
      plugin::Instance::Origin{"org.example.test", "1.0.0", nullptr, {}}));
}

enum class OrderKind { kBytewise, kReverse, kIgnoringCase };

inline std::string order_name(OrderKind kind) {
  constexpr const char* kNames[] = {"bytewise", "reverse", "ignoring_case"};
  return kNames[static_cast<int>(kind)];
}

inline std::shared_ptr<Registry> linked_registry() {
  auto registry = Registry::create();
  EXPECT_TRUE(registry.ok()) << registry.status().to_string();
  return *registry;
}

inline Component comparator_component(Registry& registry, OrderKind kind) {
  if (kind == OrderKind::kIgnoringCase) return make_ignoring_case();
  auto component = registry.create(kind::kComparator,
                                   kind == OrderKind::kBytewise ? "bytewise" : "reverse_bytewise");
  EXPECT_TRUE(component.ok()) << component.status().to_string();
  return *component;
}

struct TestEntry {
  std::string key;  ///< internal
  std::string value;
};

inline std::string internal_key(Bytes user, format::Sequence sequence,
                                format::ValueType type = format::ValueType::kPut) {
  std::string out;
  format::append_internal_key(out, user, sequence, type);
  return out;
}

/// Keys of few different bytes, so that they share prefixes, are prefixes of each other, are empty,
/// hold zeros and 0xff; some with many versions; strictly ascending.
class RandomEntries {
 public:
  explicit RandomEntries(unsigned seed) : random_(seed) {}

  std::string user_key() {
    constexpr char kLetters[] = {'\0', '\xff', 'a', 'A', 'b', 'B', '\x7f', '\x01'};
    std::string key;
    const std::size_t size = below(10) == 0 ? below(300) : below(7);
    for (std::size_t i = 0; i < size; ++i) key.push_back(kLetters[below(8)]);
    return key;
  }

  std::vector<TestEntry> make(const format::InternalOrder& order, std::size_t count) {
    std::vector<std::string> keys;
    while (keys.size() < count) {
      const std::string user = user_key();
      const std::size_t versions = below(8) == 0 ? 1 + below(40) : 1;
      for (std::size_t v = 0; v < versions; ++v) {
        const auto type = below(5) == 0 ? format::ValueType::kDelete : format::ValueType::kPut;
        keys.push_back(internal_key(user, 1 + below(1000000), type));
      }
    }
    std::sort(keys.begin(), keys.end(),
              [&](const auto& a, const auto& b) { return order.compare(a, b) < 0; });
    auto same = [&](const auto& a, const auto& b) { return order.compare(a, b) == 0; };
    keys.erase(std::unique(keys.begin(), keys.end(), same), keys.end());
    std::vector<TestEntry> entries;
    for (auto& key : keys) entries.push_back({std::move(key), value()});
    return entries;
  }

  std::string value() {
    const std::size_t size = below(20) == 0 ? below(2000) : below(60);
    return std::string(size, static_cast<char>('a' + below(26)));
  }
  std::size_t below(std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_);
  }

 private:
  std::mt19937 random_;
};

/// Place of the first entry >= key.
inline std::size_t lower_bound(const std::vector<TestEntry>& entries, Bytes key,
                               const format::InternalOrder& order) {
  return static_cast<std::size_t>(
      std::lower_bound(entries.begin(), entries.end(), key,
                       [&](const TestEntry& e, Bytes k) { return order.compare(e.key, k) < 0; }) -
      entries.begin());
}

inline TableId some_id(char salt = 'x') {
  TableId id;
  for (std::size_t i = 0; i < id.size(); ++i) id[i] = static_cast<char>(salt + 3 * i);
  return id;
}

/// Builds the table; its bytes stand in files["table"].
inline Properties build_table(testing::Files& files, const BuildOptions& options,
                              const format::InternalOrder& order,
                              const std::vector<TestEntry>& entries) {
  sdk::AppendFile file = files.append("table");
  Builder builder(options, order, file);
  for (const TestEntry& e : entries) {
    const Status status = builder.add(e.key, e.value);
    EXPECT_TRUE(status.ok()) << status.to_string();
  }
  const Status status = builder.finish();
  EXPECT_TRUE(status.ok()) << status.to_string();
  EXPECT_TRUE(file.close().ok());
  EXPECT_EQ(builder.file_size(), files.files["table"].size());
  EXPECT_EQ(builder.entries(), entries.size());
  return builder.properties();
}

inline Result<std::shared_ptr<Table>> open_table(testing::Files& files, const OpenOptions& options,
                                                 const format::InternalOrder& order) {
  return Table::open(std::move(files.fs().open_random("table")).value(), options, order);
}

}  // namespace loam::table
