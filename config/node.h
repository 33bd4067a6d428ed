/// A JSON value that knows where it was written.
///
/// Why not nlohmann's own value: it keeps no positions, and it would turn `1e3` and 1000 into
/// values whose spelling is lost.  Thread: immutable once built.  Ownership: a node owns its
/// children; spans borrow the source.  Invariant: nesting is at most kDepthMax, so recursion over a
/// node is bounded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/source.h"

namespace loam::config {

inline constexpr std::size_t kDepthMax = 64;
inline constexpr std::size_t kDocumentBytesMax = std::size_t{16} << 20;

struct Member;

struct Node {
  enum class Type { kNull, kBool, kInteger, kReal, kString, kArray, kObject };

  Type type = Type::kNull;
  bool boolean = false;
  bool negative = false;        // kInteger: sign
  std::uint64_t magnitude = 0;  // kInteger: absolute value
  double real = 0;              // kReal
  std::string text;             // kString: the value; numbers: as written
  std::uint64_t secret = 0;     // kString for a secret: digest of that (secrets.h); 0: not known
  std::vector<Node> items;      // kArray
  std::vector<Member> members;  // kObject, in order of writing, keys unique
  Span span;                    // of the whole scalar; of the opening bracket of a container

  // In node.cc: here Member is still incomplete.
  Node();
  Node(const Node& other);
  Node(Node&& other) noexcept;
  Node& operator=(const Node& other);
  Node& operator=(Node&& other) noexcept;
  ~Node();

  static Node of_bool(bool value);
  static Node of_unsigned(std::uint64_t value);
  static Node of_signed(std::int64_t value);
  static Node of_real(double value);
  static Node of_string(std::string value);
  static Node array();
  static Node object();

  [[nodiscard]] bool is(Type t) const { return type == t; }
  [[nodiscard]] bool is_string(std::string_view value) const {
    return type == Type::kString && text == value;
  }
  [[nodiscard]] bool fits_signed() const;
  /// Requires: fits_signed().
  [[nodiscard]] std::int64_t as_signed() const;
  [[nodiscard]] double as_double() const;

  [[nodiscard]] const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
  /// The member's value, added as null when absent.
  Node& at_or_add(std::string_view key);
  void set(std::string_view key, Node value) { at_or_add(key) = std::move(value); }
  bool erase(std::string_view key);
};

struct Member {
  std::string key;
  Span key_span;
  Node value;
};

/// Same JSON value: members in any order, 1 and 1.0 differ. Positions do not matter. Secrets that
/// were taken out are others where both are known and differ.
bool same_value(const Node& a, const Node& b);

/// "object", "integer" and so on, for messages.
std::string_view type_name(Node::Type type);

/// Canonical one-line JSON, or indented by two spaces with a final newline.
std::string to_json(const Node& node);
std::string to_pretty_json(const Node& node);

/// `text` in double quotes with JSON escapes; cut after 80 code points when `shorten`.
std::string quoted(std::string_view text, bool shorten = false);

/// `pointer` + "/" + `token`, escaped as RFC 6901 says.
std::string child_pointer(std::string_view pointer, std::string_view token);
std::string child_pointer(std::string_view pointer, std::size_t index);
/// The tokens of a JSON pointer (RFC 6901). False when it is none.
bool split_pointer(std::string_view pointer, std::vector<std::string>* tokens);
/// The node that `pointer` names, else the deepest one above it that exists.
const Node& nearest(const Node& root, std::string_view pointer);

}  // namespace loam::config
