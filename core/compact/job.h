/// Flush and compaction: sorted input -> dropped and filtered entries -> tables -> an edit.
///
/// A job writes, syncs and closes its tables and syncs the directory; the caller installs the edit
/// and only then may inputs go. On failure its outputs are removed. Thread: a job is confined; many
/// may run at once. Ownership: borrows everything in JobContext.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/atomic.h"
#include "core/compact/picker.h"
#include "core/compact/rate_limiter.h"
#include "core/format/internal_key.h"
#include "core/memtable/memtable.h"
#include "core/table/builder.h"
#include "core/table/table_cache.h"
#include "core/version/edit.h"
#include "core/version/version_set.h"
#include "loam/environment.h"
#include "loam/options.h"

namespace loam::compact {

struct JobContext {
  sdk::FileSystem fs;
  std::string path;
  const Options* options = nullptr;
  Environment* environment = nullptr;
  const format::InternalOrder* order = nullptr;
  table::TableCache* tables = nullptr;
  version::VersionSet* versions = nullptr;
  std::shared_ptr<version::Trash> trash;
  const Atomic<bool>* cancel = nullptr;  ///< true: leave with kAborted soon
  RateLimiter* limiter = nullptr;        ///< of what tables are written with; null: none
};

struct JobStats {
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
  std::uint64_t entries_in = 0;
  std::uint64_t entries_out = 0;
  std::uint64_t entries_filtered = 0;
  std::uint64_t duration_us = 0;
};

struct JobResult {
  version::Edit edit;
  JobStats stats;
};

/// Memtables (oldest first) into one level-0 table, dropping versions that no snapshot and no later
/// reader can see. `snapshots`: ascending sequences. No table when nothing remains.
Result<JobResult> flush(const JobContext& context,
                        const std::vector<std::shared_ptr<memtable::Memtable>>& memtables,
                        const std::vector<format::Sequence>& snapshots);

/// Carries out a plan. Entries that a snapshot sees are kept and not filtered; the compaction
/// filter is asked once a key, for its newest version, when that is a put above every snapshot;
/// what it removes becomes a tombstone unless nothing older can lie below. "Remove and skip until"
/// does so with every such entry before the given key, without asking.
Result<JobResult> compact(const JobContext& context, const Plan& plan,
                          const version::Version& version,
                          const std::vector<format::Sequence>& snapshots);

/// Whether a plan with trivial_move may be carried out as one: not when tables of the output level
/// get another codec or filter than those of the input level; compact() then rewrites the table.
bool may_move(const Options& options, const Plan& plan);
/// The edit that carries out a plan with trivial_move: the same file on the next level.
Result<version::Edit> trivial_move(const Plan& plan);

/// The codec, filter and sizes for tables of `level`.
table::BuildOptions table_options(const Options& options, int level);

}  // namespace loam::compact
