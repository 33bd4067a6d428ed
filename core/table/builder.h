/// Writes one table: sorted entries in, a complete file out, of Loam's own format or byte for byte
/// as LevelDB writes it.
///
/// Thread: confined. Ownership: borrows the file, the order and the components' owner for its life.
/// Durability: the caller syncs and closes the file after finish().
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/format/internal_key.h"
#include "core/table/properties.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/format.h"
#include "loam/plugins.h"
#include "loam/sdk/file_system_client.h"

namespace loam::table {

struct BuildOptions {
  Format format = Format::kLoam;
  TableId table_id{};  ///< kLevelDb has none
  std::uint64_t block_size = 16384;
  std::uint32_t restart_interval = 16;
  Component codec;                  ///< empty: blocks stand raw; kLevelDb: none, snappy or zstd
  Component filter;                 ///< empty: none
  Component comparator;             ///< not empty
  std::uint64_t expected_keys = 0;  ///< a guess for the filter
  std::uint64_t creation_time_us = 0;
  /// kLevelDb: keys go into the file without their trailers, as in tables that belong to no store;
  /// then each user key once.
  bool plain_keys = false;
};

class Builder {
 public:
  Builder(const BuildOptions& options, const format::InternalOrder& order, sdk::AppendFile& file);
  ~Builder();

  /// Internal keys strictly ascending. Fails: kIo, kNoSpace, what a codec or filter reports,
  /// kInvalidArgument for a codec or an entry that the format does not have; after a failure only
  /// abandon (destroy) it.
  Status add(Bytes internal_key, Bytes value);
  /// Writes filter, index, properties and footer. Requires: at least one add, unless kLevelDb.
  Status finish();

  /// The failure of an earlier call, or of making this.
  [[nodiscard]] Status status() const;
  [[nodiscard]] std::uint64_t entries() const;
  /// Bytes of file so far; what is not yet compressed counts as it is.
  [[nodiscard]] std::uint64_t estimated_size() const;
  /// After finish(): exact size and what the file says of itself, or could.
  [[nodiscard]] std::uint64_t file_size() const;
  [[nodiscard]] const Properties& properties() const;

  class State;  ///< one a format (core/table/builder_state.h)

 private:
  std::unique_ptr<State> state_;
};

}  // namespace loam::table
