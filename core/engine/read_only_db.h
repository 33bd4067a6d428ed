/// A store that is only read: no lock, no threads, nothing written or removed.
///
/// It shows the moment of its opening for ever: every table is open, and what the logs held is in
/// memory. Thread: safe.
#pragma once

#include <memory>

#include "core/engine/db_reads.h"

namespace loam::engine {

class ReadOnlyDb final : public DbReads {
 public:
  explicit ReadOnlyDb(std::unique_ptr<Store> store) : DbReads(std::move(store)) {}

  // All of these fail: kNotSupported.
  Status write(const WriteBatch& batch, const WriteOptions& options) override;
  Status flush_wal(bool sync) override;
  Status switch_memtable() override;
  Status flush(bool wait) override;
  Status compact_range(const CompactOptions& options) override;
  Status resume() override;
  Status reconfigure(const std::function<void(Options&)>& edit,
                     const ReconfigureOptions& how) override;

  Status wait_for_background() override { return open_status(); }
  void log(LogLevel level, std::string_view line) override { store_->log.write(level, line); }
  Status close() override;
};

}  // namespace loam::engine
