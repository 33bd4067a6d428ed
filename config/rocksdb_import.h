/// What is known of RocksDB's options besides how each is taken over (rocksdb_import.cc).
/// Names and meanings: RocksDB's wiki ("Basic Operations", "Setup Options and Basic Tuning") and
/// the comments of its public headers options.h, advanced_options.h and table.h.
#pragma once

#include <string_view>

namespace loam::config {

/// What RocksDB 7.8.3 writes for an option without counterpart that nobody has set; empty: not
/// known.
std::string_view rocksdb_default(std::string_view option);
/// Why an option has no counterpart; empty: there is simply none.
std::string_view rocksdb_reason(std::string_view option);

}  // namespace loam::config
