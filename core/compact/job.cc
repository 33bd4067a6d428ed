#include "core/compact/job.h"

#include <algorithm>
#include <utility>

#include "core/compact/entry_filter.h"
#include "core/compact/outputs.h"
#include "core/compact/rules.h"
#include "core/read/entry_type.h"
#include "core/read/level_iterator.h"
#include "core/read/merging_iterator.h"

namespace loam::compact {

namespace {

using format::InternalIterator;
using format::ValueType;
using version::TableFilePtr;

constexpr std::uint64_t kEntriesBetweenCancelChecks = 256;

/// Shows entries with the level that they come from, for filters.
class LevelMark final : public InternalIterator {
 public:
  LevelMark(std::unique_ptr<InternalIterator> it, int level) : it_(std::move(it)) {
    place_.level = static_cast<std::int8_t>(level);
    show(&place_);
  }
  void seek_to_first() override {
    it_->seek_to_first();
    mark();
  }
  void seek_to_last() override {
    it_->seek_to_last();
    mark();
  }
  void seek(Bytes internal_key) override {
    it_->seek(internal_key);
    mark();
  }
  void next() override {
    it_->next();
    mark();
  }
  void prev() override {
    it_->prev();
    mark();
  }
  void next_user() override {
    it_->next_user();
    mark();
  }
  [[nodiscard]] Status status() const override { return it_->status(); }

 private:
  void mark() {
    place_.valid = it_->valid();
    place_.key = it_->key();
    place_.value = it_->value();
  }

  std::unique_ptr<InternalIterator> it_;
  format::Place place_;
};

/// What a flush and a compaction share: entries in order go through the rules into the outputs.
class Rewrite {
 public:
  Rewrite(const JobContext& context, Outputs::Plan outputs,
          const std::vector<format::Sequence>& snapshots)
      : context_(context),
        visibility_(*context.order, snapshots),
        filter_(*context.order),
        outputs_(context, outputs) {}

  /// Rules that only a compaction has. Null: a flush, which keeps tombstones and never splits.
  struct Limits {
    DeeperTables deeper;
    Boundaries boundaries;
    bool bottommost;
    std::uint64_t table_bytes;
  };
  void set_limits(Limits limits) { limits_.emplace(std::move(limits)); }
  EntryFilter& filter() { return filter_; }

  Status run(InternalIterator& it) {
    for (it.seek_to_first(); it.valid(); it.next()) {
      if (++stats_.entries_in % kEntriesBetweenCancelChecks == 0 && cancelled()) {
        return Status::aborted("compaction cancelled");
      }
      LOAM_TRY(process(it));
    }
    LOAM_TRY(it.status());
    return outputs_.finish();
  }

  JobResult take_result(int level) {
    JobResult result;
    stats_.bytes_written = outputs_.bytes_written();
    result.stats = stats_;
    for (auto& table : outputs_.keep()) result.edit.added.emplace_back(level, std::move(table));
    return result;
  }

 private:
  [[nodiscard]] bool cancelled() const {
    return context_.cancel != nullptr && context_.cancel->load();
  }

  Status process(InternalIterator& it) {
    const Bytes key = it.key();
    const Bytes user = format::user_key(key);
    const std::uint64_t trailer = format::trailer(key);
    ValueType type = format::type_of(trailer);
    if (type != ValueType::kPut && type != ValueType::kDelete) [[unlikely]] {
      return read::unsupported_entry(type);
    }
    visibility_.take(user, format::sequence_of(trailer));
    if (visibility_.is_newest()) key_has_output_ = false;
    if (visibility_.is_shadowed()) return {};
    Bytes value = it.value();
    if (filter_.is_set() && type == ValueType::kPut && visibility_.is_newest() &&
        visibility_.is_above_snapshots()) {
      LOAM_TRY(ask_filter(*it.place(), trailer, type, value));
    }
    if (type == ValueType::kDelete && hides_nothing(user)) return {};
    if (type == format::type_of(trailer)) return write(user, key, value);
    tombstone_.clear();
    format::append_internal_key(tombstone_, user, format::sequence_of(trailer), type);
    return write(user, tombstone_, value);
  }

  Status ask_filter(const format::Place& entry, std::uint64_t trailer, ValueType& type,
                    Bytes& value) {
    LOAM_TRY_ASSIGN(const EntryFilter::Verdict verdict,
                    filter_.decide({format::user_key(entry.key), format::sequence_of(trailer),
                                    entry.value, entry.level}));
    if (verdict == EntryFilter::Verdict::kKeep) return {};
    ++stats_.entries_filtered;
    if (verdict == EntryFilter::Verdict::kChange) {
      value = filter_.changed_value();
    } else {
      type = ValueType::kDelete;
      value = {};
    }
    return {};
  }

  /// A tombstone that all readers see and that has nothing older below it, here or deeper, can go:
  /// older versions in the inputs are in its stripe, and dropped.
  bool hides_nothing(Bytes user) {
    return limits_ && visibility_.is_in_oldest_stripe() &&
           (limits_->bottommost || !limits_->deeper.may_hold(user));
  }

  /// Tables end between user keys only.
  Status write(Bytes user, Bytes key, Bytes value) {
    if (limits_ && !key_has_output_) {
      const bool ends = limits_->boundaries.ends_before(user);
      if (outputs_.has_open_table() &&
          (ends || outputs_.open_table_size() >= limits_->table_bytes)) {
        LOAM_TRY(outputs_.end_table());
      }
      if (!outputs_.has_open_table()) limits_->boundaries.table_ended();
    }
    key_has_output_ = true;
    ++stats_.entries_out;
    return outputs_.add(key, value);
  }

  const JobContext& context_;
  Visibility visibility_;
  EntryFilter filter_;
  Outputs outputs_;
  std::optional<Limits> limits_;
  bool key_has_output_ = false;  ///< a version of the current user key was written
  std::string tombstone_;
  JobStats stats_;
};

std::uint64_t elapsed_us(Environment& environment, std::uint64_t begin_ns) {
  return (environment.monotonic_ns() - begin_ns) / 1000;
}

/// Sums over the tables of a plan.
struct InputSums {
  explicit InputSums(const Plan& plan) {
    for (const auto* tables : {&plan.inputs, &plan.overlaps}) {
      for (const TableFilePtr& table : *tables) {
        bytes += table->size;
        entries += table->entries;
        epoch = std::max(epoch, table->epoch);
      }
    }
  }
  std::uint64_t bytes = 0;
  std::uint64_t entries = 0;
  std::uint64_t epoch = 0;
};

std::unique_ptr<InternalIterator> inputs_of(const JobContext& context, const Plan& plan,
                                            Rewrite& rewrite) {
  const table::ReadArgs args{/*verify_checksums=*/true, /*fill_cache=*/false};
  std::vector<std::unique_ptr<InternalIterator>> sources;
  auto add = [&](std::unique_ptr<InternalIterator> source, int level) {
    if (rewrite.filter().is_set()) {
      source = std::make_unique<LevelMark>(std::move(source), level);
    }
    sources.push_back(std::move(source));
  };
  auto add_sorted = [&](const std::vector<TableFilePtr>& tables, int level) {
    if (tables.empty()) return;
    add(std::make_unique<read::LevelIterator>(*context.order, *context.tables, tables, nullptr,
                                              args),
        level);
  };
  if (plan.input_level == 0) {
    for (const TableFilePtr& table : plan.inputs) {
      add(std::make_unique<read::LevelIterator>(*context.order, *context.tables, table, args), 0);
    }
  } else {
    add_sorted(plan.inputs, plan.input_level);
  }
  add_sorted(plan.overlaps, plan.output_level);
  return read::merge(*context.order, std::move(sources));
}

loam_compaction_info info_of(const JobContext& context, const Plan& plan,
                             const std::vector<format::Sequence>& snapshots) {
  loam_compaction_info info{};
  info.family = version::kDefaultFamily;
  info.output_level = plan.output_level;
  info.flags = (plan.bottommost ? LOAM_COMPACTION_BOTTOMMOST : 0u) |
               (plan.manual ? LOAM_COMPACTION_MANUAL : 0u);
  info.oldest_snapshot = snapshots.empty() ? UINT64_MAX : snapshots.front();
  info.now_us = context.environment->wall_us();
  info.job = context.environment->random();
  return info;
}

const Component& at_level(const Options& options, int level, Component LevelOptions::*which,
                          const Component& otherwise) {
  if (options.levels.empty()) return otherwise;
  const std::size_t last = options.levels.size() - 1;
  const LevelOptions& chosen = options.levels[std::min(static_cast<std::size_t>(level), last)];
  return chosen.*which ? chosen.*which : otherwise;
}

}  // namespace

table::BuildOptions table_options(const Options& options, int level) {
  table::BuildOptions result;
  result.format = options.format.value_or(Format::kLoam);
  result.block_size = options.table.block_size;
  result.restart_interval = options.table.block_restart_interval;
  result.codec = at_level(options, level, &LevelOptions::codec, options.table.codec);
  result.filter = at_level(options, level, &LevelOptions::filter, options.table.filter);
  result.comparator = options.comparator;
  return result;
}

bool may_move(const Options& options, const Plan& plan) {
  const table::BuildOptions from = table_options(options, plan.input_level);
  const table::BuildOptions to = table_options(options, plan.output_level);
  return plan.trivial_move && from.codec == to.codec && from.filter == to.filter;
}

Result<version::Edit> trivial_move(const Plan& plan) {
  if (!plan.trivial_move || plan.inputs.size() != 1) {
    return Status::internal("a plan that is no move was to be carried out as one");
  }
  version::Edit edit;
  const TableFilePtr& table = plan.inputs.front();
  edit.removed.emplace_back(plan.input_level, table->number);
  // The same object on purpose: it counts the readers of the file. All are made as non-const.
  edit.added.emplace_back(plan.output_level, std::const_pointer_cast<version::TableFile>(table));
  edit.compact_pointers.emplace_back(plan.input_level, plan.pointer);
  return edit;
}

Result<JobResult> flush(const JobContext& context,
                        const std::vector<std::shared_ptr<memtable::Memtable>>& memtables,
                        const std::vector<format::Sequence>& snapshots) {
  const std::uint64_t begin_ns = context.environment->monotonic_ns();
  Outputs::Plan plan;
  plan.epoch = context.versions->new_epoch();
  plan.who = RateLimiter::Who::kFlush;
  std::vector<std::unique_ptr<InternalIterator>> sources;
  for (const auto& memtable : memtables) {
    plan.keys_per_table += memtable->entries();
    sources.push_back(memtable->new_iterator());
  }
  Rewrite rewrite(context, plan, snapshots);
  const auto it = read::merge(*context.order, std::move(sources));
  LOAM_TRY(rewrite.run(*it).with_context("flush"));
  JobResult result = rewrite.take_result(0);
  result.stats.duration_us = elapsed_us(*context.environment, begin_ns);
  return result;
}

Result<JobResult> compact(const JobContext& context, const Plan& plan,
                          const version::Version& version,
                          const std::vector<format::Sequence>& snapshots) {
  const std::uint64_t begin_ns = context.environment->monotonic_ns();
  const CompactionOptions& options = context.options->compaction;
  const InputSums sums(plan);
  const std::uint64_t tables =
      sums.bytes / std::max<std::uint64_t>(options.target_file_size_base, 1);
  Rewrite rewrite(context, {plan.output_level, sums.epoch, sums.entries / (tables + 1) + 1},
                  snapshots);
  rewrite.set_limits({DeeperTables(*context.order, version, plan.output_level),
                      Boundaries(*context.order, plan, version, grandparent_bytes_max(options)),
                      plan.bottommost, options.target_file_size_base});
  if (context.options->compaction_filter) {
    LOAM_TRY(rewrite.filter().begin(context.options->compaction_filter,
                                    info_of(context, plan, snapshots)));
  }
  const auto it = inputs_of(context, plan, rewrite);
  LOAM_TRY(rewrite.run(*it).with_context("compaction"));
  JobResult result = rewrite.take_result(plan.output_level);
  for (const TableFilePtr& table : plan.inputs) {
    result.edit.removed.emplace_back(plan.input_level, table->number);
  }
  for (const TableFilePtr& table : plan.overlaps) {
    result.edit.removed.emplace_back(plan.output_level, table->number);
  }
  if (!plan.manual) result.edit.compact_pointers.emplace_back(plan.input_level, plan.pointer);
  result.stats.bytes_read = sums.bytes;
  result.stats.duration_us = elapsed_us(*context.environment, begin_ns);
  return result;
}

}  // namespace loam::compact
