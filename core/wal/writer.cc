#include "core/wal/writer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/base/assert.h"
#include "core/base/coding.h"
#include "core/format/batch.h"
#include "loam/base/units.h"

namespace loam::wal {

namespace {

constexpr std::size_t kWindowBytes = kMiB;
constexpr std::size_t kBufferBytes = 4 * kBlockSize;
constexpr char kHeaderVersion = 1;
constexpr std::size_t kLogHeaderSize = 26;

bool begins_record(FragmentType type) {
  return type == FragmentType::kFull || type == FragmentType::kFirst;
}

struct NativeFraming {
  static constexpr bool kNative = true;
  static constexpr std::size_t kFirstHead = kRecordHeadSize;
};
struct LevelDbFraming {
  static constexpr bool kNative = false;
  static constexpr std::size_t kFirstHead = kFragmentHeadSize;
};

}  // namespace

std::string encode_log_header(const LogHeader& header) {
  std::string out;
  out.push_back(static_cast<char>(format::RecordKind::kLogHeader));
  out.push_back(kHeaderVersion);
  append_fixed(out, header.predecessor);
  append_fixed(out, header.predecessor_synced);
  append_fixed(out, header.last_sequence);
  return out;
}

Result<LogHeader> decode_log_header(Bytes record) {
  if (record.size() < 2 || record[0] != static_cast<char>(format::RecordKind::kLogHeader)) {
    return Status::corruption("log header: the first record of the log is of another kind");
  }
  if (record[1] != kHeaderVersion) {
    return Status::not_supported("log header: version " +
                                 std::to_string(static_cast<unsigned char>(record[1])) +
                                 ", this build reads version 1");
  }
  if (record.size() != kLogHeaderSize) {
    return Status::corruption("log header: expected " + std::to_string(kLogHeaderSize) +
                              " bytes, found " + std::to_string(record.size()));
  }
  return LogHeader{get_fixed<std::uint64_t>(record.data() + 2),
                   get_fixed<std::uint64_t>(record.data() + 10),
                   get_fixed<std::uint64_t>(record.data() + 18)};
}

Writer::Writer(sdk::AppendFile file, std::uint64_t number, const WriterOptions& options)
    : file_(std::move(file)),
      number_(number),
      seed_(log_seed(number)),
      format_(options.format),
      manual_(options.manual),
      use_window_(options.use_window && format_ == Format::kLoam && file_.can_reserve()),
      block_offset_(static_cast<std::size_t>(options.existing_size % kBlockSize)),
      size_(options.existing_size) {}

Writer::Writer(sdk::AppendFile file, std::uint64_t number, bool use_window)
    : Writer(std::move(file), number, WriterOptions{.use_window = use_window}) {}

Writer::~Writer() = default;

std::uint64_t Writer::size() const { return size_.load(); }
std::uint64_t Writer::synced_through() const { return synced_.load(); }

Status Writer::append(Bytes record) {
  if (failed_.load()) return failure();
  if (record.size() > kRecordBytesMax) {
    return Status::invalid_argument("log " + std::to_string(number_) + ": a record of " +
                                    std::to_string(record.size()) + " bytes, at most " +
                                    std::to_string(kRecordBytesMax) + " fit");
  }
  const bool usual = format_ == Format::kLoam && !manual_;
  Status status = usual ? append_fragments<NativeFraming>(record) : append_otherwise(record);
  if (!status.ok()) return fail(std::move(status));
  return {};
}

Status Writer::append_otherwise(Bytes record) {
  const auto add = [&] {
    return format_ == Format::kLoam ? append_fragments<NativeFraming>(record)
                                    : append_fragments<LevelDbFraming>(record);
  };
  if (!manual_) return add();
  MutexLock lock(manual_mutex_);
  return add();
}

template <class Framing>
Status Writer::append_fragments(Bytes record) {
  std::uint64_t end = size_.load();
  bool first = true;
  for (;;) {
    const std::size_t head = first ? Framing::kFirstHead : kFragmentHeadSize;
    const std::size_t block_left = kBlockSize - block_offset_;
    if (block_left < head) {
      LOAM_TRY(make_room(block_left));
      std::memset(at_, 0, block_left);
      at_ += block_left;
      left_ -= block_left;
      pending_ += block_left;
      end += block_left;
      block_offset_ = 0;
      continue;
    }
    const std::size_t n = std::min(record.size(), block_left - head);
    const bool last = n == record.size();
    const FragmentType type = first ? (last ? FragmentType::kFull : FragmentType::kFirst)
                                    : (last ? FragmentType::kLast : FragmentType::kMiddle);
    LOAM_TRY(write_fragment<Framing>(type, end, record.substr(0, n)));
    end += head + n;
    record.remove_prefix(n);
    if (last) break;
    first = false;
  }
  if (!manual_) LOAM_TRY(flush());
  size_.store(end);
  return {};
}

template <class Framing>
Status Writer::write_fragment(FragmentType type, std::uint64_t offset, Bytes payload) {
  const bool begins = begins_record(type);
  const std::size_t head = begins ? Framing::kFirstHead : kFragmentHeadSize;
  const std::size_t size = head + payload.size();
  LOAM_TRY(make_room(size));
  char* out = at_;
  // Payload first, CRC last: while this process may be killed at any store, the file never holds
  // a fragment that checks out and is not whole.
  if (!payload.empty()) std::memcpy(out + head, payload.data(), payload.size());
  put_fixed(out + 4, static_cast<std::uint16_t>(payload.size()));
  std::uint32_t crc = 0;
  if constexpr (Framing::kNative) {
    out[6] = static_cast<char>(type);
    if (begins) {
      put_fixed(out + 7, number_);
      put_fixed(out + 15, synced_.load());
    }
    crc = mask(crc32c(Bytes(out + 4, size - 4), fragment_seed(seed_, offset)));
  } else {
    out[6] = leveldb_type(type);
    crc = mask(crc32c(Bytes(out + 6, size - 6)));
  }
  std::atomic_signal_fence(std::memory_order_seq_cst);
  put_fixed(out, crc);
  at_ += size;
  left_ -= size;
  pending_ += size;
  block_offset_ = (block_offset_ + size) % kBlockSize;
  return {};
}

Status Writer::make_room(std::size_t size) {
  if (size <= left_) [[likely]]
    return {};
  LOAM_ASSERT(size <= kBlockSize && file_.is_open());
  LOAM_TRY(flush());
  if (size <= left_) return {};  // the buffer has its room back
  if (use_window_) {
    Status status = open_window(std::max(size, kWindowBytes));
    if (status.code() != Code::kNotSupported) return status;
    use_window_ = false;
  }
  if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(kBufferBytes);
  at_ = buffer_.get();
  left_ = kBufferBytes;
  return {};
}

Status Writer::open_window(std::size_t size) {
  LOAM_TRY_ASSIGN(at_, file_.reserve(size));
  left_ = size;
  return {};
}

/// Gives the pending bytes to the file.
Status Writer::flush() {
  const std::size_t n = std::exchange(pending_, 0);
  if (n == 0) return {};
  if (use_window_) return file_.commit(n);
  LOAM_TRY(file_.write(Bytes(at_ - n, n)));
  at_ = buffer_.get();
  left_ = kBufferBytes;
  return {};
}

Status Writer::flush_buffer() {
  if (failed_.load()) return failure();
  if (!manual_) return {};
  MutexLock lock(manual_mutex_);
  if (Status status = flush(); !status.ok()) return fail(std::move(status));
  return {};
}

Status Writer::sync() {
  if (failed_.load()) return failure();
  const std::uint64_t through = size_.load();
  LOAM_TRY(flush_buffer());
  if (Status status = file_.sync(); !status.ok()) return fail(std::move(status));
  synced_.store(through);
  return {};
}

Status Writer::close() {
  flush_buffer().ignore("kept, and told below");
  at_ = nullptr;
  left_ = 0;
  Status status = file_.close();
  if (failed_.load()) {
    status.ignore("the first failure is told");
    return failure();
  }
  if (!status.ok()) return fail(std::move(status));
  return {};
}

/// Keeps the first failure and returns it.
Status Writer::fail(Status status) {
  MutexLock lock(mutex_);
  if (failure_.ok()) {
    failure_ =
        std::move(status).with_context("log " + std::to_string(number_) + " at " +
                                       std::to_string(size_.load()) + " takes no more records");
  }
  failed_.store(true);
  return failure_;
}

Status Writer::failure() const {
  MutexLock lock(mutex_);
  return failure_;
}

}  // namespace loam::wal
