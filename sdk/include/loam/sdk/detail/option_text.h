/// Texts made from a declaration of options: the JSON Schema that tools and the stack document use,
/// and the identity that files remember. Thread: pure but for memory.
///
/// The schema is a subset of draft-07: an object of typed properties with minimum, maximum, enum,
/// default and description, no others allowed; a list has items and maxItems. "x-unit" (bytes,
/// duration), "x-online", "x-shapes-bytes", "x-secret", "x-since" and "x-kind" (a component
/// reference) say what JSON Schema cannot.
#pragma once

#include <string>
#include <string_view>

#include "loam/sdk/detail/option_parse.h"
#include "loam/sdk/options.h"

namespace loam::sdk::detail {

inline constexpr char kHexDigits[] = "0123456789ABCDEF";

inline void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.append({'\\', c});
    } else if (byte < 0x20) {
      out.append("\\u00").append({kHexDigits[byte >> 4], kHexDigits[byte & 15]});
    } else {
      out += c;
    }
  }
  out += '"';
}

inline void append_json_member(std::string& out, std::string_view name, std::string_view value) {
  if (out.back() != '{') out += ',';
  append_json_string(out, name);
  out.append(":").append(value);
}

inline std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

template <class O, class M>
std::string value_text(const Option<O, M>& option, const O& values);

/// The value as JSON.
template <class O, class M>
std::string value_json(const Option<O, M>& option, const O& values) {
  const std::string text = value_text(option, values);
  return is_text<M> || std::is_enum_v<M> ? json_string(text) : text;
}

/// An array of objects with every member, in order of declaration.
template <class Item>
std::string list_json(const std::vector<Item>& items) {
  std::string out = "[";
  for (const Item& item : items) {
    if (out.size() > 1) out += ',';
    out += '{';
    kItemOptions<Item>.each([&](const auto& option) {
      append_json_member(out, option.facts.name, value_json(option, item));
    });
    out += '}';
  }
  return out + "]";
}

/// The value as plain text, a list as JSON; component references have none.
template <class O, class M>
std::string value_text(const Option<O, M>& option, const O& values) {
  const M& value = values.*option.member;
  if constexpr (std::is_same_v<M, bool>) {
    return value ? "true" : "false";
  } else if constexpr (is_number<M>) {
    return number_text(value);
  } else if constexpr (std::is_enum_v<M>) {
    const auto index = static_cast<std::size_t>(value);
    return index < option.facts.choice_count ? option.facts.choices[index] : "";
  } else if constexpr (is_text<M>) {
    return value;
  } else if constexpr (IsList<M>) {
    return list_json(value);
  } else {
    return {};
  }
}

template <class M>
constexpr const char* json_type() {
  if constexpr (std::is_same_v<M, bool>) return "\"boolean\"";
  if constexpr (is_integer<M>) return "\"integer\"";
  if constexpr (std::is_same_v<M, double>) return "\"number\"";
  if constexpr (IsList<M>) return "\"array\"";
  return "\"string\"";
}

template <class O, class M>
void append_facts(std::string& out, const Option<O, M>& option) {
  const OptionFacts& facts = option.facts;
  if constexpr (is_number<M>) {
    // The full range of 64 bits and of doubles goes without saying; 0 for unsigned does not.
    const bool wide = sizeof(M) == 8;
    if (!wide || option.min != lowest_bound<M>() || std::is_unsigned_v<M>) {
      append_json_member(out, "minimum", number_text(option.min));
    }
    if (!wide || option.max != highest_bound<M>()) {
      append_json_member(out, "maximum", number_text(option.max));
    }
  }
  if (facts.choice_count > 0) {
    std::string list = "[";
    for (std::size_t i = 0; i < facts.choice_count; ++i) {
      if (i != 0) list += ',';
      append_json_string(list, facts.choices[i]);
    }
    append_json_member(out, "enum", list + "]");
  }
  if (facts.unit == Unit::kBytes) append_json_member(out, "x-unit", "\"bytes\"");
  if (facts.unit == Unit::kDuration) append_json_member(out, "x-unit", "\"duration\"");
  if (facts.online) append_json_member(out, "x-online", "true");
  if (facts.shapes_bytes) append_json_member(out, "x-shapes-bytes", "true");
  if (facts.secret) append_json_member(out, "x-secret", "true");
  if (*facts.since != '\0') append_json_member(out, "x-since", json_string(facts.since));
  if (facts.kind != nullptr) append_json_member(out, "x-kind", json_string(facts.kind));
}

template <class Set>
std::string schema_text(const Set& set, std::string_view summary);

template <class O, class M>
std::string property_text(const Option<O, M>& option, const O& defaults) {
  std::string out = "{";
  // A component is written as "@name", as a bare type or inline: its schema is its kind's.
  if constexpr (!is_component<M>) append_json_member(out, "type", json_type<M>());
  if constexpr (IsList<M>) {
    append_json_member(out, "items", schema_text(kItemOptions<ItemOf<M>>, {}));
    if (option.facts.items_max > 0) {
      append_json_member(out, "maxItems", number_text(option.facts.items_max));
    }
  }
  append_facts(out, option);
  if (!option.facts.required && !option.facts.secret && !is_component<M>) {
    append_json_member(out, "default", value_json(option, defaults));
  }
  if (*option.facts.doc != '\0') {
    append_json_member(out, "description", json_string(option.facts.doc));
  }
  return out + "}";
}

template <class Set>
std::string schema_text(const Set& set, std::string_view summary) {
  const typename Set::Owner defaults{};
  std::string properties = "{";
  std::string required;
  set.each([&](const auto& option) {
    append_json_member(properties, option.facts.name, property_text(option, defaults));
    if (!option.facts.required) return;
    if (!required.empty()) required += ',';
    append_json_string(required, option.facts.name);
  });
  std::string out = "{";
  append_json_member(out, "type", "\"object\"");
  if (!summary.empty()) append_json_member(out, "description", json_string(summary));
  append_json_member(out, "properties", properties + "}");
  if (!required.empty()) append_json_member(out, "required", "[" + required + "]");
  append_json_member(out, "additionalProperties", "false");
  return out + "}";
}

inline void append_percent_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.append({'%', kHexDigits[byte >> 4], kHexDigits[byte & 15]});
    }
  }
}

/// "persistent_id?name=value&name2=value" with the options that shape bytes, in order.
template <class Set>
std::string identity_text(const Set& set, std::string_view persistent_id,
                          const typename Set::Owner& values) {
  std::string out(persistent_id);
  char separator = '?';
  set.each([&](const auto& option) {
    if (!option.facts.shapes_bytes) return;
    out.append(1, separator).append(option.facts.name).append("=");
    append_percent_escaped(out, value_text(option, values));
    separator = '&';
  });
  return out;
}

}  // namespace loam::sdk::detail
