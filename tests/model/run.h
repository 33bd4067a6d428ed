/// Runs operations on a store and on a sorted map side by side.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/model/operations.h"
#include "tests/support/stacks.h"

namespace loam::test {

struct Outcome {
  std::string failure;        ///< empty: store and map agreed throughout
  std::size_t failed_at = 0;  ///< the operation
  std::size_t levels = 0;     ///< the deepest level that held a table at some check, plus one
};

/// A fresh store of the stack; every operation; a last check and one after reopening.
Outcome run_operations(const Stack& stack, const std::vector<Operation>& operations);

/// A short list of these operations that still fails. Takes out ever smaller pieces (Zeller,
/// Hildebrandt, "Simplifying and isolating failure-inducing input", 2002), for at most so many
/// runs.
std::vector<Operation> shrink(const Stack& stack, std::vector<Operation> operations, int runs_max);

}  // namespace loam::test
