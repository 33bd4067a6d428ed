/// Small stores to be damaged: their files, every state their history went through, and how much of
/// it damage of a file may cost.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

#include "loam/options.h"
#include "tests/damage/disk.h"
#include "tests/support/reference.h"

namespace loam::test {

struct Victim {
  Image image;
  std::vector<Reference> states;  ///< after each write; the last is everything
  bool wal = true;
  /// The newest log, whose unsynced end is anyone's; empty: none. Damage may lead back to a state,
  /// at least to this one.
  std::string newest_log;
  std::size_t least_flipped = 0;  ///< something behind it says that it was durable
  std::size_t least_cut = 0;
  /// Where the manifest's last edit is known to nothing else, a cut manifest may lead back to this
  /// state.
  std::size_t least_cut_manifest = 0;

  [[nodiscard]] std::size_t everything() const { return states.size() - 1; }
};

struct VictimKind {
  std::string name;
  Victim (*make)();
};
inline void PrintTo(const VictimKind& kind, std::ostream* out) { *out << kind.name; }

/// Every key that any of them ever held, and some that none did.
std::vector<std::string> victim_keys();

std::vector<VictimKind> victim_kinds();

}  // namespace loam::test
