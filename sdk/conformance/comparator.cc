#include "sdk/conformance/comparator.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

namespace loam::conformance {
namespace {

int sign(int x) { return (x > 0) - (x < 0); }

class Subject {
 public:
  Subject(const loam_comparator_v1& table, void* self) : table_(table), self_(self) {}
  [[nodiscard]] int compare(Bytes a, Bytes b) const {
    return sign(table_.compare(self_, {a.data(), a.size()}, {b.data(), b.size()}));
  }
  [[nodiscard]] std::uint32_t properties() const { return table_.properties(self_); }
  [[nodiscard]] bool has_separators() const { return table_.shortest_separator != nullptr; }
  [[nodiscard]] bool has_successors() const { return table_.short_successor != nullptr; }
  [[nodiscard]] std::optional<std::string> separator(Bytes a, Bytes b) const {
    std::string out;
    loam_sink sink{sizeof(loam_sink), 0, &out, &append};
    const loam_status s =
        table_.shortest_separator(self_, {a.data(), a.size()}, {b.data(), b.size()}, &sink);
    return s == LOAM_OK ? std::optional(out) : std::nullopt;
  }
  [[nodiscard]] std::optional<std::string> successor(Bytes key) const {
    std::string out;
    loam_sink sink{sizeof(loam_sink), 0, &out, &append};
    const loam_status s = table_.short_successor(self_, {key.data(), key.size()}, &sink);
    return s == LOAM_OK ? std::optional(out) : std::nullopt;
  }

 private:
  static loam_status append(loam_sink* sink, loam_slice bytes) noexcept {
    try {
      static_cast<std::string*>(sink->state)->append(bytes.data, bytes.size);
      return LOAM_OK;
    } catch (...) {
      return LOAM_NO_MEMORY;
    }
  }

  const loam_comparator_v1& table_;
  void* self_;
};

/// All keys of up to two letters of a small alphabet with both ends of a byte in it, words and
/// numbers as people use them, and noise.
std::vector<std::string> sample_keys() {
  const std::string letters(
      "\0\x01"
      "Aa\x7f\x80\xff",
      7);
  std::vector<std::string> keys = {""};
  for (const char a : letters) {
    keys.emplace_back(1, a);
    for (const char b : letters) keys.push_back({a, b});
  }
  for (const char* word : {"key", "Key", "KEY", "key1", "key10", "key2", "key02", "a/b", "a/b/c",
                           "a-b", "user:1", "user:10", "user:2", "\xff\xff\xff", "1", "10", "2"}) {
    keys.emplace_back(word);
  }
  Random random(11);
  for (std::size_t n = 1; n <= 20; ++n) keys.push_back(random.bytes(n));
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

std::string pair_text(Bytes a, Bytes b) { return shown(a) + " and " + shown(b); }

const char* relation(int c) { return c < 0 ? " < " : c > 0 ? " > " : " = "; }

Finding reflexive(const Subject& order, const std::vector<std::string>& keys) {
  LawCheck law("reflexive");
  for (const std::string& key : keys) {
    const std::string copy(key);  // another place, the same bytes
    law.expect(order.compare(key, copy) == 0, shown(key) + " does not equal itself");
  }
  return law.take();
}

Finding antisymmetric(const Subject& order, const std::vector<std::string>& keys) {
  LawCheck law("antisymmetric");
  for (const std::string& a : keys) {
    for (const std::string& b : keys) {
      law.expect(order.compare(a, b) == -order.compare(b, a),
                 pair_text(a, b) + ": both orders of the arguments give the same answer");
    }
  }
  return law.take();
}

/// a <= b and b <= c make a <= c, strictly when either is; all triples, from a table of answers.
Finding transitive(const Subject& order, const std::vector<std::string>& keys) {
  LawCheck law("transitive");
  const std::size_t n = keys.size();
  std::vector<signed char> answers(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      answers[i * n + j] = static_cast<signed char>(order.compare(keys[i], keys[j]));
    }
  }
  for (std::size_t i = 0; i < n && law.ok(); ++i) {
    for (std::size_t j = 0; j < n && law.ok(); ++j) {
      const int ij = answers[i * n + j];
      if (ij > 0) continue;
      for (std::size_t k = 0; k < n; ++k) {
        const int jk = answers[j * n + k];
        if (jk > 0) continue;
        const int expected = ij < 0 || jk < 0 ? -1 : 0;
        const int found = answers[i * n + k];
        if (found == expected) continue;
        law.expect(false, shown(keys[i]) + relation(ij) + shown(keys[j]) + " and " +
                              shown(keys[j]) + relation(jk) + shown(keys[k]) + ", but " +
                              shown(keys[i]) + relation(found) + shown(keys[k]));
      }
    }
  }
  return law.take();
}

Finding properties(const Subject& order, const std::vector<std::string>& keys) {
  LawCheck law("properties");
  const std::uint32_t p = order.properties();
  constexpr std::uint32_t kBoth = LOAM_COMPARATOR_BYTEWISE | LOAM_COMPARATOR_REVERSE_BYTEWISE;
  law.expect((p & kBoth) != kBoth, "BYTEWISE and REVERSE_BYTEWISE are claimed at once");
  law.expect(order.properties() == p, "the answer changes");
  for (const std::string& a : keys) {
    for (const std::string& b : keys) {
      const int bytes = sign(Bytes(a).compare(b));
      const int found = order.compare(a, b);
      if ((p & LOAM_COMPARATOR_BYTEWISE) != 0) {
        law.expect(found == bytes, "BYTEWISE is claimed, but not so for " + pair_text(a, b));
      }
      if ((p & LOAM_COMPARATOR_REVERSE_BYTEWISE) != 0) {
        law.expect(found == -bytes,
                   "REVERSE_BYTEWISE is claimed, but not so for " + pair_text(a, b));
      }
      if ((p & LOAM_COMPARATOR_EQUAL_IFF_BYTES_EQUAL) != 0) {
        law.expect((found == 0) == (a == b),
                   "EQUAL_IFF_BYTES_EQUAL is claimed, but not so for " + pair_text(a, b));
      }
    }
  }
  return law.take();
}

Finding separators(const Subject& order, const std::vector<std::string>& keys) {
  LawCheck law("separators");
  if (!order.has_separators()) return law.take();
  for (const std::string& start : keys) {
    for (const std::string& limit : keys) {
      if (order.compare(start, limit) >= 0) continue;
      const std::optional<std::string> k = order.separator(start, limit);
      if (!law.expect(k.has_value(), "between " + pair_text(start, limit) + ": no answer")) {
        return law.take();
      }
      law.expect(order.compare(start, *k) <= 0 && order.compare(*k, limit) < 0,
                 "between " + pair_text(start, limit) + ": found " + shown(*k) +
                     ", which is outside [start, limit)");
    }
  }
  return law.take();
}

Finding successors(const Subject& order, const std::vector<std::string>& keys) {
  LawCheck law("successors");
  if (!order.has_successors()) return law.take();
  for (const std::string& key : keys) {
    const std::optional<std::string> k = order.successor(key);
    if (!law.expect(k.has_value(), "of " + shown(key) + ": no answer")) return law.take();
    law.expect(order.compare(key, *k) <= 0,
               "of " + shown(key) + ": found " + shown(*k) + ", which is below it");
  }
  return law.take();
}

Finding threads(const Subject& order, const std::vector<std::string>& keys) {
  LawCheck law("threads");
  std::atomic<int> bad = 0;
  std::vector<std::thread> all;
  for (int t = 0; t < 4; ++t) {
    all.emplace_back([&] {
      for (const std::string& a : keys) {
        for (const std::string& b : keys) {
          if (order.compare(a, b) != -order.compare(b, a)) ++bad;
        }
      }
    });
  }
  for (std::thread& thread : all) thread.join();
  law.expect(bad == 0, "answers change when four threads ask at once");
  return law.take();
}

}  // namespace

Findings comparator_laws(const loam_comparator_v1& table, void* self) {
  const Subject order(table, self);
  const std::vector<std::string> keys = sample_keys();
  Findings findings;
  findings.push_back(reflexive(order, keys));
  findings.push_back(antisymmetric(order, keys));
  findings.push_back(transitive(order, keys));
  findings.push_back(properties(order, keys));
  findings.push_back(separators(order, keys));
  findings.push_back(successors(order, keys));
  // Answers that break the order already would only be reported twice.
  if (findings[1].ok) findings.push_back(threads(order, keys));
  return findings;
}

}  // namespace loam::conformance
