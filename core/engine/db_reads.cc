#include "core/engine/db_reads.h"

#include <utility>

#include "core/engine/properties.h"
#include "core/read/sizes.h"

namespace loam::engine {
namespace {

/// An iterator that only says why there is none.
class FailedIterator : public Iterator {
 public:
  explicit FailedIterator(Status status) : status_(std::move(status)) {}
  void seek_to_first() override {}
  void seek_to_last() override {}
  void seek(Bytes) override {}
  void seek_for_prev(Bytes) override {}
  void next() override {}
  void prev() override {}
  [[nodiscard]] Status status() const override { return status_; }

 private:
  Status status_;
};

}  // namespace

Status DbReads::open_status() const {
  return store_->closing ? Status::aborted("the store is closed") : Status();
}

/// The view first, then the sequence: whatever is visible at the sequence and was written before
/// the view was current is in the view; what a later version dropped is not looked for in it.
DbReads::Moment DbReads::moment(const ReadOptions& options) const {
  if (options.snapshot == nullptr) {
    Moment now{store_->memtables->view(), 0};
    now.sequence = store_->published.load();
    return now;
  }
  const SnapshotEntry& entry = SnapshotList::entry_of(*options.snapshot);
  return {entry.view ? entry.view : store_->memtables->view(), entry.sequence};
}

Result<bool> DbReads::get(Bytes key, PinnedValue& value, const ReadOptions& options) {
  if (store_->closing) return open_status();
  const Moment at = moment(options);
  return store_->reader->get(at.view, key, at.sequence,
                             {options.verify_checksums, options.fill_cache}, value);
}

Status DbReads::multi_get(std::span<const Bytes> keys, std::span<GetResult> results,
                          const ReadOptions& options) {
  LOAM_TRY(open_status());
  if (keys.size() != results.size()) {
    return Status::invalid_argument("multi_get of " + std::to_string(keys.size()) +
                                    " keys got room for " + std::to_string(results.size()) +
                                    " results");
  }
  for (GetResult& result : results) result.reset();
  const Moment at = moment(options);
  store_->reader->multi_get(at.view, keys, at.sequence,
                            {options.verify_checksums, options.fill_cache}, results);
  Status first;
  for (const GetResult& result : results) first.update(result.status);
  return first;
}

std::unique_ptr<Iterator> DbReads::new_iterator(const ReadOptions& options) {
  if (store_->closing) return std::make_unique<FailedIterator>(open_status());
  Moment at = moment(options);
  return store_->reader->iterator(std::move(at.view), at.sequence, options);
}

Snapshot DbReads::snapshot() {
  read::ViewPtr pinned;
  if (store_->options.compaction_filter) pinned = store_->memtables->view();
  return {&store_->snapshots, store_->snapshots.take(store_->published, std::move(pinned))};
}

Result<std::vector<std::uint64_t>> DbReads::approximate_sizes(std::span<const Range> ranges) {
  LOAM_TRY(open_status());
  const version::VersionPtr version = store_->versions->current();
  const read::Sizes sizes(*version, *store_->tables, *store_->order);
  std::vector<std::uint64_t> result;
  result.reserve(ranges.size());
  for (const Range& range : ranges) {
    LOAM_TRY_ASSIGN(const std::uint64_t bytes, sizes.in(range));
    result.push_back(bytes);
  }
  return result;
}

std::optional<std::string> DbReads::property(std::string_view name) {
  auto own = engine::property(*store_, name);
  return own ? std::move(own) : store_->published_properties.get(name);
}

void DbReads::publish_property(const std::string& name, std::string value) {
  store_->published_properties.set(name, std::move(value));
}

}  // namespace loam::engine
