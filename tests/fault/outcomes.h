/// What a power cut may leave, from the gentlest to the most confused.
#pragma once

#include <cstdint>
#include <ostream>

#include "plugins/file_system/fault/control.h"

namespace loam::test {

struct CutOutcome {
  const char* name;
  fault_fs::DataLoss data;
  fault_fs::NameLoss names;
  std::uint64_t seed;
  bool windows;  ///< the log is a mapped window, else it is appended to plainly

  /// Another one for each `n`.
  [[nodiscard]] fault_fs::CrashPlan plan(std::uint64_t n) const {
    return {data, names, seed * 1000 + n};
  }
};

/// Whether it leaves a prefix of what was written to each file.
constexpr bool is_in_order(fault_fs::DataLoss data) {
  return data != fault_fs::DataLoss::kPages && data != fault_fs::DataLoss::kRandom;
}

/// For the messages of parameterised tests.
inline void PrintTo(const CutOutcome& outcome, std::ostream* out) {
  *out << outcome.name << (outcome.windows ? ", mapped log" : ", plain log");
}

inline constexpr CutOutcome kCutOutcomes[] = {
    {"all is lost", fault_fs::DataLoss::kDrop, fault_fs::NameLoss::kDrop, 1, true},
    {"all is kept", fault_fs::DataLoss::kKeep, fault_fs::NameLoss::kKeep, 1, true},
    {"names without bytes", fault_fs::DataLoss::kDrop, fault_fs::NameLoss::kKeep, 1, false},
    {"bytes without names", fault_fs::DataLoss::kKeep, fault_fs::NameLoss::kDrop, 1, false},
    {"torn, a prefix of names", fault_fs::DataLoss::kTorn, fault_fs::NameLoss::kPrefix, 2, false},
    {"any pages, any names", fault_fs::DataLoss::kPages, fault_fs::NameLoss::kSubset, 3, true},
    {"any pages and names, again", fault_fs::DataLoss::kPages, fault_fs::NameLoss::kSubset, 4,
     true},
    {"anything", fault_fs::DataLoss::kRandom, fault_fs::NameLoss::kRandom, 5, true},
    {"anything, again", fault_fs::DataLoss::kRandom, fault_fs::NameLoss::kRandom, 6, false},
};

}  // namespace loam::test
