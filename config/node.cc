#include "config/node.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace loam::config {

Node::Node() = default;
Node::Node(const Node& other) = default;
Node::Node(Node&& other) noexcept = default;
Node& Node::operator=(const Node& other) = default;
Node& Node::operator=(Node&& other) noexcept = default;
Node::~Node() = default;

Node Node::of_bool(bool value) {
  Node n;
  n.type = Type::kBool;
  n.boolean = value;
  return n;
}

Node Node::of_unsigned(std::uint64_t value) {
  Node n;
  n.type = Type::kInteger;
  n.magnitude = value;
  n.text = std::to_string(value);
  return n;
}

Node Node::of_signed(std::int64_t value) {
  Node n = of_unsigned(value < 0 ? ~static_cast<std::uint64_t>(value) + 1
                                 : static_cast<std::uint64_t>(value));
  n.negative = value < 0;
  n.text = std::to_string(value);
  return n;
}

Node Node::of_real(double value) {
  Node n;
  n.type = Type::kReal;
  n.real = value;
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value);
  n.text.assign(buffer, end.ptr);
  if (std::isfinite(value) && n.text.find_first_of(".e") == std::string::npos) n.text += ".0";
  return n;
}

Node Node::of_string(std::string value) {
  Node n;
  n.type = Type::kString;
  n.text = std::move(value);
  return n;
}

Node Node::array() {
  Node n;
  n.type = Type::kArray;
  return n;
}

Node Node::object() {
  Node n;
  n.type = Type::kObject;
  return n;
}

bool Node::fits_signed() const {
  constexpr std::uint64_t kLimit = std::uint64_t{1} << 63;
  return negative ? magnitude <= kLimit : magnitude < kLimit;
}

std::int64_t Node::as_signed() const {
  return static_cast<std::int64_t>(negative ? ~magnitude + 1 : magnitude);
}

double Node::as_double() const {
  if (type == Type::kReal) return real;
  const auto value = static_cast<double>(magnitude);
  return negative ? -value : value;
}

const Node* Node::find(std::string_view key) const {
  auto it = std::find_if(members.begin(), members.end(),
                         [&](const Member& member) { return member.key == key; });
  return it == members.end() ? nullptr : &it->value;
}

Node* Node::find(std::string_view key) {
  auto it = std::find_if(members.begin(), members.end(),
                         [&](const Member& member) { return member.key == key; });
  return it == members.end() ? nullptr : &it->value;
}

Node& Node::at_or_add(std::string_view key) {
  if (Node* found = find(key)) return *found;
  type = Type::kObject;
  members.push_back(Member{std::string(key), {}, {}});
  return members.back().value;
}

bool Node::erase(std::string_view key) {
  return std::erase_if(members, [&](const Member& member) { return member.key == key; }) > 0;
}

bool same_value(const Node& a, const Node& b) {
  if (a.type != b.type) return false;
  switch (a.type) {
    case Node::Type::kNull: return true;
    case Node::Type::kBool: return a.boolean == b.boolean;
    case Node::Type::kInteger:
      return a.magnitude == b.magnitude && (a.negative == b.negative || a.magnitude == 0);
    case Node::Type::kReal: return a.real == b.real;
    case Node::Type::kString:
      return a.text == b.text && (a.secret == 0 || b.secret == 0 || a.secret == b.secret);
    case Node::Type::kArray:
      return std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), same_value);
    case Node::Type::kObject: break;
  }
  return a.members.size() == b.members.size() &&
         std::all_of(a.members.begin(), a.members.end(), [&](const Member& member) {
           const Node* other = b.find(member.key);
           return other != nullptr && same_value(member.value, *other);
         });
}

std::string_view type_name(Node::Type type) {
  switch (type) {
    case Node::Type::kNull: return "null";
    case Node::Type::kBool: return "true or false";
    case Node::Type::kInteger: return "an integer";
    case Node::Type::kReal: return "a number";
    case Node::Type::kString: return "a string";
    case Node::Type::kArray: return "an array";
    case Node::Type::kObject: return "an object";
  }
  return "a value";
}

std::string quoted(std::string_view text, bool shorten) {
  static constexpr char kHex[] = "0123456789abcdef";
  constexpr std::size_t kShown = 80;
  std::string out = "\"";
  std::size_t shown = 0;
  while (!text.empty()) {
    if (shorten && shown++ == kShown) return out + "...\"";
    const std::size_t size = std::max<std::size_t>(1, utf8_sequence_size(text));
    const char c = text[0];
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (const auto byte = static_cast<unsigned char>(c); byte < 0x20 || byte == 0x7F) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  return out + '"';
}

namespace {

class Writer {
 public:
  explicit Writer(bool pretty) : pretty_(pretty) {}

  void value(const Node& node, std::size_t depth) {
    switch (node.type) {
      case Node::Type::kNull: out += "null"; break;
      case Node::Type::kBool: out += node.boolean ? "true" : "false"; break;
      case Node::Type::kInteger:
      case Node::Type::kReal: out += node.text; break;
      case Node::Type::kString: out += quoted(node.text); break;
      case Node::Type::kArray: array(node, depth); break;
      case Node::Type::kObject: object(node, depth); break;
    }
  }

  std::string out;

 private:
  void array(const Node& node, std::size_t depth) {
    out += '[';
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      separate(i, depth + 1);
      value(node.items[i], depth + 1);
    }
    if (!node.items.empty()) new_line(depth);
    out += ']';
  }

  void object(const Node& node, std::size_t depth) {
    out += '{';
    for (std::size_t i = 0; i < node.members.size(); ++i) {
      separate(i, depth + 1);
      out += quoted(node.members[i].key) + (pretty_ ? ": " : ":");
      value(node.members[i].value, depth + 1);
    }
    if (!node.members.empty()) new_line(depth);
    out += '}';
  }

  void separate(std::size_t index, std::size_t depth) {
    if (index > 0) out += ',';
    new_line(depth);
  }

  void new_line(std::size_t depth) {
    if (pretty_) out.append("\n").append(2 * depth, ' ');
  }

  bool pretty_;
};

}  // namespace

std::string to_json(const Node& node) {
  Writer writer(false);
  writer.value(node, 0);
  return std::move(writer.out);
}

std::string to_pretty_json(const Node& node) {
  Writer writer(true);
  writer.value(node, 0);
  return std::move(writer.out) + "\n";
}

std::string child_pointer(std::string_view pointer, std::string_view token) {
  std::string out(pointer);
  out += '/';
  for (char c : token) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string child_pointer(std::string_view pointer, std::size_t index) {
  return std::string(pointer) + "/" + std::to_string(index);
}

bool split_pointer(std::string_view pointer, std::vector<std::string>* tokens) {
  tokens->clear();
  if (pointer.empty()) return true;
  if (pointer[0] != '/') return false;
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    const char c = pointer[i];
    if (c == '/') {
      tokens->emplace_back();
    } else if (c != '~') {
      tokens->back() += c;
    } else {
      const char next = i + 1 < pointer.size() ? pointer[i + 1] : '\0';
      if (next != '0' && next != '1') return false;
      tokens->back() += next == '0' ? '~' : '/';
      ++i;
    }
  }
  return true;
}

const Node& nearest(const Node& root, std::string_view pointer) {
  std::vector<std::string> tokens;
  if (!split_pointer(pointer, &tokens)) return root;
  const Node* node = &root;
  for (const std::string& token : tokens) {
    const Node* next = node->find(token);
    if (node->is(Node::Type::kArray)) {
      std::size_t index = 0;
      const auto parsed = std::from_chars(token.data(), token.data() + token.size(), index);
      const bool whole = parsed.ec == std::errc() && parsed.ptr == token.data() + token.size();
      next = whole && index < node->items.size() ? &node->items[index] : nullptr;
    }
    if (next == nullptr) break;
    node = next;
  }
  return *node;
}

}  // namespace loam::config
