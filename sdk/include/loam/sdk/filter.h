/// filter<T>: answers "certainly absent" for keys of a table, as a plain class.
///
///   double false_positive_rate() const noexcept;             declared, 0 to 1
///   Builder builder(std::size_t expected_keys) const;        or loam::Result<Builder>
///   Reader reader(Bytes retained) const;                     or loam::Result<Reader>
/// Builder and Reader are movable classes of any name:
///   struct Builder {
///     void add(std::uint64_t hash);       or add(std::span<const std::uint64_t>), or add(Bytes
///     key) void finish(loam::sdk::Sink& out);  once; these two may return Status
///   };
///   struct Reader {
///     bool may_match(std::uint64_t hash) const noexcept;         or may_match(Bytes key)
///     void may_match_many(std::span<const std::uint64_t>, std::uint8_t* out) const noexcept;  //
///     opt.
///   };
/// A filter that takes hashes gets XXH3_64bits(key) with seed 0, computed once by the host for all
/// tables; one that takes keys gets keys. Never a false negative: bytes that are damaged must fail
/// to open or match everything. `retained` outlives the Reader. Thread: T and Reader are used
/// concurrently; a Builder by one thread at a time.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include "loam/abi.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/sdk/component.h"

namespace loam::sdk {
namespace detail {

using Hashes = std::span<const std::uint64_t>;

template <class T>
concept HasBuilder = requires(const T& t) {
  t.builder(std::size_t{});
};
template <class T>
concept HasReader = requires(const T& t) {
  t.reader(Bytes());
};
template <class T>
using BuilderOf =
    typename Unwrapped<decltype(std::declval<const T&>().builder(std::size_t{}))>::Type;
template <class T>
using ReaderOf = typename Unwrapped<decltype(std::declval<const T&>().reader(Bytes()))>::Type;

template <class B>
concept AddsHash = requires(B& b) {
  b.add(std::uint64_t{});
};
template <class B>
concept AddsHashes = requires(B& b) {
  b.add(Hashes());
};
template <class B>
concept AddsKey = requires(B& b) {
  b.add(Bytes());
};
template <class B>
concept Finishes = requires(B& b, Sink& out) {
  b.finish(out);
};
template <class R>
concept MatchesHash = requires(const R& r, std::uint64_t hash) {
  { r.may_match(hash) }
  noexcept->std::convertible_to<bool>;
};
template <class R>
concept MatchesKey = requires(const R& r) {
  { r.may_match(Bytes()) }
  noexcept->std::convertible_to<bool>;
};
template <class R>
concept MatchesMany = requires(const R& r, std::uint8_t* out) {
  { r.may_match_many(Hashes(), out) }
  noexcept;
};
template <class T>
concept DeclaresRate = requires(const T& t) {
  { t.false_positive_rate() }
  noexcept->std::same_as<double>;
};

template <class T>
consteval bool parts_agree() {
  if constexpr (HasBuilder<T> && HasReader<T>) {
    using B = BuilderOf<T>;
    using R = ReaderOf<T>;
    const bool hashes = (AddsHash<B> || AddsHashes<B>)&&MatchesHash<R>;
    const bool keys = AddsKey<B> && MatchesKey<R>;
    return Finishes<B> && hashes != keys;
  }
  return false;
}

template <class T>
concept FilterLike = HasPersistentId<T> && HasBuilder<T> && HasReader<T> && DeclaresRate<T> &&
    parts_agree<T>();

template <class T>
consteval bool check_filter() {
  static_assert(HasPersistentId<T>,
                "a filter shapes bytes: T needs `static constexpr auto kPersistentId = \"...\";`");
  static_assert(HasBuilder<T>, "T needs `Builder builder(std::size_t expected_keys) const`");
  static_assert(HasReader<T>, "T needs `Reader reader(Bytes retained) const`");
  static_assert(DeclaresRate<T>, "T needs `double false_positive_rate() const noexcept`");
  static_assert(!HasBuilder<T> || !HasReader<T> || parts_agree<T>(),
                "the Builder needs add() and finish(Sink&), the Reader a noexcept may_match(), and "
                "both take hashes (std::uint64_t) or both take keys (Bytes)");
  return true;
}

template <class T>
struct FilterSlots {
  using Builder = BuilderOf<T>;
  using Reader = ReaderOf<T>;
  static constexpr bool kTakesHashes = MatchesHash<Reader>;

  static loam_status builder_create(void* self, std::size_t expected_keys, void** builder,
                                    loam_error* error) noexcept {
    return guard(error, [&]() -> Status {
      auto made = as_result(self_of<T>(self).builder(expected_keys));
      if (!made.ok()) return std::move(made).status();
      *builder = std::make_unique<Builder>(std::move(made).value()).release();
      return {};
    });
  }
  static void builder_destroy(void* /*self*/, void* builder) noexcept {
    delete static_cast<Builder*>(builder);
  }

  static loam_status add_keys(void* /*self*/, void* builder, const loam_slice* keys,
                              std::size_t count, loam_error* error) noexcept {
    return guard(error, [&]() -> Status {
      Builder& b = *static_cast<Builder*>(builder);
      for (std::size_t i = 0; i < count; ++i) {
        LOAM_TRY(as_status([&] { return b.add(bytes(keys[i])); }));
      }
      return {};
    });
  }
  static loam_status add_hashes(void* /*self*/, void* builder, const std::uint64_t* hashes,
                                std::size_t count, loam_error* error) noexcept {
    return guard(error, [&]() -> Status {
      Builder& b = *static_cast<Builder*>(builder);
      if constexpr (AddsHashes<Builder>) {
        return as_status([&] { return b.add(Hashes(hashes, count)); });
      } else {
        for (std::size_t i = 0; i < count; ++i) {
          LOAM_TRY(as_status([&] { return b.add(hashes[i]); }));
        }
        return {};
      }
    });
  }
  static loam_status finish(void* /*self*/, void* builder, loam_sink* out,
                            loam_error* error) noexcept {
    return guard(error, [&]() -> Status {
      Sink sink(out);
      return as_status([&] { return static_cast<Builder*>(builder)->finish(sink); });
    });
  }

  static loam_status reader_open(void* self, loam_slice retained, void** reader,
                                 loam_error* error) noexcept {
    return guard(error, [&]() -> Status {
      auto made = as_result(self_of<T>(self).reader(bytes(retained)));
      if (!made.ok()) return std::move(made).status();
      *reader = std::make_unique<Reader>(std::move(made).value()).release();
      return {};
    });
  }
  static void reader_destroy(void* /*self*/, void* reader) noexcept {
    delete static_cast<Reader*>(reader);
  }

  static std::int32_t may_match(const void* reader, loam_slice key) noexcept {
    return static_cast<const Reader*>(reader)->may_match(bytes(key)) ? 1 : 0;
  }
  static std::int32_t may_match_hash(const void* reader, std::uint64_t hash) noexcept {
    return static_cast<const Reader*>(reader)->may_match(hash) ? 1 : 0;
  }
  static void may_match_many(const void* reader, const std::uint64_t* hashes, std::size_t count,
                             std::uint8_t* out) noexcept {
    static_cast<const Reader*>(reader)->may_match_many(Hashes(hashes, count), out);
  }
  static double false_positive_rate(void* self) noexcept {
    return self_of<T>(self).false_positive_rate();
  }
};

template <class T>
consteval loam_filter_v1 make_filter() {
  static_assert(check_filter<T>());
  loam_filter_v1 table{};
  table.struct_size = sizeof table;
  if constexpr (FilterLike<T>) {
    using Slots = FilterSlots<T>;
    table.builder_create = &Slots::builder_create;
    table.builder_destroy = &Slots::builder_destroy;
    table.finish = &Slots::finish;
    table.reader_open = &Slots::reader_open;
    table.reader_destroy = &Slots::reader_destroy;
    if constexpr (Slots::kTakesHashes) {
      table.hash_kind = LOAM_FILTER_HASH_XXH3_64;
      table.add_hashes = &Slots::add_hashes;
      table.may_match_hash = &Slots::may_match_hash;
      if constexpr (MatchesMany<ReaderOf<T>>) table.may_match_many = &Slots::may_match_many;
    } else {
      table.hash_kind = LOAM_FILTER_HASH_NONE;
      table.add_keys = &Slots::add_keys;
      table.may_match = &Slots::may_match;
    }
    table.false_positive_rate = &Slots::false_positive_rate;
  }
  return table;
}
template <class T>
inline constexpr loam_filter_v1 kFilterTable = make_filter<T>();

}  // namespace detail

template <class T>
inline constexpr loam_component filter = detail::make_component<T>(LOAM_KIND_FILTER,
                                                                   &detail::kFilterTable<T>);

}  // namespace loam::sdk
