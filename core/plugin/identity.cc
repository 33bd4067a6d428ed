#include "core/plugin/identity.h"

namespace loam::plugin {
namespace {

Status damaged(std::string_view text, const std::string& why) {
  return Status::corruption("identity \"" + std::string(text) + "\": " + why);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// False: a '%' without two hexadecimal digits behind it.
bool percent_decode(std::string_view escaped, std::string* out) {
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] != '%') {
      *out += escaped[i];
      continue;
    }
    if (i + 2 >= escaped.size()) return false;
    const int high = hex_digit(escaped[i + 1]);
    const int low = hex_digit(escaped[i + 2]);
    if (high < 0 || low < 0) return false;
    *out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return true;
}

}  // namespace

Result<Identity> parse_identity(std::string_view text) {
  Identity identity;
  const std::size_t question = text.find('?');
  identity.persistent_id = text.substr(0, question);
  if (identity.persistent_id.empty()) return damaged(text, "expected a persistent id, found none");
  if (question == std::string_view::npos) return identity;
  std::string_view rest = text.substr(question + 1);
  for (;;) {
    const std::size_t ampersand = rest.find('&');
    const std::string_view pair = rest.substr(0, ampersand);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return damaged(text, "expected name=value, found \"" + std::string(pair) + "\"");
    }
    std::string value;
    if (!percent_decode(pair.substr(equals + 1), &value)) {
      return damaged(text, "a broken escape in \"" + std::string(pair) + "\"");
    }
    const bool added =
        identity.settings.emplace(std::string(pair.substr(0, equals)), std::move(value)).second;
    if (!added) return damaged(text, "an option stands twice: \"" + std::string(pair) + "\"");
    if (ampersand == std::string_view::npos) return identity;
    rest.remove_prefix(ampersand + 1);
  }
}

}  // namespace loam::plugin
