/// The log of effects: in memory for a test that asks, in a file of the base for the option
/// operation_log, so that it outlives a kill.
///
/// Thread: confined (the owner's mutex). Ownership: the file is open as long as this lives.
#pragma once

#include <string>
#include <vector>

#include "loam/sdk/file_system_client.h"
#include "plugins/file_system/fault/operations.h"

namespace loam::fault_fs {

class Recorder {
 public:
  Recorder() = default;
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;
  /// Ends the log in the file: its process was not killed.
  ~Recorder() { add({.kind = Effect::Kind::kEnd}); }

  void start() {
    memory_.clear();
    is_on_ = true;
  }
  void stop() { is_on_ = false; }
  [[nodiscard]] const std::vector<Effect>& recorded() const { return memory_; }

  /// Keeps others out of the log at `path`, and returns what is there unless a kEnd ends it. Fails:
  /// kBusy while another has it; what the base says.
  Result<std::vector<Effect>> claim_file(const sdk::FileSystem& base, const std::string& path);
  /// Begins the log anew. Requires: claim_file() with the same path.
  Status begin_file(const sdk::FileSystem& base, const std::string& path);

  /// A failure to write to the file is kept.
  void add(Effect effect);
  /// The first failure to write to the file.
  [[nodiscard]] const Status& status() const { return status_; }

 private:
  std::vector<Effect> memory_;
  bool is_on_ = false;
  sdk::FileLock lock_;
  sdk::AppendFile file_;
  Status status_;
};

}  // namespace loam::fault_fs
