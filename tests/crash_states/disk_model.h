/// A disk as the record of operations built it: what is durable, what is still on its way, and
/// every state that a power cut could leave of it.
///
/// The model: bytes of a file reach the disk in any order until a sync of that file, and files do
/// not wait for each other; space that was reserved may read as zeros. Changes of names reach it in
/// any order until a sync of their directory, each by itself, and a rename by halves; a directory
/// whose name is lost takes along what lies in it. It knows nothing of the fault file system's own
/// way to a state, so that each speaks for the other. Thread: confined.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "plugins/file_system/fault/operations.h"
#include "plugins/file_system/fault/random.h"

namespace loam::test {

/// Files by path, in order; nothing: a directory.
using Image = std::map<std::string, std::optional<std::string>>;

class DiskModel {
 public:
  struct Bounds {
    /// Files keep the order in which their bytes were appended: no holes.
    bool in_order = false;
    /// States of one moment: all when there are no more, else the extremes and so many by chance.
    std::size_t states_max = 16;
  };

  /// Requires: the record began on an empty disk.
  void apply(const fault_fs::Effect& effect);

  /// Calls `visit` with states that a cut at this moment could leave; the same ones for the same
  /// seed. Returns whether these were all.
  bool each_state(const Bounds& bounds, std::uint64_t seed,
                  const std::function<void(const Image&)>& visit) const;

 private:
  struct File {
    bool is_directory = false;
    bool is_information = false;  // the information log, of which nothing depends
    std::string durable;
    std::string current;
    std::vector<std::size_t> ends;  // of the appends since the last sync
    std::size_t clean_size = 0;
    std::size_t allocated = 0;
    bool is_replaced = false;
  };
  /// `path` now stands for `file` (0: nothing) where it stood for `old`.
  struct Edit {
    std::string path;
    std::uint64_t file;
    std::uint64_t old;
  };
  using Change = std::vector<Edit>;
  /// One state: for each change the edits that are kept, as bits; for each open question about
  /// bytes the number of its answer.
  using Choice = std::vector<std::size_t>;
  struct Question {
    std::uint64_t file;
    std::vector<std::string> answers;  // first: nothing of it is left; second: all
  };

  void rename(const fault_fs::Effect& effect);
  void sync_names(const std::string& directory);
  static std::vector<std::string> answers_for(const File& file, const Bounds& bounds,
                                              fault_fs::Random& random);
  [[nodiscard]] std::vector<Choice> extremes(const std::vector<std::size_t>& counts) const;
  [[nodiscard]] Image image_of(const Choice& choice, const std::vector<Question>& questions) const;

  std::map<std::uint64_t, File> files_;
  std::map<std::string, std::uint64_t> names_;
  std::map<std::string, std::uint64_t> durable_names_;
  std::vector<Change> pending_;
  std::map<std::uint64_t, std::string> directories_;  // the path under which each was made
};

}  // namespace loam::test
