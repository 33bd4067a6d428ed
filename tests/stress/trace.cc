#include "tests/stress/trace.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>

namespace loam::stress {
namespace {

struct SharedRecord {
  std::uint32_t writer;
  std::uint32_t index;
  bool sync;
  bool unlogged;
  std::atomic<std::uint64_t> began;  // 0: not there yet
  std::atomic<std::uint64_t> acknowledged;
};

void raise_to(std::atomic<std::uint64_t>& mark, std::uint64_t stamp) {
  std::uint64_t before = mark;
  while (before < stamp && !mark.compare_exchange_weak(before, stamp)) {
  }
}

}  // namespace

struct Trace::Shared {
  std::atomic<std::uint64_t> stamps;
  std::atomic<std::uint32_t> count;
  std::atomic<std::uint64_t> flushed;
  std::atomic<std::uint64_t> synced;
  std::atomic<std::uint64_t> handed;
  std::atomic<std::uint64_t> unlogged;
  std::atomic<bool> opened;
  std::atomic<bool> closed;
  std::atomic<std::uint32_t> reported;  // 1: being written, 2: whole
  char message[kMessageMax];
  SharedRecord records[kRecordsMax];
  std::uint64_t state_size;
  char state[kStateMax];
};

Trace::Trace() : shared_(nullptr) {
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
  void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("no memory to share");
  shared_ = new (memory) Shared;
}

Trace::~Trace() { ::munmap(shared_, sizeof(Shared)); }

void Trace::clear() {
  Shared& s = *shared_;
  const std::uint32_t used = std::min(s.count.load(), kRecordsMax);
  for (std::uint32_t i = 0; i < used; ++i) s.records[i].began = s.records[i].acknowledged = 0;
  s.stamps = 0;
  s.count = 0;
  s.flushed = s.synced = s.handed = s.unlogged = 0;
  s.opened = s.closed = false;
  s.reported = 0;
}

std::uint32_t Trace::begin(std::uint32_t writer, std::uint32_t index, bool sync, bool unlogged) {
  const std::uint32_t place = shared_->count.fetch_add(1);
  if (place >= kRecordsMax) return kRecordsMax;
  SharedRecord& record = shared_->records[place];
  record.writer = writer;
  record.index = index;
  record.sync = sync;
  record.unlogged = unlogged;
  record.began = stamp();
  return place;
}

void Trace::acknowledge(std::uint32_t place) { shared_->records[place].acknowledged = stamp(); }

std::uint64_t Trace::stamp() { return shared_->stamps.fetch_add(1) + 1; }
void Trace::mark_flushed(std::uint64_t stamp) { raise_to(shared_->flushed, stamp); }
void Trace::mark_synced(std::uint64_t stamp) { raise_to(shared_->synced, stamp); }
void Trace::mark_handed(std::uint64_t stamp) { raise_to(shared_->handed, stamp); }
void Trace::mark_unlogged(std::uint64_t stamp) { raise_to(shared_->unlogged, stamp); }

void Trace::opened(const test::Reference& found) {
  std::uint64_t at = 0;
  const auto add = [&](Bytes bytes) {
    const std::uint64_t size = bytes.size();
    if (at + sizeof size + size > kStateMax) throw std::length_error("the state is too large");
    std::memcpy(shared_->state + at, &size, sizeof size);
    std::memcpy(shared_->state + at + sizeof size, bytes.data(), size);
    at += sizeof size + size;
  };
  for (const auto& [key, value] : found.map()) {
    add(key);
    add(value);
  }
  shared_->state_size = at;
  shared_->opened = true;
}
bool Trace::is_opened() const { return shared_->opened; }
test::Reference Trace::found(test::OrderKind order) const {
  test::Reference found(order);
  std::uint64_t at = 0;
  const auto take = [&] {
    std::uint64_t size = 0;
    std::memcpy(&size, shared_->state + at, sizeof size);
    const Bytes bytes(shared_->state + at + sizeof size, size);
    at += sizeof size + size;
    return bytes;
  };
  while (at < shared_->state_size) {
    const Bytes key = take();
    found.put(key, take());
  }
  return found;
}
void Trace::closed() { shared_->closed = true; }
bool Trace::is_closed() const { return shared_->closed; }

void Trace::report(const std::string& violation) {
  std::uint32_t nobody = 0;
  if (!shared_->reported.compare_exchange_strong(nobody, 1)) return;
  const std::size_t size = std::min(violation.size(), kMessageMax - 1);
  std::memcpy(shared_->message, violation.data(), size);
  shared_->message[size] = '\0';
  shared_->reported = 2;
}
std::string Trace::violation() const { return shared_->reported == 2 ? shared_->message : ""; }

std::vector<Record> Trace::records() const {
  std::vector<Record> records;
  const std::uint32_t used = std::min(shared_->count.load(), kRecordsMax);
  for (std::uint32_t i = 0; i < used; ++i) {
    const SharedRecord& r = shared_->records[i];
    if (r.began == 0) continue;  // the store was not told of it
    records.push_back({r.writer, r.index, r.sync, r.unlogged, r.began, r.acknowledged});
  }
  std::sort(records.begin(), records.end(),
            [](const Record& a, const Record& b) { return a.began < b.began; });
  return records;
}

Marks Trace::marks() const {
  return {shared_->flushed, shared_->synced, shared_->handed, shared_->unlogged};
}

}  // namespace loam::stress
