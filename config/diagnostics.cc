#include "config/diagnostics.h"

#include <algorithm>

#include "config/node.h"

namespace loam::config {

namespace {

// Entries beyond this are counted, not kept: hostile input may hold millions of mistakes.
constexpr std::size_t kKeptMax = 4096;
// A longer line is shown as a window around the place.
constexpr std::size_t kExcerptMax = 160;
constexpr std::size_t kExcerptBefore = 60;

/// The code points of a piece of a source as a terminal may show them: controls and damaged bytes
/// replaced, and what is hidden.
std::vector<std::string> displayable(const Source& source, std::size_t offset, std::size_t size,
                                     const HiddenPlaces& hidden) {
  std::vector<std::string> out;
  const std::size_t end = offset + size;
  while (offset < end) {
    const std::string_view line = std::string_view(source.text()).substr(offset, end - offset);
    const Span secret = hidden.around(source, offset);
    if (secret.size > 0) {
      for (const char c : kHiddenText) out.emplace_back(1, c);
      offset = secret.offset + secret.size;
      continue;
    }
    const std::size_t sequence = utf8_sequence_size(line);
    const auto first = static_cast<unsigned char>(line[0]);
    if (sequence == 0) {
      out.emplace_back("?");
    } else if (first < 0x20 || first == 0x7F) {
      out.emplace_back(first == '\t' ? " " : "?");
    } else {
      out.emplace_back(line.substr(0, sequence));
    }
    offset += std::max<std::size_t>(1, sequence);
  }
  return out;
}

void add_excerpt(const Span& where, const HiddenPlaces& hidden, Diagnostic* d) {
  const Source& source = *where.source;
  std::string_view line = source.line(d->line);
  const std::size_t start = source.line_start(d->line);
  std::size_t before = where.offset > start ? where.offset - start : 0;
  before = std::min(before, line.size());
  // A place inside a secret is shown as the whole secret.
  const Span secret = hidden.around(source, start + before);
  if (secret.size > 0) before = std::max(secret.offset, start) - start;
  const std::size_t size = std::min(std::max(where.size, secret.size), line.size() - before);
  // Only the window is split: a line may be as long as a document may be.
  constexpr std::size_t kBytesBefore = 4 * kExcerptBefore;
  std::size_t cut = before > kBytesBefore ? before - kBytesBefore : 0;
  while (cut > 0 && cut < before && (static_cast<unsigned char>(line[cut]) & 0xC0u) == 0x80u) ++cut;
  std::vector<std::string> left = displayable(source, start + cut, before - cut, hidden);
  const std::string_view rest = line.substr(before, 4 * kExcerptMax);
  std::vector<std::string> right = displayable(source, start + before, rest.size(), hidden);
  bool cut_left = cut > 0;
  const bool fits =
      !cut_left && rest.size() == line.size() - before && left.size() + right.size() <= kExcerptMax;
  if (!fits && left.size() > kExcerptBefore) {
    left.erase(left.begin(), left.end() - kExcerptBefore);
    cut_left = true;
  }
  bool cut_right = rest.size() < line.size() - before;
  if (!fits && left.size() + right.size() > kExcerptMax) {
    right.resize(kExcerptMax - left.size());
    cut_right = true;
  }
  if (cut_left) left.insert(left.begin(), "...");
  for (const std::string& c : left) d->excerpt += c;
  for (const std::string& c : right) d->excerpt += c;
  if (cut_right) d->excerpt += "...";
  d->caret = static_cast<std::uint32_t>(left.size() + (cut_left ? 2 : 0));
  const std::size_t marked =
      displayable(source, start + before, std::min(size, rest.size()), hidden).size();
  d->underline = static_cast<std::uint32_t>(std::clamp<std::size_t>(marked, 1, right.size() + 1));
}

}  // namespace

void Diagnostics::add(Diagnostic::Severity severity, const Span& where, std::string pointer,
                      Finding finding) {
  const bool keeps = entries_.size() < kKeptMax;
  if (where.source != nullptr && keeps &&
      !seen_.emplace(where.source, where.offset, finding.message).second) {
    return;
  }
  if (severity == Diagnostic::Severity::kError) ++errors_;
  if (!keeps) return;
  Entry entry{};
  Diagnostic& d = entry.diagnostic;
  d.severity = severity;
  d.message = std::move(finding.message);
  d.hint = std::move(finding.hint);
  d.notes = std::move(finding.notes);
  d.pointer = std::move(pointer);
  d.source = "defaults";
  if (where.source != nullptr) {
    entry.order = where.source->order();
    entry.offset = where.offset;
    d.source = where.source->name();
    const Source::Place place = where.source->place(where.offset);
    d.line = place.line;
    d.column = place.column;
    entry.where = where;
  }
  entries_.push_back(std::move(entry));
}

void Diagnostics::add_excerpts(std::vector<Entry>* entries) {
  std::set<const Source*> searched;
  for (Entry& entry : *entries) {
    const Source* source = entry.where.source;
    if (source == nullptr) continue;
    if (searched.insert(source).second) hidden_.hide_by_name(*source);
    add_excerpt(entry.where, hidden_, &entry.diagnostic);
  }
}

std::vector<Diagnostic> Diagnostics::take() {
  std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return a.order != b.order ? a.order < b.order : a.offset < b.offset;
  });
  std::size_t shown = 0;
  std::vector<Entry> kept;
  for (Entry& entry : entries_) {
    const bool is_error = entry.diagnostic.severity == Diagnostic::Severity::kError;
    if (is_error && shown == kErrorsMax) continue;
    kept.push_back(std::move(entry));
    if (is_error) ++shown;
  }
  add_excerpts(&kept);
  std::vector<Diagnostic> out;
  Diagnostic* last_error = nullptr;
  out.reserve(kept.size());
  for (Entry& entry : kept) {
    out.push_back(std::move(entry.diagnostic));
    if (out.back().severity == Diagnostic::Severity::kError) last_error = &out.back();
  }
  if (errors_ > shown && last_error != nullptr) {
    last_error->notes.push_back("and " + std::to_string(errors_ - shown) + " more errors");
  }
  entries_.clear();
  hidden_ = {};
  seen_.clear();
  errors_ = 0;
  return out;
}

std::string Diagnostic::to_string() const {
  std::string out = source;
  if (line > 0) out += ":" + std::to_string(line) + ":" + std::to_string(column);
  out += severity == Severity::kError ? ": error: " : ": warning: ";
  out += message;
  if (!pointer.empty()) {
    const std::string shown = quoted(pointer);
    out += "  [" + shown.substr(1, shown.size() - 2) + "]";
  }
  out += '\n';
  if (underline > 0) {
    std::string number = std::to_string(line);
    if (number.size() < 5) number.insert(0, 5 - number.size(), ' ');
    out += number + " | " + excerpt + "\n";
    out += std::string(number.size() + 1, ' ') + "| " + std::string(caret, ' ') + "^" +
           std::string(underline - 1, '~');
    if (!hint.empty()) out += " " + hint;
    out += '\n';
  } else if (!hint.empty()) {
    out += "   " + hint + "\n";
  }
  for (const std::string& note : notes) out += "   " + note + "\n";
  return out;
}

std::string render(const std::vector<Diagnostic>& diagnostics) {
  std::string out;
  for (const Diagnostic& d : diagnostics) out += d.to_string();
  return out;
}

Status to_status(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  std::string pointer;
  for (const Diagnostic& d : diagnostics) {
    if (d.severity != Diagnostic::Severity::kError) continue;
    if (text.empty()) pointer = d.pointer;
    text += d.to_string();
  }
  if (!text.empty()) text.pop_back();
  return Status::invalid_argument(std::move(text)).with_pointer(std::move(pointer));
}

}  // namespace loam::config
