#include "plugins/file_system/encrypted/scan.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "loam/base/units.h"

namespace loam::encrypted_fs {

namespace {

constexpr std::size_t kReadBytes = 256 * kKiB;

bool is_zero(Bytes bytes) {
  return bytes.empty() ||
         (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

}  // namespace

Scan::Scan(const sdk::RandomFile& file, Opener& opener, const Header& header, std::string path)
    : file_(file),
      opener_(opener),
      path_(std::move(path)),
      index_(header.page_bits, header.size()) {}

std::uint64_t Scan::plain_size() const {
  return damage_.ok() ? index_.plain_end() : std::max(claimed_, index_.plain_end() + 1);
}

Result<Bytes> Scan::read(Worker& worker, std::uint64_t offset, std::size_t size) const {
  worker.sealed.resize(std::max(worker.sealed.size(), size));
  LOAM_TRY_ASSIGN(const std::size_t got,
                  file_.read(offset, MutableBytes(worker.sealed.data(), size)));
  return Bytes(worker.sealed).substr(0, got);
}

Status Scan::extend() {
  LOAM_TRY_ASSIGN(const std::uint64_t size, file_.size());
  if (!damage_.ok() && size == damaged_size_) return {};
  LOAM_TRY_ASSIGN(auto worker, opener_.take());
  worker->kept_at.reset();
  Status status = find_damage(*worker, size);
  opener_.give_back(std::move(worker));
  return status;
}

/// A place is suspected twice before it is damage: its writer may have been at it when it was read.
Status Scan::find_damage(Worker& worker, std::uint64_t size) {
  damage_ = {};
  for (std::uint64_t suspected = 0;; suspected = index_.sealed_end()) {
    LOAM_TRY(take_records(worker, size));
    if (!stopped_) return {};
    LOAM_TRY(search_marks(worker, size));
    if (durable_ <= index_.plain_end()) return {};
    if (suspected == index_.sealed_end()) break;
  }
  damaged_size_ = size;
  damage_ =
      Status::corruption(path_ + ": damaged at " + std::to_string(index_.sealed_end()) + " (byte " +
                         std::to_string(index_.plain_end()) +
                         " of its contents): what was sealed there is not what is found, and " +
                         std::to_string(durable_) + " bytes had been synced");
  damage_.ignore("a finding: it concerns those who read that far, and they ask");
  return {};
}

/// Until the file ends, or a record is not there.
Status Scan::take_records(Worker& worker, std::uint64_t size) {
  stopped_ = false;
  std::size_t wanted = kReadBytes;
  while (index_.sealed_end() < size) {
    const std::uint64_t begin = index_.sealed_end();
    LOAM_TRY_ASSIGN(const Bytes rest, read(worker, begin, wanted));
    const bool is_all = rest.size() < wanted;
    LOAM_TRY_ASSIGN(const Found last, take_all(worker, rest));
    if (index_.sealed_end() > begin) continue;
    if (last == Found::kWrong || is_all) {
      stopped_ = true;
      return {};
    }
    wanted = kRecordBytesMax + kMarkSize + kRecordOverhead + kFooterSize;  // cut by our buffer
  }
  return {};
}

Result<Scan::Found> Scan::take_all(Worker& worker, Bytes rest) {
  while (!rest.empty()) {
    std::size_t size = 0;
    LOAM_TRY_ASSIGN(const Found found, take_record(worker, rest, &size));
    if (found != Found::kRecord) return found;
    rest.remove_prefix(size);
  }
  return Found::kRecord;
}

/// The record that `rest` begins with, if it is the next one of this file.
Result<Scan::Found> Scan::take_record(Worker& worker, Bytes rest, std::size_t* size) {
  std::optional<RecordHead> head = decode_record_head(rest);
  if (!head) return rest.size() < kWordSize + kMarkSize ? Found::kCut : Found::kWrong;
  if (!head->has_mark()) {
    head->ordinal = index_.records();
    head->offset = index_.plain_end();
  }
  if (head->ordinal != index_.records() || head->offset != index_.plain_end()) {
    return Found::kWrong;
  }
  if (head->size() > rest.size()) return Found::kCut;
  worker.plain.resize(std::max<std::size_t>(worker.plain.size(), head->plain_size));
  LOAM_TRY_ASSIGN(const bool intact, worker.open(*head, rest.data(), worker.plain.data()));
  if (!intact) return Found::kWrong;
  index_.add(*head);
  *size = head->size();
  return Found::kRecord;
}

bool Scan::is_plausible(const RecordHead& head, std::uint64_t at) const {
  const std::uint64_t distance = at - index_.sealed_end();
  return head.has_mark() && head.synced <= head.offset && head.ordinal >= index_.records() &&
         head.ordinal - index_.records() <= distance && head.offset >= index_.plain_end() &&
         head.offset - index_.plain_end() <= distance;
}

Result<bool> Scan::take_mark(Worker& worker, const RecordHead& head, const char* record) {
  worker.plain.resize(std::max<std::size_t>(worker.plain.size(), head.plain_size));
  LOAM_TRY_ASSIGN(const bool intact, worker.open(head, record, worker.plain.data()));
  if (!intact) return false;
  const std::uint64_t data = head.kind == RecordKind::kIndex ? 0 : head.plain_size;
  durable_ = std::max(durable_, head.synced);
  claimed_ = std::max(claimed_, head.offset + data);
  return true;
}

/// Looks for marked records at every byte: where one begins is not known behind a wrong one.
Status Scan::search_marks(Worker& worker, std::uint64_t size) {
  durable_ = claimed_ = 0;
  constexpr std::size_t kLeast = kWordSize + kMarkSize + kTagSize;
  for (std::uint64_t at = index_.sealed_end(); at + kLeast <= size;) {
    LOAM_TRY_ASSIGN(Bytes rest, read(worker, at, kReadBytes));
    if (rest.size() < kLeast) return {};
    const std::optional<RecordHead> head = decode_record_head(rest);
    const bool is_long = head && is_plausible(*head, at) && head->size() > rest.size();
    if (is_long && at + head->size() <= size) {
      LOAM_TRY_ASSIGN(rest, read(worker, at, head->size()));
    }
    LOAM_TRY_ASSIGN(const std::size_t searched, search(worker, at, rest, size));
    at += searched;
  }
  return {};
}

/// How far the search went: to the end of `rest` but for a head's size, or to a record that goes
/// beyond it.
Result<std::size_t> Scan::search(Worker& worker, std::uint64_t at, Bytes rest, std::uint64_t size) {
  constexpr std::size_t kHead = kWordSize + kMarkSize;
  if (is_zero(rest)) return std::max<std::size_t>(rest.size() - kHead, 1);
  std::size_t i = 0;
  while (i + kHead <= rest.size()) {
    const std::optional<RecordHead> head = decode_record_head(rest.substr(i));
    const bool fits = head && at + i + head->size() <= size;
    if (!fits || !is_plausible(*head, at + i)) {
      ++i;
      continue;
    }
    if (i + head->size() > rest.size()) {
      if (i > 0) return i;
      ++i;
      continue;
    }
    LOAM_TRY_ASSIGN(const bool intact, take_mark(worker, *head, rest.data() + i));
    i += intact ? head->size() : 1;
  }
  return std::max<std::size_t>(i, 1);
}

}  // namespace loam::encrypted_fs
