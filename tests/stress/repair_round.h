/// A round of repairs: a store that is whole and durable loses its manifest or its CURRENT, and is
/// repaired, while the power fails. Tables and logs are intact, so that everything must come back.
#pragma once

#include "tests/stress/cut_round.h"

namespace loam::stress {

class RepairRound : public CutRound {
 public:
  explicit RepairRound(const RoundOptions& options) : CutRound(options, /*threads=*/false) {
    operation_bits_ = 7;  // repairs are short
  }

  RoundResult run();

 private:
  std::string fill();
  std::string damage();
  std::string repair();

  bool holds_anything_ = false;  // else there is nothing that a repair could go by, and it says so
};

}  // namespace loam::stress
