/// What may be dropped, and where an output has to end: the rules of a job, one class each.
///
/// Thread: confined. Each is told user keys in ascending order. Ownership: borrow what they are
/// made from.
#pragma once

#include <string>
#include <vector>

#include "core/compact/picker.h"
#include "core/format/internal_key.h"
#include "core/version/version.h"

namespace loam::compact {

/// Which versions of a key somebody can still see. Snapshots divide the sequences into stripes:
/// readers see at most the newest version of each stripe.
class Visibility {
 public:
  Visibility(const format::InternalOrder& order, const std::vector<format::Sequence>& snapshots)
      : order_(order), snapshots_(snapshots) {}

  /// Takes the next entry, in order of internal keys.
  void take(Bytes user_key, format::Sequence sequence);
  /// Of the entry taken last: the first of its user key; nobody can see it; no snapshot lies at or
  /// above it; no snapshot lies below it.
  [[nodiscard]] bool is_newest() const { return is_newest_; }
  [[nodiscard]] bool is_shadowed() const { return is_shadowed_; }
  [[nodiscard]] bool is_above_snapshots() const { return stripe_ == snapshots_.size(); }
  [[nodiscard]] bool is_in_oldest_stripe() const { return stripe_ == 0; }

 private:
  const format::InternalOrder& order_;
  const std::vector<format::Sequence>& snapshots_;
  std::string user_key_;
  bool has_key_ = false;
  std::size_t stripe_ = 0;  ///< how many snapshots are older
  bool is_newest_ = false;
  bool is_shadowed_ = false;
};

/// Whether tables below the output may hold older versions of a key.
class DeeperTables {
 public:
  DeeperTables(const format::InternalOrder& order, const version::Version& version,
               int output_level);
  [[nodiscard]] bool may_hold(Bytes user_key);

 private:
  struct Cursor {
    const version::Version::Level* tables;
    std::size_t at = 0;
  };
  const format::InternalOrder& order_;
  std::vector<Cursor> levels_;
};

/// Where an output table ends for the sake of other tables: before it overlaps too much of the
/// grandparents, and before a table of its own level that is not part of the job.
class Boundaries {
 public:
  Boundaries(const format::InternalOrder& order, const Plan& plan, const version::Version& version,
             std::uint64_t grandparent_bytes_max);
  /// Takes the next user key to be written; true: a table must end before it.
  [[nodiscard]] bool ends_before(Bytes user_key);
  /// The open table ended, for whatever reason.
  void table_ended() { overlapped_bytes_ = 0; }

 private:
  const format::InternalOrder& order_;
  const std::vector<version::TableFilePtr>& grandparents_;
  std::vector<version::TableFilePtr> neighbours_;
  const std::uint64_t grandparent_bytes_max_;
  std::size_t grandparent_ = 0;
  std::size_t neighbour_ = 0;
  std::uint64_t overlapped_bytes_ = 0;
};

}  // namespace loam::compact
