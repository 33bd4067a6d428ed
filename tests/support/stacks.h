/// Stacks for tests of whole stores: what a person may combine, with buffers, tables and levels so
/// small that a few hundred writes reach every level.
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "loam/db.h"
#include "loam/options.h"
#include "loam/plugins.h"
#include "tests/support/reference.h"
#include "tests/support/temporary_directory.h"

namespace loam::test {

/// Every plugin linked into the test. Never fails: a test without its plugins cannot begin.
std::shared_ptr<Registry> linked_registry();
/// Never fails either: names and settings are the test's own.
Component make(Registry& registry, std::string_view kind, std::string_view name,
               const Settings& settings = {});

struct Stack {
  std::string name;
  OrderKind order = OrderKind::kBytewise;
  std::string codec = "none";
  std::string filter = {};                     ///< empty: none
  std::vector<std::string> level_codecs = {};  ///< entry 0 is level 0; empty: `codec` everywhere
  std::uint64_t block_size = 256;
  std::uint32_t restart_interval = 4;
  std::uint64_t block_cache_size = 16 * kKiB;  ///< far too little for the data
  bool on_disk = false;                        ///< posix in a temporary directory, else memory
  bool wal = true;
  bool mapped = false;
  bool reuse_logs = false;
  int compactions = 1;
  bool as_leveldb = false;  ///< flushes go down to level 2, seeks in vain lead to compactions
  Format format = Format::kLoam;
  std::size_t levels_min = 4;  ///< that random operations must reach, or they prove little
};

/// For the names and messages of parameterised tests.
inline void PrintTo(const Stack& stack, std::ostream* out) { *out << stack.name; }

/// Write buffer 2 KiB, tables 1 KiB, level 1 of 2 KiB, each level twice the one above.
Options tiny_options();

/// A store that is opened again and again on the same files. Thread: confined.
class TestStore {
 public:
  explicit TestStore(const Stack& stack);

  /// To change before open().
  Options options;
  /// Fails the calling test when it cannot.
  void open();
  Status close();
  void reopen();
  Db& db() { return *db_; }
  bool is_open() const { return db_ != nullptr; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::unique_ptr<TemporaryDirectory> directory_;
  std::string path_;
  std::unique_ptr<Db> db_;
};

}  // namespace loam::test
