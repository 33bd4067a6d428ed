#include "config/suggest.h"

#include <algorithm>
#include <array>

namespace loam::config {

namespace {

constexpr std::size_t kWordMax = 64;

std::string folded(std::string_view word) {
  std::string out(word);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '-' || c == ' ') c = '_';
  }
  return out;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  if (a.size() > kWordMax || b.size() > kWordMax) return kWordMax + 1;
  using Row = std::array<std::size_t, kWordMax + 1>;
  Row before{};
  Row above{};
  Row row{};
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before = above;
    above = row;
  }
  return above[b.size()];
}

std::string nearest_word(std::string_view word, const std::vector<std::string>& known) {
  const std::string wanted = folded(word);
  const std::string* best = nullptr;
  std::size_t best_distance = 0;
  for (const std::string& candidate : known) {
    const std::size_t distance = edit_distance(wanted, folded(candidate));
    if (best == nullptr || distance < best_distance) {
      best = &candidate;
      best_distance = distance;
    }
  }
  const std::size_t allowed = std::max<std::size_t>(1, std::min<std::size_t>(4, word.size() / 3));
  // A word of one or two letters is a change away from every other such word: no help.
  if (best == nullptr || best_distance > allowed || best_distance >= best->size()) return {};
  return *best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  const std::string best = nearest_word(word, known);
  return best.empty() ? std::string() : "did you mean \"" + best + "\"?";
}

std::string choice_meant(std::string_view word, const std::vector<std::string>& choices) {
  if (std::string near = did_you_mean(word, choices); !near.empty()) return near;
  constexpr std::size_t kTelling = 3;  // a shorter beginning says nothing
  const std::string wanted = folded(word);
  std::string found;
  for (const std::string& choice : choices) {
    const bool alike = wanted.starts_with(choice) || choice.starts_with(wanted);
    if (!alike || std::min(wanted.size(), choice.size()) < kTelling) continue;
    if (!found.empty()) return {};
    found = choice;
  }
  return found.empty() ? std::string() : "did you mean \"" + found + "\"?";
}

std::string join_words(const std::vector<std::string>& words) {
  constexpr std::size_t kBytesMax = 400;
  std::string out;
  for (const std::string& word : words) {
    if (out.size() > kBytesMax) return out + ", ...";
    if (!out.empty()) out += ", ";
    out += word;
  }
  return out.empty() ? "none" : out;
}

}  // namespace loam::config
