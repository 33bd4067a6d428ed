#include "bench/measure.h"

#include <chrono>
#include <memory>
#include <thread>

#include "bench/process.h"

namespace loam::bench {
namespace {

/// A thread's session and its part of the operations.
struct Part {
  std::unique_ptr<Session> session;
  std::unique_ptr<Worker> worker;
  Status status;
};

std::vector<Part> parts_of(const Setting& setting, std::uint64_t seed) {
  std::vector<Part> parts(setting.threads);
  for (unsigned t = 0; t < setting.threads; ++t) {
    parts[t].session = setting.engine->session();
    parts[t].worker = std::make_unique<Worker>(
        setting, *parts[t].session, setting.operations * t / setting.threads,
        setting.operations * (t + 1) / setting.threads, seed * 1000 + t);
  }
  return parts;
}

Status run_parts(const Workload& workload, std::vector<Part>& parts) {
  std::vector<std::thread> others;
  for (std::size_t t = 1; t < parts.size(); ++t)
    others.emplace_back([&, t] { parts[t].status = workload.run(*parts[t].worker); });
  parts[0].status = workload.run(*parts[0].worker);
  for (std::thread& other : others) other.join();
  for (Part& part : parts)
    if (!part.status.ok()) return std::move(part.status);
  return {};
}

/// The writer of readwhilewriting: begins with the object, ends with finish().
class Beside {
 public:
  Beside(const Setting& setting, bool wanted) {
    if (!wanted) return;
    session_ = setting.engine->session();
    worker_ = std::make_unique<Worker>(setting, *session_, 0, 0, 99);
    thread_ = std::thread([this] { status_ = write_until(*worker_, stop_); });
  }
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;
  ~Beside() { end(); }

  Status finish() {
    end();
    return std::move(status_);
  }
  [[nodiscard]] std::uint64_t user_bytes() const { return worker_ ? worker_->user_bytes : 0; }

 private:
  void end() {
    stop_.store(true);
    if (thread_.joinable()) thread_.join();
  }

  std::atomic<bool> stop_{false};
  std::unique_ptr<Session> session_;
  std::unique_ptr<Worker> worker_;
  Status status_;
  std::thread thread_;
};

Status verify_after(const Workload& workload, std::vector<Part>& parts) {
  for (Part& part : parts) {
    Worker& worker = *part.worker;
    if (worker.begin == worker.end) continue;
    if (workload.name == "overwrite") LOAM_TRY(verify_overwritten(worker));
    if (workload.name == "deleterandom" && parts.size() == 1) LOAM_TRY(verify_deleted(worker));
  }
  return {};
}

}  // namespace

Result<Measured> measure(const Workload& workload, const Setting& setting,
                         const InstructionCounters& counters) {
  if (workload.warm_up) {
    std::vector<Part> warming = parts_of(setting, 1);
    LOAM_TRY(run_parts(workload, warming));
  }
  std::vector<Part> parts = parts_of(setting, 2);
  begin_peak();
  const double cpu = cpu_seconds();
  const std::uint64_t written = setting.engine->bytes_written();
  const auto counted = counters.read();
  const auto began = std::chrono::steady_clock::now();
  Beside beside(setting, workload.name == "readwhilewriting");
  LOAM_TRY(run_parts(workload, parts));
  const std::chrono::duration<double> lasted = std::chrono::steady_clock::now() - began;
  LOAM_TRY(beside.finish());

  Measured m = nothing_measured();
  const auto operations = static_cast<double>(setting.operations);
  m[kSeconds] = lasted.count();
  m[kRate] = operations / lasted.count();
  m[kCpu] = cpu_seconds() - cpu;
  if (const auto now = counters.read(); now.all_threads && counted.all_threads)
    m[kInstructions] = static_cast<double>(*now.all_threads - *counted.all_threads) / operations;
  m[kWritten] = static_cast<double>(setting.engine->bytes_written() - written);
  Histogram latencies;
  std::uint64_t user_bytes = beside.user_bytes();
  for (const Part& part : parts) {
    latencies.add(part.worker->latencies);
    user_bytes += part.worker->user_bytes;
  }
  if (user_bytes > 0) m[kAmplification] = m[kWritten] / static_cast<double>(user_bytes);
  m[kP50] = static_cast<double>(latencies.percentile(0.50));
  m[kP99] = static_cast<double>(latencies.percentile(0.99));
  m[kP999] = static_cast<double>(latencies.percentile(0.999));
  const Memory used = memory();
  m[kPeak] = static_cast<double>(used.peak_bytes);
  m[kAnonymous] = static_cast<double>(used.anonymous_bytes);
  LOAM_TRY(verify_after(workload, parts));
  return m;
}

}  // namespace loam::bench
