#include "plugins/file_system/fault/rules.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace loam::fault_fs {
namespace {

struct FailureName {
  std::string_view word;
  Failure failure;
};
constexpr std::array<FailureName, 6> kFailures{{
    {"io", Failure::kIo},
    {"no_space", Failure::kNoSpace},
    {"short_write", Failure::kShortWrite},
    {"short_read", Failure::kShortRead},
    {"lost_sync", Failure::kLostSync},
    {"corrupt", Failure::kCorrupt},
}};

Status wrong(std::string what) { return Status::invalid_argument(std::move(what)); }

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

/// The next part up to `end`, which is taken off with it.
std::string_view take_until(std::string_view& text, char end) {
  const std::size_t at = std::min(text.find(end), text.size());
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return part;
}

template <class Number>
Status parse_number(std::string_view key, std::string_view text, Number* out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  if (error == std::errc() && end == text.data() + text.size()) return {};
  return wrong(std::string(key) + "=: a number is expected, found " + quoted(text));
}

Status parse_count(std::string_view key, std::string_view text, std::uint64_t* out) {
  LOAM_TRY(parse_number(key, text, out));
  if (*out != 0) return {};
  return wrong(std::string(key) + "=0: operations are counted from 1");
}

Status parse_operations(std::string_view text, std::vector<Op>* out) {
  while (!text.empty()) {
    const std::string_view word = take_until(text, ',');
    if (word == "reads" || word == "changes") {
      for (std::size_t i = 0; i < kOps; ++i) {
        const Op op = static_cast<Op>(i);
        if (is_read(op) == (word == "reads")) out->push_back(op);
      }
      continue;
    }
    const auto op = op_of(word);
    if (op) {
      out->push_back(*op);
      continue;
    }
    std::string known = "reads, changes";
    for (std::size_t i = 0; i < kOps; ++i) {
      known += ", " + std::string(word_of(static_cast<Op>(i)));
    }
    return wrong("op=: unknown operation " + quoted(word) + "; known: " + known);
  }
  return out->empty() ? wrong("op=: an operation is expected") : Status();
}

Status parse_failure(std::string_view text, Failure* out) {
  std::string known;
  for (const auto& [word, failure] : kFailures) {
    if (word == text) {
      *out = failure;
      return {};
    }
    known += (known.empty() ? "" : ", ") + std::string(word);
  }
  return wrong("error=: unknown error " + quoted(text) + "; known: " + known);
}

Status parse_word(std::string_view word, Rule* rule) {
  const std::string_view key = take_until(word, '=');
  if (key == "op") return parse_operations(word, &rule->operations);
  if (key == "error") return parse_failure(word, &rule->failure);
  if (key == "nth") return parse_count(key, word, &rule->nth);
  if (key == "every") return parse_count(key, word, &rule->every);
  if (key == "first") return parse_count(key, word, &rule->first);
  if (key == "from") return parse_count(key, word, &rule->from);
  if (key == "chance") return parse_number(key, word, &rule->chance);
  if (key == "path" && !word.empty()) {
    rule->path = word;
    return {};
  }
  if (key == "path") return wrong("path=: a pattern is expected");
  return wrong("unknown word " + quoted(key) +
               "; known: op, path, nth, every, first, from, chance, error");
}

/// False: there is nothing in it.
Result<bool> parse_rule(std::string_view text, Rule* rule) {
  bool is_there = false;
  bool has_error = false;
  while (!text.empty()) {
    const std::string_view word = take_until(text, ' ');
    if (word.empty()) continue;
    LOAM_TRY(parse_word(word, rule));
    is_there = true;
    has_error |= word.starts_with("error=");
  }
  if (!is_there) return false;
  if (!has_error) return wrong("error= is missing");
  LOAM_TRY(check_rule(*rule));
  return true;
}

}  // namespace

Result<std::vector<Rule>> parse_rules(std::string_view text) {
  std::vector<Rule> rules;
  for (std::size_t number = 1; !text.empty(); ++number) {
    Rule rule;
    auto is_there = parse_rule(take_until(text, ';'), &rule);
    if (!is_there.ok()) {
      return wrong("rule " + std::to_string(number) + ": " +
                   std::string(is_there.status().message()));
    }
    if (*is_there) rules.push_back(std::move(rule));
  }
  return rules;
}

Status check_rule(const Rule& rule) {
  int counts = 0;
  for (const std::uint64_t count : {rule.nth, rule.every, rule.first, rule.from}) {
    if (count != 0) ++counts;
  }
  if (counts > 1) return wrong("at most one of nth, every, first and from");
  if (!(rule.chance >= 0 && rule.chance <= 1)) return wrong("chance: 0 to 1 is expected");
  if (rule.operations.empty()) return {};
  const bool fits_one = std::any_of(rule.operations.begin(), rule.operations.end(), [&](Op op) {
    return failure_for(op, rule.failure) == rule.failure;
  });
  if (fits_one) return {};
  for (const auto& [word, failure] : kFailures) {
    if (failure == rule.failure) {
      return wrong("error=" + std::string(word) + " cannot happen to " +
                   std::string(word_of(rule.operations.front())));
    }
  }
  return {};
}

/// Where `*` had to take more, the search goes back to the last one only: what lies before has been
/// matched as early as it can be.
bool fits(std::string_view pattern, std::string_view path) {
  if (pattern.find('/') == std::string_view::npos) path.remove_prefix(path.rfind('/') + 1);
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < path.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == path[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

Failure failure_for(Op op, Failure failure) {
  bool can = true;
  switch (failure) {
    case Failure::kIo:
    case Failure::kNoSpace: break;
    case Failure::kShortWrite: can = op == Op::kWrite; break;
    case Failure::kShortRead: can = op == Op::kRead; break;
    case Failure::kLostSync: can = op == Op::kSync; break;
    case Failure::kCorrupt: can = op == Op::kRead || op == Op::kWrite || op == Op::kCommit; break;
  }
  return can ? failure : Failure::kIo;
}

bool Rules::any_for_reads() const {
  return std::any_of(all_.begin(), all_.end(), [](const Counted& counted) {
    const auto& operations = counted.rule.operations;
    return operations.empty() || std::any_of(operations.begin(), operations.end(), is_read);
  });
}

std::size_t Rules::hit(Op op, const std::string& path, const std::string* to) {
  std::size_t decides = 0;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    const Rule& rule = all_[i].rule;
    const auto& ops = rule.operations;
    if (!ops.empty() && std::find(ops.begin(), ops.end(), op) == ops.end()) continue;
    if (failure_for(op, rule.failure) != rule.failure) continue;
    if (!fits(rule.path, path) && (to == nullptr || !fits(rule.path, *to))) continue;
    if (hits_now(all_[i]) && decides == 0) decides = i + 1;
  }
  if (decides != 0) ++all_[decides - 1].hits;
  return decides;
}

bool Rules::hits_now(Counted& counted) {
  const Rule& rule = counted.rule;
  const std::uint64_t n = ++counted.met;
  if (rule.nth != 0 && n != rule.nth) return false;
  if (rule.every != 0 && n % rule.every != 0) return false;
  if (rule.first != 0 && n > rule.first) return false;
  if (rule.from != 0 && n < rule.from) return false;
  constexpr double kUnit = 0x1p-53;
  return rule.chance >= 1 || static_cast<double>(random_.next() >> 11) * kUnit < rule.chance;
}

std::uint64_t Rules::hits(std::size_t number) const {
  return number == 0 || number > all_.size() ? 0 : all_[number - 1].hits;
}

}  // namespace loam::fault_fs
