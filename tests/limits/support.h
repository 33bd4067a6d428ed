/// What the tests of limits share: a ledger of what a store was told and what it answered, limits
/// of this process that end with their object, and bodies of tests that run as an ordinary user.
#pragma once

#include <sys/resource.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "loam/db.h"

namespace loam::test {

/// What must be in a store and what may be. Thread: confined.
class Ledger {
 public:
  /// An acknowledged value must be there; one whose write failed may be.
  Status put(Db& db, const std::string& key, const std::string& value, bool sync = false);
  /// By a get of each key, a walk forth and one back. Empty, or what differs, or the read's error.
  [[nodiscard]] std::string difference(Db& db) const;
  /// Empty, or what is wrong with `found` for `key`.
  [[nodiscard]] std::string wrong(const std::string& key,
                                  const std::optional<std::string>& found) const;
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::optional<std::string> acknowledged;
    std::vector<std::string> perhaps;  ///< tried after that one
  };
  [[nodiscard]] std::string walk_difference(Db& db, bool reverse) const;

  std::map<std::string, Entry> entries_;
};

/// A key and a value by number; the numbers scatter, so that each table covers much of the range.
std::string key_of(int i);
std::string value_of(int i);
/// Some hundred writes, synced now and then, with flushes between them: several levels of tables.
/// Fails the calling test if one fails.
void fill(Db& db, Ledger& ledger);

/// While it lives, this process may have just `spare` descriptors more than it has.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(int spare);
  ~DescriptorLimit();
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;

 private:
  struct rlimit before_ {};
};

/// While it lives, no file may become longer: writing fails with EFBIG, as on a file system that
/// has no more room. Ends nothing: the signal is ignored.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes);
  ~FileSizeLimit();
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  struct rlimit before_ {};
};

/// Runs `body`, with all its expectations, in a process of its own that permissions bind: where
/// this one is root's, as the user nobody. The calling test fails when the body does.
void as_ordinary_user(const std::function<void()>& body);

/// Names and contents, to tell whether anything was touched. LOG, LOG.old and LOCK are left out.
std::map<std::string, std::string> contents_of(const std::string& directory);
/// The names in `directory` that end so, sorted.
std::vector<std::string> names_ending(const std::string& directory, const std::string& end);

}  // namespace loam::test
