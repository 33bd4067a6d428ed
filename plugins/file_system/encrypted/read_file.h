/// Sealed files opened for reading: at any offset, or from the start to the end. Only the pages
/// that a read touches are opened.
///
/// A file whose name says that it counts only when finished (names.h) must end with its index,
/// which says where pages lie. Any other may be unfinished, or growing: it is scanned from its
/// start when it is opened, and again behind what is known when its size or more of it is wanted.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "loam/sdk/file_system_client.h"
#include "plugins/file_system/encrypted/key_rings.h"
#include "plugins/file_system/encrypted/scan.h"

namespace loam::encrypted_fs {

/// Thread: safe. Ownership: owns the file below; borrows the key rings, which outlive it.
class RandomFile {
 public:
  /// Fails: kNotFound; kPermission (wrong master key); kCorruption: what is there is not what was
  /// sealed under this name.
  static Result<std::unique_ptr<RandomFile>> open(const sdk::FileSystem& below, KeyRings& rings,
                                                  const std::string& path);
  RandomFile(sdk::RandomFile below, KeyRings& rings, std::string path);

  /// Plain bytes. Of a damaged file, those it held: reading tells.
  Result<std::uint64_t> size();
  /// Fails: kCorruption, naming the file and the place; nothing of `out` is to be used then.
  Result<std::size_t> read(std::uint64_t offset, MutableBytes out);

  /// The key that sealed it. Absent: it holds nothing, not even a header.
  [[nodiscard]] std::optional<KeyId> key_id();

 private:
  /// Some pages: where they lie below, and what is wanted of them.
  struct Part {
    PagePlace place;
    std::uint64_t sealed_end = 0;
    std::uint64_t plain_end = 0;  ///< of what is wanted
  };

  Status open_header();
  Status take_header(Bytes start, std::string_view name);
  Status open_finished(std::uint64_t size);
  Status extend_locked();
  Result<std::size_t> readable(std::uint64_t offset, std::size_t size);
  Part part_of(std::uint64_t offset, std::size_t size);
  Status read_part(Worker& worker, const Part& part, std::uint64_t offset, char* out);
  static Result<const char*> open_record(Worker& worker, const RecordHead& head, const char* record,
                                         std::uint64_t offset, MutableBytes out);
  Status damaged(std::uint64_t sealed, std::uint64_t plain, const char* what) const;

  sdk::RandomFile below_;
  KeyRings& rings_;
  const std::string path_;
  std::optional<Header> header_;  // set once, with opener_
  std::unique_ptr<Opener> opener_;
  std::optional<PageIndex> finished_;  // set when opened: the file does not change
  std::mutex mutex_;                   // else: header_ and opener_ until set, and the scan
  std::unique_ptr<Scan> scan_;
};

/// Thread: confined.
class SequentialFile {
 public:
  explicit SequentialFile(std::unique_ptr<RandomFile> file) : file_(std::move(file)) {}
  Result<std::size_t> read(MutableBytes out);

 private:
  std::unique_ptr<RandomFile> file_;
  std::uint64_t offset_ = 0;
};

}  // namespace loam::encrypted_fs
