/// Reads a component's options out of the host's configuration into the author's Options.
///
/// The host has validated the document against the schema already; this checks again, because the
/// caller may be C code or a test, and a plugin trusts nobody. Thread: [init], confined.
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "loam/abi.h"
#include "loam/base/status.h"
#include "loam/sdk/detail/json_list.h"
#include "loam/sdk/error.h"
#include "loam/sdk/options.h"

namespace loam::sdk::detail {

/// Shortest decimal text that reads back as the same number.
template <class Number>
std::string number_text(Number value) {
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return {buffer, end};
}

inline Status option_error(const OptionFacts& facts, std::string_view problem) {
  std::string message = "option \"";
  message.append(facts.name).append("\" ").append(problem);
  return Status::invalid_argument(std::move(message)).with_pointer(std::string("/") + facts.name);
}

inline std::string choices_text(const OptionFacts& facts) {
  std::string text;
  for (std::size_t i = 0; i < facts.choice_count; ++i) {
    text.append(i == 0 ? "\"" : ", \"").append(facts.choices[i]).append("\"");
  }
  return text;
}

/// A host's answer: OK, absent, or an error of the option.
enum class Presence { kAbsent, kPresent };

inline Result<Presence> presence(loam_status status, const OptionFacts& facts,
                                 std::string_view wanted) {
  if (status == LOAM_OK) return Presence::kPresent;
  if (status == LOAM_NOT_FOUND) {
    if (facts.required) return option_error(facts, "is required");
    return Presence::kAbsent;
  }
  if (status == LOAM_INVALID_ARGUMENT) {
    return option_error(facts, std::string("must be ").append(wanted));
  }
  return Status(static_cast<Code>(status), std::string("option \"") + facts.name +
                                               "\" could not be read from the configuration")
      .with_pointer(std::string("/") + facts.name);
}

template <class O, class M>
std::string range_text(const Option<O, M>& option) {
  return "between " + number_text(option.min) + " and " + number_text(option.max);
}

template <class O, class M>
Status read_number(const loam_config_api& api, const loam_config* config,
                   const Option<O, M>& option, O& out) {
  using Wide =
      std::conditional_t<std::is_same_v<M, double>, double,
                         std::conditional_t<std::is_signed_v<M>, std::int64_t, std::uint64_t>>;
  Wide value{};
  loam_status status = LOAM_INTERNAL;
  if constexpr (std::is_same_v<Wide, double>) {
    status = api.get_f64(config, option.facts.name, &value);
  } else if constexpr (std::is_same_v<Wide, std::int64_t>) {
    status = api.get_i64(config, option.facts.name, &value);
  } else {
    status = api.get_u64(config, option.facts.name, &value);
  }
  const std::string wanted =
      (std::is_same_v<M, double> ? "a number " : "a whole number ") + range_text(option);
  LOAM_TRY_ASSIGN(const Presence found, presence(status, option.facts, wanted));
  if (found == Presence::kAbsent) return {};
  // Written so that a NaN fails.
  if (!(value >= static_cast<Wide>(option.min) && value <= static_cast<Wide>(option.max))) {
    return option_error(option.facts,
                        "is " + number_text(value) + ", but must be " + range_text(option));
  }
  out.*option.member = static_cast<M>(value);
  return {};
}

template <class O, class M>
Status read_text(const loam_config_api& api, const loam_config* config, const Option<O, M>& option,
                 O& out) {
  loam_slice given{};
  const auto get = option.facts.secret ? api.get_secret : api.get_text;
  const loam_status status = get(config, option.facts.name, &given);
  LOAM_TRY_ASSIGN(const Presence found,
                  presence(status, option.facts, option.facts.secret ? "a secret" : "a text"));
  if (found == Presence::kAbsent) return {};
  const Bytes text = bytes(given);
  std::size_t index = 0;
  while (index < option.facts.choice_count && text != option.facts.choices[index]) ++index;
  if (option.facts.choice_count != 0 && index == option.facts.choice_count) {
    return option_error(option.facts, "is \"" + std::string(text) + "\", but must be one of " +
                                          choices_text(option.facts));
  }
  if constexpr (std::is_enum_v<M>) {
    out.*option.member = static_cast<M>(index);
  } else {
    out.*option.member = std::string(text);
  }
  return {};
}

template <class O>
Status read_component(const loam_config_api& api, const loam_config* config,
                      const Option<O, loam_component_ref>& option, O& out) {
  loam_component_ref ref{};
  const loam_status status = api.get_component(config, option.facts.name, &ref);
  const std::string wanted = std::string("a component of kind ") + option.facts.kind;
  LOAM_TRY_ASSIGN(const Presence found, presence(status, option.facts, wanted));
  if (found == Presence::kAbsent) return {};
  const bool right =
      ref.component != nullptr && ref.component->kind != nullptr &&
      std::string_view(ref.component->kind) == std::string("loam.") + option.facts.kind;
  if (!right) return option_error(option.facts, "must be " + wanted);
  out.*option.member = ref;
  return {};
}

template <class Set>
Status parse_options(const Set& set, const loam_config_api* api, const loam_config* config,
                     typename Set::Owner& out);

/// A member that no option of the items is called after: the host's check may not have run.
template <class Set>
Status only_known_members(const Set& set, const JsonObject& object) {
  for (const JsonMember& member : object) {
    const bool unknown = set.all([&](const auto& o) { return member.name != o.facts.name; });
    if (!unknown) continue;
    return Status::invalid_argument("unknown option \"" + member.name + "\"")
        .with_pointer("/" + member.name);
  }
  return {};
}

template <class O, class M>
Status read_list(const loam_config_api& api, const loam_config* config, const Option<O, M>& option,
                 O& out) {
  loam_slice given{};
  const loam_status status = api.get_json(config, option.facts.name, &given);
  LOAM_TRY_ASSIGN(const Presence found, presence(status, option.facts, "a list"));
  if (found == Presence::kAbsent) return {};
  std::vector<JsonObject> objects;
  if (!read_json_list(bytes(given), objects)) {
    return option_error(option.facts, "must be a list of objects with single values");
  }
  if (option.facts.items_max > 0 && objects.size() > option.facts.items_max) {
    return option_error(option.facts, "has " + number_text(objects.size()) + " entries, at most " +
                                          number_text(option.facts.items_max) + " are allowed");
  }
  M items;
  for (const JsonObject& object : objects) {
    const auto& set = kItemOptions<ItemOf<M>>;
    Status read = only_known_members(set, object);
    if (read.ok()) {
      read =
          parse_options(set, JsonConfig::api(), JsonConfig::config(object), items.emplace_back());
    }
    if (read.ok()) continue;
    return Status(read.code(), "option \"" + std::string(option.facts.name) + "\", entry " +
                                   number_text(&object - objects.data() + 1) + ": " +
                                   std::string(read.message()))
        .with_pointer("/" + std::string(option.facts.name) + "/" +
                      number_text(&object - objects.data()) + std::string(read.pointer()));
  }
  out.*option.member = std::move(items);
  return {};
}

template <class O, class M>
Status read_option(const loam_config_api& api, const loam_config* config,
                   const Option<O, M>& option, O& out) {
  if constexpr (std::is_same_v<M, bool>) {
    std::int32_t value = 0;
    const loam_status status = api.get_bool(config, option.facts.name, &value);
    LOAM_TRY_ASSIGN(const Presence found, presence(status, option.facts, "true or false"));
    if (found == Presence::kPresent) out.*option.member = value != 0;
    return {};
  } else if constexpr (is_number<M>) {
    return read_number(api, config, option, out);
  } else if constexpr (is_component<M>) {
    return read_component(api, config, option, out);
  } else if constexpr (IsList<M>) {
    return read_list(api, config, option, out);
  } else {
    return read_text(api, config, option, out);
  }
}

/// Fails: kInvalidArgument with the pointer "/name" of the first option at fault. Without an `api`
/// the configuration counts as empty.
template <class Set>
Status parse_options(const Set& set, const loam_config_api* api, const loam_config* config,
                     typename Set::Owner& out) {
  Status status;
  set.all([&](const auto& option) {
    if (api != nullptr) {
      status = read_option(*api, config, option, out);
    } else if (option.facts.required) {
      status = option_error(option.facts, "is required");
    }
    return status.ok();
  });
  return status;
}

}  // namespace loam::sdk::detail
