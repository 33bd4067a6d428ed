/// A sealed file that grows at its end. Every write is sealed and handed to the file below before
/// it returns: nothing waits in memory, and no byte below is ever written twice.
///
/// Small writes in a row (a log) go through a window of the file below where it has one (reserve
/// and commit), so that a record costs its sealing and no system call; large ones are sealed piece
/// by piece into a buffer.
///
/// A file that exists already is never appended to: its key has sealed what nobody here counted.
/// The first write makes a copy under a fresh key instead, durable, and puts it in its place.
///
/// Thread: confined, except sync(), which may run beside write(). Ownership: owns the file below.
/// Invariants: 1. after a failed write nothing more is sealed: what the failure left below is not
/// known. 2. what a data record says is durable is.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "loam/sdk/file_system_forward.h"
#include "plugins/file_system/encrypted/sealer.h"

namespace loam::encrypted_fs {

class AppendFile {
 public:
  using Below = std::unique_ptr<sdk::ForwardAppendFile>;
  /// Makes the copy that writes go to.
  using Copy = std::function<Result<std::unique_ptr<AppendFile>>()>;

  /// A new file, empty below. Writes the header, and makes it durable unless the name says that
  /// only a finished file counts: so a file without a good header never held anything.
  static Result<std::unique_ptr<AppendFile>> begin(Below below, std::string path,
                                                   std::unique_ptr<Sealer> sealer, bool windows);
  /// One that is there already.
  static std::unique_ptr<AppendFile> resume(Below below, std::string path, Copy copy);

  AppendFile(Below below, std::string path, std::unique_ptr<Sealer> sealer, bool windows);
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;
  ~AppendFile() = default;

  Status write(Bytes bytes);
  Status sync(bool full);
  /// `size` plain bytes, and a little more for what sealing adds.
  Status preallocate(std::uint64_t size);
  /// Marks the file as finished, if anything was appended.
  Status close();

 private:
  Status write_small(Bytes bytes);
  Status write_large(Bytes bytes);
  Result<char*> window(std::size_t size);
  Status write_index();
  Status poison(Status status);
  Status refuse() const;

  Below below_;
  const std::string path_;
  const bool is_complete_;  // by its name
  Copy copy_;               // set: nothing was written yet through a handle of resume()
  std::mutex mutex_;        // the members from here on: writes, and the marks that a sync writes
  std::unique_ptr<AppendFile> copied_;
  std::unique_ptr<Sealer> sealer_;
  std::string buffer_;
  Status failure_;
  bool windows_;
  std::size_t small_writes_ = 0;
  char* window_ = nullptr;
  std::size_t window_left_ = 0;
  bool is_finished_ = false;  // an index record is the last thing written
  std::atomic<std::uint64_t> synced_{0};
};

}  // namespace loam::encrypted_fs
