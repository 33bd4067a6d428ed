/// `{"$secret": "file:/path" | "env:NAME" | "cmd:[\"program\", \"argument\"]"}`: where a key is,
/// never the key.
///
/// The document, what is printed of it and what a store remembers hold the reference. The bytes
/// exist between resolve_secret() and the making of the component and are wiped then. They are
/// taken exactly: an end of line at the end of a file belongs to them.
///
/// Where the caller allows it, the secret itself may stand in a document. It is taken out once the
/// document is checked; {"$secret": "withheld"} is left in its place, for whatever is printed and
/// remembered, with a digest that tells whether another document of this process holds the same.
/// Thread: confined.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/environment.h"
#include "config/node.h"
#include "loam/base/status.h"
#include "loam/plugins.h"

namespace loam::config {

inline constexpr std::string_view kSecretKey = "$secret";
/// Stands for a literal that was taken out.
inline constexpr std::string_view kWithheld = "withheld";
inline constexpr std::size_t kSecretBytesMax = std::size_t{64} << 10;

struct SecretReference {
  enum class Source { kFile, kEnvironment, kCommand };
  Source source = Source::kFile;
  std::string place;                 // path or name of a variable
  std::vector<std::string> command;  // kCommand: program and arguments
};

/// The literals of one document, until its components are made; wiped then.
class LiteralSecrets {
 public:
  LiteralSecrets() = default;
  LiteralSecrets(const LiteralSecrets&) = delete;
  LiteralSecrets& operator=(const LiteralSecrets&) = delete;
  ~LiteralSecrets();

  /// Takes the texts that stand at `places` out of `root`, and overwrites them in their sources.
  void take(const std::vector<Span>& places, Node* root);
  /// The one that stood there.
  [[nodiscard]] std::optional<SecretBytes> find(const Span& place) const;

 private:
  using Place = std::pair<const Source*, std::size_t>;
  void take_below(Node* node);

  std::map<Place, std::string> bytes_;
};

/// What a document may ask for.
struct SecretRules {
  bool document_commands = false;
  bool remembered_commands = false;  // of what a store remembers
  Variables variables;
  const LiteralSecrets* literals = nullptr;
};

/// {"$secret": ...}, whatever stands in it.
bool is_secret(const Node& node);
/// {"$secret": "withheld"}.
bool is_withheld(const Node& node);
/// "<secret file:/path>", for people.
std::string shown_secret(const Node& node);

/// Relative paths of "file:" below `node` made absolute, from the directory of their source.
void make_secrets_absolute(Node* node);

/// Begins with "file:", "env:" or "cmd:".
bool names_source(std::string_view text);
/// Fails: kInvalidArgument for a text of no known form, or a path that is relative still.
Result<SecretReference> read_secret_reference(std::string_view text);

/// The bytes; never part of a message. Fails: kNotFound (no such file or variable), kPermission (a
/// command that is not allowed), kIo, kInvalidArgument (empty, or more than kSecretBytesMax).
Result<SecretBytes> resolve_secret(const SecretReference& reference, const SecretRules& rules);

/// Of anything that may hold secrets: to tell in this process whether it has changed. Never 0;
/// keyed by a number that no other process knows.
std::uint64_t keyed_digest(std::string_view bytes);

/// Overwrites, then empties.
void wipe(std::string* bytes);

}  // namespace loam::config
