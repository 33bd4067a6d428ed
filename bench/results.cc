#include "bench/results.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

namespace loam::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, kMetrics> kNames = {
    "ops_per_second", "seconds",         "p50_ns",
    "p99_ns",         "p999_ns",         "cpu_seconds",
    "instructions",   "bytes_written",   "write_amplification",
    "peak_bytes",     "anonymous_bytes", "disk_bytes"};

constexpr double kMiB = 1 << 20;

std::string cell(double value, int digits = 0) {
  if (std::isnan(value)) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

void print_row(const std::string& engine, const Measured& m, double base_rate) {
  std::printf("  %-14s %11s %6s %9s %9s %10s %8s %9s %10s %6s %8s %8s %8s\n", engine.c_str(),
              cell(m[kRate], m[kRate] < 100 ? 2 : 0).c_str(), cell(m[kRate] / base_rate, 2).c_str(),
              cell(m[kP50]).c_str(), cell(m[kP99]).c_str(), cell(m[kP999]).c_str(),
              cell(m[kCpu], 2).c_str(), cell(m[kInstructions]).c_str(),
              cell(m[kWritten] / kMiB, 1).c_str(), cell(m[kAmplification], 2).c_str(),
              cell(m[kPeak] / kMiB).c_str(), cell(m[kAnonymous] / kMiB).c_str(),
              cell(m[kDisk] / kMiB).c_str());
}

Json to_json(const Measured& measured) {
  Json json = Json::object();
  for (std::size_t metric = 0; metric < kMetrics; ++metric)
    if (!std::isnan(measured[metric])) json[std::string(kNames[metric])] = measured[metric];
  return json;
}

/// Which way is worse.
struct Watched {
  Metric metric;
  bool more_is_worse;
};
constexpr Watched kWatched[] = {{kRate, false},
                                {kInstructions, true},
                                {kAmplification, true},
                                {kAnonymous, true},
                                {kDisk, true}};

bool worse(const Watched& watched, double now, double before, double tolerance) {
  if (std::isnan(now) || std::isnan(before) || before <= 0) return false;
  const double ratio = now / before;
  return watched.more_is_worse ? ratio > 1 + tolerance : ratio < 1 - tolerance;
}

}  // namespace

std::string_view name_of(Metric metric) { return kNames[metric]; }

Measured nothing_measured() {
  Measured measured;
  measured.fill(std::numeric_limits<double>::quiet_NaN());
  return measured;
}

std::string to_line(std::string_view workload, const Measured& measured) {
  std::string line = "result " + std::string(workload);
  for (const double value : measured) {
    char text[40];
    std::snprintf(text, sizeof text, " %.17g", value);
    line += text;
  }
  return line;
}

Result<Named> from_line(std::string_view line) {
  std::istringstream in{std::string(line)};
  std::string word;
  Named named;
  in >> word >> named.workload;
  for (double& value : named.measured) {
    std::string text;
    in >> text;
    value = std::strtod(text.c_str(), nullptr);
  }
  if (word != "result" || !in) return Status::invalid_argument("no result: " + std::string(line));
  return named;
}

Measured median(const std::vector<Measured>& rounds) {
  Measured result = nothing_measured();
  for (std::size_t metric = 0; metric < kMetrics; ++metric) {
    std::vector<double> values;
    for (const Measured& round : rounds)
      if (!std::isnan(round[metric])) values.push_back(round[metric]);
    if (values.empty()) continue;
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    result[metric] =
        values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  }
  return result;
}

void print(const Report& report) {
  for (const std::string& line : report.conditions) std::printf("%s\n", line.c_str());
  std::printf("\n%-16s %11s %6s %9s %9s %10s %8s %9s %10s %6s %8s %8s %8s\n", "workload", "ops/s",
              "ratio", "p50 ns", "p99 ns", "p99.9 ns", "CPU s", "instr/op", "written MB", "amp.",
              "peak MB", "anon MB", "disk MB");
  for (const std::string& workload : report.workloads) {
    std::printf("%s\n", workload.c_str());
    const auto base = report.results.find({workload, report.engines.front()});
    for (const std::string& engine : report.engines) {
      const auto found = report.results.find({workload, engine});
      if (found == report.results.end()) continue;
      print_row(engine, found->second,
                base == report.results.end() ? std::nan("") : base->second[kRate]);
    }
  }
}

Status write_json(const Report& report, const std::string& path) {
  Json json;
  json["loam_bench"] = 1;
  json["conditions"] = report.conditions;
  json["engines"] = report.engines;
  for (const std::string& workload : report.workloads)
    for (const std::string& engine : report.engines)
      if (const auto found = report.results.find({workload, engine}); found != report.results.end())
        json["results"][workload][engine] = to_json(found->second);
  std::ofstream out(path);
  out << json.dump(1) << '\n';
  out.close();
  return out ? Status() : Status::io("cannot write " + path);
}

Result<Report> read_json(const std::string& path) {
  std::ifstream in(path);
  if (!in) return Status::io("cannot read " + path);
  const Json json = Json::parse(in, nullptr, false);
  if (!json.is_object() || json.value("loam_bench", 0) != 1 || !json.contains("results"))
    return Status::invalid_argument(path + " is no report of loam-bench");
  Report report;
  report.conditions = json.value("conditions", std::vector<std::string>());
  report.engines = json.value("engines", std::vector<std::string>());
  for (const auto& [workload, engines] : json["results"].items()) {
    report.workloads.push_back(workload);
    for (const auto& [engine, metrics] : engines.items()) {
      Measured measured = nothing_measured();
      for (std::size_t metric = 0; metric < kMetrics; ++metric)
        if (const auto at = metrics.find(std::string(kNames[metric]));
            at != metrics.end() && at->is_number())
          measured[metric] = at->get<double>();
      report.results[{workload, engine}] = measured;
    }
  }
  return report;
}

std::size_t compare(const Report& report, const Report& baseline, double tolerance) {
  std::printf("\ncompared with the baseline, tolerance %.0f %%\n", tolerance * 100);
  for (const std::string& line : report.conditions)
    if (std::find(baseline.conditions.begin(), baseline.conditions.end(), line) ==
        baseline.conditions.end())
      std::printf("  not so in the baseline: %s\n", line.c_str());
  std::size_t compared = 0;
  std::size_t regressed = 0;
  for (const auto& [key, now] : report.results) {
    const auto found = baseline.results.find(key);
    if (found == baseline.results.end()) continue;
    ++compared;
    for (const Watched& watched : kWatched) {
      const double before = found->second[watched.metric];
      if (!worse(watched, now[watched.metric], before, tolerance)) continue;
      ++regressed;
      std::printf("  REGRESSED %s, %s: %s %s, was %s\n", key.workload.c_str(), key.engine.c_str(),
                  std::string(name_of(watched.metric)).c_str(),
                  cell(now[watched.metric], 2).c_str(), cell(before, 2).c_str());
    }
  }
  std::printf("  %zu results compared, %zu regressed\n", compared, regressed);
  return regressed;
}

}  // namespace loam::bench
