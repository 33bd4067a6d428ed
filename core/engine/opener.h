/// From a path and options to an open store: find, lock, create or recover, seal, clean up. Or to
/// one that is only read: nothing is locked, written or removed.
///
/// On failure nothing is left that was not there before. Thread: confined, used once.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/engine/store.h"
#include "core/format/file_names.h"
#include "loam/options.h"

namespace loam::engine {

class Opener {
 public:
  Opener(Options resolved, std::string path);
  /// Fails: as Db::open.
  Result<std::unique_ptr<Store>> run();
  /// Fails: as Db::open_read_only.
  Result<std::unique_ptr<Store>> run_read_only();

 private:
  enum class Found : std::uint8_t { kNothing, kCutCreation, kStore };

  Status prepare();
  Status adopt(Format format);
  Result<Found> look();
  Status check_wanted(Found found) const;
  Result<Format> format_of(Found found) const;
  Status make_directories();
  Status sync_ancestor() const;
  Status take_lock();
  Status open_log();
  /// From here on, and with what they said before.
  void hear_plugins();
  Status wire();
  Status open_store();
  Status load_store();
  void undo();
  Status empty_logs(const io::FileSystem& fs, const std::vector<std::string>& names) const;
  Status remove_if_there(const io::FileSystem& fs, const std::string& name) const;

  Options options_;  ///< complete once the format is known
  std::unique_ptr<Store> store_;
  std::string path_;
  std::string ancestor_;                       // the nearest directory that was there
  std::vector<std::string> made_directories_;  // outermost first
  bool creating_ = false;
};

}  // namespace loam::engine
