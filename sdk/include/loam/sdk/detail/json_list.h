/// A list option as a plugin gets it: JSON text, an array of objects whose values are single ones.
///
/// The host has checked the document and hands over canonical text; an identity that a file
/// remembers, a C caller or a test may hand over any text, so this reads JSON (RFC 8259) as such
/// and refuses the rest. Each object is then read like a component's options, through a
/// loam_config_api of its own. Thread: pure but for memory.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "loam/abi.h"

namespace loam::sdk::detail {

struct JsonMember {
  enum class Type : std::uint8_t { kNull, kBool, kNumber, kText };
  std::string name;
  Type type = Type::kNull;
  std::string text;  ///< "true", digits as written, or the text without its escapes
};
using JsonObject = std::vector<JsonMember>;

/// Reads from the front of a text; each function is false when something else stands there.
class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() {
    skip_space();
    return rest_.empty();
  }
  bool take(char c) {
    skip_space();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// A text in quotes.
  bool text(std::string& out) {
    if (!take('"')) return false;
    for (;;) {
      if (rest_.empty()) return false;
      const char c = next();
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c != '\\') {
        out += c;
      } else if (!escape(out)) {
        return false;
      }
    }
  }
  /// A single value; arrays and objects are refused.
  bool value(JsonMember& out) {
    skip_space();
    if (rest_.empty()) return false;
    if (rest_.front() == '"') {
      out.type = JsonMember::Type::kText;
      return text(out.text);
    }
    const std::size_t size = rest_.find_first_of(",}] \t\r\n");
    out.text = rest_.substr(0, size);
    rest_.remove_prefix(out.text.size());
    if (out.text == "null") return true;
    out.type = out.text == "true" || out.text == "false" ? JsonMember::Type::kBool
                                                         : JsonMember::Type::kNumber;
    return out.type == JsonMember::Type::kBool || is_number(out.text);
  }

 private:
  static bool is_number(std::string_view text) {
    double ignored = 0;
    const char* end = text.data() + text.size();
    const bool plain = text.find_first_not_of("0123456789+-.eE") == std::string_view::npos;
    return plain && std::from_chars(text.data(), end, ignored).ptr == end && !text.empty();
  }
  void skip_space() {
    const std::size_t size = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(size == std::string_view::npos ? rest_.size() : size);
  }
  char next() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  bool escape(std::string& out) {
    constexpr std::string_view kFrom = "\"\\/bfnrt";
    constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
    if (rest_.empty()) return false;
    const char c = next();
    if (const std::size_t at = kFrom.find(c); at != std::string_view::npos) {
      out += kTo[at];
      return true;
    }
    std::uint32_t point = 0;
    if (c != 'u' || !hex4(point)) return false;
    if (point >= 0xd800 && point < 0xdc00) {
      std::uint32_t low = 0;
      if (!rest_.starts_with("\\u")) return false;
      rest_.remove_prefix(2);
      if (!hex4(low) || low < 0xdc00 || low > 0xdfff) return false;
      point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
    } else if (point >= 0xdc00 && point < 0xe000) {
      return false;
    }
    append_utf8(out, point);
    return true;
  }
  bool hex4(std::uint32_t& out) {
    if (rest_.size() < 4) return false;
    const char* end = rest_.data() + 4;
    const bool whole = std::from_chars(rest_.data(), end, out, 16).ptr == end;
    rest_.remove_prefix(4);
    return whole;
  }
  static void append_utf8(std::string& out, std::uint32_t point) {
    const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (point < 0x80) return put(point);
    if (point < 0x800) {
      put(0xc0 | point >> 6);
    } else if (point < 0x10000) {
      put(0xe0 | point >> 12);
      put(0x80 | (point >> 6 & 0x3f));
    } else {
      put(0xf0 | point >> 18);
      put(0x80 | (point >> 12 & 0x3f));
      put(0x80 | (point >> 6 & 0x3f));
    }
    put(0x80 | (point & 0x3f));
  }

  std::string_view rest_;
};

inline bool read_json_object(JsonCursor& in, JsonObject& out) {
  if (!in.take('{')) return false;
  if (in.take('}')) return true;
  do {
    JsonMember& member = out.emplace_back();
    if (!in.text(member.name) || !in.take(':') || !in.value(member)) return false;
    for (std::size_t i = 0; i + 1 < out.size(); ++i) {
      if (out[i].name == member.name) return false;
    }
  } while (in.take(','));
  return in.take('}');
}

/// False: `text` is no array of objects with single values and distinct names.
inline bool read_json_list(std::string_view text, std::vector<JsonObject>& out) {
  JsonCursor in(text);
  if (!in.take('[')) return false;
  if (in.take(']')) return in.at_end();
  do {
    if (!read_json_object(in, out.emplace_back())) return false;
  } while (in.take(','));
  return in.take(']') && in.at_end();
}

/// An object's members as options. The opaque loam_config is the JsonObject itself.
struct JsonConfig {
  static const loam_config* config(const JsonObject& object) {
    // SAFETY: loam_config is opaque; only find(), which casts it back, looks behind it.
    return reinterpret_cast<const loam_config*>(&object);
  }
  static const loam_config_api* api() {
    static constexpr loam_config_api kApi = {sizeof(loam_config_api),
                                             0,
                                             &get_bool,
                                             &get_i64,
                                             &get_u64,
                                             &get_f64,
                                             &get_text,
                                             &get_text,
                                             &get_text,
                                             &get_component};
    return &kApi;
  }

 private:
  using Type = JsonMember::Type;

  static const JsonMember* find(const loam_config* c, const char* name) noexcept {
    // SAFETY: made by config().
    for (const JsonMember& member : *reinterpret_cast<const JsonObject*>(c)) {
      if (member.name == name) return &member;
    }
    return nullptr;
  }
  template <class Number>
  static loam_status number(const loam_config* c, const char* name, Number* out) noexcept {
    const JsonMember* m = find(c, name);
    if (m == nullptr) return LOAM_NOT_FOUND;
    const char* end = m->text.data() + m->text.size();
    const auto read = std::from_chars(m->text.data(), end, *out);
    const bool whole = m->type == Type::kNumber && read.ec == std::errc() && read.ptr == end;
    return whole ? LOAM_OK : LOAM_INVALID_ARGUMENT;
  }
  static loam_status get_bool(const loam_config* c, const char* n, std::int32_t* out) noexcept {
    const JsonMember* m = find(c, n);
    if (m == nullptr) return LOAM_NOT_FOUND;
    if (m->type != Type::kBool) return LOAM_INVALID_ARGUMENT;
    *out = m->text == "true" ? 1 : 0;
    return LOAM_OK;
  }
  static loam_status get_i64(const loam_config* c, const char* n, std::int64_t* out) noexcept {
    return number(c, n, out);
  }
  static loam_status get_u64(const loam_config* c, const char* n, std::uint64_t* out) noexcept {
    return number(c, n, out);
  }
  static loam_status get_f64(const loam_config* c, const char* n, double* out) noexcept {
    return number(c, n, out);
  }
  static loam_status get_text(const loam_config* c, const char* n, loam_slice* out) noexcept {
    const JsonMember* m = find(c, n);
    if (m == nullptr) return LOAM_NOT_FOUND;
    if (m->type != Type::kText) return LOAM_INVALID_ARGUMENT;
    *out = {m->text.data(), m->text.size()};
    return LOAM_OK;
  }
  static loam_status get_component(const loam_config* c, const char* n,
                                   loam_component_ref* /*out*/) noexcept {
    return find(c, n) == nullptr ? LOAM_NOT_FOUND : LOAM_INVALID_ARGUMENT;
  }
};

}  // namespace loam::sdk::detail
