#include "config/stack_writer.h"

#include <algorithm>

#include "config/node.h"

namespace loam::config {

namespace {

constexpr std::size_t kLineMax = 100;

/// `text` as `//` comments of at most kLineMax columns, broken at blanks.
void append_comment(std::string* out, std::string_view text, std::size_t indent) {
  const std::string lead = std::string(indent, ' ') + "//";
  std::string line = lead;
  const auto flush = [&] {
    if (line.size() > lead.size()) *out += line + "\n";
    line = lead;
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (line.size() > lead.size() && line.size() + 1 + word.size() > kLineMax) flush();
    if (!word.empty()) line.append(" ").append(word);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  flush();
}

}  // namespace

StackWriter::Entry& StackWriter::at(std::string_view pointer) {
  std::vector<std::string> tokens;
  split_pointer(pointer, &tokens);
  Entry* entry = &root_;
  for (const std::string& token : tokens) {
    std::vector<Entry>& below = entry->below;
    auto found = std::find_if(below.begin(), below.end(),
                              [&](const Entry& one) { return one.key == token; });
    if (found == below.end()) {
      below.push_back({token, {}, {}, {}});
      found = below.end() - 1;
    }
    entry = &*found;
  }
  return *entry;
}

void StackWriter::set(std::string_view pointer, std::string value, std::string comment) {
  Entry& entry = at(pointer);
  entry.value = std::move(value);
  if (!comment.empty()) entry.comment = std::move(comment);
}

void StackWriter::comment(std::string_view pointer, std::string text) {
  at(pointer).comment = std::move(text);
}

void StackWriter::append(std::string* out, const Entry& entry, std::size_t depth) {
  const std::string indent(2 * depth, ' ');
  for (std::size_t i = 0; i < entry.below.size(); ++i) {
    const Entry& one = entry.below[i];
    const bool section = one.value.empty();
    if (i > 0 && (!one.comment.empty() || section)) *out += '\n';
    append_comment(out, one.comment, indent.size());
    *out += indent + quoted(one.key) + ": ";
    if (section) {
      *out += "{\n";
      append(out, one, depth + 1);
      *out += indent + "}";
    } else {
      *out += one.value;
    }
    *out += i + 1 < entry.below.size() ? ",\n" : "\n";
  }
}

std::string StackWriter::text(const std::vector<std::string>& head,
                              const std::vector<std::string>& tail) const {
  std::string out;
  for (const std::string& line : head) append_comment(&out, line, 0);
  out += "{\n";
  append(&out, root_, 1);
  out += "}\n";
  if (!tail.empty()) out += '\n';
  for (const std::string& line : tail) append_comment(&out, line, 0);
  return out;
}

}  // namespace loam::config
