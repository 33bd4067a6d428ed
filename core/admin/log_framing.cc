#include "core/admin/log_framing.h"

#include <algorithm>

namespace loam::admin {
namespace {

using wal::FragmentType;
using wal::kBlockSize;
using wal::kFragmentHeadSize;
using wal::kRecordHeadSize;

/// What turns LevelDB's numbers of types into Loam's.
constexpr std::uint8_t kTypeOffset = 0x10;
constexpr std::size_t kTypeAt = 6;

std::uint8_t byte_at(Bytes file, std::uint64_t offset) {
  return static_cast<std::uint8_t>(file[static_cast<std::size_t>(offset)]);
}

}  // namespace

LogFraming::LogFraming(Bytes file, Format format, std::uint64_t number)
    : file_(file), format_(format), number_(number), seed_(wal::log_seed(number)) {}

std::size_t LogFraming::record_head_size() const {
  return format_ == Format::kLoam ? kRecordHeadSize : kFragmentHeadSize;
}

const char* LogFraming::parse_head(Bytes rest, std::size_t block_left, LogFragment& out) const {
  if (rest.size() < kFragmentHeadSize) return "a fragment's head is cut off by the end of the file";
  out.checksum = get_fixed<std::uint32_t>(rest.data());
  const std::size_t length = get_fixed<std::uint16_t>(rest.data() + 4);
  out.stored_type = static_cast<std::uint8_t>(rest[kTypeAt]);
  if (out.stored_type == 0) return "unwritten space";
  const bool native = format_ == Format::kLoam;
  if (native ? !wal::is_native_type(out.stored_type) : !wal::is_leveldb_type(out.stored_type)) {
    return "a fragment of unknown type";
  }
  out.type = static_cast<FragmentType>(out.stored_type | kTypeOffset);
  out.head = native && out.begins() ? kRecordHeadSize : kFragmentHeadSize;
  if (out.head + length > block_left) return "a fragment's length passes the end of its block";
  if (out.head + length > rest.size()) return "a fragment is cut off by the end of the file";
  out.payload = rest.substr(out.head, length);
  return nullptr;
}

const char* LogFraming::parse(std::uint64_t offset, LogFragment& out) const {
  const auto block_left = static_cast<std::size_t>(kBlockSize - offset % kBlockSize);
  const Bytes rest = file_.substr(static_cast<std::size_t>(offset), block_left);
  out = LogFragment{};
  out.offset = offset;
  if (const char* wrong = parse_head(rest, block_left, out)) return wrong;
  if (format_ == Format::kLevelDb) {
    const Bytes covered = rest.substr(kTypeAt, 1 + out.payload.size());
    return wal::mask(crc32c(covered)) == out.checksum ? nullptr : "checksum mismatch";
  }
  const Bytes covered = rest.substr(4, out.head - 4 + out.payload.size());
  const auto intact_for = [&](std::uint32_t seed) {
    return wal::mask(crc32c(covered, wal::fragment_seed(seed, offset))) == out.checksum;
  };
  if (out.begins()) {
    out.number = get_fixed<std::uint64_t>(rest.data() + 7);
    out.synced_through = get_fixed<std::uint64_t>(rest.data() + 15);
    if (out.number != number_ && intact_for(wal::log_seed(out.number))) {
      return "a record of another log: this file was another log before";
    }
  }
  return intact_for(seed_) ? nullptr : "checksum mismatch";
}

/// Cheap: most offsets are ruled out by one byte.
bool LogFraming::may_stand_at(std::uint64_t offset) const {
  if (file_.size() - offset < kFragmentHeadSize) return false;
  if (kBlockSize - offset % kBlockSize < kFragmentHeadSize) return false;
  const std::uint8_t type = byte_at(file_, offset + kTypeAt);
  if (format_ == Format::kLevelDb) return wal::is_leveldb_type(type);
  if (!wal::is_native_type(type)) return false;
  // A record goes on only where a block begins, and begins only under this log's number.
  if (offset % kBlockSize == 0) return true;
  return file_.size() - offset >= kRecordHeadSize &&
         get_fixed<std::uint64_t>(file_.data() + offset + 7) == number_;
}

std::uint64_t LogFraming::next_intact(std::uint64_t offset, bool beginnings_only) const {
  LogFragment fragment;
  for (; offset < file_.size(); ++offset) {
    if (!may_stand_at(offset) || parse(offset, fragment) != nullptr) continue;
    if (fragment.begins() || !beginnings_only) return offset;
  }
  return file_.size();
}

std::optional<LogFraming> LogFraming::detect(Bytes file) {
  LogFragment fragment;
  const LogFraming leveldb(file, Format::kLevelDb, 0);
  for (std::uint64_t at = 0; at + kFragmentHeadSize <= file.size(); ++at) {
    if (leveldb.may_stand_at(at) && leveldb.parse(at, fragment) == nullptr) return leveldb;
    if (!wal::is_native_type(byte_at(file, at + kTypeAt)) || file.size() - at < kRecordHeadSize)
      continue;
    const LogFraming native(file, Format::kLoam, get_fixed<std::uint64_t>(file.data() + at + 7));
    if (native.parse(at, fragment) == nullptr && fragment.begins()) return native;
  }
  return std::nullopt;
}

}  // namespace loam::admin
