/// One table, every byte of it: whole or not, and what of it can be had. Thread: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/admin/site.h"
#include "core/table/properties.h"
#include "core/table/salvage.h"
#include "core/version/table_file.h"

namespace loam::admin {

struct TableCheck {
  bool whole = false;
  std::uint64_t size = 0;
  std::optional<table::Properties> properties;  ///< absent: the table does not open
  std::vector<Finding> damage;
  std::vector<Finding> notes;  ///< a filter that no plugin reads
};

/// `expected`: what the manifest says of it; null: nothing does. Fails: kNotFound (a codec that no
/// plugin provides), kInvalidArgument (another comparator), kNotSupported (a newer format).
Result<TableCheck> check_table(const Site& site, std::uint64_t number,
                               const version::TableFile* expected);

/// The intact entries of a damaged table; what is lost is added to `damage`. Fails: as check_table,
/// and as the sink.
Result<table::Salvaged> salvage_table(const Site& site, std::uint64_t number,
                                      const version::TableFile* expected,
                                      const table::EntrySink& entries,
                                      std::vector<Finding>& damage);

}  // namespace loam::admin
