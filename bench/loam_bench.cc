/// loam-bench: storage engines in turns, workload by workload, values verified.
///
/// Each round of each engine is a process of its own (child.h); this one runs them one after the
/// other, takes medians, prints, and compares with a baseline.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "bench/child.h"
#include "bench/counters.h"
#include "bench/process.h"
#include "bench/results.h"
#include "bench/workloads.h"

namespace loam::bench {
namespace {

constexpr std::uint64_t kQuickKeys = 100'000;
constexpr int kRegressed = 3;

struct Arguments {
  Plan plan;
  std::vector<std::string> engines;
  std::vector<unsigned> threads = {1};
  unsigned rounds = 3;
  bool quick = false;
  bool list = false;
  std::string base;
  std::string json;
  std::string against;
  double tolerance = 0.2;
  std::string child;
  bool crash = false;
};

/// With "@2" behind it for two threads.
std::string shown(const std::string& workload, unsigned threads) {
  return threads == 1 ? workload : workload + "@" + std::to_string(threads);
}

std::string processor() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  return "unknown processor";
}

std::string load_average() {
  std::ifstream in("/proc/loadavg");
  std::string one;
  in >> one;
  return one;
}

std::vector<std::string> conditions(const Arguments& a) {
  const Plan& p = a.plan;
  std::vector<std::string> lines;
  lines.push_back(processor() + ", " + std::to_string(std::thread::hardware_concurrency()) +
                  " processors");
  lines.push_back(std::to_string(p.keys) + " keys of " + std::to_string(kKeySize) +
                  " bytes, values of " + std::to_string(p.value_size) +
                  ", half compressible; medians of " + std::to_string(a.rounds) + " rounds");
  lines.push_back("write buffer " + std::to_string(p.settings.write_buffer_bytes >> 20) +
                  " MiB, block cache " + std::to_string(p.settings.block_cache_bytes >> 20) +
                  " MiB, filter " + std::to_string(p.settings.filter_bits_per_key) +
                  " bits a key, checksums verified, log on and not synced, " +
                  std::to_string(p.settings.background_jobs) + " background jobs");
  for (const std::string& name : a.engines)
    if (const auto engine = find_engine(name); engine.ok())
      lines.push_back(name + ": " + engine.value().kind->describe(engine.value().variant));
  if (!InstructionCounters().read().caller)
    lines.emplace_back("instructions: not available (no performance events here)");
  return lines;
}

Status check(const Arguments& a) {
  for (const std::string& name : a.engines)
    if (auto engine = find_engine(name); !engine.ok()) return std::move(engine).status();
  const auto& all = workloads();
  for (const std::string& name : a.plan.workloads)
    if (std::none_of(all.begin(), all.end(), [&](const Workload& w) { return w.name == name; }))
      return Status::invalid_argument("no workload \"" + name + "\"; --list shows them");
  return {};
}

/// One round of one engine: its lines into `rounds`.
Status run_round(const Plan& plan, const std::string& engine, Report& report,
                 std::map<ResultKey, std::vector<Measured>>& rounds) {
  Status bad;
  const Status run = run_self(arguments_of(plan), [&](std::string_view line) {
    auto named = from_line(line);
    if (!named.ok()) {
      bad = std::move(named).status();
      return;
    }
    const std::string workload = shown(named.value().workload, plan.threads);
    if (std::find(report.workloads.begin(), report.workloads.end(), workload) ==
        report.workloads.end())
      report.workloads.push_back(workload);
    rounds[{workload, engine}].push_back(named.value().measured);
  });
  std::filesystem::remove_all(plan.directory);
  LOAM_TRY(run);
  return bad;
}

Result<Report> run_all(const Arguments& a) {
  LOAM_TRY(check(a));
  Report report;
  report.engines = a.engines;
  report.conditions = conditions(a);
  std::printf("load average at the start: %s\n", load_average().c_str());
  std::map<ResultKey, std::vector<Measured>> rounds;
  for (const unsigned threads : a.threads)
    for (unsigned round = 1; round <= a.rounds; ++round)
      for (const std::string& engine : a.engines) {
        std::fprintf(stderr, "round %u of %u, threads %u: %s\n", round, a.rounds, threads,
                     engine.c_str());
        Plan plan = a.plan;
        plan.engine = engine;
        plan.threads = threads;
        LOAM_TRY(run_round(plan, engine, report, rounds));
      }
  for (const auto& [key, measured] : rounds) report.results[key] = median(measured);
  return report;
}

/// Every engine that was built in, the base first.
void complete(Arguments& a) {
  if (a.engines.empty()) {
    for (const EngineKind& kind : engine_kinds()) a.engines.emplace_back(kind.name);
    a.engines.insert(a.engines.begin() + 1, "loam:default");
  }
  if (!a.base.empty()) {
    std::erase(a.engines, a.base);
    a.engines.insert(a.engines.begin(), a.base);
  }
  if (a.quick) {
    a.plan.keys = std::min(a.plan.keys, kQuickKeys);
    a.rounds = 1;
  }
}

void print_list() {
  std::printf("engines:\n");
  for (const EngineKind& kind : engine_kinds())
    std::printf("  %-18s %s\n", std::string(kind.name).c_str(), kind.describe("").c_str());
  std::printf("workloads, in the order they run:\n");
  for (const Workload& w : workloads())
    std::printf("  %-18s %s\n", std::string(w.name).c_str(), std::string(w.what).c_str());
}

Result<int> run(Arguments& a) {
  if (a.list) {
    print_list();
    return 0;
  }
  if (!a.child.empty()) {
    a.plan.engine = a.child;
    a.plan.threads = a.threads.front();
    LOAM_TRY(a.crash ? fill_and_crash(a.plan) : run_child(a.plan));
    return 0;
  }
  complete(a);
  if (std::filesystem::exists(a.plan.directory))
    return Status::invalid_argument(a.plan.directory +
                                    " exists; --dir names where stores are made");
  LOAM_TRY_ASSIGN(const Report report, run_all(a));
  print(report);
  if (!a.json.empty()) LOAM_TRY(write_json(report, a.json));
  if (a.against.empty()) return 0;
  LOAM_TRY_ASSIGN(const Report baseline, read_json(a.against));
  return compare(report, baseline, a.tolerance) == 0 ? 0 : kRegressed;
}

void add_options(CLI::App& app, Arguments& a) {
  app.add_option("--engines", a.engines,
                 "loam, loam:default, loam:leveldb, loam:STACK.json, rocksdb, leveldb, lmdb "
                 "(default: loam, loam:default and all peers built in)")
      ->delimiter(',');
  app.add_option("--workloads", a.plan.workloads, "only these (default: all)")->delimiter(',');
  app.add_option("--keys", a.plan.keys, "keys in the store")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--value-size", a.plan.value_size, "bytes of a value, at least 9")
      ->capture_default_str();
  app.add_option("--threads", a.threads, "numbers of threads to run with, one after the other")
      ->delimiter(',')
      ->check(CLI::Range(1, 64));
  app.add_option("--rounds", a.rounds, "of which the medians are taken")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_flag("--quick", a.quick, "at most 100,000 keys and one round: within a minute");
  app.add_option("--base", a.base, "the engine that ratios are to (default: the first)");
  app.add_option("--json", a.json, "also write the results into this file");
  app.add_option("--against", a.against, "compare with this file of --json; code 3 if worse");
  app.add_option("--tolerance", a.tolerance, "of --against, as a fraction")->capture_default_str();
  app.add_option("--cache-bytes", a.plan.settings.block_cache_bytes)->capture_default_str();
  app.add_option("--buffer-bytes", a.plan.settings.write_buffer_bytes)->capture_default_str();
  app.add_option("--dir", a.plan.directory, "where stores are made; it must not exist")
      ->capture_default_str();
  app.add_flag("--list", a.list, "the engines and workloads");
  app.add_option("--child", a.child, "one round of this engine in this process, results raw");
  app.add_flag("--fill-and-crash", a.crash, "with --child: what opencrash opens")->group("");
}

int main(int argc, char** argv) {
  CLI::App app("loam-bench: storage engines in turns, values verified");
  Arguments a;
  add_options(app, a);
  CLI11_PARSE(app, argc, argv);
  const auto code = run(a);
  if (code.ok()) return code.value();
  std::fprintf(stderr, "loam-bench: error: %s\n", code.status().to_string().c_str());
  return 1;
}

}  // namespace
}  // namespace loam::bench

int main(int argc, char** argv) { return loam::bench::main(argc, argv); }
