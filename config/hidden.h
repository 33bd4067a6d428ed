/// Places in sources that no message shows: secrets that stand as plain text where a reference
/// belongs.
///
/// Why places and not messages: any other mistake on the same line would show the secret in its
/// excerpt. What a schema calls a secret is hidden by the checker; a text that cannot be parsed, or
/// whose component is not known, has no schema, and there the names of keys have to tell.
/// Thread: confined.  Ownership: compares sources by address; none is kept.
#pragma once

#include <map>
#include <string_view>
#include <utility>

#include "config/node.h"
#include "config/source.h"

namespace loam::config {

/// What is shown in such a place.
inline constexpr std::string_view kHiddenText = "<secret>";

/// A key of that name is likely to hold a secret: "key", "api_token", "Password".
bool sounds_secret(std::string_view key);

class HiddenPlaces {
 public:
  void hide(const Span& place);
  /// Every scalar and every key below `node`, and `node` when it is a scalar.
  void hide_all(const Node& node);
  /// The values of keys that sound_secret(), references to secrets excepted. Cost: one pass over
  /// the text.
  void hide_by_name(const Source& source);
  void add(const HiddenPlaces& other);

  /// Where the hidden place that holds `offset` begins and ends; an empty one when there is none.
  [[nodiscard]] Span around(const Source& source, std::size_t offset) const;

 private:
  std::map<std::pair<const Source*, std::size_t>, std::size_t> sizes_;
};

}  // namespace loam::config
