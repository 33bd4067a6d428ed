/// Seals one file, record by record, into memory that its user gives. Knows the format and the
/// nonces; writes nothing itself.
///
/// Thread: confined. Ownership: owns the file's cipher. Invariants: 1. each ordinal is used
/// once, also when what it sealed was never written. 2. no data record crosses a page's end.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "plugins/file_system/encrypted/keyring.h"
#include "plugins/file_system/encrypted/page_index.h"

namespace loam::encrypted_fs {

/// What the component's options say about new files.
struct SealOptions {
  Algorithm algorithm = Algorithm::kAes256Gcm;
  unsigned page_bits = kPageBitsMin;
};

class Sealer {
 public:
  /// Of a new file called `name`. The salt is fresh.
  static Result<std::unique_ptr<Sealer>> begin(const SealOptions& options,
                                               const StoreKey& store_key, std::string name);
  Sealer(std::unique_ptr<Cipher> cipher, std::string header, const SealOptions& options,
         PageIndex index);

  /// The bytes that the file begins with.
  [[nodiscard]] const std::string& header() const { return header_; }
  /// Bytes that the last mark called durable.
  [[nodiscard]] std::uint64_t marked() const { return marked_; }
  [[nodiscard]] std::uint64_t plain_size() const { return index_.plain_end(); }
  [[nodiscard]] std::uint64_t sealed_size() const { return index_.sealed_end(); }

  /// How many bytes seal() writes for `size` bytes, at most.
  [[nodiscard]] std::size_t sealed_size_max(std::size_t size) const;
  /// How many plain bytes fill `pages` pages from here on, exactly.
  [[nodiscard]] std::size_t room_in_pages(std::size_t pages) const;
  /// Writes the records of `plain` to `out` and says where they end. `synced`: bytes of the plain
  /// file known durable.
  Result<char*> seal(Bytes plain, std::uint64_t synced, char* out);
  /// The index record, which marks the file as finished while nothing follows it. Fails:
  /// kNotSupported for an index above 16 MiB.
  Result<std::string> seal_index(std::uint64_t synced);

 private:
  Status seal_record(RecordHead head, Bytes plain, char* out);

  std::unique_ptr<Cipher> cipher_;
  std::string header_;
  std::size_t page_size_;
  PageIndex index_;
  std::uint64_t marked_ = 0;  // the last mark said that so many bytes are durable
};

}  // namespace loam::encrypted_fs
