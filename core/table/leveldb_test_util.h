/// LevelDB as a peer of the table tests: its builder and reader on strings, under an order of
/// Loam's and on internal keys, as its stores use them.
#pragma once

#include <leveldb/cache.h>
#include <leveldb/comparator.h>
#include <leveldb/env.h>
#include <leveldb/filter_policy.h>
#include <leveldb/iterator.h>
#include <leveldb/options.h>
#include <leveldb/table.h>
#include <leveldb/table_builder.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "core/table/table_test_util.h"

namespace loam::table::peer {

inline Bytes bytes_of(const leveldb::Slice& slice) { return {slice.data(), slice.size()}; }
inline leveldb::Slice slice_of(Bytes bytes) { return {bytes.data(), bytes.size()}; }

class StringFile final : public leveldb::WritableFile {
 public:
  leveldb::Status Append(const leveldb::Slice& data) override {
    content.append(data.data(), data.size());
    return {};
  }
  leveldb::Status Close() override { return {}; }
  leveldb::Status Flush() override { return {}; }
  leveldb::Status Sync() override { return {}; }
  std::string content;
};

class StringSource final : public leveldb::RandomAccessFile {
 public:
  explicit StringSource(const std::string& content) : content_(content) {}
  leveldb::Status Read(std::uint64_t offset, std::size_t n, leveldb::Slice* result,
                       char* scratch) const override {
    const std::size_t got = offset >= content_.size() ? 0 : std::min(n, content_.size() - offset);
    std::memcpy(scratch, content_.data() + (got == 0 ? 0 : offset), got);
    *result = leveldb::Slice(scratch, got);
    return {};
  }

 private:
  const std::string& content_;
};

/// An order of Loam's on user keys; byte order is LevelDB's own.
class UserOrder final : public leveldb::Comparator {
 public:
  explicit UserOrder(const plugin::Comparator& order) : order_(order) {}
  [[nodiscard]] const char* Name() const override { return order_.name().c_str(); }
  [[nodiscard]] int Compare(const leveldb::Slice& a, const leveldb::Slice& b) const override {
    return order_.compare(bytes_of(a), bytes_of(b));
  }
  void FindShortestSeparator(std::string* start, const leveldb::Slice& limit) const override {
    if (order_.is_bytewise()) return bytewise()->FindShortestSeparator(start, limit);
    if (order_.compare(*start, bytes_of(limit)) >= 0) return;
    std::string out;
    order_.shortest_separator(*start, bytes_of(limit), out);
    *start = out;
  }
  void FindShortSuccessor(std::string* key) const override {
    if (order_.is_bytewise()) return bytewise()->FindShortSuccessor(key);
    std::string out;
    order_.short_successor(*key, out);
    *key = out;
  }

 private:
  static const leveldb::Comparator* bytewise() { return leveldb::BytewiseComparator(); }
  const plugin::Comparator& order_;
};

/// LevelDB's order of internal keys; it has one itself, but does not publish it.
class InternalOrder final : public leveldb::Comparator {
 public:
  explicit InternalOrder(const plugin::Comparator& user) : order_(user), user_(user) {}
  [[nodiscard]] const char* Name() const override { return "internal keys"; }
  [[nodiscard]] int Compare(const leveldb::Slice& a, const leveldb::Slice& b) const override {
    return order_.compare(bytes_of(a), bytes_of(b));
  }
  void FindShortestSeparator(std::string* start, const leveldb::Slice& limit) const override {
    std::string user(format::user_key(*start));
    user_.FindShortestSeparator(&user, slice_of(format::user_key(bytes_of(limit))));
    take(start, std::move(user));
  }
  void FindShortSuccessor(std::string* key) const override {
    std::string user(format::user_key(*key));
    user_.FindShortSuccessor(&user);
    take(key, std::move(user));
  }

 private:
  void take(std::string* key, std::string user) const {
    const Bytes old = format::user_key(*key);
    if (user.size() >= old.size() || order_.compare_user(old, user) >= 0) return;
    append_fixed(user, format::pack(format::kSequenceMax, format::ValueType::kPut));
    *key = std::move(user);
  }
  format::InternalOrder order_;
  UserOrder user_;
};

/// A filter of user keys, given internal ones.
class InternalFilter final : public leveldb::FilterPolicy {
 public:
  explicit InternalFilter(int bits_per_key) : inner_(leveldb::NewBloomFilterPolicy(bits_per_key)) {}
  [[nodiscard]] const char* Name() const override { return inner_->Name(); }
  void CreateFilter(const leveldb::Slice* keys, int n, std::string* dst) const override {
    std::vector<leveldb::Slice> users(keys, keys + n);
    for (leveldb::Slice& key : users) key = slice_of(format::user_key(bytes_of(key)));
    inner_->CreateFilter(users.data(), n, dst);
  }
  [[nodiscard]] bool KeyMayMatch(const leveldb::Slice& key,
                                 const leveldb::Slice& filter) const override {
    return inner_->KeyMayMatch(slice_of(format::user_key(bytes_of(key))), filter);
  }

 private:
  std::unique_ptr<const leveldb::FilterPolicy> inner_;
};

inline std::string build(const leveldb::Options& options, const std::vector<TestEntry>& entries) {
  StringFile file;
  leveldb::TableBuilder builder(options, &file);
  for (const TestEntry& e : entries) builder.Add(slice_of(e.key), slice_of(e.value));
  const leveldb::Status status = builder.Finish();
  EXPECT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(builder.FileSize(), file.content.size());
  return file.content;
}

/// Every entry, forwards, with checksums verified.
inline std::vector<TestEntry> read(leveldb::Options options, const std::string& bytes) {
  options.paranoid_checks = true;
  StringSource source(bytes);
  leveldb::Table* opened = nullptr;
  const leveldb::Status status = leveldb::Table::Open(options, &source, bytes.size(), &opened);
  const std::unique_ptr<leveldb::Table> table(opened);
  EXPECT_TRUE(status.ok()) << status.ToString();
  std::vector<TestEntry> entries;
  if (!status.ok()) return entries;
  leveldb::ReadOptions verified;
  verified.verify_checksums = true;
  const std::unique_ptr<leveldb::Iterator> it(table->NewIterator(verified));
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    entries.push_back({it->key().ToString(), it->value().ToString()});
  }
  EXPECT_TRUE(it->status().ok()) << it->status().ToString();
  return entries;
}

}  // namespace loam::table::peer
