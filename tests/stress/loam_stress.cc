// loam-stress: random operations on random stacks, crashes, and what must be left of it all.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "tests/stress/runner.h"

namespace loam::stress {
namespace {

constexpr const char* kUsage =
    R"(usage: loam-stress --dir DIR --seed N (--seconds N | --rounds N) [options]
       loam-stress --dir DIR --seed N --round R [options]    that round alone
       loam-stress --dir DIR --replay FILE                   a violation's replay.txt
       loam-stress --list-points

Random operations of every kind on random stacks of all plugins; power cuts and kills at random
moments and at named points; after each recovery the store must hold a prefix of what was
acknowledged with everything that had to survive. Ends with 0 and a summary, or with 1, what was
wrong, and DIR/violation-SEED-ROUND.

  --dir DIR       where stores of killed processes lie; one in memory (/dev/shm) is fast
  --kind KIND     only rounds of one kind: cuts, thread_cuts, kills, repairs
  --point NAME    crash at this point only
  --points        print how often each point was reached, and crashed at
  --list-points   print the names of all points
)";

struct Command {
  RunOptions run;
  bool list_points = false;
  bool points = false;
};

int complain(const std::string& what) {
  std::fprintf(stderr, "loam-stress: %s\n%s", what.c_str(), kUsage);
  return 2;
}

bool read_number(const std::string& text, std::uint64_t& number) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos) return false;
  if (text.size() > 19) return false;
  number = std::stoull(text);
  return true;
}

/// Empty, or what is wrong with it.
std::string take_choice(const std::string& name, const std::string& value, Command& command) {
  RunOptions& run = command.run;
  if (name == "--dir") {
    run.directory = value;
  } else if (name == "--kind") {
    run.kind = kind_named(value);
    if (!run.kind) return "unknown kind \"" + value + "\"";
  } else if (name == "--point") {
    run.point = point_named(value);
    if (run.point == kPointNumbers) return "unknown point \"" + value + "\" (--list-points)";
  } else {
    std::string why;
    const auto replay = read_replay(value, why);
    if (!replay) return why;
    const std::string directory = run.directory;
    run = *replay;
    run.directory = directory;
  }
  return {};
}

std::string take_number(const std::string& name, const std::string& value, RunOptions& run) {
  std::uint64_t number = 0;
  if (!read_number(value, number)) return name + " wants a number, not \"" + value + "\"";
  if (name == "--seed") run.seed = number;
  if (name == "--seconds") run.seconds = number;
  if (name == "--rounds") run.rounds = number;
  if (name == "--round") {
    run.first_round = number;
    run.rounds = 1;
  }
  return {};
}

std::string parse(const std::vector<std::string>& arguments, Command& command) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& name = arguments[i];
    if (name == "--list-points" || name == "--points") {
      (name == "--points" ? command.points : command.list_points) = true;
      continue;
    }
    const bool number =
        name == "--seed" || name == "--seconds" || name == "--rounds" || name == "--round";
    const bool choice =
        name == "--dir" || name == "--kind" || name == "--point" || name == "--replay";
    if (!number && !choice) return "unknown option \"" + name + "\"";
    if (++i == arguments.size()) return name + " wants a value";
    std::string wrong = number ? take_number(name, arguments[i], command.run)
                               : take_choice(name, arguments[i], command);
    if (!wrong.empty()) return wrong;
  }
  if (command.list_points) return {};
  if (command.run.directory.empty()) return "--dir is missing";
  if (command.run.rounds == 0 && command.run.seconds == 0) {
    return "one of --seconds, --rounds, --round, --replay is missing";
  }
  return {};
}

int run(const Command& command) {
  if (command.list_points) {
    for (const std::size_t point : known_points()) std::puts(name_of(point).c_str());
    return 0;
  }
  std::error_code failure;
  std::filesystem::create_directories(command.run.directory, failure);
  if (failure) return complain(command.run.directory + ": " + failure.message());
  const RunSummary summary = run_rounds(command.run);
  if (command.points) std::fputs(points_report().c_str(), stdout);
  std::fputs(summary.violation.c_str(), stdout);
  const std::string unknown = unknown_points();
  if (!unknown.empty()) std::printf("points that are not in the list:\n%s", unknown.c_str());
  std::puts(summary.line(command.run).c_str());
  return summary.violation.empty() && unknown.empty() ? 0 : 1;
}

}  // namespace
}  // namespace loam::stress

int main(int argc, char** argv) {
  loam::stress::Command command;
  command.run.program = argv[0];
  const std::string wrong =
      loam::stress::parse(std::vector<std::string>(argv + 1, argv + argc), command);
  if (!wrong.empty()) return loam::stress::complain(wrong);
  return loam::stress::run(command);
}
