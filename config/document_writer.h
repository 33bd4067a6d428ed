/// For tests: writes a document with a random layout and knows where each key and value stands.
///
/// Blanks, ends of line, comments (with characters of one to four bytes) and trailing commas are
/// strewn between the tokens, as the seed chooses. Line and column are counted while writing, by
/// code points, without any code of the reader.  Thread: confined.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "config/node.h"

namespace loam::config {

/// A value to write: a scalar as it is to stand there, or members, or items.
struct Piece {
  enum class Kind { kScalar, kObject, kArray };
  Kind kind = Kind::kScalar;
  std::string scalar;
  std::vector<std::pair<std::string, Piece>> members = {};
  std::vector<Piece> items = {};

  static Piece of(std::string text) { return {Kind::kScalar, std::move(text), {}, {}}; }
  static Piece object() { return {Kind::kObject, {}, {}, {}}; }
  static Piece array() { return {Kind::kArray, {}, {}, {}}; }
  Piece& with(std::string key, Piece value) {
    members.emplace_back(std::move(key), std::move(value));
    return *this;
  }
};

class DocumentWriter {
 public:
  struct Place {
    std::uint32_t line = 1;
    std::uint32_t column = 1;
    bool operator==(const Place&) const = default;
  };

  explicit DocumentWriter(std::mt19937_64* random) : random_(*random) {}

  std::string write(const Piece& root) {
    if (one_in(8)) text_ = kByteOrderMark;  // it has no column
    gap();
    value(root, "");
    gap();
    return text_;
  }

  [[nodiscard]] Place of_key(const std::string& pointer) const { return keys_.at(pointer); }
  [[nodiscard]] Place of_value(const std::string& pointer) const { return values_.at(pointer); }

 private:
  bool one_in(unsigned n) { return random_() % n == 0; }

  void put(std::string_view text) {
    for (const char c : text) {
      text_ += c;
      if (c == '\n') {
        ++at_.line;
        at_.column = 1;
      } else if ((static_cast<unsigned char>(c) & 0xC0u) != 0x80u) {
        ++at_.column;
      }
    }
  }

  void gap() {
    static constexpr std::string_view kGaps[] = {"",
                                                 "",
                                                 "",
                                                 " ",
                                                 "  ",
                                                 "\t",
                                                 "\n",
                                                 "\r\n  ",
                                                 "/* \xC3\xA4 */",
                                                 "// {\"\xE2\x82\xAC\": 1,}\n",
                                                 "/*\n \xF0\x9F\x8C\xB1 \"*/ ",
                                                 "// e\xCC\x81 :\n\t"};
    for (bool more = true; more; more = one_in(3)) put(kGaps[random_() % std::size(kGaps)]);
  }

  void value(const Piece& piece, const std::string& pointer) {
    values_[pointer] = at_;
    if (piece.kind == Piece::Kind::kScalar) return put(piece.scalar);
    const bool object = piece.kind == Piece::Kind::kObject;
    const std::size_t count = object ? piece.members.size() : piece.items.size();
    put(object ? "{" : "[");
    for (std::size_t i = 0; i < count; ++i) {
      gap();
      if (object) {
        member(piece.members[i], pointer);
      } else {
        value(piece.items[i], child_pointer(pointer, i));
      }
      gap();
      if (i + 1 < count || one_in(3)) put(",");
    }
    gap();
    put(object ? "}" : "]");
  }

  void member(const std::pair<std::string, Piece>& member, const std::string& pointer) {
    const std::string at = child_pointer(pointer, member.first);
    keys_[at] = at_;
    put(config::quoted(member.first));
    gap();
    put(":");
    gap();
    value(member.second, at);
  }

  std::mt19937_64& random_;
  std::string text_;
  Place at_;
  std::map<std::string, Place> keys_;
  std::map<std::string, Place> values_;
};

}  // namespace loam::config
