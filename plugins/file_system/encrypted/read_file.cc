#include "plugins/file_system/encrypted/read_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "loam/base/units.h"
#include "plugins/file_system/encrypted/names.h"

namespace loam::encrypted_fs {

namespace {

using Guard = std::lock_guard<std::mutex>;

constexpr std::size_t kReadBytes = 256 * kKiB;

/// What the record with the contents `plain` holds of the bytes at `offset`, to their place in
/// `out`.
void copy_part(const RecordHead& head, const char* plain, std::uint64_t offset, MutableBytes out) {
  const std::uint64_t from = std::max(head.offset, offset);
  const std::uint64_t to =
      std::min<std::uint64_t>(head.offset + head.plain_size, offset + out.size());
  if (from >= to) return;
  std::memcpy(out.data() + (from - offset), plain + (from - head.offset),
              static_cast<std::size_t>(to - from));
}

void step_over(const RecordHead& head, PagePlace* at) {
  at->sealed += head.size();
  at->plain += head.kind == RecordKind::kIndex ? 0 : head.plain_size;
  ++at->ordinal;
}

}  // namespace

Result<std::unique_ptr<RandomFile>> RandomFile::open(const sdk::FileSystem& below, KeyRings& rings,
                                                     const std::string& path) {
  LOAM_TRY_ASSIGN(sdk::RandomFile base, below.open_random(path));
  auto file = std::make_unique<RandomFile>(std::move(base), rings, path);
  const Guard lock(file->mutex_);
  if (is_complete(base_name(path))) {
    LOAM_TRY(file->open_header());
    LOAM_TRY_ASSIGN(const std::uint64_t size, file->below_.size());
    LOAM_TRY(file->open_finished(size));
  } else {
    LOAM_TRY(file->extend_locked());
  }
  return file;
}

RandomFile::RandomFile(sdk::RandomFile below, KeyRings& rings, std::string path)
    : below_(std::move(below)), rings_(rings), path_(std::move(path)) {}

Status RandomFile::damaged(std::uint64_t sealed, std::uint64_t plain, const char* what) const {
  return Status::corruption(path_ + ": damaged at " + std::to_string(sealed) + " (byte " +
                            std::to_string(plain) + " of its contents): " + what);
}

/// Leaves header_ unset when the file holds no more than a header that never became durable: then
/// nothing was ever sealed in it.
Status RandomFile::open_header() {
  const std::string_view name = base_name(path_);
  std::string bytes(kHeaderMax, '\0');
  LOAM_TRY_ASSIGN(const std::size_t got, below_.read(0, MutableBytes(bytes.data(), bytes.size())));
  const std::size_t own_size = kHeaderFixed + name.size() + kTagSize;
  const bool may_be_torn = got <= own_size && !is_complete(name);
  Status status = take_header(Bytes(bytes).substr(0, got), name);
  if (may_be_torn && status.code() == Code::kCorruption) return {};
  return status;
}

Status RandomFile::take_header(Bytes start, std::string_view name) {
  Result<Header> header = decode_header(start);
  if (!header.ok()) return std::move(header).status().with_context(path_);
  if (!may_be_called(header->name, name)) {
    return Status::corruption(path_ + ": this file was written as " + header->name);
  }
  LOAM_TRY_ASSIGN(const Key key, rings_.for_reading(path_, header->key_id));
  const Bytes tag = start.substr(header->size() - kTagSize, kTagSize);
  Result<std::unique_ptr<Opener>> opener = Opener::make(key, *header, tag);
  if (!opener.ok()) return std::move(opener).status().with_context(path_);
  opener_ = std::move(opener).value();
  header_ = std::move(header).value();
  return {};
}

/// Takes the index that the file ends with.
Status RandomFile::open_finished(std::uint64_t size) {
  const auto cut = [&](const char* what) {
    return Status::corruption(path_ + ": cut or damaged: it has " + std::to_string(size) +
                              " bytes, and " + what);
  };
  const std::uint64_t begin = header_->size();
  std::array<char, kFooterSize> footer{};
  if (size < begin + footer.size()) return cut("no final mark fits behind its header");
  LOAM_TRY(below_.read(size - footer.size(), MutableBytes(footer)).status());
  const auto record_size = decode_footer(Bytes(footer.data(), footer.size()));
  if (!record_size || *record_size > size - begin) return cut("does not end with a final mark");
  LOAM_TRY_ASSIGN(auto worker, opener_->take());
  worker->sealed.resize(*record_size);
  LOAM_TRY_ASSIGN(
      const std::size_t got,
      below_.read(size - *record_size, MutableBytes(worker->sealed.data(), worker->sealed.size())));
  const std::optional<RecordHead> head = decode_record_head(Bytes(worker->sealed).substr(0, got));
  if (!head || head->kind != RecordKind::kIndex || head->size() != *record_size) {
    return cut("the record at its end is no final mark");
  }
  worker->plain.resize(head->plain_size);
  LOAM_TRY_ASSIGN(const bool intact,
                  worker->open(*head, worker->sealed.data(), worker->plain.data()));
  if (!intact) return cut("its final mark was changed");
  finished_ =
      PageIndex::decode(header_->page_bits, begin, *head, size - *record_size, worker->plain);
  if (!finished_) return cut("its index cannot be read");
  opener_->give_back(std::move(worker));
  return {};
}

Status RandomFile::extend_locked() {
  if (!header_) LOAM_TRY(open_header());
  if (!header_) return {};
  if (scan_ == nullptr) scan_ = std::make_unique<Scan>(below_, *opener_, *header_, path_);
  return scan_->extend();
}

Result<std::uint64_t> RandomFile::size() {
  if (finished_) return finished_->plain_end();
  const Guard lock(mutex_);
  LOAM_TRY(extend_locked());
  return scan_ == nullptr ? 0 : scan_->plain_size();
}

std::optional<KeyId> RandomFile::key_id() {
  const Guard lock(mutex_);
  return header_ ? std::optional(header_->key_id) : std::nullopt;
}

/// How many of the bytes wanted are there.
Result<std::size_t> RandomFile::readable(std::uint64_t offset, std::size_t size) {
  const auto within = [&](const PageIndex& index) {
    const std::uint64_t end = index.plain_end();
    return offset >= end ? 0
                         : static_cast<std::size_t>(std::min<std::uint64_t>(size, end - offset));
  };
  if (finished_) return within(*finished_);
  const Guard lock(mutex_);
  std::size_t there = scan_ == nullptr ? 0 : within(scan_->index());
  if (there == size) return there;
  LOAM_TRY(extend_locked());
  if (scan_ == nullptr) return 0;
  there = within(scan_->index());
  if (there < size && offset < scan_->plain_size()) LOAM_TRY(scan_->damage());
  return there;
}

RandomFile::Part RandomFile::part_of(std::uint64_t offset, std::size_t size) {
  const auto part = [&](const PageIndex& index) {
    return Part{index.page_of(offset), index.sealed_end_of(offset + size - 1), offset + size};
  };
  if (finished_) return part(*finished_);
  const Guard lock(mutex_);
  return part(scan_->index());
}

Result<std::size_t> RandomFile::read(std::uint64_t offset, MutableBytes out) {
  LOAM_TRY_ASSIGN(const std::size_t total, readable(offset, out.size()));
  if (total == 0) return 0;
  LOAM_TRY_ASSIGN(auto worker, opener_->take());
  for (std::size_t done = 0; done < total;) {
    const std::size_t size = std::min(total - done, kReadBytes);
    LOAM_TRY(read_part(*worker, part_of(offset + done, size), offset + done, out.data() + done));
    done += size;
  }
  opener_->give_back(std::move(worker));
  return total;
}

/// Copies what is wanted from `offset` on, up to part.plain_end, to `out`.
Status RandomFile::read_part(Worker& worker, const Part& part, std::uint64_t offset, char* out) {
  PagePlace at = part.place;
  const MutableBytes wanted(out, static_cast<std::size_t>(part.plain_end - offset));
  if (worker.kept_at == at.sealed) {
    copy_part(worker.kept, worker.plain.data(), offset, wanted);
    step_over(worker.kept, &at);
    if (at.plain >= part.plain_end) return {};
  }
  const std::uint64_t size = part.sealed_end - std::min(part.sealed_end, at.sealed);
  worker.sealed.resize(std::max<std::size_t>(worker.sealed.size(), size));
  LOAM_TRY_ASSIGN(const std::size_t got,
                  below_.read(at.sealed, MutableBytes(worker.sealed.data(), size)));
  if (got < size) return damaged(at.sealed + got, at.plain, "the file ends there");
  Bytes rest = Bytes(worker.sealed).substr(0, size);
  while (at.plain < part.plain_end) {
    std::optional<RecordHead> head = decode_record_head(rest);
    if (head && !head->has_mark()) {
      head->ordinal = at.ordinal;
      head->offset = at.plain;
    }
    const bool is_next = head && head->ordinal == at.ordinal && head->offset == at.plain &&
                         head->size() <= rest.size();
    if (!is_next) return damaged(at.sealed, at.plain, "no record begins there");
    LOAM_TRY_ASSIGN(const char* kept, open_record(worker, *head, rest.data(), offset, wanted));
    if (kept == nullptr)
      return damaged(at.sealed, at.plain, "what was sealed is not what is found");
    if (kept == worker.plain.data()) {
      worker.kept_at = at.sealed;
      worker.kept = *head;
    }
    rest.remove_prefix(head->size());
    step_over(*head, &at);
  }
  return {};
}

/// Puts what the record holds of the bytes at `offset` in their place in `out`. Where its contents
/// are now: in `out`, in worker.plain, or (for one that holds none of them) as they were. Null: it
/// is not what was sealed.
Result<const char*> RandomFile::open_record(Worker& worker, const RecordHead& head,
                                            const char* record, std::uint64_t offset,
                                            MutableBytes out) {
  const std::uint64_t end = head.offset + head.plain_size;
  if (head.kind == RecordKind::kIndex || end <= offset) return record;
  const bool whole = head.offset >= offset && end <= offset + out.size();
  if (!whole) {
    worker.plain.resize(std::max<std::size_t>(worker.plain.size(), head.plain_size));
    worker.kept_at.reset();
  }
  char* room = whole ? out.data() + (head.offset - offset) : worker.plain.data();
  LOAM_TRY_ASSIGN(const bool intact, worker.open(head, record, room));
  if (!intact) {
    wipe(MutableBytes(room, head.plain_size));  // it is not what was sealed: nobody may use it
    return nullptr;
  }
  if (!whole) copy_part(head, room, offset, out);
  return room;
}

Result<std::size_t> SequentialFile::read(MutableBytes out) {
  LOAM_TRY_ASSIGN(const std::size_t got, file_->read(offset_, out));
  offset_ += got;
  return got;
}

}  // namespace loam::encrypted_fs
