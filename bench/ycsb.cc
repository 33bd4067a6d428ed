/// The core workloads of YCSB (Cooper et al., "Benchmarking cloud serving systems with YCSB", SoCC
/// 2010): zipfian keys, whose ranks are spread over the key space by key_of().
#include "bench/workloads.h"

namespace loam::bench {
namespace {

constexpr unsigned kUpdated = 3;
constexpr std::uint64_t kScanMax = 100;

/// A key that an insert of this run made may be on its way in another thread.
Status get_latest(Worker& w, std::uint64_t index) {
  Bytes value;
  LOAM_TRY_ASSIGN(const bool found, w.session.get(view(key_of(index)), value));
  const bool may_miss = w.setting.threads > 1 && index >= w.setting.keys;
  if (!found) return may_miss ? Status() : wrong("ycsb", index);
  return w.setting.values->check(index, value) ? Status() : wrong("ycsb", index);
}

Status insert(Worker& w) {
  const std::uint64_t index = w.setting.next_index->fetch_add(1);
  return w.put(key_of(index), index, 0);
}

Status scan(Worker& w, std::uint64_t from) {
  const auto cursor = w.session.cursor();
  const Key key = key_of(from);
  cursor->seek(view(key));
  if (!cursor->valid() || cursor->key() != view(key)) return wrong("ycsb scan", from);
  const std::uint64_t count = 1 + w.random.below(kScanMax);
  for (std::uint64_t n = 0; n < count && cursor->valid(); ++n) {
    const Bytes value = cursor->value();
    if (value.size() != w.setting.values->size() ||
        !w.setting.values->check(Values::index_in(value), value))
      return wrong("ycsb scan", from);
    cursor->next();
  }
  return cursor->status();
}

/// `percent` reads, else updates, with `modify` after a read of the key.
Status read_and_update(Worker& w, std::uint64_t percent, bool modify) {
  for (std::uint64_t n = w.begin; n < w.end; ++n) {
    const std::uint64_t index = w.setting.zipfian->rank(w.random);
    const bool read = w.random.below(100) < percent;
    const Status done = w.timed([&]() -> Status {
      if (read) return w.get(index);
      if (modify) LOAM_TRY(w.get(index));
      return w.put(key_of(index), index, kUpdated);
    });
    if (!done.ok()) return done;
  }
  return {};
}

}  // namespace

[[gnu::noinline]] Status bench_ycsb_a(Worker& w) { return read_and_update(w, 50, false); }
[[gnu::noinline]] Status bench_ycsb_b(Worker& w) { return read_and_update(w, 95, false); }
[[gnu::noinline]] Status bench_ycsb_c(Worker& w) { return read_and_update(w, 100, false); }
[[gnu::noinline]] Status bench_ycsb_f(Worker& w) { return read_and_update(w, 50, true); }

[[gnu::noinline]] Status bench_ycsb_d(Worker& w) {
  for (std::uint64_t n = w.begin; n < w.end; ++n) {
    const std::uint64_t newest = w.setting.next_index->load() - 1;
    const std::uint64_t age = w.setting.zipfian->rank(w.random);
    const bool read = w.random.below(100) < 95;
    LOAM_TRY(w.timed([&] { return read ? get_latest(w, newest - age) : insert(w); }));
  }
  return {};
}

[[gnu::noinline]] Status bench_ycsb_e(Worker& w) {
  for (std::uint64_t n = w.begin; n < w.end; ++n) {
    const std::uint64_t from = w.setting.zipfian->rank(w.random);
    const bool read = w.random.below(100) < 95;
    LOAM_TRY(w.timed([&] { return read ? scan(w, from) : insert(w); }));
  }
  return {};
}

}  // namespace loam::bench
