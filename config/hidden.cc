#include "config/hidden.h"

#include <algorithm>
#include <array>
#include <string>

#include "config/secrets.h"

namespace loam::config {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

bool is_name(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         c == '-' || c == '$';
}

/// The name that ends before `end`, in quotes or bare; empty: none.
std::string_view name_before(std::string_view text, std::size_t end) {
  while (end > 0 && kBlanks.find(text[end - 1]) != std::string_view::npos) --end;
  if (end > 0 && (text[end - 1] == '"' || text[end - 1] == '\'')) --end;
  std::size_t start = end;
  while (start > 0 && is_name(text[start - 1])) --start;
  return text.substr(start, end - start);
}

/// Behind the value that starts at `start`; a string without its closing quote ends with its line.
std::size_t value_end(std::string_view text, std::size_t start) {
  const char quote = text[start];
  const bool is_quoted = quote == '"' || quote == '\'';
  if (!is_quoted) {
    std::size_t end = std::min(text.find_first_of(",}]\n", start), text.size());
    while (end > start + 1 && kBlanks.find(text[end - 1]) != std::string_view::npos) --end;
    return end;
  }
  std::size_t i = start + 1;
  while (i < text.size() && text[i] != quote && text[i] != '\n') i += text[i] == '\\' ? 2 : 1;
  return std::min(i + 1, text.size());
}

}  // namespace

bool sounds_secret(std::string_view key) {
  static constexpr std::array<std::string_view, 5> kWithin = {"secret", "password", "passphrase",
                                                              "passwd", "credential"};
  // Not any "..._key": "bits_per_key" is none.
  static constexpr std::array<std::string_view, 8> kAtEnd = {
      "api_key",        "apikey",      "access_key", "private_key",
      "encryption_key", "signing_key", "master_key", "token"};
  std::string name(key);
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const bool by_end = std::any_of(kAtEnd.begin(), kAtEnd.end(),
                                  [&](std::string_view word) { return name.ends_with(word); });
  if (name == "key" || by_end) return true;
  return std::any_of(kWithin.begin(), kWithin.end(),
                     [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

void HiddenPlaces::hide(const Span& place) {
  if (place.source == nullptr) return;
  std::size_t& size = sizes_[{place.source, place.offset}];
  size = std::max(size, place.size);
}

void HiddenPlaces::hide_all(const Node& node) {
  const bool scalar = !node.is(Node::Type::kObject) && !node.is(Node::Type::kArray);
  if (scalar) hide(node.span);
  for (const Node& item : node.items) hide_all(item);
  for (const Member& member : node.members) {
    hide(member.key_span);
    hide_all(member.value);
  }
}

void HiddenPlaces::hide_by_name(const Source& source) {
  const std::string_view text = source.text();
  for (std::size_t at = text.find_first_of(":="); at != std::string_view::npos;
       at = text.find_first_of(":=", at + 1)) {
    const std::string_view name = name_before(text, at);
    if (name.empty() || !sounds_secret(name)) continue;
    const std::size_t start = text.find_first_not_of(kBlanks, at + 1);
    if (start == std::string_view::npos) return;
    const bool is_container = text[start] == '{' || text[start] == '[';
    const std::size_t inside = start + (text[start] == '"' ? 1 : 0);
    if (is_container || names_source(text.substr(inside))) continue;
    hide({&source, start, value_end(text, start) - start});
  }
}

void HiddenPlaces::add(const HiddenPlaces& other) {
  for (const auto& [place, size] : other.sizes_) hide({place.first, place.second, size});
}

Span HiddenPlaces::around(const Source& source, std::size_t offset) const {
  const auto after = sizes_.upper_bound({&source, offset});
  if (after == sizes_.begin()) return {};
  const auto& [place, size] = *std::prev(after);
  if (place.first != &source || offset >= place.second + size) return {};
  return {&source, place.second, size};
}

}  // namespace loam::config
