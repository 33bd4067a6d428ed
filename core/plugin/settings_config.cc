#include "core/plugin/settings_config.h"

#include <charconv>
#include <limits>
#include <new>
#include <utility>

#include "core/plugin/near_names.h"

namespace loam::plugin {
namespace {

/// All of `text` as a number, or nothing.
template <class Number>
bool read_number(std::string_view text, Number* out) {
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, *out);
  return result.ec == std::errc() && result.ptr == end;
}

template <class Number>
std::string number_text(Number value) {
  char buffer[40];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

bool as_bool(const Setting& setting, std::int32_t* out) {
  if (const auto* b = std::get_if<bool>(&setting)) {
    *out = *b ? 1 : 0;
    return true;
  }
  const auto* text = std::get_if<std::string>(&setting);
  if (text == nullptr || (*text != "true" && *text != "false")) return false;
  *out = *text == "true" ? 1 : 0;
  return true;
}

bool as_i64(const Setting& setting, std::int64_t* out) {
  if (const auto* i = std::get_if<std::int64_t>(&setting)) {
    *out = *i;
    return true;
  }
  if (const auto* u = std::get_if<std::uint64_t>(&setting)) {
    if (*u > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return false;
    *out = static_cast<std::int64_t>(*u);
    return true;
  }
  const auto* text = std::get_if<std::string>(&setting);
  return text != nullptr && read_number(*text, out);
}

bool as_u64(const Setting& setting, std::uint64_t* out) {
  if (const auto* u = std::get_if<std::uint64_t>(&setting)) {
    *out = *u;
    return true;
  }
  if (const auto* i = std::get_if<std::int64_t>(&setting)) {
    if (*i < 0) return false;
    *out = static_cast<std::uint64_t>(*i);
    return true;
  }
  const auto* text = std::get_if<std::string>(&setting);
  return text != nullptr && read_number(*text, out);
}

bool as_f64(const Setting& setting, double* out) {
  if (const auto* d = std::get_if<double>(&setting)) {
    *out = *d;
    return true;
  }
  if (const auto* i = std::get_if<std::int64_t>(&setting)) {
    *out = static_cast<double>(*i);
    return true;
  }
  if (const auto* u = std::get_if<std::uint64_t>(&setting)) {
    *out = static_cast<double>(*u);
    return true;
  }
  const auto* text = std::get_if<std::string>(&setting);
  return text != nullptr && read_number(*text, out);
}

/// JSON text of a setting; false for components and secrets, which have none.
bool as_json(const Setting& setting, std::string* out) {
  if (const auto* json = std::get_if<JsonText>(&setting)) {
    *out = json->text;
  } else if (const auto* text = std::get_if<std::string>(&setting)) {
    *out = *text;  // as an identity stores a structured option
  } else if (const auto* b = std::get_if<bool>(&setting)) {
    *out = *b ? "true" : "false";
  } else if (const auto* i = std::get_if<std::int64_t>(&setting)) {
    *out = number_text(*i);
  } else if (const auto* u = std::get_if<std::uint64_t>(&setting)) {
    *out = number_text(*u);
  } else if (const auto* d = std::get_if<double>(&setting)) {
    *out = number_text(*d);
  } else {
    return false;
  }
  return true;
}

}  // namespace

/// The functions of the table. The opaque loam_config is the SettingsConfig itself.
struct SettingsConfig::Api {
  static SettingsConfig& self(const loam_config* c) {
    // SAFETY: config() made this pointer from a SettingsConfig, which nobody holds as const.
    return *reinterpret_cast<SettingsConfig*>(const_cast<loam_config*>(c));
  }

  /// OK and *out set, NOT_FOUND, or INVALID_ARGUMENT when `convert` cannot.
  template <class Out, class Convert>
  static loam_status get(const loam_config* c, const char* name, Out* out,
                         Convert&& convert) noexcept {
    try {
      const Setting* setting = self(c).ask(name);
      if (setting == nullptr) return LOAM_NOT_FOUND;
      return convert(*setting, out) ? LOAM_OK : LOAM_INVALID_ARGUMENT;
    } catch (const std::bad_alloc&) {
      return LOAM_NO_MEMORY;
    } catch (...) {
      return LOAM_INTERNAL;
    }
  }

  static loam_status get_bool(const loam_config* c, const char* n, std::int32_t* out) noexcept {
    return get(c, n, out, as_bool);
  }
  static loam_status get_i64(const loam_config* c, const char* n, std::int64_t* out) noexcept {
    return get(c, n, out, as_i64);
  }
  static loam_status get_u64(const loam_config* c, const char* n, std::uint64_t* out) noexcept {
    return get(c, n, out, as_u64);
  }
  static loam_status get_f64(const loam_config* c, const char* n, double* out) noexcept {
    return get(c, n, out, as_f64);
  }
  static loam_status get_text(const loam_config* c, const char* n, loam_slice* out) noexcept {
    return get(c, n, out, [](const Setting& setting, loam_slice* slice) {
      const auto* text = std::get_if<std::string>(&setting);
      if (text == nullptr) return false;
      *slice = {text->data(), text->size()};
      return true;
    });
  }
  static loam_status get_json(const loam_config* c, const char* n, loam_slice* out) noexcept {
    return get(c, n, out, [c](const Setting& setting, loam_slice* slice) {
      std::string text;
      if (!as_json(setting, &text)) return false;
      *slice = self(c).keep(std::move(text));
      return true;
    });
  }
  static loam_status get_secret(const loam_config* c, const char* n, loam_slice* out) noexcept {
    return get(c, n, out, [c](const Setting& setting, loam_slice* slice) {
      const auto* secret = std::get_if<SecretBytes>(&setting);
      if (secret == nullptr) return false;
      std::string& copy = self(c).secrets_.emplace_back(secret->bytes);
      *slice = {copy.data(), copy.size()};
      return true;
    });
  }
  static loam_status get_component(const loam_config* c, const char* n,
                                   loam_component_ref* out) noexcept {
    return get(c, n, out, [c](const Setting& setting, loam_component_ref* ref) {
      const auto* component = std::get_if<Component>(&setting);
      if (component == nullptr || !*component) return false;
      self(c).lent_.push_back(*component);
      *ref = component->ref();
      return true;
    });
  }
};

SettingsConfig::~SettingsConfig() {
  for (std::string& secret : secrets_) {
    volatile char* p = secret.data();
    for (std::size_t i = 0; i < secret.size(); ++i) p[i] = 0;
  }
}

const loam_config_api* SettingsConfig::api() {
  static constexpr loam_config_api kApi = {
      sizeof(loam_config_api), 0,
      &Api::get_bool,          &Api::get_i64,
      &Api::get_u64,           &Api::get_f64,
      &Api::get_text,          &Api::get_json,
      &Api::get_secret,        &Api::get_component,
  };
  return &kApi;
}

const loam_config* SettingsConfig::config() const {
  // SAFETY: loam_config is opaque; only Api, which knows what it is, looks behind it.
  return reinterpret_cast<const loam_config*>(this);
}

const Setting* SettingsConfig::ask(const char* name) {
  if (name == nullptr) return nullptr;
  asked_.emplace(name);
  const auto at = settings_.find(std::string_view(name));
  return at == settings_.end() ? nullptr : &at->second;
}

loam_slice SettingsConfig::keep(std::string text) {
  const std::string& kept = kept_.emplace_back(std::move(text));
  return {kept.data(), kept.size()};
}

Status SettingsConfig::check_all_known(const std::string& what) const {
  for (const auto& [name, setting] : settings_) {
    if (asked_.contains(name)) continue;
    const std::vector<std::string> known(asked_.begin(), asked_.end());
    std::string message = what + " has no option \"" + name + "\"" + did_you_mean(name, known);
    return Status::invalid_argument(std::move(message)).with_pointer("/" + name);
  }
  return {};
}

}  // namespace loam::plugin

namespace loam {

Setting setting(int value) { return std::int64_t{value}; }
Setting setting(const char* value) { return std::string(value); }

}  // namespace loam
