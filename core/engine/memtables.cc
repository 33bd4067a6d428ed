#include "core/engine/memtables.h"

#include <algorithm>
#include <utility>

namespace loam::engine {

Memtables::Memtables(const format::InternalOrder& order, const version::VersionSet& versions,
                     MemtablePtr first, std::uint64_t log_number)
    : order_(order), versions_(versions), active_(std::move(first)) {
  if (active_ == nullptr) active_ = std::make_shared<memtable::Memtable>(order_, log_number);
  MutexLock lock(mutex_);
  const read::ViewPtr none = publish({});
}

read::ViewPtr Memtables::view() const {
  MutexLock lock(mutex_);
  return view_;
}

read::ViewPtr Memtables::publish(std::vector<MemtablePtr> immutables) {
  auto view = std::make_shared<read::View>();
  view->active = active_;
  view->immutables = std::move(immutables);
  view->version = versions_.current();
  level0_files_.store(static_cast<int>(view->version->level(0).size()));
  return std::exchange(view_, std::move(view));
}

void Memtables::rotate(std::uint64_t log_number) {
  read::ViewPtr before;
  MutexLock lock(mutex_);
  std::vector<MemtablePtr> immutables = view_->immutables;
  if (!active_->empty()) immutables.insert(immutables.begin(), active_);
  active_ = std::make_shared<memtable::Memtable>(order_, log_number);
  before = publish(std::move(immutables));
}

std::vector<MemtablePtr> Memtables::immutables() const {
  MutexLock lock(mutex_);
  return {view_->immutables.rbegin(), view_->immutables.rend()};
}

std::size_t Memtables::immutable_count() const {
  MutexLock lock(mutex_);
  return view_->immutables.size();
}

bool Memtables::is_immutable(const memtable::Memtable* memtable) const {
  MutexLock lock(mutex_);
  return std::any_of(view_->immutables.begin(), view_->immutables.end(),
                     [&](const MemtablePtr& m) { return m.get() == memtable; });
}

std::uint64_t Memtables::log_number_after(std::size_t count) const {
  MutexLock lock(mutex_);
  const auto& newest_first = view_->immutables;
  if (count >= newest_first.size()) return view_->active->log_number();
  return newest_first[newest_first.size() - count - 1]->log_number();
}

void Memtables::installed(const std::vector<MemtablePtr>& flushed) {
  read::ViewPtr before;
  MutexLock lock(mutex_);
  std::vector<MemtablePtr> rest;
  for (const MemtablePtr& m : view_->immutables) {
    if (std::find(flushed.begin(), flushed.end(), m) == flushed.end()) rest.push_back(m);
  }
  before = publish(std::move(rest));
}

void Memtables::refresh() {
  read::ViewPtr before;
  MutexLock lock(mutex_);
  before = publish(view_->immutables);
}

std::uint64_t Memtables::bytes_used() const {
  MutexLock lock(mutex_);
  std::uint64_t bytes = view_->active->bytes_used();
  for (const MemtablePtr& m : view_->immutables) bytes += m->bytes_used();
  return bytes;
}

}  // namespace loam::engine
