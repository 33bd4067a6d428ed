/// Options declared once. From one declaration come the parser, the ranges, the JSON Schema, the
/// defaults, the documentation that tools print, and the identity that files remember.
///
///   struct Options { int level = 3; std::uint64_t window = 0; };
///   static consteval auto describe() {
///     return loam::sdk::options(
///         loam::sdk::opt("level", &Options::level).range(1, 22).doc("more is smaller, slower"),
///         loam::sdk::opt("window", &Options::window).unit_bytes().doc("0: by level"));
///   }
///
/// A member is bool, an integer of 32 or 64 bits, double, std::string, an enum whose enumerators
/// count from 0 in the order of one_of(), loam_component_ref with kind(), or a list:
/// std::vector<Item>, where Item is a struct with a describe() of its own. A list is an array of
/// objects in JSON; its items hold no components, secrets or lists. A member's initial value in
/// `Options{}` is the default. Sizes arrive in bytes, durations in microseconds, whatever units the
/// stack document used. Thread: immutable.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "loam/abi.h"

namespace loam::sdk {

enum class Unit : std::uint8_t { kNone, kBytes, kDuration };

namespace detail {

template <class M>
inline constexpr bool is_integer =
    std::is_integral_v<M> && !std::is_same_v<M, bool> && (sizeof(M) == 4 || sizeof(M) == 8);
template <class M>
inline constexpr bool is_number = is_integer<M> || std::is_same_v<M, double>;
template <class M>
inline constexpr bool is_text = std::is_same_v<M, std::string>;
template <class M>
inline constexpr bool is_component = std::is_same_v<M, loam_component_ref>;

template <class M>
struct ListItem {};
template <class Item>
requires requires { Item::describe(); }
struct ListItem<std::vector<Item>> {
  using Type = Item;
};
template <class M>
concept IsList = requires {
  typename ListItem<M>::Type;
};
template <class M>
using ItemOf = typename ListItem<M>::Type;

template <class M>
inline constexpr bool is_option_type = std::is_same_v<M, bool> || is_number<M> || is_text<M> ||
                                       std::is_enum_v<M> || is_component<M> || IsList<M>;

struct NoBound {};
template <class M>
using BoundOf = std::conditional_t<is_number<M>, M, NoBound>;

template <class M>
constexpr BoundOf<M> lowest_bound() {
  if constexpr (is_number<M>) return std::numeric_limits<M>::lowest();
  return {};
}
template <class M>
constexpr BoundOf<M> highest_bound() {
  if constexpr (is_number<M>) return std::numeric_limits<M>::max();
  return {};
}

}  // namespace detail

inline constexpr std::size_t kChoicesMax = 16;

/// What is known of an option besides its type. Filled by the functions of Option.
struct OptionFacts {
  const char* name = "";
  const char* doc = "";
  const char* since = "";      ///< version of the component that brought it; empty: its first
  const char* kind = nullptr;  ///< of a component reference, without "loam."
  std::array<const char*, kChoicesMax> choices{};
  std::size_t choice_count = 0;
  std::size_t items_max = 0;  ///< of a list; 0: any number
  Unit unit = Unit::kNone;
  bool shapes_bytes = false;
  bool online = false;
  bool secret = false;
  bool required = false;
};

/// One option: a member of `Owner` and its facts. Made by opt(); each function gives a changed
/// copy.
template <class Owner, class Member>
struct Option {
  static_assert(detail::is_option_type<Member>,
                "an option is bool, a 32 or 64-bit integer, double, std::string, an enum, "
                "loam_component_ref or a std::vector of a struct with describe()");

  Member Owner::*member;
  OptionFacts facts{};
  detail::BoundOf<Member> min = detail::lowest_bound<Member>();
  detail::BoundOf<Member> max = detail::highest_bound<Member>();

  /// Both ends belong to the range.
  template <class A, class B>
  [[nodiscard]] consteval Option range(A low, B high) const {
    static_assert(detail::is_number<Member>, "range() is for numbers");
    Option next = *this;
    next.min = static_cast<Member>(low);
    next.max = static_cast<Member>(high);
    return next;
  }
  template <class A>
  [[nodiscard]] consteval Option at_least(A low) const {
    return range(low, detail::highest_bound<Member>());
  }
  /// A list holds no more entries.
  [[nodiscard]] consteval Option items_max(std::size_t most) const {
    static_assert(detail::IsList<Member>, "items_max() is for lists");
    Option next = *this;
    next.facts.items_max = most;
    return next;
  }
  /// The allowed texts; for an enum, the names of its enumerators from 0 on.
  template <class... Text>
  [[nodiscard]] consteval Option one_of(Text... choices) const {
    static_assert(detail::is_text<Member> || std::is_enum_v<Member>,
                  "one_of() is for std::string and for enums");
    static_assert(sizeof...(Text) <= kChoicesMax, "one_of() takes at most 16 choices");
    Option next = *this;
    next.facts.choices = {choices...};
    next.facts.choice_count = sizeof...(Text);
    return next;
  }
  /// Written as "64MiB" or an integer; the member counts bytes.
  [[nodiscard]] consteval Option unit_bytes() const { return with_unit(Unit::kBytes); }
  /// Written as "250ms" or "7d"; the member counts microseconds.
  [[nodiscard]] consteval Option unit_duration() const { return with_unit(Unit::kDuration); }
  /// Part of the identity: bytes or order depend on it, so files remember it.
  [[nodiscard]] consteval Option shapes_bytes() const {
    Option next = *this;
    next.facts.shapes_bytes = true;
    return next;
  }
  /// May be changed while the component works, through T::reconfigure(const Options&).
  [[nodiscard]] consteval Option online() const {
    Option next = *this;
    next.facts.online = true;
    return next;
  }
  /// Given only as a secret reference, resolved by the host, never shown.
  [[nodiscard]] consteval Option secret() const {
    static_assert(detail::is_text<Member>, "secret() is for std::string");
    Option next = *this;
    next.facts.secret = true;
    return next;
  }
  /// The version of the component that brought the option, for documentation. Without: its first.
  [[nodiscard]] consteval Option since(const char* version) const {
    Option next = *this;
    next.facts.since = version;
    return next;
  }
  /// Has no default: leaving it out is an error.
  [[nodiscard]] consteval Option required() const {
    Option next = *this;
    next.facts.required = true;
    return next;
  }
  /// The kind of the component that a loam_component_ref takes, without "loam.".
  [[nodiscard]] consteval Option kind(const char* of) const {
    static_assert(detail::is_component<Member>, "kind() is for loam_component_ref");
    Option next = *this;
    next.facts.kind = of;
    return next;
  }
  /// One sentence or two for people: what it does, not what it is called.
  [[nodiscard]] consteval Option doc(const char* text) const {
    Option next = *this;
    next.facts.doc = text;
    return next;
  }

 private:
  [[nodiscard]] consteval Option with_unit(Unit unit) const {
    static_assert(detail::is_integer<Member>, "units are for integers");
    Option next = *this;
    next.facts.unit = unit;
    return next;
  }
};

template <class Owner, class Member>
consteval Option<Owner, Member> opt(const char* name, Member Owner::*member) {
  Option<Owner, Member> option{member};
  option.facts.name = name;
  return option;
}

/// All options of one component, in order of declaration.
template <class OwnerType, class... Members>
struct OptionSet {
  using Owner = OwnerType;
  std::tuple<Option<Owner, Members>...> items;

  /// Calls f(option) for each until it returns false; true when none did.
  template <class F>
  constexpr bool all(F&& f) const {
    return std::apply([&](const auto&... option) { return (f(option) && ...); }, items);
  }
  template <class F>
  constexpr void each(F&& f) const {
    std::apply([&](const auto&... option) { (f(option), ...); }, items);
  }
};

template <class Owner, class... Members>
consteval OptionSet<Owner, Members...> options(Option<Owner, Members>... items) {
  return {{items...}};
}

namespace detail {

constexpr bool is_plain_name(std::string_view name) {
  if (name.empty()) return false;
  for (const char c : name) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
  }
  return true;
}

/// The options of a list's items.
template <class Item>
inline constexpr auto kItemOptions = Item::describe();

template <class Set>
consteval bool names_are_plain(const Set& set) {
  return set.all([](const auto& o) {
    const std::string_view name = o.facts.name;
    return is_plain_name(name) && name != "type";
  });
}

template <class Set>
consteval bool names_are_unique(const Set& set) {
  return set.all([&](const auto& a) {
    int same = 0;
    set.each([&](const auto& b) {
      if (std::string_view(a.facts.name) == std::string_view(b.facts.name)) ++same;
    });
    return same == 1;
  });
}

template <class Set>
consteval bool enums_have_choices(const Set& set) {
  return set.all([]<class O, class M>(const Option<O, M>& o) {
    return !std::is_enum_v<M> || o.facts.choice_count > 0;
  });
}

template <class Set>
consteval bool components_have_kinds(const Set& set) {
  return set.all([]<class O, class M>(const Option<O, M>& o) {
    return !is_component<M> || (o.facts.kind != nullptr && is_plain_name(o.facts.kind));
  });
}

/// What shapes bytes is in files already, and secrets and components have no text.
template <class Set>
consteval bool shaping_is_sound(const Set& set) {
  return set.all([]<class O, class M>(const Option<O, M>& o) {
    return !o.facts.shapes_bytes || (!o.facts.online && !o.facts.secret && !is_component<M>);
  });
}

template <class Set>
consteval bool items_are_plain(const Set& set) {
  return set.all([]<class O, class M>(const Option<O, M>& o) {
    return is_plain_name(o.facts.name) && !o.facts.secret && !o.facts.online &&
           !o.facts.shapes_bytes && !is_component<M> && !IsList<M>;
  });
}

/// What holds for the options of a component holds for those of its lists' items; an item may have
/// a "type".
template <class Set>
consteval bool lists_are_sound(const Set& set) {
  return set.all([]<class O, class M>(const Option<O, M>&) {
    if constexpr (IsList<M>) {
      constexpr const auto& items = kItemOptions<ItemOf<M>>;
      return items_are_plain(items) && names_are_unique(items) && enums_have_choices(items);
    } else {
      return true;
    }
  });
}

template <class Set>
consteval bool any_online(const Set& set) {
  return !set.all([](const auto& o) { return !o.facts.online; });
}

}  // namespace detail
}  // namespace loam::sdk
