/// The workloads of loam-bench, each a loop over one operation whose results are checked.
///
/// Every loop is a function of its own that is never inlined, named `bench_<workload>`, so that a
/// tool that counts by function (callgrind's --toggle-collect) sees exactly the loop.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/data.h"
#include "bench/engine.h"
#include "bench/histogram.h"
#include "loam/base/status.h"

namespace loam::bench {

/// What the threads of one workload share.
struct Setting {
  Engine* engine = nullptr;
  const Values* values = nullptr;
  const Zipfian* zipfian = nullptr;  ///< over `keys` ranks
  std::uint64_t keys = 0;            ///< in the store, once filled
  std::uint64_t operations = 0;      ///< of all threads together
  unsigned threads = 1;
  std::atomic<std::uint64_t>* next_index = nullptr;  ///< the index that the next insert gets
};

/// One thread's part of a workload: operations [begin, end). Thread: confined.
struct Worker {
  Worker(const Setting& s, Session& with, std::uint64_t from, std::uint64_t to, std::uint64_t seed)
      : setting(s), session(with), begin(from), end(to), random(seed) {}

  const Setting& setting;
  Session& session;
  const std::uint64_t begin;
  const std::uint64_t end;
  RandomIndexes random;
  Histogram latencies;
  std::string value;  ///< a buffer
  std::uint64_t user_bytes = 0;

  /// Does `operation`; takes the time of every 16th, since reading the clock costs some 25 ns.
  template <typename Operation>
  Status timed(const Operation& operation) {
    if (operations_++ % kSampling != 0) return operation();
    const auto began = std::chrono::steady_clock::now();
    Status status = operation();
    latencies.add(static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                                 std::chrono::steady_clock::now() - began)
                                                 .count()));
    return status;
  }

  Status put(const Key& key, std::uint64_t index, unsigned generation, bool sync = false);
  /// Of a key that must be there.
  Status get(std::uint64_t index);

 private:
  static constexpr std::uint64_t kSampling = 16;
  std::uint64_t operations_ = 0;
};

/// Which store a workload runs on.
enum class Place {
  kOwn,         ///< a new one, only for it
  kFills,       ///< fillrandom: the one that the others run on; with threads, one of its own
  kFilled,      ///< the filled one, in the order of the table
  kSmallCache,  ///< the filled one, opened with a cache of a sixteenth of its data
  kCrashed,     ///< one whose process ended without closing it
};

struct Workload {
  std::string_view name;
  std::string_view what;
  Status (*run)(Worker& worker) = nullptr;
  Place place = Place::kFilled;
  std::uint64_t divisor = 1;  ///< operations are keys divided by this
  bool threads = true;        ///< more than one makes sense
  bool warm_up = false;       ///< run once before it is measured
};

const std::vector<Workload>& workloads();

/// Writes beside the readers of readwhilewriting until `stop`.
Status write_until(Worker& worker, const std::atomic<bool>& stop);

/// After overwrite, deleterandom: that what was acknowledged is there, by samples.
Status verify_overwritten(Worker& worker);
Status verify_deleted(Worker& worker);

Status wrong(std::string_view workload, std::uint64_t index);

// One a workload; workloads() says what each does.
Status bench_fillseq(Worker& w);
Status bench_fillrandom(Worker& w);
Status bench_fillbatch(Worker& w);
Status bench_fillsync(Worker& w);
Status bench_overwrite(Worker& w);
Status bench_deleterandom(Worker& w);
Status bench_compact(Worker& w);
Status bench_readrandom(Worker& w);
Status bench_readhot(Worker& w);
Status bench_readmissing(Worker& w);
Status bench_multireadrandom(Worker& w);
Status bench_readseq(Worker& w);
Status bench_readreverse(Worker& w);
Status bench_seekrandom(Worker& w);
Status bench_ycsb_a(Worker& w);
Status bench_ycsb_b(Worker& w);
Status bench_ycsb_c(Worker& w);
Status bench_ycsb_d(Worker& w);
Status bench_ycsb_e(Worker& w);
Status bench_ycsb_f(Worker& w);

}  // namespace loam::bench
