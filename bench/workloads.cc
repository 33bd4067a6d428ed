#include "bench/workloads.h"

namespace loam::bench {

Status wrong(std::string_view workload, std::uint64_t index) {
  return Status::corruption(std::string(workload) + ": wrong result for key number " +
                            std::to_string(index));
}

Status Worker::put(const Key& key, std::uint64_t index, unsigned generation, bool sync) {
  setting.values->make(index, generation, value);
  user_bytes += key.size() + value.size();
  return session.put(view(key), value, sync);
}

Status Worker::get(std::uint64_t index) {
  Bytes found;
  LOAM_TRY_ASSIGN(const bool there, session.get(view(key_of(index)), found));
  if (!there || !setting.values->check(index, found)) return wrong("get", index);
  return {};
}

const std::vector<Workload>& workloads() {
  using enum Place;
  static const std::vector<Workload> all = {
      {"fillseq", "put, keys in order", bench_fillseq, kOwn, 1, false},
      {"fillbatch", "put, random, 1000 a batch", bench_fillbatch, kOwn},
      {"fillsync", "put, random, each synced", bench_fillsync, kOwn, 5000},
      {"fillrandom", "put, keys in random order", bench_fillrandom, kFills},
      {"readuncached", "readrandom with a block cache of 1/16 of the data", bench_readrandom,
       kSmallCache},
      {"readrandom", "get, random", bench_readrandom, kFilled, 1, true, true},
      {"readmissing", "get of keys that are not there", bench_readmissing, kFilled, 1, true, true},
      {"readhot", "get, 1 % of the keys", bench_readhot, kFilled, 1, true, true},
      {"multireadrandom", "32 keys at once, per key", bench_multireadrandom},
      {"readseq", "next over everything", bench_readseq, kFilled, 1, false, true},
      {"readreverse", "prev over everything", bench_readreverse, kFilled, 1, false},
      {"seekrandom", "new cursor, seek, 10 times next", bench_seekrandom, kFilled, 4},
      {"readwhilewriting", "readrandom beside one writer", bench_readrandom},
      {"ycsb-a", "half reads, half updates; zipfian", bench_ycsb_a},
      {"ycsb-b", "95 % reads, 5 % updates; zipfian", bench_ycsb_b},
      {"ycsb-c", "reads; zipfian", bench_ycsb_c},
      {"ycsb-d", "95 % reads of the latest, 5 % inserts", bench_ycsb_d},
      {"ycsb-e", "95 % scans of up to 100, 5 % inserts", bench_ycsb_e, kFilled, 10},
      {"ycsb-f", "half reads, half read-modify-writes", bench_ycsb_f},
      {"overwrite", "put over every key once", bench_overwrite},
      {"compact", "everything to the last level; one operation", bench_compact, kFilled, 1, false},
      {"deleterandom", "delete half of the keys", bench_deleterandom, kFilled, 2},
      {"opencrash", "open after a crash with a log of 32 MiB; one operation", nullptr, kCrashed, 1,
       false},
  };
  return all;
}

}  // namespace loam::bench
