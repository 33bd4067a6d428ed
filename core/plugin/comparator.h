/// Comparator: the order of user keys, as the core calls it.
///
/// Where the component promises plain byte order (or its opposite), compare() is an inlined memcmp
/// and no call leaves the core; otherwise it goes through the table. Separators and successors from
/// a plugin are checked against the order and replaced by the safe answer when they break the law.
///
/// Thread: safe; copies share the component. Ownership: keeps it alive.
/// A default-constructed comparator is byte order without a component (and without a name).
#pragma once

#include <cstdint>
#include <string>

#include "core/plugin/text_sink.h"
#include "core/plugin/typed.h"
#include "loam/abi.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/plugins.h"

namespace loam::plugin {

class Comparator {
 public:
  Comparator() = default;
  /// Fails: kInvalidArgument when `component` is not a comparator or claims opposite orders at
  /// once.
  static Result<Comparator> make(Component component) {
    LOAM_TRY(check_kind(component, kind::kComparator));
    Comparator result(std::move(component));
    if (result.properties_ == kBothOrders) {
      return broken_promise(result.component_, "it claims byte order and its opposite");
    }
    return result;
  }

  /// Below, equal to or above zero.
  [[nodiscard]] int compare(Bytes a, Bytes b) const {
    if (order_ == Order::kBytewise) [[likely]]
      return a.compare(b);
    if (order_ == Order::kReverse) return b.compare(a);
    return table_->compare(self_, to_slice(a), to_slice(b));
  }
  [[nodiscard]] bool less(Bytes a, Bytes b) const { return compare(a, b) < 0; }
  [[nodiscard]] bool equal(Bytes a, Bytes b) const {
    if (equal_iff_bytes_equal_) [[likely]]
      return a == b;
    return compare(a, b) == 0;
  }

  /// The order is memcmp, then length: key heads may be compared as integers.
  [[nodiscard]] bool is_bytewise() const { return order_ == Order::kBytewise; }
  [[nodiscard]] bool is_reverse_bytewise() const { return order_ == Order::kReverse; }
  /// Unless true, hashes of keys say nothing about equality: no filters, no in-block hashes.
  [[nodiscard]] bool equal_iff_bytes_equal() const { return equal_iff_bytes_equal_; }

  /// Sets `out` to a key k, start <= k < limit, as short as is known; `out` may not lie in the
  /// inputs. Requires: start < limit.
  void shortest_separator(Bytes start, Bytes limit, std::string& out) const {
    if (table_ == nullptr || table_->shortest_separator == nullptr) {
      out.assign(start);
      return;
    }
    out.clear();
    TextSink sink(out, start.size() + limit.size());
    const loam_status status =
        table_->shortest_separator(self_, to_slice(start), to_slice(limit), sink.raw());
    const bool lawful = status == LOAM_OK && !sink.overflowed() && compare(start, out) <= 0 &&
                        compare(out, limit) < 0;
    if (!lawful) out.assign(start);
  }
  /// Sets `out` to a key k >= key, as short as is known; `out` may not lie in `key`.
  void short_successor(Bytes key, std::string& out) const {
    if (table_ == nullptr || table_->short_successor == nullptr) {
      out.assign(key);
      return;
    }
    out.clear();
    TextSink sink(out, key.size());
    const loam_status status = table_->short_successor(self_, to_slice(key), sink.raw());
    const bool lawful = status == LOAM_OK && !sink.overflowed() && compare(key, out) <= 0;
    if (!lawful) out.assign(key);
  }

  /// Its identity, as the manifest stores it; empty for a default-constructed one.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// Empty for a default-constructed one.
  [[nodiscard]] const Component& component() const { return component_; }

 private:
  enum class Order : std::uint8_t { kBytewise, kReverse, kOther };
  static constexpr std::uint32_t kBothOrders =
      LOAM_COMPARATOR_BYTEWISE | LOAM_COMPARATOR_REVERSE_BYTEWISE;

  explicit Comparator(Component component)
      : table_(static_cast<const loam_comparator_v1*>(component.table())),
        self_(component.self()),
        component_(std::move(component)),
        name_(component_.identity()) {
    const std::uint32_t all = table_->properties(self_);
    properties_ = all & kBothOrders;
    if (properties_ == LOAM_COMPARATOR_BYTEWISE) {
      order_ = Order::kBytewise;
    } else if (properties_ == LOAM_COMPARATOR_REVERSE_BYTEWISE) {
      order_ = Order::kReverse;
    } else {
      order_ = Order::kOther;
    }
    // Byte order in either direction tells all different keys apart.
    equal_iff_bytes_equal_ =
        order_ != Order::kOther || (all & LOAM_COMPARATOR_EQUAL_IFF_BYTES_EQUAL) != 0;
  }

  Order order_ = Order::kBytewise;
  bool equal_iff_bytes_equal_ = true;
  std::uint32_t properties_ = LOAM_COMPARATOR_BYTEWISE;
  const loam_comparator_v1* table_ = nullptr;
  void* self_ = nullptr;
  Component component_;
  std::string name_;
};

}  // namespace loam::plugin
