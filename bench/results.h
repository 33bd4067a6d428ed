/// What is measured of one workload of one engine, and tables of it: medians of rounds, printed and
/// as JSON.
///
/// Thread: confined.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "loam/base/status.h"

namespace loam::bench {

enum Metric : std::size_t {
  kRate,     ///< operations a second
  kSeconds,  ///< of the whole workload
  kP50,      ///< nanoseconds an operation
  kP99,
  kP999,
  kCpu,            ///< CPU seconds of all threads
  kInstructions,   ///< in user mode, all threads, an operation
  kWritten,        ///< bytes to log and tables
  kAmplification,  ///< written by the bytes of keys and values that were put
  kPeak,           ///< bytes
  kAnonymous,      ///< bytes
  kDisk,           ///< bytes
  kMetrics,
};
std::string_view name_of(Metric metric);

/// Not a number where it was not measured.
using Measured = std::array<double, kMetrics>;
Measured nothing_measured();

/// One line, and back.  Fails: kInvalidArgument.
std::string to_line(std::string_view workload, const Measured& measured);
struct Named {
  std::string workload;
  Measured measured;
};
Result<Named> from_line(std::string_view line);

Measured median(const std::vector<Measured>& rounds);

struct ResultKey {
  std::string workload;
  std::string engine;
  auto operator<=>(const ResultKey&) const = default;
};

/// A run as it is printed and kept.
struct Report {
  std::vector<std::string> conditions;  ///< lines of text
  std::vector<std::string> workloads;   ///< in the order they ran
  std::vector<std::string> engines;     ///< the base first
  std::map<ResultKey, Measured> results;
};

void print(const Report& report);
Status write_json(const Report& report, const std::string& path);
/// Fails: kIo, kInvalidArgument (no report of loam-bench).
Result<Report> read_json(const std::string& path);

/// Prints what is slower, or writes, takes more than in `baseline` by more than `tolerance` (0.2: a
/// fifth); how many.
std::size_t compare(const Report& report, const Report& baseline, double tolerance);

}  // namespace loam::bench
