/// The reading half of an open store: what a store that is written and one that is only read share.
///
/// Thread: safe.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/engine/store.h"
#include "loam/db.h"

namespace loam::engine {

class DbReads : public Db {
 public:
  Result<bool> get(Bytes key, PinnedValue& value, const ReadOptions& options) override;
  Status multi_get(std::span<const Bytes> keys, std::span<GetResult> results,
                   const ReadOptions& options) override;
  std::unique_ptr<Iterator> new_iterator(const ReadOptions& options) override;
  Snapshot snapshot() override;
  Result<std::vector<std::uint64_t>> approximate_sizes(std::span<const Range> ranges) override;
  [[nodiscard]] Options options() const override { return *store_->current.get(); }
  void publish_property(const std::string& name, std::string value) override;
  std::optional<std::string> property(std::string_view name) override;

 protected:
  explicit DbReads(std::unique_ptr<Store> store) : store_(std::move(store)) {}
  /// Fails: kAborted once the store is closed.
  [[nodiscard]] Status open_status() const;

  const std::unique_ptr<Store> store_;

 private:
  /// The view and sequence that a read with these options sees.
  struct Moment {
    read::ViewPtr view;
    format::Sequence sequence = 0;
  };
  [[nodiscard]] Moment moment(const ReadOptions& options) const;
};

}  // namespace loam::engine
