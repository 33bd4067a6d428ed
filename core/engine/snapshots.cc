#include "core/engine/snapshots.h"

#include <utility>

namespace loam::engine {

SnapshotList::SnapshotList() { ring_.prev_ = ring_.next_ = &ring_; }

SnapshotList::~SnapshotList() {
  while (ring_.next_ != &ring_) release(ring_.next_);
}

SnapshotEntry* SnapshotList::take(const Atomic<format::Sequence>& published, read::ViewPtr view) {
  auto entry = std::make_unique<SnapshotEntry>();
  entry->view = std::move(view);
  MutexLock lock(mutex_);
  entry->sequence = published.load();
  entry->next_ = &ring_;
  entry->prev_ = ring_.prev_;
  entry->prev_->next_ = entry.get();
  ring_.prev_ = entry.get();
  ++count_;
  return entry.release();
}

void SnapshotList::release(SnapshotEntry* entry) {
  const std::unique_ptr<SnapshotEntry> owned(entry);
  MutexLock lock(mutex_);
  entry->prev_->next_ = entry->next_;
  entry->next_->prev_ = entry->prev_;
  --count_;
}

std::vector<format::Sequence> SnapshotList::sequences() const {
  MutexLock lock(mutex_);
  std::vector<format::Sequence> all;
  all.reserve(count_);
  for (const SnapshotEntry* e = ring_.next_; e != &ring_; e = e->next_) {
    if (all.empty() || all.back() != e->sequence) all.push_back(e->sequence);
  }
  return all;
}

std::size_t SnapshotList::count() const {
  MutexLock lock(mutex_);
  return count_;
}

const SnapshotEntry& SnapshotList::entry_of(const Snapshot& snapshot) { return *snapshot.entry_; }

}  // namespace loam::engine

namespace loam {

Snapshot::Snapshot(Snapshot&& other) noexcept
    : list_(std::exchange(other.list_, nullptr)), entry_(std::exchange(other.entry_, nullptr)) {}

Snapshot& Snapshot::operator=(Snapshot&& other) noexcept {
  std::swap(list_, other.list_);
  std::swap(entry_, other.entry_);
  return *this;
}

Snapshot::~Snapshot() {
  if (entry_ != nullptr) list_->release(entry_);
}

std::uint64_t Snapshot::sequence() const { return entry_ == nullptr ? 0 : entry_->sequence; }

}  // namespace loam
