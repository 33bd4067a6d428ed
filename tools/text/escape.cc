#include "tools/text/escape.h"

namespace loam::text {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

unsigned byte_at(Bytes bytes, std::size_t index) {
  return static_cast<unsigned char>(bytes[index]);
}

void append_hex_byte(std::string& out, char byte) {
  const auto value = static_cast<unsigned char>(byte);
  out.push_back(kHexDigits[value >> 4]);
  out.push_back(kHexDigits[value & 15]);
}

bool is_plain_ascii(char c) {
  const auto value = static_cast<unsigned char>(c);
  return value >= 0x20 && value < 0x7f && c != '\\';
}

Status bad_field(std::string_view what, std::size_t index) {
  return Status::invalid_argument(std::string(what) + " at byte " + std::to_string(index + 1) +
                                  " of the field");
}

/// Decodes the escape whose backslash is field[index]; moves `index` behind it.
Status decode_escape(Bytes field, std::size_t& index, std::string& out) {
  const std::size_t start = index++;
  if (index == field.size()) return bad_field("a lone backslash (write \\\\)", start);
  const char letter = field[index++];
  switch (letter) {
    case 't': out.push_back('\t'); return {};
    case 'n': out.push_back('\n'); return {};
    case 'r': out.push_back('\r'); return {};
    case '\\': out.push_back('\\'); return {};
    case 'x': break;
    default: return bad_field("unknown escape (expected \\t, \\n, \\r, \\\\ or \\xNN)", start);
  }
  if (field.size() - index < 2 || hex_value(field[index]) < 0 || hex_value(field[index + 1]) < 0) {
    return bad_field("\\x without two hex digits", start);
  }
  out.push_back(static_cast<char>(hex_value(field[index]) * 16 + hex_value(field[index + 1])));
  index += 2;
  return {};
}

}  // namespace

std::size_t utf8_character_size(Bytes bytes) {
  if (bytes.empty()) return 0;
  const unsigned lead = byte_at(bytes, 0);
  if (lead < 0x80) return 1;
  std::size_t size = 0;
  unsigned second_min = 0x80;
  unsigned second_max = 0xbf;
  if (lead >= 0xc2 && lead <= 0xdf) {
    size = 2;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    size = 3;
    if (lead == 0xe0) second_min = 0xa0;  // shorter forms exist
    if (lead == 0xed) second_max = 0x9f;  // surrogates
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    size = 4;
    if (lead == 0xf0) second_min = 0x90;
    if (lead == 0xf4) second_max = 0x8f;  // above U+10FFFF
  } else {
    return 0;
  }
  if (bytes.size() < size) return 0;
  if (byte_at(bytes, 1) < second_min || byte_at(bytes, 1) > second_max) return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if ((byte_at(bytes, i) & 0xc0) != 0x80) return 0;
  }
  return size;
}

bool is_utf8(Bytes bytes) {
  while (!bytes.empty()) {
    const std::size_t size = utf8_character_size(bytes);
    if (size == 0) return false;
    bytes.remove_prefix(size);
  }
  return true;
}

void append_escaped(std::string& out, Bytes bytes) {
  std::size_t index = 0;
  while (index < bytes.size()) {
    std::size_t end = index;
    while (end < bytes.size() && is_plain_ascii(bytes[end])) ++end;
    out.append(bytes.substr(index, end - index));
    index = end;
    if (index == bytes.size()) return;
    const char c = bytes[index];
    const std::size_t size = utf8_character_size(bytes.substr(index));
    if (size > 1) {
      out.append(bytes.substr(index, size));
      index += size;
      continue;
    }
    ++index;
    switch (c) {
      case '\t': out.append("\\t"); break;
      case '\n': out.append("\\n"); break;
      case '\r': out.append("\\r"); break;
      case '\\': out.append("\\\\"); break;
      default: out.append("\\x"); append_hex_byte(out, c);
    }
  }
}

void append_hex(std::string& out, Bytes bytes) {
  for (const char c : bytes) append_hex_byte(out, c);
}

void append_json_string(std::string& out, Bytes bytes) {
  out.push_back('"');
  for (const char c : bytes) {
    switch (c) {
      case '"': out.append("\\\""); break;
      case '\\': out.append("\\\\"); break;
      case '\n': out.append("\\n"); break;
      case '\r': out.append("\\r"); break;
      case '\t': out.append("\\t"); break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          out.append("\\u00");
          append_hex_byte(out, c);
        } else {
          out.push_back(c);
        }
    }
  }
  out.push_back('"');
}

Status unescape(Bytes field, std::string& out) {
  out.clear();
  std::size_t index = 0;
  while (index < field.size()) {
    const std::size_t backslash = field.find('\\', index);
    if (backslash == Bytes::npos) {
      out.append(field.substr(index));
      return {};
    }
    out.append(field.substr(index, backslash - index));
    index = backslash;
    LOAM_TRY(decode_escape(field, index, out));
  }
  return {};
}

Status parse_hex(Bytes field, std::string& out) {
  out.clear();
  if (field.size() % 2 != 0) {
    return Status::invalid_argument("an odd number of hex digits (" + std::to_string(field.size()) +
                                    ")");
  }
  for (std::size_t i = 0; i < field.size(); i += 2) {
    const int high = hex_value(field[i]);
    const int low = hex_value(field[i + 1]);
    if (high < 0 || low < 0) return bad_field("no hex digit", high < 0 ? i : i + 1);
    out.push_back(static_cast<char>(high * 16 + low));
  }
  return {};
}

}  // namespace loam::text
