#include "tests/stress/runner.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace loam::stress {
namespace {

std::string command_of(const RunOptions& options, const RoundOptions& round) {
  std::string command = options.program + " --dir " + options.directory + " --seed " +
                        std::to_string(round.seed) + " --round " + std::to_string(round.round) +
                        " --kind " + name_of(round.kind);
  if (round.point != kPointNumbers) command += " --point " + name_of(round.point);
  return command;
}

void write_file(const std::filesystem::path& path, const std::string& contents) {
  std::ofstream(path, std::ios::binary) << contents;
}

std::string describe(const RunOptions& options, const RoundOptions& round,
                     const RoundResult& result) {
  std::string text = "VIOLATION: " + result.violation + "\nseed " + std::to_string(round.seed) +
                     ", round " + std::to_string(round.round) + ", kind " + name_of(round.kind) +
                     "\nagain: " + command_of(options, round) + "\n" + result.story;
  if (!result.stacks.empty()) text += "stack:\n" + result.stacks.back() + "\n";
  return text;
}

/// Best effort on top of a violation: what could not be written is missing.
std::string leave(const RunOptions& options, const RoundOptions& round, const RoundResult& result) {
  const std::filesystem::path place =
      std::filesystem::path(options.directory) /
      ("violation-" + std::to_string(round.seed) + "-" + std::to_string(round.round));
  std::error_code ignored;
  std::filesystem::create_directories(place, ignored);
  write_file(place / "report.txt", describe(options, round, result));
  write_file(place / "trace.txt", result.trace);
  for (std::size_t i = 0; i < result.stacks.size(); ++i) {
    write_file(place / ("stack-" + std::to_string(i) + ".json"), result.stacks[i] + "\n");
  }
  write_file(place / "replay.txt",
             std::to_string(round.seed) + " " + std::to_string(round.round) + " " +
                 name_of(round.kind) + " " +
                 (round.point == kPointNumbers ? "anywhere" : name_of(round.point)) + "\n");
  if (!result.directory.empty()) {
    std::filesystem::rename(result.directory, place / "files", ignored);
  }
  return place.string();
}

}  // namespace

std::string RunSummary::line(const RunOptions& options) const {
  return "loam-stress: seed " + std::to_string(options.seed) + ", " + std::to_string(rounds) +
         " rounds, " + std::to_string(crashes) + " crashes, " + std::to_string(writes) +
         " writes, " + (violation.empty() ? "no violation" : "a violation");
}

RunSummary run_rounds(const RunOptions& options) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point end = Clock::now() + std::chrono::seconds(options.seconds);
  RunSummary summary;
  for (std::uint64_t i = 0; options.rounds > 0 ? i < options.rounds : Clock::now() < end; ++i) {
    RoundOptions round;
    round.seed = options.seed;
    round.round = options.first_round + i;
    round.kind = options.kind.value_or(kind_of_round(round.seed, round.round));
    round.point = options.point;
    round.directory = options.directory;
    const RoundResult result = run_round(round);
    ++summary.rounds;
    summary.crashes += result.crashes;
    summary.writes += result.writes;
    if (result.violation.empty()) continue;
    summary.violation =
        describe(options, round, result) + "left in " + leave(options, round, result) + "\n";
    break;
  }
  return summary;
}

std::optional<RunOptions> read_replay(const std::string& file, std::string& why) {
  std::ifstream in(file);
  RunOptions options;
  std::string kind;
  std::string point;
  if (!(in >> options.seed >> options.first_round >> kind >> point)) {
    why = file + ": expected \"SEED ROUND KIND POINT\", as violation-.../replay.txt holds";
    return std::nullopt;
  }
  options.kind = kind_named(kind);
  options.rounds = 1;
  if (point != "anywhere") options.point = point_named(point);
  if (!options.kind || (point != "anywhere" && options.point == kPointNumbers)) {
    why = file + ": unknown kind \"" + kind + "\" or point \"" + point + "\"";
    return std::nullopt;
  }
  return options;
}

std::string points_report() {
  std::string text;
  for (const std::size_t point : known_points()) {
    text += name_of(point) + " " + std::to_string(KillPoints::counts().reached[point]) + " " +
            std::to_string(KillPoints::counts().crashed[point]) + "\n";
  }
  return text;
}

std::string unknown_points() {
  const auto& known = known_points();
  std::string text;
  for (std::size_t point = 0; point < kPointNumbers; ++point) {
    if (KillPoints::counts().reached[point] == 0) continue;
    if (std::find(known.begin(), known.end(), point) == known.end()) text += name_of(point) + "\n";
  }
  return text;
}

}  // namespace loam::stress
