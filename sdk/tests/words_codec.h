/// A codec with dictionaries so small that a table of a few hundred bytes gets one: for tests of
/// whole stores, whose tables are tiny, and of what an author writes to have dictionaries.
///
/// Bytes: 'p' and the input; or, with a dictionary, 'd' and tokens: a byte n below 0x80 and n + 1
/// literals, or 0x80 + n and a place: n + 4 bytes of the dictionary from there on.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <span>
#include <string>

#include "loam/sdk.h"

namespace loam::test {

struct Words {
  static constexpr auto kName = "words";
  static constexpr auto kPersistentId = "test.words/1";
  static constexpr auto kSummary = "replaces what stands in a dictionary of at most 64 bytes";

  struct Dictionary {
    Dictionary(const Words& /*codec*/, Bytes bytes, sdk::DictionaryUse /*use*/) : words(bytes) {
      if (words.size() < kWord || words.size() > kMost) {
        throw sdk::Failure(Status::corruption("a dictionary of 8 to 64 bytes is expected"));
      }
    }
    Bytes words;
  };

  std::size_t bound(std::size_t n) const noexcept { return n + n / 128 + 2; }

  std::size_t compress(Bytes in, MutableBytes out) const {
    out[0] = 'p';
    std::copy(in.begin(), in.end(), out.begin() + 1);
    return in.size() + 1;
  }
  std::size_t decompress(Bytes in, MutableBytes out) const {
    if (!in.starts_with('p') || in.size() - 1 != out.size()) throw damaged();
    std::copy(in.begin() + 1, in.end(), out.begin());
    return out.size();
  }

  std::size_t compress(const Dictionary& dictionary, Bytes in, MutableBytes out) const {
    std::string packed = "d";
    std::size_t literals = 0;  ///< where their token stands; 0: none is open
    for (std::size_t at = 0; at < in.size();) {
      const std::size_t place = dictionary.words.find(in.substr(at, kLeast));
      if (in.size() - at < kLeast || place == Bytes::npos) {
        if (literals == 0 || packed[literals] == 0x7f) {
          literals = packed.size();
          packed.push_back(-1);
        }
        ++packed[literals];
        packed.push_back(in[at++]);
        continue;
      }
      std::size_t size = kLeast;
      while (size < kMost && in.substr(at, size + 1).size() > size &&
             dictionary.words.substr(place, size + 1) == in.substr(at, size + 1)) {
        ++size;
      }
      packed.push_back(static_cast<char>(0x80 + (size - kLeast)));
      packed.push_back(static_cast<char>(place));
      literals = 0;
      at += size;
    }
    std::copy(packed.begin(), packed.end(), out.begin());
    return packed.size();
  }
  std::size_t decompress(const Dictionary& dictionary, Bytes in, MutableBytes out) const {
    if (!in.starts_with('d')) throw damaged();
    std::size_t filled = 0;
    for (std::size_t at = 1; at < in.size();) {
      const auto token = static_cast<unsigned char>(in[at++]);
      Bytes piece;
      if (token < 0x80) {
        piece = in.substr(at, token + 1u);
        if (piece.size() != token + 1u) throw damaged();
        at += piece.size();
      } else {
        const std::size_t place = at < in.size() ? static_cast<unsigned char>(in[at++]) : kMost;
        if (place >= dictionary.words.size()) throw damaged();
        piece = dictionary.words.substr(place, token - 0x80 + kLeast);
        if (piece.size() != token - 0x80 + kLeast) throw damaged();
      }
      if (piece.size() > out.size() - filled) throw damaged();
      std::copy(piece.begin(), piece.end(), out.begin() + static_cast<std::ptrdiff_t>(filled));
      filled += piece.size();
    }
    return filled;
  }

  std::size_t dictionary_bytes() const noexcept { return kMost; }
  std::size_t sample_bytes() const noexcept { return 600; }
  /// The words of eight printable characters that stand in the samples most often.
  std::string train(std::span<const Bytes> samples) const {
    std::map<Bytes, int> counts;
    for (const Bytes sample : samples) {
      for (std::size_t at = 0; at + kWord <= sample.size(); ++at)
        ++counts[sample.substr(at, kWord)];
    }
    std::multimap<int, Bytes, std::greater<>> often;
    for (const auto& [word, count] : counts) {
      if (count > 2 && std::all_of(word.begin(), word.end(), is_printable))
        often.emplace(count, word);
    }
    std::string words;
    for (const auto& [count, word] : often) {
      if (words.size() + kWord > kMost) break;
      if (words.find(word) == std::string::npos) words += word;
    }
    return words;
  }

 private:
  static constexpr std::size_t kWord = 8;
  static constexpr std::size_t kLeast = 4;  ///< bytes worth a token
  static constexpr std::size_t kMost = 64;
  static bool is_printable(char c) { return c >= ' ' && c <= '~'; }
  static sdk::Failure damaged() { return sdk::Failure(Status::corruption("words: damaged")); }
};

}  // namespace loam::test
