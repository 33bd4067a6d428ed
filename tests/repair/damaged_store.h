/// A small store in memory whose files a test may damage, and how verify and repair see it.
///
/// Thread: confined.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "core/format/file_names.h"
#include "core/io/file_system.h"
#include "tests/repair/inventory.h"
#include "tests/support/stacks.h"

namespace loam::test {

class DamagedStore : public ::testing::TestWithParam<Format> {
 protected:
  static Stack stack() {
    if (GetParam() == Format::kLoam) return {.name = "lz4", .codec = "lz4", .filter = "bloom"};
    return {.name = "leveldb",
            .codec = "snappy",
            .filter = "leveldb_bloom",
            .format = Format::kLevelDb};
  }
  DamagedStore() : store_(stack()), fs_(io::FileSystem::make(store_.options.file_system).value()) {
    // Compaction when a test says so.
    store_.options.write_buffer_size = kMiB;
    store_.options.compaction.level0_file_num_compaction_trigger = 100;
    store_.options.compaction.level0_slowdown_writes_trigger = 100;
    store_.options.compaction.level0_stop_writes_trigger = 100;
  }

  static void must(const Status& status) { ASSERT_TRUE(status.ok()) << status.to_string(); }
  void put(const std::string& key, const std::string& value, bool sync = false) {
    must(store_.db().put(key, value, {.sync = sync}));
    reference_.put(key, value);
  }
  void remove(const std::string& key) {
    must(store_.db().remove(key));
    reference_.remove(key);
  }
  /// `count` keys whose values say which generation they are.
  void put_many(int count, const std::string& generation) {
    for (int i = 0; i < count; ++i) {
      put("key" + std::to_string(1000 + i), generation + std::to_string(i) + std::string(40, 'v'));
    }
  }

  [[nodiscard]] std::string path(const std::string& name) const {
    return io::join(store_.path(), name);
  }
  std::map<std::string, std::string> files() { return read_directory(fs_, store_.path()); }
  std::vector<std::string> names(format::FileKind kind) {
    std::vector<std::string> found;
    for (const auto& [name, bytes] : files()) {
      const auto file = format::parse_file_name(name);
      if (file && file->kind == kind) found.push_back(name);
    }
    return found;
  }
  std::string only(format::FileKind kind) {
    const auto found = names(kind);
    EXPECT_EQ(found.size(), 1u);
    return found.empty() ? "" : found.front();
  }
  void flip(const std::string& name, std::size_t at) {
    std::string bytes = files()[name];
    ASSERT_LT(at, bytes.size());
    bytes[at] = static_cast<char>(bytes[at] ^ 0x20);
    write_file(fs_, path(name), bytes);
  }
  void cut(const std::string& name, std::size_t size) {
    write_file(fs_, path(name), files()[name].substr(0, size));
  }
  void lose(const std::string& name) { must(fs_.remove_file(path(name))); }

  VerifyReport verify() {
    auto report = Db::verify(store_.path(), store_.options);
    EXPECT_TRUE(report.ok()) << report.status().to_string();
    return report.ok() ? *report : VerifyReport();
  }
  RepairReport repair() {
    auto report = Db::repair(store_.path(), store_.options);
    EXPECT_TRUE(report.ok()) << report.status().to_string();
    return report.ok() ? *report : RepairReport();
  }
  /// Exactly one thing is wrong: in this file, and the message says this.
  void expect_damage(const std::string& file, const std::string& words) {
    const VerifyReport report = verify();
    ASSERT_EQ(report.damage.size(), 1u) << text(report.damage);
    EXPECT_EQ(report.damage[0].file, file);
    EXPECT_NE(report.damage[0].message.find(words), std::string::npos) << text(report.damage);
  }
  /// Repaired, clean, the same after a second repair; holds what `reference_` holds.
  void expect_repaired() {
    EXPECT_TRUE(repair().changed);
    const auto once = files();
    const VerifyReport report = verify();
    EXPECT_TRUE(report.clean()) << text(report.damage);
    EXPECT_TRUE(report.unreferenced.empty());
    EXPECT_FALSE(repair().changed);
    EXPECT_TRUE(files() == once);
    store_.open();
    EXPECT_EQ(difference(store_.db(), OrderKind::kBytewise, reference_), "");
    must(store_.close());
  }
  static std::string text(const std::vector<Finding>& findings) {
    std::string out;
    for (const Finding& one : findings) {
      out += one.file + (one.offset ? " at " + std::to_string(*one.offset) : "") + ": " +
             one.message + "\n";
    }
    return out;
  }

  TestStore store_;
  io::FileSystem fs_;
  Reference reference_;
};

inline std::string name_of_format(const ::testing::TestParamInfo<Format>& info) {
  return std::string(format_name(info.param));
}

}  // namespace loam::test
