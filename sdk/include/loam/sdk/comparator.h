/// comparator<T>: the order of keys, as a plain class.
///
///   int compare(Bytes a, Bytes b) const noexcept;       below, equal or above zero
/// Optional:
///   static constexpr std::uint32_t kProperties = LOAM_COMPARATOR_EQUAL_IFF_BYTES_EQUAL;
///                       or  std::uint32_t properties() const noexcept;  when options decide
///   std::string shortest_separator(Bytes start, Bytes limit) const;
///                       a k with start <= k < limit, as short as can be found; start < limit
///   std::string short_successor(Bytes key) const;       a k >= key, as short as can be found
/// The last two may return loam::Result<std::string>. The order must never change: it is stored.
/// compare is called for every step of every search; it must not allocate or lock.
/// Thread: all functions are called concurrently.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>

#include "loam/abi.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/sdk/component.h"

namespace loam::sdk {
namespace detail {

template <class T>
concept HasCompare = requires(const T& t, Bytes a, Bytes b) {
  { t.compare(a, b) } -> std::same_as<int>;
};
template <class T>
concept HasNoexceptCompare = requires(const T& t, Bytes a, Bytes b) {
  { t.compare(a, b) }
  noexcept;
};
template <class T>
concept HasSeparator = requires(const T& t, Bytes a, Bytes b) {
  t.shortest_separator(a, b);
};
template <class T>
concept HasSuccessor = requires(const T& t, Bytes a) {
  t.short_successor(a);
};
template <class T>
concept ComparatorLike = HasPersistentId<T> && HasCompare<T> && HasNoexceptCompare<T>;

template <class T>
consteval bool check_comparator() {
  static_assert(HasPersistentId<T>,
                "an order is stored: T needs `static constexpr auto kPersistentId = \"...\";`");
  static_assert(HasCompare<T>, "T needs `int compare(Bytes a, Bytes b) const noexcept`");
  static_assert(!HasCompare<T> || HasNoexceptCompare<T>,
                "compare() must be noexcept: it cannot report errors");
  return true;
}

template <class T>
struct ComparatorSlots {
  static std::uint32_t properties(void* self) noexcept {
    if constexpr (requires { T::kProperties; }) {
      return T::kProperties;
    } else if constexpr (requires(const T& t) { t.properties(); }) {
      static_assert(noexcept(self_of<T>(self).properties()), "properties() must be noexcept");
      return self_of<T>(self).properties();
    } else {
      return 0;
    }
  }

  static std::int32_t compare(void* self, loam_slice a, loam_slice b) noexcept {
    return self_of<T>(self).compare(bytes(a), bytes(b));
  }

  static loam_status shortest_separator(void* self, loam_slice start, loam_slice limit,
                                        loam_sink* out) noexcept {
    return guard(nullptr, [&]() -> Status {
      auto key = as_result(self_of<T>(self).shortest_separator(bytes(start), bytes(limit)));
      if (!key.ok()) return std::move(key).status();
      return Sink(out).append(*key);
    });
  }

  static loam_status short_successor(void* self, loam_slice key, loam_sink* out) noexcept {
    return guard(nullptr, [&]() -> Status {
      auto next = as_result(self_of<T>(self).short_successor(bytes(key)));
      if (!next.ok()) return std::move(next).status();
      return Sink(out).append(*next);
    });
  }
};

template <class T>
consteval loam_comparator_v1 make_comparator() {
  static_assert(check_comparator<T>());
  loam_comparator_v1 table{};
  table.struct_size = sizeof table;
  if constexpr (ComparatorLike<T>) {
    using Slots = ComparatorSlots<T>;
    table.properties = &Slots::properties;
    table.compare = &Slots::compare;
    if constexpr (HasSeparator<T>) table.shortest_separator = &Slots::shortest_separator;
    if constexpr (HasSuccessor<T>) table.short_successor = &Slots::short_successor;
  }
  return table;
}
template <class T>
inline constexpr loam_comparator_v1 kComparatorTable = make_comparator<T>();

}  // namespace detail

template <class T>
inline constexpr loam_component comparator =
    detail::make_component<T>(LOAM_KIND_COMPARATOR, &detail::kComparatorTable<T>);

}  // namespace loam::sdk
