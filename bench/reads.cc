#include <array>

#include "bench/workloads.h"

namespace loam::bench {
namespace {

constexpr std::size_t kMany = 32;
constexpr int kNexts = 10;

/// A cursor's entry must be one that was written: its value says which, and that has this key.
Status check_entry(const Worker& w, const Cursor& cursor) {
  const Bytes value = cursor.value();
  if (value.size() != w.setting.values->size()) return wrong("cursor", value.size());
  const std::uint64_t index = Values::index_in(value);
  if (!w.setting.values->check(index, value)) return wrong("cursor", index);
  return {};
}

/// Once over everything, by `step`; indexes are summed, so that one that is missing is noticed.
template <typename Step>
Status walk(Worker& w, Cursor& cursor, const Step& step) {
  std::uint64_t seen = 0;
  std::uint64_t sum = 0;
  for (; cursor.valid(); ++seen) {
    LOAM_TRY(check_entry(w, cursor));
    sum += Values::index_in(cursor.value());
    LOAM_TRY(w.timed([&] {
      step(cursor);
      return Status();
    }));
  }
  LOAM_TRY(cursor.status());
  if (seen != w.setting.keys || sum != seen * (seen - 1) / 2) return wrong("scan", seen);
  return {};
}

}  // namespace

[[gnu::noinline]] Status bench_readrandom(Worker& w) {
  for (std::uint64_t n = w.begin; n < w.end; ++n) {
    const std::uint64_t i = w.random.below(w.setting.keys);
    LOAM_TRY(w.timed([&] { return w.get(i); }));
  }
  return {};
}

[[gnu::noinline]] Status bench_readhot(Worker& w) {
  const std::uint64_t hot = w.setting.keys / 100 + 1;
  for (std::uint64_t n = w.begin; n < w.end; ++n) {
    const std::uint64_t i = w.random.below(hot);
    LOAM_TRY(w.timed([&] { return w.get(i); }));
  }
  return {};
}

[[gnu::noinline]] Status bench_readmissing(Worker& w) {
  Bytes value;
  for (std::uint64_t n = w.begin; n < w.end; ++n) {
    // Far beyond what any workload inserts.
    const Key key = key_of((std::uint64_t{1} << 40) + w.random.below(w.setting.keys));
    const Status done = w.timed([&]() -> Status {
      LOAM_TRY_ASSIGN(const bool found, w.session.get(view(key), value));
      return found ? wrong("readmissing", n) : Status();
    });
    if (!done.ok()) return done;
  }
  return {};
}

[[gnu::noinline]] Status bench_multireadrandom(Worker& w) {
  std::array<std::uint64_t, kMany> indexes;
  std::array<Key, kMany> keys;
  std::array<Bytes, kMany> views;
  std::array<Bytes, kMany> values;
  for (std::uint64_t n = w.begin; n + kMany <= w.end; n += kMany) {
    for (std::size_t k = 0; k < kMany; ++k) {
      indexes[k] = w.random.below(w.setting.keys);
      keys[k] = key_of(indexes[k]);
      views[k] = view(keys[k]);
    }
    LOAM_TRY(w.timed([&] { return w.session.get_many(views, values); }));
    for (std::size_t k = 0; k < kMany; ++k)
      if (values[k].data() == nullptr || !w.setting.values->check(indexes[k], values[k]))
        return wrong("multireadrandom", indexes[k]);
  }
  return {};
}

[[gnu::noinline]] Status bench_readseq(Worker& w) {
  const auto cursor = w.session.cursor();
  cursor->seek_to_first();
  return walk(w, *cursor, [](Cursor& c) { c.next(); });
}

[[gnu::noinline]] Status bench_readreverse(Worker& w) {
  const auto cursor = w.session.cursor();
  cursor->seek_to_last();
  return walk(w, *cursor, [](Cursor& c) { c.prev(); });
}

[[gnu::noinline]] Status bench_seekrandom(Worker& w) {
  for (std::uint64_t n = w.begin; n < w.end; ++n) {
    const Key key = key_of(w.random.below(w.setting.keys));
    const Status done = w.timed([&]() -> Status {
      const auto cursor = w.session.cursor();
      cursor->seek(view(key));
      if (!cursor->valid() || cursor->key() != view(key)) return wrong("seekrandom", n);
      for (int k = 0; k < kNexts && cursor->valid(); ++k) {
        LOAM_TRY(check_entry(w, *cursor));
        cursor->next();
      }
      return cursor->status();
    });
    if (!done.ok()) return done;
  }
  return {};
}

}  // namespace loam::bench
