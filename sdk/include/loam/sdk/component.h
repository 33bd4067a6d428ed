/// What all kinds of component have in common: an author's plain class T becomes a loam_component.
///
/// T says with constants what it is, and is made from its options:
///   static constexpr auto kName = "rot";                          what JSON calls it
///   static constexpr auto kPersistentId = "org.example.rot/1";    if it shapes bytes or order
///   static constexpr const char* kReads[] = {"org.example.rot0/1"};   optional: other ids it reads
///   static constexpr auto kSummary = "one line";                  optional
///   struct Options {...}; static consteval auto describe();       optional, see sdk/options.h
///   T(Options, loam::sdk::Host), T(Options), T(loam::sdk::Host) or T()
///   void reconfigure(const Options&) noexcept;                    if any option is online()
///   loam::Status check(const Options&) const;                     optional: refuse such a change
///   std::string inspect() const;                                  optional: JSON for tools
///
/// `reconfigure` may run while other threads use the component; it is never called twice at once.
/// Thread: tables are constant; create and destroy are [init].
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "loam/abi.h"
#include "loam/sdk/detail/option_parse.h"
#include "loam/sdk/detail/option_text.h"
#include "loam/sdk/error.h"
#include "loam/sdk/host.h"
#include "loam/sdk/options.h"
#include "loam/sdk/sink.h"

namespace loam::sdk {

/// Options of a component that has none.
struct NoOptions {};

namespace detail {

template <class T>
struct OptionsOf {
  using Type = NoOptions;
};
template <class T>
requires requires { typename T::Options; }
struct OptionsOf<T> {
  using Type = typename T::Options;
};

template <class T>
concept HasDescribe = requires {
  T::describe();
};
template <class T>
concept HasPersistentId = requires {
  T::kPersistentId;
};
template <class T>
concept HasReads = requires {
  T::kReads;
};
template <class T>
concept HasSummary = requires {
  T::kSummary;
};

template <class T>
consteval auto describe_of() {
  if constexpr (HasDescribe<T>) {
    return T::describe();
  } else {
    return OptionSet<typename OptionsOf<T>::Type>{};
  }
}
template <class T>
inline constexpr auto kOptionsOf = describe_of<T>();

template <class T>
concept ConstructibleFromOptions = std::is_constructible_v<T, typename OptionsOf<T>::Type, Host> ||
    std::is_constructible_v<T, typename OptionsOf<T>::Type> || std::is_constructible_v<T, Host> ||
    std::is_default_constructible_v<T>;

/// The requirements that do not depend on the kind; each has its own message.
template <class T>
consteval bool check_component() {
  static_assert(
      requires { T::kName; }, "T needs `static constexpr auto kName = \"...\";`");
  if constexpr (requires { T::kName; }) {
    static_assert(is_plain_name(T::kName), "kName is lower case letters, digits and '_'");
  }
  static_assert(std::is_same_v<typename OptionsOf<T>::Type, NoOptions> || HasDescribe<T>,
                "T has Options but no `static consteval auto describe()`: nothing could set them");
  static_assert(ConstructibleFromOptions<T>,
                "T needs a constructor from (Options), (Options, loam::sdk::Host), "
                "(loam::sdk::Host) or ()");
  static_assert(std::is_nothrow_destructible_v<T>, "T's destructor must not throw");
  if constexpr (HasDescribe<T>) {
    constexpr const auto& set = kOptionsOf<T>;
    static_assert(names_are_plain(set), "option names: lower case, digits, '_', and not \"type\"");
    static_assert(names_are_unique(set), "two options have the same name");
    static_assert(enums_have_choices(set), "an option of enum type needs one_of()");
    static_assert(components_have_kinds(set), "a loam_component_ref option needs kind()");
    static_assert(lists_are_sound(set),
                  "items of a list: plain unique names, enums with one_of(), and no online(), "
                  "shapes_bytes(), secret(), components or lists");
    static_assert(shaping_is_sound(set),
                  "shapes_bytes() excludes online(), secret() and component references");
    if constexpr (any_online(set)) {
      static_assert(
          requires(T & t, const typename T::Options& o) {
            { t.reconfigure(o) }
            noexcept;
          },
          "online() options need `void reconfigure(const Options&) noexcept` in T");
    }
  }
  return true;
}

/// An author's object and the options it was made from.
template <class T>
struct Instance {
  using Options = typename OptionsOf<T>::Type;

  Instance(const Options& from, const Host& host) : options(from), value(make(from, host)) {}

  static T make(const Options& from, const Host& host) {
    if constexpr (std::is_constructible_v<T, Options, Host>) {
      return T(from, host);
    } else if constexpr (std::is_constructible_v<T, Options>) {
      return T(from);
    } else if constexpr (std::is_constructible_v<T, Host>) {
      return T(host);
    } else {
      return T();
    }
  }

  Options options;
  T value;
};

template <class T>
T& self_of(void* self) noexcept {
  return static_cast<Instance<T>*>(self)->value;
}

/// Overwrites secrets in a copy that no longer needs them.
template <class Set>
void wipe_secrets(const Set& set, typename Set::Owner& options) noexcept {
  set.each([&]<class O, class M>(const Option<O, M>& option) {
    if constexpr (is_text<M>) {
      if (!option.facts.secret) return;
      M& text = options.*option.member;
      volatile char* p = text.data();
      for (std::size_t i = 0; i < text.size(); ++i) p[i] = 0;
      text.clear();
    }
  });
}

/// Copies the options that may change online; the others are read by other threads meanwhile.
template <class Set>
void take_online(const Set& set, const typename Set::Owner& from, typename Set::Owner& to) {
  set.each([&](const auto& option) {
    if (option.facts.online) to.*option.member = from.*option.member;
  });
}

/// Fails: kInvalidArgument, naming the first option that differs though it is not online().
template <class Set>
Status only_online_changed(const Set& set, const typename Set::Owner& from,
                           const typename Set::Owner& to) {
  Status status;
  set.all([&]<class O, class M>(const Option<O, M>& option) {
    if (option.facts.online || option.facts.secret) return true;
    if constexpr (is_component<M>) {
      const bool same = (from.*option.member).self == (to.*option.member).self;
      if (!same) status = option_error(option.facts, "cannot be changed online");
    } else if constexpr (IsList<M>) {
      const bool same = list_json(from.*option.member) == list_json(to.*option.member);
      if (!same) status = option_error(option.facts, "cannot be changed online");
    } else if (!(from.*option.member == to.*option.member)) {
      status = option_error(option.facts, "cannot be changed online");
    }
    return status.ok();
  });
  return status;
}

/// The slots of loam_component that every kind fills alike.
template <class T>
struct ComponentSlots {
  using Options = typename OptionsOf<T>::Type;
  using Self = Instance<T>;

  /// Built at the first call, kept for ever; null when memory is gone.
  static const char* schema() noexcept {
    try {
      static const std::string& text = *std::make_unique<std::string>(make_schema()).release();
      return text.c_str();
    } catch (...) {
      return nullptr;
    }
  }

  static std::string make_schema() {
    if constexpr (HasSummary<T>) {
      return schema_text(kOptionsOf<T>, T::kSummary);
    } else {
      return schema_text(kOptionsOf<T>, {});
    }
  }

  static loam_status create(const loam_host* host, void* plugin_state, const loam_config_api* api,
                            const loam_config* config, void** self, loam_error* error) noexcept {
    return guard(error, [&]() -> Status {
      Options options{};
      LOAM_TRY(parse_options(kOptionsOf<T>, api, config, options));
      auto made = std::make_unique<Self>(options, Host(host, plugin_state));
      wipe_secrets(kOptionsOf<T>, options);
      wipe_secrets(kOptionsOf<T>, made->options);
      *self = made.release();
      return {};
    });
  }

  static void destroy(void* self) noexcept { delete static_cast<Self*>(self); }

  static loam_status identity(void* self, loam_sink* out) noexcept {
    return guard(nullptr, [&]() -> Status {
      if constexpr (HasPersistentId<T>) {
        const auto& options = static_cast<Self*>(self)->options;
        return Sink(out).append(identity_text(kOptionsOf<T>, T::kPersistentId, options));
      } else {
        return Status::not_supported("no identity");
      }
    });
  }

  static loam_status reconfigure_prepare(void* self, const loam_config_api* api,
                                         const loam_config* config, void** token,
                                         loam_error* error) noexcept {
    return guard(error, [&]() -> Status {
      const Self& instance = *static_cast<const Self*>(self);
      auto next = std::make_unique<Options>();
      LOAM_TRY(parse_options(kOptionsOf<T>, api, config, *next));
      LOAM_TRY(only_online_changed(kOptionsOf<T>, instance.options, *next));
      if constexpr (requires(const T& t) { t.check(*next); }) {
        LOAM_TRY(instance.value.check(*next));
      }
      *token = next.release();
      return {};
    });
  }

  static void reconfigure_commit(void* self, void* token) noexcept {
    const std::unique_ptr<Options> next(static_cast<Options*>(token));
    if constexpr (any_online(kOptionsOf<T>)) {
      Self& instance = *static_cast<Self*>(self);
      instance.value.reconfigure(*next);
      take_online(kOptionsOf<T>, *next, instance.options);
    }
  }

  static void reconfigure_abort(void* /*self*/, void* token) noexcept {
    delete static_cast<Options*>(token);
  }

  static loam_status inspect(void* self, loam_sink* json) noexcept {
    return guard(nullptr, [&]() -> Status {
      if constexpr (requires(const T& t) { t.inspect(); }) {
        return Sink(json).append(self_of<T>(self).inspect());
      } else {
        return Status::not_supported("nothing to inspect");
      }
    });
  }
};

/// kReads with the NULL at its end that the ABI wants.
template <class T>
consteval auto make_reads() {
  if constexpr (HasReads<T>) {
    std::array<const char*, std::size(T::kReads) + 1> ids{};
    for (std::size_t i = 0; i < std::size(T::kReads); ++i) ids[i] = T::kReads[i];
    return ids;
  } else {
    return std::array<const char*, 1>{};
  }
}
template <class T>
inline constexpr auto kReadsOf = make_reads<T>();

/// The constant of one component; `table` is the kind's function table.
template <class T>
consteval loam_component make_component(const char* kind, const void* table) {
  static_assert(check_component<T>());
  using Slots = ComponentSlots<T>;
  loam_component c{};
  c.struct_size = sizeof c;
  c.kind_major = 1;
  c.kind_minor = 0;
  c.kind = kind;
  c.name = T::kName;
  if constexpr (HasPersistentId<T>) {
    c.persistent_id = T::kPersistentId;
    c.identity = &Slots::identity;
  }
  if constexpr (HasReads<T>) c.reads = kReadsOf<T>.data();
  c.summary = "";
  if constexpr (HasSummary<T>) c.summary = T::kSummary;
  c.config_schema = &Slots::schema;
  c.create = &Slots::create;
  c.destroy = &Slots::destroy;
  if constexpr (any_online(kOptionsOf<T>)) {
    c.reconfigure_prepare = &Slots::reconfigure_prepare;
    c.reconfigure_commit = &Slots::reconfigure_commit;
    c.reconfigure_abort = &Slots::reconfigure_abort;
  }
  if constexpr (requires(const T& t) { t.inspect(); }) c.inspect = &Slots::inspect;
  c.table = table;
  return c;
}

/// A function of the author's may return X or Result<X>; this makes both a Result<X>.
template <class X>
Result<X> as_result(X value) {
  return Result<X>(std::move(value));
}
template <class X>
Result<X> as_result(Result<X> result) {
  return result;
}

/// A function of the author's may return nothing or a Status.
template <class Call>
Status as_status(Call&& call) {
  if constexpr (std::is_void_v<std::invoke_result_t<Call>>) {
    std::forward<Call>(call)();
    return {};
  } else {
    return std::forward<Call>(call)();
  }
}

template <class X>
struct Unwrapped {
  using Type = X;
};
template <class X>
struct Unwrapped<Result<X>> {
  using Type = X;
};

}  // namespace detail
}  // namespace loam::sdk
