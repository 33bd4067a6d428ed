/// Which function slots of each kind's table a component must fill. Pure; thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "loam/abi.h"

namespace loam::plugin {

struct KindFacts {
  std::size_t size_min = 0;     ///< bytes up to the last mandatory slot; 0: the kind is unknown
  std::size_t size = 0;         ///< bytes of this host's table
  bool needs_identity = false;  ///< instances shape bytes or order
};

/// `kind` as the ABI calls it ("loam.codec").
KindFacts kind_facts(std::string_view kind);

/// What is wrong with the slots of a table of at least `size` bytes: "decompress is missing", or
/// empty when nothing is.
std::string slot_problem(std::string_view kind, const void* table);

}  // namespace loam::plugin
