/// How often this program took memory from the heap. Linking the .cc replaces operator new.
#pragma once

#include <cstdint>

namespace loam::read {

std::uint64_t allocation_count();

}  // namespace loam::read
