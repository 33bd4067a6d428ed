/// The laws of an order, checked on all short keys over a few bytes: every pair, through the C
/// table. Thread: confined.
#pragma once

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "loam/abi.h"
#include "loam/base/bytes.h"
#include "sdk/tests/test_host.h"

extern "C" const loam_plugin_entry_fn* loam_linked_plugins(void) noexcept;

namespace loam::comparator_test {

class Comparator {
 public:
  explicit Comparator(const char* name, const sdk::testing::TestConfig& config = {})
      : made_(open(name, config)) {}

  [[nodiscard]] const loam_component& component() const { return *made_.component(); }
  [[nodiscard]] const loam_comparator_v1& table() const { return *made_.operator->(); }
  [[nodiscard]] void* self() const { return made_.self(); }
  [[nodiscard]] std::uint32_t properties() const { return made_->properties(made_.self()); }
  [[nodiscard]] std::string identity() const { return made_.identity(); }
  [[nodiscard]] int compare(Bytes a, Bytes b) const {
    return made_->compare(made_.self(), sdk::slice(a), sdk::slice(b));
  }
  [[nodiscard]] std::string separator(Bytes start, Bytes limit) const {
    sdk::StringSink sink;
    EXPECT_EQ(
        made_->shortest_separator(made_.self(), sdk::slice(start), sdk::slice(limit), sink.raw()),
        LOAM_OK);
    return sink.take();
  }
  [[nodiscard]] std::string successor(Bytes key) const {
    sdk::StringSink sink;
    EXPECT_EQ(made_->short_successor(made_.self(), sdk::slice(key), sink.raw()), LOAM_OK);
    return sink.take();
  }

 private:
  static sdk::testing::Made<loam_comparator_v1> open(const char* name,
                                                     const sdk::testing::TestConfig& config) {
    const loam_component* found =
        sdk::testing::find_linked(loam_linked_plugins(), "comparator", name);
    if (found == nullptr) throw std::runtime_error("not linked in");
    auto made = sdk::testing::make<loam_comparator_v1>(*found, config);
    if (!made.ok()) throw std::runtime_error(made.status().to_string());
    return std::move(made).value();
  }

  sdk::testing::Made<loam_comparator_v1> made_;
};

/// All keys of up to `length` bytes out of 00, 01, 7f, 80, fe, ff.
inline std::vector<std::string> short_keys(std::size_t length) {
  std::vector<std::string> keys = {""};
  std::size_t from = 0;
  for (std::size_t n = 0; n < length; ++n) {
    const std::size_t to = keys.size();
    for (; from < to; ++from) {
      for (const char c : {'\x00', '\x01', '\x7f', '\x80', '\xfe', '\xff'}) {
        keys.push_back(keys[from] + c);
      }
    }
  }
  return keys;
}

/// k lies in [start, limit) and is no longer than start.
inline void expect_separators_hold(const Comparator& order, const std::vector<std::string>& keys) {
  for (const std::string& start : keys) {
    for (const std::string& limit : keys) {
      if (order.compare(start, limit) >= 0) continue;
      const std::string k = order.separator(start, limit);
      ASSERT_LE(order.compare(start, k), 0) << testing::PrintToString(std::pair(start, limit));
      ASSERT_LT(order.compare(k, limit), 0) << testing::PrintToString(std::pair(start, limit));
      ASSERT_LE(k.size(), start.size());
    }
  }
}

inline void expect_successors_hold(const Comparator& order, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    const std::string k = order.successor(key);
    ASSERT_GE(order.compare(k, key), 0) << testing::PrintToString(key);
    ASSERT_LE(k.size(), key.size());
  }
}

}  // namespace loam::comparator_test
