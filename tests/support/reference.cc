#include "tests/support/reference.h"

#include <algorithm>

namespace loam::test {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool less_ignoring_case(Bytes a, Bytes b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return static_cast<unsigned char>(lower(x)) < static_cast<unsigned char>(lower(y));
  });
}

bool less_as_number(Bytes a, Bytes b) {
  const std::size_t width = std::max(a.size(), b.size());
  const std::string x = std::string(width - a.size(), '\0').append(a);
  const std::string y = std::string(width - b.size(), '\0').append(b);
  return x != y ? x < y : a.size() < b.size();
}

char inverted(char c) { return static_cast<char>(~c); }

/// Bytes whose plain order is that of keys of kTupleFields.
std::string tuple_image(Bytes key) {
  const auto missing = [](std::string image, Bytes rest) {
    return image + '\0' + std::string(rest);
  };
  std::string image;
  if (key.empty()) return missing(image, key);
  image += {'\1', key[0]};
  key.remove_prefix(1);
  const std::size_t end = key.find('a');
  if (end == Bytes::npos) return missing(image, key);
  image += '\1';
  // Descending: of two texts of which one begins the other, the longer comes first.
  for (const char c : key.substr(0, end)) image += {'\0', inverted(c)};
  image += '\1';
  key.remove_prefix(end + 1);
  if (key.empty()) return missing(image, key);
  image += {'\1', static_cast<char>(inverted(key[0]) ^ '\x80')};
  return image.append(key.substr(1));
}

std::string pair_text(const Reference::Map::value_type& entry) {
  return escaped(entry.first) + "=" + escaped(entry.second);
}

/// Where two maps part, in words.
std::string first_difference(const Reference& expected, const Reference& found) {
  auto e = expected.map().begin();
  auto f = found.map().begin();
  const auto e_end = expected.map().end();
  const auto f_end = found.map().end();
  while (e != e_end && f != f_end && *e == *f) {
    ++e;
    ++f;
  }
  return "expected " + (e == e_end ? "the end" : pair_text(*e)) + ", found " +
         (f == f_end ? "the end" : pair_text(*f)) + " (" + std::to_string(expected.map().size()) +
         " keys expected, " + std::to_string(found.map().size()) + " found)";
}

std::string get_difference(Db& db, const ReadOptions& options, Bytes key,
                           const std::string* expected) {
  auto value = db.get(key, options);
  if (!value.ok()) return "get " + escaped(key) + ": " + value.status().to_string();
  const bool same =
      expected == nullptr ? !value->has_value() : value->has_value() && **value == *expected;
  if (same) return {};
  return "get " + escaped(key) + ": expected " +
         (expected == nullptr ? "nothing" : escaped(*expected)) + ", found " +
         (value->has_value() ? escaped(**value) : "nothing");
}

}  // namespace

bool KeyLess::operator()(Bytes a, Bytes b) const {
  switch (order) {
    case OrderKind::kReverse: return b < a;
    case OrderKind::kCaseInsensitive: return less_ignoring_case(a, b);
    case OrderKind::kUintBe: return less_as_number(a, b);
    case OrderKind::kShortlex: return a.size() != b.size() ? a.size() < b.size() : a < b;
    case OrderKind::kTuple: return tuple_image(a) < tuple_image(b);
    default: return a < b;
  }
}

std::string escaped(Bytes bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '\\') {
      text += c;
    } else {
      text += "\\x";
      text += kHex[byte >> 4];
      text += kHex[byte & 15];
    }
  }
  return text;
}

std::string to_text(const Reference& reference, std::size_t most) {
  std::string text;
  std::size_t count = 0;
  for (const auto& entry : reference.map()) {
    if (count++ == most) return text + " ... " + std::to_string(reference.map().size()) + " keys";
    text += (text.empty() ? "" : " ") + pair_text(entry);
  }
  return text.empty() ? "(nothing)" : text;
}

Walked walk(Db& db, OrderKind order, const ReadOptions& options, bool reverse) {
  const KeyLess less{order};
  Walked walked{Reference(order), {}, true};
  const auto it = db.new_iterator(options);
  std::string last;
  bool first = true;
  for (reverse ? it->seek_to_last() : it->seek_to_first(); it->valid();
       reverse ? it->prev() : it->next()) {
    const Bytes key = it->key();
    if (!first && !(reverse ? less(key, last) : less(last, key))) walked.ascending = false;
    first = false;
    last.assign(key);
    walked.found.put(key, it->value());
  }
  walked.status = it->status();
  return walked;
}

namespace {

/// Every key and one beside each, some twice, in no order, many at once.
std::string many_difference(Db& db, const Reference& expected, const ReadOptions& options) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : expected.map()) {
    keys.push_back(key);
    keys.push_back(key + '\0');
    if (keys.size() % 7 == 0) keys.push_back(keys[keys.size() / 2]);
  }
  constexpr std::size_t kMany = 100;
  const std::size_t step = keys.size() / kMany + 1;  // so that each call ranges over all
  std::vector<Bytes> some;
  std::vector<GetResult> results;
  for (std::size_t first = 0; first < step; ++first) {
    some.clear();
    for (std::size_t i = first; i < keys.size(); i += step) some.emplace_back(keys[i]);
    std::reverse(some.begin() + static_cast<std::ptrdiff_t>(some.size() / 2), some.end());
    results.resize(some.size());
    const Status status = db.multi_get(some, results, options);
    if (!status.ok()) return "multi-get: " + status.to_string();
    for (std::size_t i = 0; i < some.size(); ++i) {
      const auto at = expected.map().find(std::string(some[i]));
      const bool is_there = at != expected.map().end();
      const bool same = results[i].found == is_there &&
                        (!is_there || results[i].value.view() == Bytes(at->second));
      if (!same) return "multi-get: another answer for " + escaped(some[i]);
    }
  }
  return {};
}

}  // namespace

std::string difference(Db& db, OrderKind order, const Reference& expected,
                       const ReadOptions& options) {
  for (const bool reverse : {false, true}) {
    const std::string which = reverse ? "backward walk: " : "forward walk: ";
    const Walked walked = walk(db, order, options, reverse);
    if (!walked.status.ok()) return which + walked.status.to_string();
    if (!walked.ascending) return which + "keys out of order or twice";
    if (!(walked.found == expected)) return which + first_difference(expected, walked.found);
  }
  for (const auto& [key, value] : expected.map()) {
    std::string wrong = get_difference(db, options, key, &value);
    if (!wrong.empty()) return wrong;
    const std::string beside = key + '\0';
    const auto at = expected.map().find(beside);
    wrong = get_difference(db, options, beside, at == expected.map().end() ? nullptr : &at->second);
    if (!wrong.empty()) return wrong;
  }
  return many_difference(db, expected, options);
}

}  // namespace loam::test
