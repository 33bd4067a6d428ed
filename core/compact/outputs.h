/// The tables that a job writes, one after another. Whatever is not kept is removed again.
///
/// Order of durable steps: each table data, sync, close; finish() syncs the directory. Thread:
/// confined. Ownership: borrows the job's context.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/compact/job.h"
#include "core/table/builder.h"
#include "core/version/table_file.h"

namespace loam::compact {

class Outputs {
 public:
  struct Plan {
    int level = 0;
    std::uint64_t epoch = 0;
    std::uint64_t keys_per_table = 0;  ///< a guess for the filter
    RateLimiter::Who who = RateLimiter::Who::kCompaction;
  };

  Outputs(const JobContext& context, Plan plan);
  /// Removes the files unless keep() was called.
  ~Outputs();
  Outputs(const Outputs&) = delete;
  Outputs& operator=(const Outputs&) = delete;

  /// Adds to the open table; opens one when there is none.
  Status add(Bytes internal_key, Bytes value);
  [[nodiscard]] bool has_open_table() const { return builder_ != nullptr; }
  [[nodiscard]] std::uint64_t open_table_size() const { return builder_->estimated_size(); }
  /// Completes the open table and makes it durable. Requires: has_open_table().
  Status end_table();
  /// Completes what is open and makes all names durable.
  Status finish();
  /// From now on the tables belong to the caller. Requires: finish() was OK.
  std::vector<std::shared_ptr<version::TableFile>> keep();

  [[nodiscard]] std::uint64_t bytes_written() const { return bytes_written_; }

 private:
  Status open_table();
  void pace();
  [[nodiscard]] std::string path_of(std::uint64_t number) const;

  const JobContext& context_;
  const Plan plan_;
  table::BuildOptions build_options_;
  std::vector<std::uint64_t> numbers_;  ///< of all files created
  std::vector<std::shared_ptr<version::TableFile>> tables_;
  sdk::AppendFile file_;                     // before builder_, which borrows it
  std::unique_ptr<table::Builder> builder_;  ///< null: no table is open
  std::uint64_t bytes_written_ = 0;
  std::uint64_t unpaced_ = 0;  ///< raw bytes that came in since pace()
  std::uint64_t paced_ = 0;    ///< bytes of the open table that the limiter was asked for
};

}  // namespace loam::compact
