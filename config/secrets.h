/// `{"$secret": "file:/path" | "env:NAME" | "cmd:[\"program\", \"argument\"]"}`: where a key is,
/// never the key.
///
/// The document, what is printed of it and what a store remembers hold the reference. The bytes
/// exist between resolve_secret() and the making of the component and are wiped then. They are
/// taken exactly: an end of line at the end of a file belongs to them.  Thread: confined.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/environment.h"
#include "config/node.h"
#include "loam/base/status.h"
#include "loam/plugins.h"

namespace loam::config {

inline constexpr std::string_view kSecretKey = "$secret";
inline constexpr std::size_t kSecretBytesMax = std::size_t{64} << 10;

struct SecretReference {
  enum class Source { kFile, kEnvironment, kCommand };
  Source source = Source::kFile;
  std::string place;                 // path or name of a variable
  std::vector<std::string> command;  // kCommand: program and arguments
};

/// What a document may ask for.
struct SecretRules {
  bool document_commands = false;
  bool remembered_commands = false;  // of what a store remembers
  Variables variables;
};

/// {"$secret": ...}, whatever stands in it.
bool is_secret(const Node& node);
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

/// Overwrites, then empties.
void wipe(std::string* bytes);

}  // namespace loam::config
