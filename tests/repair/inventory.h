/// Where every version of every key lies in the files of a store: what a repair has to bring back
/// follows from it and from which bytes were damaged, whatever the repair does.
///
/// Thread: confined.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/io/file_system.h"
#include "loam/options.h"
#include "tests/support/reference.h"

namespace loam::test {

/// Bytes [begin, end) of a file that were changed; the whole file when it was removed.
struct Wound {
  std::string file;
  std::uint64_t begin = 0;
  std::uint64_t end = UINT64_MAX;
};

class Inventory {
 public:
  /// Reads a whole store that nobody has open. Throws when it cannot: then the test is at fault.
  Inventory(const io::FileSystem& fs, const std::string& path, const Options& options);

  /// The newest version of each key that lies in no wound.
  [[nodiscard]] Reference expected(const std::vector<Wound>& wounds, OrderKind order) const;
  /// Whether the value was ever the key's, as far as the files tell.
  [[nodiscard]] bool knows(const std::string& key, const std::string& value) const;
  /// Names of the files that make up the store.
  [[nodiscard]] const std::map<std::string, std::uint64_t>& files() const { return files_; }

 private:
  struct Version {
    std::string key;
    std::uint64_t trailer;  ///< sequence << 8 | type
    std::string value;
    std::string file;
    std::uint64_t begin;  ///< of the block or record it stands in
    std::uint64_t end;
  };

  std::vector<Version> versions_;
  std::map<std::string, std::uint64_t> files_;  ///< name, size
};

/// Whole files of a directory, `lost/` not among them.
std::map<std::string, std::string> read_directory(const io::FileSystem& fs,
                                                  const std::string& path);
void write_file(const io::FileSystem& fs, const std::string& path, const std::string& bytes);
/// Makes `to` hold the same files as `from`, and no others.
void copy_directory(const io::FileSystem& fs, const std::string& from, const std::string& to);

}  // namespace loam::test
