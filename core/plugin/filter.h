/// FilterPolicy, FilterBuilder, FilterReader: a filter component as the core calls it.
///
/// A policy makes builders and opens readers. A builder gathers keys or hashes in batches and
/// finishes into a string. A reader answers "certainly absent" or "maybe" from bytes that the
/// caller keeps. Filters that take XXH3 hashes get the hash the core has computed once; the others
/// get the key: add(key, hash) and may_match(key, hash) pick the right one.
///
/// Thread: FilterPolicy and FilterReader safe; FilterBuilder confined. Ownership: each keeps the
/// component alive; a reader borrows its bytes.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/plugin/text_sink.h"
#include "core/plugin/typed.h"
#include "loam/abi.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/plugins.h"

namespace loam::plugin {

namespace detail {
struct FilterRef {
  Component component;
  const loam_filter_v1* table = nullptr;
  void* self = nullptr;
};
}  // namespace detail

/// Must be destroyed or finished; a builder that goes unfinished leaves nothing behind.
class FilterBuilder {
 public:
  FilterBuilder() = default;
  FilterBuilder(detail::FilterRef filter, void* builder)
      : filter_(std::move(filter)), builder_(builder) {}
  FilterBuilder(FilterBuilder&& o) noexcept
      : filter_(std::move(o.filter_)),
        builder_(std::exchange(o.builder_, nullptr)),
        pending_(o.pending_),
        pending_count_(std::exchange(o.pending_count_, 0)),
        keys_(o.keys_) {}
  FilterBuilder& operator=(FilterBuilder&& o) noexcept {
    std::swap(filter_, o.filter_);
    std::swap(builder_, o.builder_);
    std::swap(pending_, o.pending_);
    std::swap(pending_count_, o.pending_count_);
    std::swap(keys_, o.keys_);
    return *this;
  }
  ~FilterBuilder() {
    if (builder_ != nullptr) filter_.table->builder_destroy(filter_.self, builder_);
  }

  explicit operator bool() const { return builder_ != nullptr; }
  [[nodiscard]] bool takes_hashes() const {
    return filter_.table->hash_kind == LOAM_FILTER_HASH_XXH3_64;
  }

  /// `hash` is xxh3(key); filters that take keys ignore it. Keys may repeat.
  Status add(Bytes key, std::uint64_t hash) {
    if (!takes_hashes()) {
      ++keys_;
      const loam_slice one = to_slice(key);
      CallError error;
      return named(
          error.check(filter_.table->add_keys(filter_.self, builder_, &one, 1, error.raw())));
    }
    pending_[pending_count_++] = hash;
    return pending_count_ == kBatch ? add_pending() : Status();
  }
  /// Many at once. Requires: takes_hashes().
  Status add_hashes(std::span<const std::uint64_t> hashes) {
    LOAM_TRY(add_pending());
    return give(hashes);
  }
  /// The filter's bytes into `out`, which is emptied first. Once; the builder is then empty.
  Status finish(std::string& out) {
    out.clear();
    LOAM_TRY(add_pending());
    TextSink sink(out, kBytesMin + kBytesPerKeyMax * keys_);
    CallError error;
    Status status =
        error.check(filter_.table->finish(filter_.self, builder_, sink.raw(), error.raw()));
    filter_.table->builder_destroy(filter_.self, std::exchange(builder_, nullptr));
    if (status.ok() && sink.overflowed()) {
      return broken_promise(filter_.component, "it lost output that did not fit and said OK");
    }
    return named(std::move(status));
  }

 private:
  static constexpr std::size_t kBatch = 128;
  // A filter that takes more is none: the keys themselves would take less.
  static constexpr std::size_t kBytesMin = std::size_t{64} << 10;
  static constexpr std::size_t kBytesPerKeyMax = 256;

  Status add_pending() {
    if (pending_count_ == 0) return {};
    return give({pending_.data(), std::exchange(pending_count_, 0)});
  }
  Status give(std::span<const std::uint64_t> hashes) {
    keys_ += hashes.size();
    CallError error;
    return named(error.check(filter_.table->add_hashes(filter_.self, builder_, hashes.data(),
                                                       hashes.size(), error.raw())));
  }
  [[nodiscard]] Status named(Status status) const {
    return status.ok() ? Status() : std::move(status).with_context(label(filter_.component));
  }

  detail::FilterRef filter_;
  void* builder_ = nullptr;
  std::array<std::uint64_t, kBatch> pending_{};
  std::size_t pending_count_ = 0;
  std::size_t keys_ = 0;  ///< given to the plugin
};

class FilterReader {
 public:
  /// An empty reader answers "maybe".
  FilterReader() = default;
  FilterReader(detail::FilterRef filter, void* reader)
      : filter_(std::move(filter)),
        table_(filter_.table),
        reader_(reader),
        takes_hashes_(table_->hash_kind == LOAM_FILTER_HASH_XXH3_64) {}
  FilterReader(FilterReader&& o) noexcept
      : filter_(std::move(o.filter_)),
        table_(o.table_),
        reader_(std::exchange(o.reader_, nullptr)),
        takes_hashes_(o.takes_hashes_) {}
  FilterReader& operator=(FilterReader&& o) noexcept {
    std::swap(filter_, o.filter_);
    std::swap(table_, o.table_);
    std::swap(reader_, o.reader_);
    std::swap(takes_hashes_, o.takes_hashes_);
    return *this;
  }
  ~FilterReader() {
    if (reader_ != nullptr) table_->reader_destroy(filter_.self, reader_);
  }

  explicit operator bool() const { return reader_ != nullptr; }
  [[nodiscard]] bool takes_hashes() const { return takes_hashes_; }

  /// False: certainly absent. `hash` is xxh3(key).
  [[nodiscard]] bool may_match(Bytes key, std::uint64_t hash) const {
    if (reader_ == nullptr) return true;
    if (takes_hashes_) return table_->may_match_hash(reader_, hash) != 0;
    return table_->may_match(reader_, to_slice(key)) != 0;
  }
  /// Requires: takes_hashes() or an empty reader.
  [[nodiscard]] bool may_match_hash(std::uint64_t hash) const {
    return reader_ == nullptr || table_->may_match_hash(reader_, hash) != 0;
  }
  /// out[i] != 0: hashes[i] may match. Requires: takes_hashes() or an empty reader; out at least as
  /// long as hashes.
  void may_match_many(std::span<const std::uint64_t> hashes, std::uint8_t* out) const {
    if (reader_ == nullptr) {
      for (std::size_t i = 0; i < hashes.size(); ++i) out[i] = 1;
      return;
    }
    if (table_->may_match_many != nullptr) {
      table_->may_match_many(reader_, hashes.data(), hashes.size(), out);
      return;
    }
    for (std::size_t i = 0; i < hashes.size(); ++i) {
      out[i] = table_->may_match_hash(reader_, hashes[i]) != 0 ? 1 : 0;
    }
  }

 private:
  detail::FilterRef filter_;
  const loam_filter_v1* table_ = nullptr;
  void* reader_ = nullptr;
  bool takes_hashes_ = false;
};

/// Many readers of one policy, at the cost of a pointer each. Thread: safe once built. Ownership:
/// as FilterReader's.
class FilterReaders {
 public:
  explicit FilterReaders(detail::FilterRef filter) : filter_(std::move(filter)) {}
  FilterReaders(const FilterReaders&) = delete;
  FilterReaders& operator=(const FilterReaders&) = delete;
  ~FilterReaders() {
    for (void* reader : readers_) filter_.table->reader_destroy(filter_.self, reader);
  }

  /// Opens one more on `bytes_retained`, which outlive this; false when they are no filter.
  [[nodiscard]] bool add(Bytes bytes_retained) {
    CallError error;
    void* reader = nullptr;
    const bool opened = filter_.table->reader_open(filter_.self, to_slice(bytes_retained), &reader,
                                                   error.raw()) == LOAM_OK;
    if (opened && reader != nullptr) readers_.push_back(reader);
    return opened && reader != nullptr;
  }
  [[nodiscard]] std::size_t size() const { return readers_.size(); }
  [[nodiscard]] bool takes_hashes() const {
    return filter_.table->hash_kind == LOAM_FILTER_HASH_XXH3_64;
  }
  /// As FilterReader::may_match of the i-th.
  [[nodiscard]] bool may_match(std::size_t i, Bytes key, std::uint64_t hash) const {
    if (takes_hashes()) return filter_.table->may_match_hash(readers_[i], hash) != 0;
    return filter_.table->may_match(readers_[i], to_slice(key)) != 0;
  }

 private:
  detail::FilterRef filter_;
  std::vector<void*> readers_;
};

class FilterPolicy {
 public:
  FilterPolicy() = default;
  /// Fails: kInvalidArgument when `component` is not a filter; kNotSupported when it wants a hash
  /// this core does not compute.
  static Result<FilterPolicy> make(Component component) {
    LOAM_TRY(check_kind(component, kind::kFilter));
    FilterPolicy policy(std::move(component));
    const std::uint32_t hash_kind = policy.filter_.table->hash_kind;
    if (hash_kind > LOAM_FILTER_HASH_XXH3_64) {
      return Status::not_supported(label(policy.component()) + " takes hashes of kind " +
                                   std::to_string(hash_kind) + ", this build knows 0 and 1");
    }
    return policy;
  }

  explicit operator bool() const { return filter_.table != nullptr; }
  [[nodiscard]] const Component& component() const { return filter_.component; }
  /// As stored in tables; empty when the policy is empty.
  [[nodiscard]] std::string identity() const {
    return filter_.component ? filter_.component.identity() : std::string();
  }
  [[nodiscard]] bool takes_hashes() const {
    return filter_.table->hash_kind == LOAM_FILTER_HASH_XXH3_64;
  }
  /// As declared, 0 to 1.
  [[nodiscard]] double false_positive_rate() const {
    return filter_.table->false_positive_rate(filter_.self);
  }

  /// `expected_keys` is a hint.
  [[nodiscard]] Result<FilterBuilder> new_builder(std::size_t expected_keys) const {
    void* builder = nullptr;
    CallError error;
    LOAM_TRY(error
                 .check(filter_.table->builder_create(filter_.self, expected_keys, &builder,
                                                      error.raw()))
                 .with_context(label(component())));
    if (builder == nullptr) return broken_promise(component(), "builder_create gave no builder");
    return FilterBuilder(filter_, builder);
  }
  /// `bytes_retained` outlive the reader. Fails: kCorruption.
  [[nodiscard]] Result<FilterReader> open(Bytes bytes_retained) const {
    void* reader = nullptr;
    CallError error;
    LOAM_TRY(error
                 .check(filter_.table->reader_open(filter_.self, to_slice(bytes_retained), &reader,
                                                   error.raw()))
                 .with_context(label(component())));
    if (reader == nullptr) return broken_promise(component(), "reader_open gave no reader");
    return FilterReader(filter_, reader);
  }
  /// None yet.
  [[nodiscard]] FilterReaders new_readers() const { return FilterReaders(filter_); }

 private:
  explicit FilterPolicy(Component component) {
    filter_.table = static_cast<const loam_filter_v1*>(component.table());
    filter_.self = component.self();
    filter_.component = std::move(component);
  }

  detail::FilterRef filter_;
};

}  // namespace loam::plugin
