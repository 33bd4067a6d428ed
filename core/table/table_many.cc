/// Many keys of one table: filters for all, then the index, then the cache, then the blocks.
#include <algorithm>
#include <array>
#include <memory>

#include "core/table/table.h"
#include "core/table/table_state.h"

namespace loam::table {
namespace {

using Queries = std::span<PointQuery* const>;

constexpr std::size_t kBatch = 32;

/// What stands between the filters and the blocks.
struct Step {
  PointQuery* query = nullptr;
  std::size_t block = 0;  ///< in the index
  std::shared_ptr<const Block> data;
};

void prefetch_middle(const Block& block) {
  __builtin_prefetch(block.end());  // the restarts
  __builtin_prefetch(block.restart(block.restart_count() / 2));
}

}  // namespace

/// Says in `found.filtered` which keys the table's filter rules out.
void Table::ask_filter(Queries queries) const {
  const plugin::FilterReader& filter = state_->filter;
  if (!filter) return;
  if (!filter.takes_hashes()) {
    for (PointQuery* q : queries) {
      q->found.filtered = !filter.may_match(format::user_key(q->internal_key), q->hash);
    }
    return;
  }
  std::array<std::uint64_t, kBatch> hashes{};
  std::array<std::uint8_t, kBatch> maybe{};
  for (std::size_t i = 0; i < queries.size(); ++i) hashes[i] = queries[i]->hash;
  filter.may_match_many({hashes.data(), queries.size()}, maybe.data());
  for (std::size_t i = 0; i < queries.size(); ++i) queries[i]->found.filtered = maybe[i] == 0;
}

void Table::get_batch(Queries queries, const ReadArgs& args) const {
  const State& s = *state_;
  for (PointQuery* q : queries) q->found = {};
  ask_filter(queries);
  std::array<Step, kBatch> steps;
  std::size_t count = 0;
  for (PointQuery* q : queries) {
    if (q->found.filtered) continue;
    const std::size_t i = s.index.find(q->internal_key, s.order);
    if (i == s.index.size()) continue;
    if (s.block_filters != nullptr) [[unlikely]] {
      q->found.filtered = !s.block_filters->may_match(i, format::user_key(q->internal_key));
      if (q->found.filtered) continue;
    }
    steps[count++] = {q, i, nullptr};
  }
  for (std::size_t k = 0; k < count; ++k) {
    Step& step = steps[k];
    if (k > 0 && steps[k - 1].block == step.block && steps[k - 1].data != nullptr) {
      step.data = steps[k - 1].data;
      continue;
    }
    auto block = s.load(step.block, args);
    if (!block.ok()) {
      step.query->status = block.status();
      continue;
    }
    step.data = std::move(block).value();
    prefetch_middle(*step.data);
  }
  for (std::size_t k = 0; k < count; ++k) {
    Step& step = steps[k];
    if (step.data == nullptr) continue;
    const Status status =
        s.search(std::move(step.data), step.block, step.query->internal_key, step.query->found);
    if (!status.ok()) step.query->status = status;
  }
}

void Table::get_many(Queries queries, const ReadArgs& args) const {
  while (!queries.empty()) {
    const std::size_t count = std::min(queries.size(), kBatch);
    get_batch(queries.first(count), args);
    queries = queries.subspan(count);
  }
}

}  // namespace loam::table
