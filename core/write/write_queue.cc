#include "core/write/write_queue.h"

namespace loam::write {

bool WriteQueue::join(Request& request) {
  MutexLock lock(mutex_);
  if (tail_ == nullptr) {
    head_ = tail_ = &request;
    return true;
  }
  tail_->next = &request;
  tail_ = &request;
  while (!request.done && head_ != &request) request.wake.wait(mutex_);
  return !request.done;
}

Request* WriteQueue::collect(Request& leader) {
  if (leader.exclusive) return &leader;
  std::uint64_t bytes = leader.batch.size();
  const std::uint64_t limit = bytes <= kSmallGroupBytes ? bytes + kSmallGroupBytes : kGroupBytesMax;
  MutexLock lock(mutex_);
  Request* last = &leader;
  for (Request* r = leader.next; r != nullptr; r = r->next) {
    if (r->exclusive || (r->sync && !leader.sync) || r->disable_wal != leader.disable_wal) break;
    bytes += r->batch.size();
    if (bytes > limit) break;
    last = r;
  }
  return last;
}

void WriteQueue::finish(Request& leader, Request* last, const Status& status) {
  MutexLock lock(mutex_);
  Request* rest = last->next;
  for (Request* r = leader.next; r != rest;) {
    Request* next = r->next;
    r->status = status;
    r->done = true;
    r->wake.notify_one();  // under the lock: `r` may be gone as soon as it is released
    r = next;
  }
  head_ = rest;
  if (rest == nullptr) {
    tail_ = nullptr;
  } else {
    rest->wake.notify_one();
  }
}

}  // namespace loam::write
