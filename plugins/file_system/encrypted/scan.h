/// Finds out what a file holds that bears no final mark, or may be growing: record by record, each
/// opened, up to the first that is not there.
///
/// What stands behind that place decides what it is. Zeros, or nothing: the end. Else the records
/// behind it are searched for marks: one that says that the place was durable makes it damage, for
/// a power cut takes only what no sync covered; without such a mark it is the torn tail of a crash,
/// and the file ends there.
///
/// Thread: confined (its owner locks). Ownership: borrows file and opener.
#pragma once

#include <cstdint>
#include <string>

#include "loam/sdk/file_system_client.h"
#include "plugins/file_system/encrypted/opener.h"

namespace loam::encrypted_fs {

class Scan {
 public:
  Scan(const sdk::RandomFile& file, Opener& opener, const Header& header, std::string path);

  /// Takes in what the file holds by now. Fails: as the file below; damage is no failure of this.
  Status extend();

  [[nodiscard]] const PageIndex& index() const { return index_; }
  /// OK, or why the file goes no further than index().
  [[nodiscard]] const Status& damage() const { return damage_; }
  /// Plain bytes that the file holds, damaged ones among them.
  [[nodiscard]] std::uint64_t plain_size() const;

 private:
  enum class Found { kRecord, kCut, kWrong };

  Status take_records(Worker& worker, std::uint64_t size);
  Result<Found> take_all(Worker& worker, Bytes rest);
  Result<Found> take_record(Worker& worker, Bytes rest, std::size_t* size);
  Status search_marks(Worker& worker, std::uint64_t size);
  Result<std::size_t> search(Worker& worker, std::uint64_t at, Bytes rest, std::uint64_t size);
  bool is_plausible(const RecordHead& head, std::uint64_t at) const;
  Result<bool> take_mark(Worker& worker, const RecordHead& head, const char* record);
  Result<Bytes> read(Worker& worker, std::uint64_t offset, std::size_t size) const;
  Status find_damage(Worker& worker, std::uint64_t size);

  const sdk::RandomFile& file_;
  Opener& opener_;
  const std::string path_;
  PageIndex index_;
  bool stopped_ = false;  // before the end, by a record that is not there
  Status damage_;
  std::uint64_t damaged_size_ = 0;  // of the file below, when that was found
  std::uint64_t durable_ = 0;       // plain bytes that marks behind the place call durable
  std::uint64_t claimed_ = 0;       // plain bytes that they speak of
};

}  // namespace loam::encrypted_fs
