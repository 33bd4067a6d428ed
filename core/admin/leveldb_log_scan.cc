// scan_log() of a store in LevelDB's format. LevelDB's reader gives up the rest of a block behind
// damage; here the next intact record is looked for: first where the damaged one ends by its own
// word, then byte by byte, where what a record holds as data may look like one, so that only
// batches that go on in sequence count.
#include <algorithm>
#include <utility>

#include "core/admin/log_framing.h"
#include "core/admin/log_scan.h"
#include "core/format/file_names.h"
#include "core/format/leveldb_batch.h"

namespace loam::admin {

namespace {

using wal::kBlockSize;
using wal::kFragmentHeadSize;

constexpr std::uint64_t kLogBytesMax = std::uint64_t{1} << 40;

bool is_zero(Bytes bytes) { return bytes.find_first_not_of('\0') == Bytes::npos; }

class LevelDbLogWalk {
 public:
  LevelDbLogWalk(const Site& site, std::uint64_t number, const BatchSink& sink)
      : site_(site), sink_(sink), name_(format::log_name(number)) {}

  Result<LogScan> run() {
    auto file = io::read_whole_file(site_.fs, site_.file(name_), kLogBytesMax);
    if (!file.ok()) {
      const bool missing = file.status().code() == Code::kNotFound;
      if (!missing && !is_damage(file.status().code())) return std::move(file).status();
      scan_.damage.push_back(missing ? Finding{name_, std::nullopt, "the file is missing"}
                                     : finding(name_, std::nullopt, file.status()));
      return std::move(scan_);
    }
    file_ = *file;
    framing_.emplace(LogFraming::of_leveldb(file_));
    while (at_ < file_.size()) LOAM_TRY(step());
    if (inside_) tail(begun_at_, "the file ends inside a record");
    return std::move(scan_);
  }

 private:
  [[nodiscard]] Bytes rest_of_block(std::uint64_t at) const {
    return Bytes(file_).substr(static_cast<std::size_t>(at), kBlockSize - at % kBlockSize);
  }
  void damage(std::uint64_t at, std::string why) {
    scan_.damage.push_back({name_, at, std::move(why)});
  }
  void tail(std::uint64_t at, const std::string& why) {
    scan_.notes.push_back({name_, at, why + "; taken for the tail of a crash"});
  }
  /// Gives up the record that has begun.
  void break_off(const char* why) {
    if (inside_ && !record_.empty()) damage(begun_at_, why);
    inside_ = false;
  }

  Status step() {
    const Bytes rest = rest_of_block(at_);
    const std::size_t block_left = kBlockSize - at_ % kBlockSize;
    if (block_left < kFragmentHeadSize || is_zero(rest)) {  // a trailer, or never written
      if (block_left >= kFragmentHeadSize) break_off("a record breaks off");
      at_ += rest.size();
      return {};
    }
    LogFragment fragment;
    const char* wrong = framing_->parse(at_, fragment);
    if (wrong == nullptr) {
      at_ = fragment.end();
      return take(fragment);
    }
    return pass_damage(wrong);
  }

  /// Requires: no intact fragment is at `at_`.
  Status pass_damage(const char* wrong) {
    const std::uint64_t hole = at_;
    const bool cut = rest_of_block(hole).size() < kBlockSize - hole % kBlockSize &&
                     std::string_view(wrong).find("end of the file") != std::string_view::npos;
    at_ = next_record(hole);
    if (cut && at_ == file_.size()) {
      inside_ = false;
      tail(hole, wrong);
      return {};
    }
    break_off("a record breaks off");
    damage(hole, wrong);
    return {};
  }

  [[nodiscard]] std::uint64_t next_record(std::uint64_t hole) const {
    const Bytes rest = rest_of_block(hole);
    LogFragment fragment;
    if (rest.size() >= kFragmentHeadSize) {
      const std::size_t size = kFragmentHeadSize + get_fixed<std::uint16_t>(rest.data() + 4);
      const std::uint64_t behind = hole + size;
      const bool in_block = size + kFragmentHeadSize <= rest.size();
      if (in_block && framing_->parse(behind, fragment) == nullptr) return behind;
      // It was the last of its block.
      const std::uint64_t next = hole + rest.size();
      const bool fills = size <= rest.size() && rest.size() - size < kFragmentHeadSize;
      if (fills && next < file_.size() && framing_->parse(next, fragment) == nullptr) return next;
    }
    for (std::uint64_t at = hole + 1; at < file_.size(); ++at) {
      at = framing_->next_intact(at, /*beginnings_only=*/true);
      if (at == file_.size() || at % kBlockSize == 0) return at;
      if (framing_->parse(at, fragment) == nullptr && goes_on(fragment.payload)) return at;
    }
    return file_.size();
  }
  [[nodiscard]] bool goes_on(Bytes payload) const {
    return payload.size() >= format::kLevelDbBatchHeaderSize &&
           get_fixed<std::uint64_t>(payload.data()) > scan_.last_sequence;
  }

  Status take(const LogFragment& fragment) {
    if (fragment.begins()) {
      break_off("a record begins inside another");
      begun_at_ = fragment.offset;
      record_.assign(fragment.payload);
      inside_ = true;
    } else if (inside_) {
      record_.append(fragment.payload);
    } else {
      // The rest of a record whose beginning is lost is part of that damage, if that was told.
      if (scan_.damage.empty()) damage(fragment.offset, "a fragment that continues no record");
      return {};
    }
    if (!fragment.ends()) return {};
    inside_ = false;
    return take_batch();
  }

  Status take_batch() {
    auto batch = format::native_from_leveldb(record_);
    if (!batch.ok() && !is_damage(batch.status().code())) {
      return std::move(batch).status().with_context(name_);
    }
    if (!batch.ok()) {
      scan_.damage.push_back(finding(name_, begun_at_, batch.status()));
      return {};
    }
    ++scan_.batches;
    const std::uint32_t count = format::batch_count(*batch);
    if (count == 0) return {};
    const format::Sequence first = format::batch_sequence(*batch);
    scan_.last_sequence = std::max(scan_.last_sequence, first + count - 1);
    return sink_ ? sink_(*batch, begun_at_) : Status();
  }

  const Site& site_;
  const BatchSink& sink_;
  const std::string name_;
  std::string file_;
  std::optional<LogFraming> framing_;
  std::uint64_t at_ = 0;
  bool inside_ = false;  ///< record_ holds the beginning of one
  std::uint64_t begun_at_ = 0;
  std::string record_;
  LogScan scan_;
};

}  // namespace

Result<LogScan> scan_leveldb_log(const Site& site, std::uint64_t number, const BatchSink& sink) {
  return LevelDbLogWalk(site, number, sink).run();
}

}  // namespace loam::admin
