/// Opens the records of one file, for any number of threads.
///
/// Thread: safe; a Worker is one thread's. Ownership: ciphers and buffers are kept for the next
/// reader, up to a size.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "plugins/file_system/encrypted/page_index.h"

namespace loam::encrypted_fs {

/// What a reader needs to itself.
struct Worker {
  std::unique_ptr<Cipher> cipher;
  std::string sealed;  ///< records as read
  std::string plain;   ///< of a record that is wanted in part
  /// The record whose contents `plain` holds, by its place in the sealed file: who reads on from
  /// where a read ended does not open its last record again. Unset: whoever uses `plain` otherwise.
  std::optional<std::uint64_t> kept_at;
  RecordHead kept;

  /// Whether the record is what was sealed at this place of this file; then its plain bytes are at
  /// `out`. Requires: head.size() bytes at `record`.
  Result<bool> open(const RecordHead& head, const char* record, char* out);
};

class Opener {
 public:
  /// Fails: kCorruption when the header's tag is not right.
  static Result<std::unique_ptr<Opener>> make(const Key& store_key, const Header& header,
                                              Bytes tag);
  Opener(Algorithm algorithm, const Key& key) : algorithm_(algorithm), key_(key) {}

  Result<std::unique_ptr<Worker>> take();
  void give_back(std::unique_ptr<Worker> worker);

 private:
  const Algorithm algorithm_;
  const Key key_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Worker>> idle_;  // by mutex_
};

}  // namespace loam::encrypted_fs
