/// The tables of a store as text: a line a level that has any, per table its entries.
#pragma once

#include <string>

#include "loam/options.h"

namespace loam::test {

/// "L1: [a#3,PUT b#2,DEL] [c#1,PUT]". Reads the manifest and the tables beside the open store;
/// everything printed comes from files, nothing from the store's memory. `options` with a registry,
/// a file system and a comparator.
std::string tree_text(const Options& options, const std::string& path);

}  // namespace loam::test
