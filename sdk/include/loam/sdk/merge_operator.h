/// merge_operator<T>: joins operands written with merge into a value, as a plain class.
///
/// Either associative, where values and operands are alike and may be joined in any grouping:
///   std::string merge(Bytes key, Bytes left, Bytes right) const;      left is older
/// or general:
///   std::string full_merge(Bytes key, const Bytes* base, Operands operands) const;
///                                          base is null when there is none; oldest operand first
///   std::optional<std::string> partial_merge(Bytes key, Operands operands) const;    optional;
///                                          nullopt: these cannot be joined without the base
/// Each may return loam::Result of that instead. What they do is stored: a change needs a new id.
/// Thread: all functions are called concurrently.
#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "loam/abi.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/sdk/component.h"

namespace loam::sdk {

/// The operands of one merge, oldest first; valid during the call.
class Operands {
 public:
  class Iterator {
   public:
    explicit Iterator(const loam_slice* at) noexcept : at_(at) {}
    Bytes operator*() const noexcept { return bytes(*at_); }
    Iterator& operator++() noexcept {
      ++at_;
      return *this;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const loam_slice* at_;
  };

  Operands(const loam_slice* first, std::size_t count) noexcept : first_(first), count_(count) {}
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  Bytes operator[](std::size_t i) const noexcept { return bytes(first_[i]); }
  [[nodiscard]] Iterator begin() const noexcept { return Iterator(first_); }
  [[nodiscard]] Iterator end() const noexcept { return Iterator(first_ + count_); }

 private:
  const loam_slice* first_;
  std::size_t count_;
};

namespace detail {

template <class R, class X>
concept ResultOf = std::is_same_v<R, X> || std::is_same_v<R, Result<X>>;

template <class T>
concept MergesAssociatively = requires(const T& t, Bytes key, Bytes left, Bytes right) {
  { t.merge(key, left, right) } -> ResultOf<std::string>;
};
template <class T>
concept MergesFully = requires(const T& t, Bytes key, const Bytes* base, Operands operands) {
  { t.full_merge(key, base, operands) } -> ResultOf<std::string>;
};
template <class T>
concept MergesPartially = requires(const T& t, Bytes key, Operands operands) {
  { t.partial_merge(key, operands) } -> ResultOf<std::optional<std::string>>;
};

template <class T>
consteval bool check_merge_operator() {
  static_assert(HasPersistentId<T>,
                "merging is stored: T needs `static constexpr auto kPersistentId = \"...\";`");
  static_assert(MergesAssociatively<T> || MergesFully<T>,
                "T needs `std::string merge(Bytes key, Bytes left, Bytes right) const` or "
                "`std::string full_merge(Bytes key, const Bytes* base, Operands) const`");
  static_assert(!(MergesAssociatively<T> && MergesFully<T>),
                "T has merge() and full_merge(): which of them counts?");
  return true;
}

template <class T>
struct MergeSlots {
  /// `start` joined with each operand from `first` on.
  static Result<std::string> fold(const T& t, Bytes key, Bytes start, Operands operands,
                                  std::size_t first) {
    std::string joined(start);
    for (std::size_t i = first; i < operands.size(); ++i) {
      LOAM_TRY_ASSIGN(joined, as_result(t.merge(key, joined, operands[i])));
    }
    return joined;
  }

  static Result<std::string> full(const T& t, Bytes key, const Bytes* base, Operands operands) {
    if constexpr (MergesAssociatively<T>) {
      return base != nullptr ? fold(t, key, *base, operands, 0)
                             : fold(t, key, operands[0], operands, 1);
    } else {
      return t.full_merge(key, base, operands);
    }
  }

  static Result<std::optional<std::string>> partial(const T& t, Bytes key, Operands operands) {
    if constexpr (MergesAssociatively<T>) {
      LOAM_TRY_ASSIGN(std::string joined, fold(t, key, operands[0], operands, 1));
      return std::optional<std::string>(std::move(joined));
    } else {
      return t.partial_merge(key, operands);
    }
  }

  static loam_status full_merge(void* self, loam_slice key, const loam_slice* base,
                                const loam_slice* operands, std::size_t count, loam_sink* out,
                                loam_error* error) noexcept {
    return guard(error, [&]() -> Status {
      if (count == 0) return Status::invalid_argument("a merge without operands");
      const Bytes base_bytes = base == nullptr ? Bytes() : bytes(*base);
      LOAM_TRY_ASSIGN(const std::string value,
                      full(self_of<T>(self), bytes(key), base == nullptr ? nullptr : &base_bytes,
                           Operands(operands, count)));
      return Sink(out).append(value);
    });
  }

  static loam_status partial_merge(void* self, loam_slice key, const loam_slice* operands,
                                   std::size_t count, loam_sink* out, loam_error* error) noexcept {
    return guard(error, [&]() -> Status {
      if (count < 2) return Status::invalid_argument("a partial merge of fewer than two operands");
      LOAM_TRY_ASSIGN(const std::optional<std::string> joined,
                      partial(self_of<T>(self), bytes(key), Operands(operands, count)));
      if (!joined) return Status::not_supported("these operands cannot be joined");
      return Sink(out).append(*joined);
    });
  }
};

template <class T>
consteval loam_merge_operator_v1 make_merge_operator() {
  static_assert(check_merge_operator<T>());
  loam_merge_operator_v1 table{};
  table.struct_size = sizeof table;
  if constexpr (MergesAssociatively<T> != MergesFully<T>) {
    table.full_merge = &MergeSlots<T>::full_merge;
    if constexpr (MergesAssociatively<T> || MergesPartially<T>) {
      table.partial_merge = &MergeSlots<T>::partial_merge;
    }
  }
  return table;
}
template <class T>
inline constexpr loam_merge_operator_v1 kMergeOperatorTable = make_merge_operator<T>();

}  // namespace detail

template <class T>
inline constexpr loam_component merge_operator =
    detail::make_component<T>(LOAM_KIND_MERGE_OPERATOR, &detail::kMergeOperatorTable<T>);

}  // namespace loam::sdk
