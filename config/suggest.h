/// "did you mean": the known word that is nearest to what was written.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace loam::config {

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal
/// string alignment). Words longer than 64 bytes are far from everything.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The nearest of `known` when it is near enough to be meant; else empty. Case and '-' against '_'
/// cost nothing.
std::string nearest_word(std::string_view word, const std::vector<std::string>& known);

/// The one of `choices` that is nearest, or alone begins like `word` or is its beginning: a
/// question, or empty.
std::string choice_meant(std::string_view word, const std::vector<std::string>& choices);
/// `did you mean "x"?`, or empty.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

/// "a, b, c", cut after about 400 bytes; "none" when there are none.
std::string join_words(const std::vector<std::string>& words);

}  // namespace loam::config
