#include "config/parse.h"

#include <nlohmann/json.hpp>
#include <unordered_set>

#include "config/prepass.h"
#include "config/secrets.h"

namespace loam::config {

namespace {

/// Where tokens stand. The SAX interface tells values in order but no places; since between two of
/// them lie only blanks, commas and colons, walking along the text gives each its start and end.
class TokenWalk {
 public:
  explicit TokenWalk(std::string_view text) : text_(text) {}

  struct Token {
    std::size_t start;
    std::size_t end;
  };

  /// The next token behind `from`; at the end of the text an empty one.
  [[nodiscard]] Token after(std::size_t from) const {
    const std::size_t start = std::min(text_.find_first_not_of(" \t\r\n,:", from), text_.size());
    return {start, token_end(start)};
  }

  Token next() {
    const Token token = after(cursor_);
    cursor_ = token.end;
    return token;
  }

  [[nodiscard]] std::size_t cursor() const { return cursor_; }
  [[nodiscard]] std::string_view text() const { return text_; }

 private:
  [[nodiscard]] std::size_t token_end(std::size_t start) const {
    if (start >= text_.size()) return start;
    if (text_[start] == '"') {
      std::size_t i = start + 1;
      while (i < text_.size() && text_[i] != '"' && text_[i] != '\n') i += text_[i] == '\\' ? 2 : 1;
      return std::min(i + 1, text_.size());
    }
    std::size_t i = start;
    while (i < text_.size() && is_word(text_[i])) ++i;
    return i == start ? start + std::max<std::size_t>(1, utf8_sequence_size(text_.substr(start)))
                      : i;
  }

  static bool is_word(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '.' || c == '+' || c == '-';
  }

  std::string_view text_;
  std::size_t cursor_ = 0;
};

/// What nlohmann's message complains of: "context - complaint; last read: 'the document's own
/// text'". Only its beginning may be compared, since the rest repeats what somebody wrote.
std::string_view complaint(std::string_view what) {
  const auto dash = what.find(" - ");
  return dash == std::string_view::npos ? std::string_view() : what.substr(dash + 3);
}

bool is_unfinished_string(std::string_view complaint) {
  return complaint.starts_with("invalid string: missing closing quote") ||
         complaint.starts_with("invalid string: control character U+000A");
}

/// What nlohmann's message says, in our words: "expected a key in quotes, found '}'".
std::string syntax_message(std::string_view what) {
  if (const auto end = what.find("] "); what.starts_with('[') && end != std::string_view::npos) {
    what.remove_prefix(end + 2);
  }
  std::string_view body = complaint(what);
  if (body.empty()) return std::string(what);
  const bool in_key = what.find("object key") != std::string_view::npos;
  static constexpr std::string_view kUnexpected = "unexpected ";
  static constexpr std::string_view kExpected = "; expected ";
  if (body.starts_with("invalid literal")) return "this is no JSON value";
  if (is_unfinished_string(body)) return "this string has no closing quote on its line";
  if (!body.starts_with(kUnexpected)) {
    return std::string(body.substr(0, body.find("; last read: ")));
  }
  body.remove_prefix(kUnexpected.size());
  const auto split = body.find(kExpected);
  std::string found(body.substr(0, split));
  if (found == "string literal") found = "a string";
  if (found == "number literal") found = "a number";
  if (found == "end of input") found = "the end of the document";
  if (split == std::string_view::npos) return "unexpected " + found;
  std::string wanted(body.substr(split + kExpected.size()));
  if (wanted == "'[', '{', or a literal") wanted = "a value";
  if (wanted == "'}'" || wanted == "']'") wanted = "',' or " + wanted;
  if (wanted == "string literal") wanted = in_key ? "a key in double quotes" : "a string";
  if (wanted == "end of input") wanted = "the end of the document";
  return "expected " + wanted + ", found " + found;
}

constexpr const char* kQuoteNumbers = "a number with a unit stands in double quotes";

/// Of what follows the digit `before` and makes it no number.
std::string number_hint(std::string_view rest, char before) {
  if (rest.starts_with('_') || rest.starts_with('\'')) return "digits stand together: 1000";
  if (before == '0' && rest.find_first_of("xXoObB") == 0) return "numbers are decimal";
  return kQuoteNumbers;
}

/// What to write instead of a word that is no JSON value.
std::string literal_hint(std::string_view word) {
  if (word == "True" || word == "TRUE" || word == "yes" || word == "on") return "write true";
  if (word == "False" || word == "FALSE" || word == "no" || word == "off") return "write false";
  if (word == "None" || word == "nil" || word == "undefined" || word == "NULL") return "write null";
  if (word == "NaN" || word == "Infinity") return "numbers are finite";
  if (word == "=") return "a colon stands between key and value";
  if (word == "#" || word == ";") return "comments begin with //";
  return "keys and texts stand in double quotes";
}

class TreeBuilder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  TreeBuilder(const Source& source, std::string_view text, Diagnostics* diagnostics)
      : source_(source), walk_(text), diagnostics_(diagnostics) {}

  bool null() override { return scalar(Node{}); }
  bool boolean(bool value) override { return scalar(Node::of_bool(value)); }
  bool number_integer(number_integer_t value) override { return number(Node::of_signed(value)); }
  bool number_unsigned(number_unsigned_t value) override {
    return number(Node::of_unsigned(value));
  }
  bool number_float(number_float_t value, const string_t& spelling) override {
    const Span where = take();
    if (spelling.find_first_of(".eE") == std::string::npos) {
      diagnostics_->error(where, pointer(), {spelling + " does not fit in 64 bits"});
    }
    Node node = Node::of_real(value);
    node.text = spelling;
    return place(std::move(node), where);
  }
  bool string(string_t& value) override { return scalar(Node::of_string(std::move(value))); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*elements*/) override { return open(Node::object()); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*elements*/) override { return open(Node::array()); }
  bool end_array() override { return close(); }

  bool key(string_t& value) override {
    Frame& frame = frames_.back();
    frame.key_span = take();
    frame.key = std::move(value);
    frame.duplicate = !frame.seen.insert(frame.key).second;
    if (frame.duplicate) report_duplicate(frame);
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*last_token*/,
                   const nlohmann::json::exception& error) override {
    const std::string_view what = complaint(error.what());
    Span where{&source_, position > 0 ? position - 1 : 0, 1};
    std::string hint;
    if (what.starts_with("invalid literal")) {
      where = first_bad_word(position);
      hint = bad_word_hint(where);
    } else if (is_unfinished_string(what)) {
      where = token_ending_at(std::min(position, walk_.text().size()));
    } else if (what.starts_with("invalid string: forbidden character after backslash")) {
      hint = R"(a backslash is written \\; a path has /)";
    } else if (what.starts_with("invalid number")) {
      where = token_ending_at(position);
      const std::string_view rest = std::string_view(source_.text()).substr(where.offset);
      if (rest.starts_with("---")) hint = "a stack is JSON, not YAML";
      if (what.find("after '.'") != std::string_view::npos) hint = "a digit follows the point";
      if (rest.starts_with("-Inf")) hint = "numbers are finite";
    } else if (!what.starts_with("invalid string")) {
      where = token_ending_at(position);
      const bool wants_colon = what.find("; expected ':'") != std::string_view::npos;
      const bool wants_end = what.find("; expected end of input") != std::string_view::npos;
      hint = wants_colon ? "a colon stands between key and value" : unexpected_hint(where);
      if (wants_end && hint.empty()) hint = "the object that the document is ends before this";
    }
    diagnostics_->error(where, "", {"syntax: " + syntax_message(error.what()), hint});
    return false;
  }

  std::optional<Node> root;

 private:
  struct Frame {
    Node node;
    Span span;
    std::string key;
    Span key_span;
    bool duplicate = false;
    std::unordered_set<std::string> seen;
  };

  Span take() {
    const TokenWalk::Token token = walk_.next();
    return {&source_, token.start, token.end - token.start};
  }

  /// What to write instead of what is no JSON value at `where`.
  [[nodiscard]] std::string bad_word_hint(const Span& where) const {
    const std::string_view text = source_.text();
    const std::size_t at = where.offset;
    const std::string_view rest = text.substr(at, text.find('\n', at) - at);
    const char before = at == 0 ? '\0' : text[at - 1];
    for (const std::string_view mark : {"<<<<<<<", ">>>>>>>", "======="}) {
      if (rest.starts_with(mark)) return "a merge left this mark: take one of its sides";
    }
    if (rest.starts_with("\xEF\xBB\xBF")) return "an invisible byte order mark: delete it";
    if (rest.starts_with(';') && before > ' ') return "a comma stands between members";
    if (before >= '0' && before <= '9') return number_hint(rest, before);
    const bool ends_comment = rest.find("*/") != std::string_view::npos &&
                              rest.find("*/") < std::min(rest.find("/*"), rest.find("//"));
    if (ends_comment) return "comments do not nest: the first */ has ended this one";
    return literal_hint(text.substr(at, where.size));
  }

  /// Why something else was expected at `where`.
  std::string unexpected_hint(const Span& where) const {
    if (where.offset >= source_.text().size()) return open_hint();
    const std::string_view text = source_.text();
    const char found = text[where.offset];
    const char before = where.offset == 0 ? '\0' : text[where.offset - 1];
    const bool in_object = !frames_.empty() && frames_.back().node.is(Node::Type::kObject);
    if (found == '"' && !frames_.empty()) return "is a comma missing before it?";
    if (found == '}' || found == ']') return open_hint();
    if (found == ':' && !in_object) return "keys stand in { }, not in [ ]";
    if (before >= '0' && before <= '9') return kQuoteNumbers;
    if (found == '{' && before == '{') return "was a template not filled in?";
    if (found == ',') return "is there a comma too many?";
    return {};
  }

  /// Which bracket waits for its end.
  std::string open_hint() const {
    if (frames_.empty()) return {};
    const Frame& frame = frames_.back();
    const std::string bracket = frame.node.is(Node::Type::kObject) ? "{" : "[";
    return "the " + bracket + " of line " + std::to_string(source_.place(frame.span.offset).line) +
           " is still open";
  }

  /// The parser has read `position` bytes and its last token is the one it did not want.
  Span token_ending_at(std::size_t position) const {
    std::size_t from = walk_.cursor();
    if (from >= position && position > 0) return {&source_, position - 1, 1};
    while (true) {
      const TokenWalk::Token token = walk_.after(from);
      if (token.start >= position && position > 0 && position <= walk_.text().size() &&
          std::string_view(",:").find(walk_.text()[position - 1]) != std::string_view::npos) {
        return {&source_, position - 1, 1};
      }
      if (token.end >= position || token.end == from || token.start == token.end) {
        return {&source_, token.start, std::max<std::size_t>(1, token.end - token.start)};
      }
      from = token.end;
    }
  }

  /// The parser stopped at a letter of a word that is none of true, false and null.
  Span first_bad_word(std::size_t position) const {
    for (TokenWalk::Token token = walk_.after(walk_.cursor()); token.start < position;
         token = walk_.after(token.end)) {
      if (token.start == token.end) break;  // the end of the text
      const std::string_view word = walk_.text().substr(token.start, token.end - token.start);
      const bool is_known = word == "true" || word == "false" || word == "null";
      const bool is_letter = (word[0] >= 'a' && word[0] <= 'z') ||
                             (word[0] >= 'A' && word[0] <= 'Z') || word[0] == '_';
      if (is_letter && !is_known) return {&source_, token.start, word.size()};
    }
    return token_ending_at(position);
  }

  std::string pointer() const {
    std::string out;
    for (const Frame& frame : frames_) {
      out = frame.node.is(Node::Type::kArray) ? child_pointer(out, frame.node.items.size())
                                              : child_pointer(out, frame.key);
    }
    return out;
  }

  void report_duplicate(const Frame& frame) {
    std::string note;
    for (const Member& member : frame.node.members) {
      if (member.key == frame.key) {
        note = "first on line " + std::to_string(source_.place(member.key_span.offset).line);
      }
    }
    diagnostics_->error(frame.key_span, pointer(),
                        {"the key " + quoted(frame.key, true) + " stands here twice", note});
  }

  bool number(Node node) {
    const Span where = take();
    node.text = walk_.text().substr(where.offset, where.size);
    return place(std::move(node), where);
  }

  bool scalar(Node node) { return place(std::move(node), take()); }

  bool place(Node node, const Span& where) {
    node.span = where;
    if (frames_.empty()) {
      root = std::move(node);
      return true;
    }
    Frame& frame = frames_.back();
    if (frame.node.is(Node::Type::kArray)) {
      frame.node.items.push_back(std::move(node));
    } else if (!frame.duplicate) {
      frame.node.members.push_back(Member{std::move(frame.key), frame.key_span, std::move(node)});
    }
    frame.duplicate = false;
    return true;
  }

  bool open(Node node) {
    const Span where = take();
    if (frames_.size() == kDepthMax) {
      diagnostics_->error(
          where, "",
          {"nested deeper than " + std::to_string(kDepthMax) + " levels of objects and arrays"});
      return false;
    }
    frames_.emplace_back();
    frames_.back().node = std::move(node);
    frames_.back().span = where;
    return true;
  }

  bool close() {
    take();
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    return place(std::move(frame.node), frame.span);
  }

  const Source& source_;
  TokenWalk walk_;
  Diagnostics* diagnostics_;
  std::vector<Frame> frames_;
};

}  // namespace

std::optional<Node> parse(const Source& source, Diagnostics* diagnostics) {
  std::string text;
  if (!blank_comments(source, &text, diagnostics)) return std::nullopt;
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
    diagnostics->error({&source, 0, 0}, "",
                       {"the document is empty", R"(the smallest stack is {"version": 1})"});
    return std::nullopt;
  }
  TreeBuilder builder(source, text, diagnostics);
  const bool read = nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  wipe(&text);  // it may hold secrets
  if (!read || !builder.root) return std::nullopt;
  return std::move(builder.root);
}

}  // namespace loam::config
