/// The facade over an open store: it wires and never works.
#pragma once

#include <memory>

#include "core/engine/background.h"
#include "core/engine/db_reads.h"
#include "core/engine/write_path.h"
#include "loam/db.h"

namespace loam::engine {

class DbImpl : public DbReads {
 public:
  explicit DbImpl(std::unique_ptr<Store> store);
  ~DbImpl() override;

  Status write(const WriteBatch& batch, const WriteOptions& options) override;
  Status flush_wal(bool sync) override;
  Status switch_memtable() override { return writes_.switch_memtable(); }
  Status flush(bool wait) override;
  Status compact_range(const CompactOptions& options) override;
  Status wait_for_background() override;
  Status resume() override;
  Status reconfigure(const std::function<void(Options&)>& edit,
                     const ReconfigureOptions& how) override;
  void log(LogLevel level, std::string_view line) override;
  Status close() override;

 private:
  Status flush_unlogged();
  void settle_level0();
  void take_effect(const Options& before, const OptionsPtr& after);

  Background background_;
  WritePath writes_;
  Mutex close_mutex_;  // a close or a change of options at a time; before every other lock
  bool closed_ LOAM_GUARDED_BY(close_mutex_) = false;
};

}  // namespace loam::engine
