#include "config/prepass.h"

#include <algorithm>

#include "config/node.h"

namespace loam::config {

namespace {

bool check_characters(const Source& source, Diagnostics* diagnostics) {
  const std::string_view text = source.text();
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t size = utf8_sequence_size(text.substr(i));
    if (size == 0) {
      const bool wide = i == 0 && (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"));
      diagnostics->error({&source, i, 1}, "",
                         {wide ? "the document is UTF-16" : "this byte is not well-formed UTF-8",
                          wide ? "save it as UTF-8" : "is it text? save it as UTF-8"});
      return false;
    }
    const char c = text[i];
    if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') {
      const std::string shown = quoted(text.substr(i, 1));
      diagnostics->error({&source, i, 1}, "",
                         {"a control character stands here: " + shown.substr(1, shown.size() - 2),
                          "is it text? save it as UTF-8"});
      return false;
    }
    i += size;
  }
  return true;
}

/// Walks the text once. `last_` is the last character that is neither blank nor comment.
class Blanker {
 public:
  Blanker(const Source& source, std::string* text, Diagnostics* diagnostics)
      : source_(source), text_(*text), diagnostics_(diagnostics) {}

  bool run() {
    if (text_.starts_with(kByteOrderMark)) {
      std::fill_n(text_.begin(), kByteOrderMark.size(), ' ');
    }
    for (std::size_t i = 0; i < text_.size();) {
      const char c = text_[i];
      const char next = i + 1 < text_.size() ? text_[i + 1] : '\0';
      if (c == '"') {
        i = skip_string(i);
        note('"');
      } else if (c == '/' && next == '/') {
        i = blank(i, std::min(text_.find('\n', i), text_.size()));
      } else if (c == '/' && next == '*') {
        const std::size_t end = text_.find("*/", i + 2);
        if (end == std::string::npos) {
          diagnostics_->error({&source_, i, 2}, "", {"this comment has no end", "add */"});
          return false;
        }
        i = blank(i, end + 2);
      } else {
        if (c != ' ' && c != '\t' && c != '\n' && c != '\r') punctuation(i);
        ++i;
      }
    }
    return true;
  }

 private:
  void note(char c) {
    before_comma_ = last_;
    last_ = c;
  }

  void punctuation(std::size_t at) {
    const char c = text_[at];
    const bool closes = c == '}' || c == ']';
    const bool had_value = before_comma_ != '{' && before_comma_ != '[' && before_comma_ != ',' &&
                           before_comma_ != ':' && before_comma_ != '\0';
    if (closes && last_ == ',' && had_value) text_[comma_] = ' ';
    if (c == ',') comma_ = at;
    note(c);
  }

  std::size_t skip_string(std::size_t at) const {
    std::size_t i = at + 1;
    while (i < text_.size() && text_[i] != '"' && text_[i] != '\n') i += text_[i] == '\\' ? 2 : 1;
    return std::min(i + 1, text_.size());
  }

  std::size_t blank(std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      if (text_[i] != '\n' && text_[i] != '\r') text_[i] = ' ';
    }
    return to;
  }

  const Source& source_;
  std::string& text_;
  Diagnostics* diagnostics_;
  char last_ = '\0';
  char before_comma_ = '\0';
  std::size_t comma_ = 0;
};

}  // namespace

bool blank_comments(const Source& source, std::string* blanked, Diagnostics* diagnostics) {
  if (source.text().size() > kDocumentBytesMax) {
    diagnostics->error({&source, 0, 0}, "",
                       {"the document has " + std::to_string(source.text().size()) +
                        " bytes; at most " + std::to_string(kDocumentBytesMax) + " are read"});
    return false;
  }
  if (!check_characters(source, diagnostics)) return false;
  *blanked = source.text();
  return Blanker(source, blanked, diagnostics).run();
}

}  // namespace loam::config
