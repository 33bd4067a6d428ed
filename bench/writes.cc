#include <algorithm>

#include "bench/workloads.h"

namespace loam::bench {
namespace {

constexpr std::uint64_t kBatch = 1000;
constexpr std::uint64_t kSamples = 1000;
constexpr unsigned kOverwritten = 1;

}  // namespace

[[gnu::noinline]] Status bench_fillseq(Worker& w) {
  for (std::uint64_t i = w.begin; i < w.end; ++i)
    LOAM_TRY(w.timed([&] { return w.put(sequential_key_of(i), i, 0); }));
  return {};
}

[[gnu::noinline]] Status bench_fillrandom(Worker& w) {
  for (std::uint64_t i = w.begin; i < w.end; ++i)
    LOAM_TRY(w.timed([&] { return w.put(key_of(i), i, 0); }));
  return {};
}

[[gnu::noinline]] Status bench_fillsync(Worker& w) {
  for (std::uint64_t i = w.begin; i < w.end; ++i)
    LOAM_TRY(w.timed([&] { return w.put(key_of(i), i, 0, true); }));
  return {};
}

[[gnu::noinline]] Status bench_fillbatch(Worker& w) {
  std::vector<Key> keys(kBatch);
  std::vector<std::string> values(kBatch);
  std::vector<Entry> entries;
  for (std::uint64_t i = w.begin; i < w.end; i += kBatch) {
    const std::uint64_t count = std::min(kBatch, w.end - i);
    entries.clear();
    for (std::uint64_t n = 0; n < count; ++n) {
      keys[n] = key_of(i + n);
      w.setting.values->make(i + n, 0, values[n]);
      entries.push_back({view(keys[n]), values[n]});
      w.user_bytes += kKeySize + values[n].size();
    }
    LOAM_TRY(w.timed([&] { return w.session.put_batch(entries); }));
  }
  return {};
}

[[gnu::noinline]] Status bench_overwrite(Worker& w) {
  for (std::uint64_t i = w.begin; i < w.end; ++i) {
    const std::uint64_t index = permuted(i, w.setting.keys);
    LOAM_TRY(w.timed([&] { return w.put(key_of(index), index, kOverwritten); }));
  }
  return {};
}

[[gnu::noinline]] Status bench_deleterandom(Worker& w) {
  for (std::uint64_t i = w.begin; i < w.end; ++i) {
    const Key key = key_of(permuted(i, w.setting.keys));
    w.user_bytes += key.size();
    LOAM_TRY(w.timed([&] { return w.session.remove(view(key)); }));
  }
  return {};
}

[[gnu::noinline]] Status bench_compact(Worker& w) {
  return w.timed([&] { return w.setting.engine->compact(); });
}

[[gnu::noinline]] Status write_until(Worker& w, const std::atomic<bool>& stop) {
  while (!stop.load()) {
    const std::uint64_t index = w.random.below(w.setting.keys);
    LOAM_TRY(w.put(key_of(index), index, 2));
  }
  return {};
}

Status verify_overwritten(Worker& w) {
  Bytes value;
  for (std::uint64_t n = 0; n < kSamples; ++n) {
    const std::uint64_t i = permuted(w.begin + w.random.below(w.end - w.begin), w.setting.keys);
    LOAM_TRY_ASSIGN(const bool found, w.session.get(view(key_of(i)), value));
    if (!found || !w.setting.values->check(i, value) ||
        Values::generation_in(value) != kOverwritten)
      return wrong("overwrite", i);
  }
  return {};
}

Status verify_deleted(Worker& w) {
  Bytes value;
  for (std::uint64_t n = 0; n < kSamples; ++n) {
    const std::uint64_t at = w.random.below(w.setting.keys);
    const std::uint64_t i = permuted(at, w.setting.keys);
    LOAM_TRY_ASSIGN(const bool found, w.session.get(view(key_of(i)), value));
    const bool deleted = at >= w.begin && at < w.end;
    if (found == deleted) return wrong("deleterandom", i);
  }
  return {};
}

}  // namespace loam::bench
