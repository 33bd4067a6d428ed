#include "bench/child.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "bench/measure.h"
#include "bench/process.h"

namespace loam::bench {
namespace {

constexpr std::uint64_t kCrashLogBytes = 32ull << 20;
constexpr std::uint64_t kLogOverhead =
    20;  ///< about: what an entry takes in a log besides its bytes
constexpr std::uint64_t kLeastOperations = 100;

void emit(std::string_view workload, const Measured& measured) {
  std::printf("%s\n", to_line(workload, measured).c_str());
  std::fflush(stdout);
}

std::uint64_t entries_of_crash(const Plan& plan) {
  return std::min(plan.keys, kCrashLogBytes / (kKeySize + plan.value_size + kLogOverhead));
}

class Child {
 public:
  Child(const Plan& plan, EngineName engine)
      : plan_(plan), engine_(std::move(engine)), values_(plan.value_size), zipfian_(plan.keys) {}

  Status run() {
    std::filesystem::create_directories(plan_.directory);
    for (const Workload& workload : workloads())
      if (wanted(workload)) LOAM_TRY(run_one(workload));
    if (filled_) LOAM_TRY(close(filled_));
    return {};
  }

 private:
  [[nodiscard]] bool wanted(const Workload& workload) const {
    if (workload.name == "compact" && !engine_.kind->has_compaction) return false;
    if (workload.place == Place::kSmallCache && !engine_.kind->has_block_cache) return false;
    if (plan_.threads > 1 && !workload.threads) return false;
    return plan_.workloads.empty() || std::find(plan_.workloads.begin(), plan_.workloads.end(),
                                                workload.name) != plan_.workloads.end();
  }

  [[nodiscard]] std::string path(std::string_view name) const {
    return plan_.directory + "/" + std::string(name);
  }

  Result<std::unique_ptr<Engine>> open(const std::string& where, const Settings& settings) {
    return engine_.kind->open(engine_.variant, where, settings);
  }
  static Status close(std::unique_ptr<Engine>& engine) {
    LOAM_TRY(engine->close());
    engine.reset();
    return {};
  }

  Setting setting_of(const Workload& workload, Engine& engine) {
    const std::uint64_t share = plan_.keys / workload.divisor;
    Setting setting{&engine,
                    &values_,
                    &zipfian_,
                    plan_.keys,
                    std::max(share, std::min(plan_.keys, kLeastOperations)),
                    plan_.threads,
                    &next_index_};
    if (workload.name == "compact") setting.operations = 1;
    return setting;
  }

  Status run_one(const Workload& workload) {
    switch (workload.place) {
      case Place::kOwn: return run_own(workload);
      case Place::kFills: return fill(workload, true);
      case Place::kCrashed: return run_crashed(workload);
      case Place::kSmallCache:
      case Place::kFilled: break;
    }
    if (!filled_) LOAM_TRY(fill(fillrandom(), false));
    if (workload.place == Place::kSmallCache) {
      Settings small = plan_.settings;
      small.block_cache_bytes = plan_.keys * (kKeySize + plan_.value_size) / 16;
      LOAM_TRY(reopen(small));
    }
    LOAM_TRY_ASSIGN(const Measured m, measure(workload, setting_of(workload, *filled_), counters_));
    emit(workload.name, m);
    return workload.place == Place::kSmallCache ? reopen(plan_.settings) : Status();
  }

  static const Workload& fillrandom() {
    const auto& all = workloads();
    return *std::find_if(all.begin(), all.end(),
                         [](const Workload& w) { return w.place == Place::kFills; });
  }

  Status run_own(const Workload& workload) {
    LOAM_TRY_ASSIGN(auto engine, open(path("own"), plan_.settings));
    LOAM_TRY_ASSIGN(const Measured m, measure(workload, setting_of(workload, *engine), counters_));
    emit(workload.name, m);
    LOAM_TRY(close(engine));
    std::filesystem::remove_all(path("own"));
    return {};
  }

  /// The store of most workloads; they need it settled, whether the fill is reported or not.
  Status fill(const Workload& workload, bool report) {
    LOAM_TRY_ASSIGN(filled_, open(path("filled"), plan_.settings));
    LOAM_TRY_ASSIGN(Measured m, measure(workload, setting_of(workload, *filled_), counters_));
    if (report) emit(workload.name, m);
    const double cpu = cpu_seconds();
    const std::uint64_t written = filled_->bytes_written();
    const auto began = std::chrono::steady_clock::now();
    LOAM_TRY_ASSIGN(const double idle, filled_->settle());
    const std::chrono::duration<double> lasted = std::chrono::steady_clock::now() - began;
    if (!report) return {};
    Measured settled = nothing_measured();
    settled[kSeconds] = m[kSeconds] + lasted.count() - idle;
    settled[kRate] = static_cast<double>(plan_.keys) / settled[kSeconds];
    settled[kCpu] = m[kCpu] + cpu_seconds() - cpu;
    settled[kWritten] = m[kWritten] + static_cast<double>(filled_->bytes_written() - written);
    settled[kAmplification] = m[kAmplification] * settled[kWritten] / m[kWritten];
    const Memory used = memory();
    settled[kPeak] = static_cast<double>(used.peak_bytes);
    settled[kAnonymous] = static_cast<double>(used.anonymous_bytes);
    settled[kDisk] = static_cast<double>(size_of_directory(path("filled")));
    emit("fill-settled", settled);
    return {};
  }

  Status reopen(const Settings& settings) {
    LOAM_TRY(close(filled_));
    LOAM_TRY_ASSIGN(filled_, open(path("filled"), settings));
    return {};
  }

  Status run_crashed(const Workload& workload) {
    Plan crashing = plan_;
    crashing.directory = path("crashed");
    std::vector<std::string> arguments = arguments_of(crashing);
    arguments.emplace_back("--fill-and-crash");
    LOAM_TRY(run_self(arguments, [](std::string_view) {}));
    Measured m = nothing_measured();
    const double cpu = cpu_seconds();
    const auto began = std::chrono::steady_clock::now();
    LOAM_TRY_ASSIGN(auto engine, open(crashing.directory, plan_.settings));
    m[kSeconds] = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    m[kRate] = 1 / m[kSeconds];
    m[kCpu] = cpu_seconds() - cpu;
    emit(workload.name, m);
    // The death of a process loses nothing.
    Setting setting = setting_of(workload, *engine);
    const auto session = engine->session();
    Worker worker(setting, *session, 0, 0, 3);
    for (std::uint64_t i = 0; i < entries_of_crash(plan_); ++i) LOAM_TRY(worker.get(i));
    return Status();
  }

  const Plan& plan_;
  const EngineName engine_;
  const InstructionCounters counters_;  // before any engine's threads begin
  const Values values_;
  const Zipfian zipfian_;
  std::atomic<std::uint64_t> next_index_{plan_.keys};
  std::unique_ptr<Engine> filled_;
};

}  // namespace

std::vector<std::string> arguments_of(const Plan& plan) {
  std::vector<std::string> arguments = {
      "--child",        plan.engine,
      "--dir",          plan.directory,
      "--keys",         std::to_string(plan.keys),
      "--value-size",   std::to_string(plan.value_size),
      "--threads",      std::to_string(plan.threads),
      "--cache-bytes",  std::to_string(plan.settings.block_cache_bytes),
      "--buffer-bytes", std::to_string(plan.settings.write_buffer_bytes)};
  for (const std::string& workload : plan.workloads) {
    arguments.emplace_back("--workloads");
    arguments.push_back(workload);
  }
  return arguments;
}

Status run_child(const Plan& plan) {
  LOAM_TRY_ASSIGN(EngineName engine, find_engine(plan.engine));
  Child child(plan, std::move(engine));
  return child.run();
}

Status fill_and_crash(const Plan& plan) {
  LOAM_TRY_ASSIGN(const EngineName name, find_engine(plan.engine));
  LOAM_TRY_ASSIGN(const auto engine, name.kind->open(name.variant, plan.directory, plan.settings));
  const Values values(plan.value_size);
  Setting setting;
  setting.values = &values;
  const auto session = engine->session();
  Worker worker(setting, *session, 0, entries_of_crash(plan), 0);
  LOAM_TRY(bench_fillrandom(worker));
  ::_exit(0);
}

}  // namespace loam::bench
