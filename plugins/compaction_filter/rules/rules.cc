// Compaction filter "rules": what to remove, said in the stack document instead of in code.
//
// The rules are asked in order, and the first whose conditions all hold decides about an entry; one
// that no rule decides about is kept. README.md says what each condition means and where
// `keep_last` counts.
//
// Thread: safe; what a job counts is the job's own.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "loam/sdk.h"

namespace {

namespace sdk = loam::sdk;
using loam::Result;
using loam::Status;

enum class Action { kRemove, kKeep };
enum class Encoding { kText, kHex };
enum class Timestamp { kSuffixUs, kSuffixS32, kOffsetUs, kOffsetS32 };

struct Rule {
  Action action = Action::kRemove;
  std::string prefix;
  Encoding encoding = Encoding::kText;
  std::uint64_t age = 0;
  Timestamp timestamp = Timestamp::kSuffixUs;
  std::uint64_t timestamp_offset = 0;
  std::uint64_t value_min = 0;
  std::uint64_t value_max = UINT64_MAX;
  std::uint64_t keep_last = 0;
  std::string separator;

  static consteval auto describe() {
    return sdk::options(
        sdk::opt("action", &Rule::action)
            .one_of("remove", "keep")
            .doc("what becomes of an entry for which all conditions hold"),
        sdk::opt("prefix", &Rule::prefix).doc("the key begins with this; empty: any key"),
        sdk::opt("encoding", &Rule::encoding)
            .one_of("text", "hex")
            .doc("how prefix and separator are written: as they are, or in hexadecimal digits"),
        sdk::opt("age", &Rule::age)
            .unit_duration()
            .doc("the value was written so long ago or longer, by the time that it holds; 0: any"),
        sdk::opt("timestamp", &Rule::timestamp)
            .one_of("suffix_us", "suffix_s32", "offset_us", "offset_s32")
            .doc("where a value holds its time of writing: 8 bytes, microseconds since 1970, or 4 "
                 "bytes, seconds; little-endian; at its end or at timestamp_offset"),
        sdk::opt("timestamp_offset", &Rule::timestamp_offset)
            .unit_bytes()
            .doc("of offset_us and offset_s32: from the value's first byte"),
        sdk::opt("value_min", &Rule::value_min)
            .unit_bytes()
            .doc("the value has so many bytes or more"),
        sdk::opt("value_max", &Rule::value_max)
            .unit_bytes()
            .doc("the value has so many bytes or fewer"),
        sdk::opt("keep_last", &Rule::keep_last)
            .doc("the key is not among the first so many of its group, all that stands before the "
                 "last separator; 0: groups are not counted"),
        sdk::opt("separator", &Rule::separator)
            .doc("of keep_last: stands between a key's group and its version"));
  }
};

Status wrong(std::size_t index, const char* member, const std::string& why) {
  return Status::invalid_argument("option \"rules\", entry " + std::to_string(index + 1) + ": " +
                                  why)
      .with_pointer("/rules/" + std::to_string(index) + (*member == '\0' ? "" : "/") + member);
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Nothing when `text` is not in pairs of hexadecimal digits.
std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit_of(text[i]);
    const int low = digit_of(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return bytes;
}

Status decode(std::size_t index, const char* member, std::string& text) {
  std::optional<std::string> bytes = from_hex(text);
  if (!bytes) return wrong(index, member, "\"" + text + "\" is not in pairs of hexadecimal digits");
  text = std::move(*bytes);
  return {};
}

bool has_condition(const Rule& r) {
  return !r.prefix.empty() || r.age != 0 || r.value_min != 0 || r.value_max != UINT64_MAX ||
         r.keep_last != 0;
}

/// Decodes what is in hexadecimal digits, and refuses what cannot have been meant.
Status prepare(std::size_t index, Rule& rule) {
  if (rule.encoding == Encoding::kHex) {
    LOAM_TRY(decode(index, "prefix", rule.prefix));
    LOAM_TRY(decode(index, "separator", rule.separator));
  }
  if (rule.action == Action::kRemove && !has_condition(rule)) {
    return wrong(index, "", "without a condition it would remove every entry");
  }
  if (rule.value_min > rule.value_max) {
    return wrong(index, "value_min", "value_min is above value_max: no value is meant");
  }
  if ((rule.keep_last != 0) != !rule.separator.empty()) {
    return wrong(index, "separator", "keep_last and separator go together");
  }
  if (rule.keep_last != 0 && rule.action == Action::kKeep) {
    return wrong(index, "keep_last", "keep_last is for rules that remove");
  }
  const bool at_offset =
      rule.timestamp == Timestamp::kOffsetUs || rule.timestamp == Timestamp::kOffsetS32;
  if (rule.timestamp_offset != 0 && !at_offset) {
    return wrong(index, "timestamp_offset", "only offset_us and offset_s32 have an offset");
  }
  return {};
}

std::uint64_t get_le(const char* in, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value |= std::uint64_t{static_cast<std::uint8_t>(in[i])} << (8 * i);
  }
  return value;
}

/// Microseconds since 1970; nothing when the value is too short to hold it.
std::optional<std::uint64_t> written_us(const Rule& rule, Bytes value) {
  const bool micros =
      rule.timestamp == Timestamp::kSuffixUs || rule.timestamp == Timestamp::kOffsetUs;
  const bool suffix =
      rule.timestamp == Timestamp::kSuffixUs || rule.timestamp == Timestamp::kSuffixS32;
  const std::size_t width = micros ? 8 : 4;
  if (value.size() < width) return std::nullopt;
  if (!suffix && rule.timestamp_offset > value.size() - width) return std::nullopt;
  const std::size_t at = suffix ? value.size() - width : rule.timestamp_offset;
  const std::uint64_t stated = get_le(value.data() + at, width);
  return micros ? stated : stated * loam::kSecondUs;
}

struct Counters {
  sdk::Counter removed;
  sdk::Counter no_time;
};

/// How many keys of the present group a rule has met in this job.
struct Group {
  std::string name;
  std::string last_key;
  std::uint64_t met = 0;
};

class Job {
 public:
  Job(const std::vector<Rule>& rules, std::uint64_t now_us, const Counters& counters)
      : rules_(rules), now_us_(now_us), counters_(counters), groups_(rules.size()) {}

  sdk::Decision decide(const sdk::CompactionEntry& entry) {
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      const Rule& rule = rules_[i];
      if (!entry.key.starts_with(rule.prefix)) continue;
      // Counted whatever the value says: "the newest three stay, the others for 30 days".
      if (rule.keep_last != 0 && !is_beyond(rule, groups_[i], entry.key)) continue;
      if (!value_meets(rule, entry)) continue;
      if (rule.action == Action::kKeep) break;
      counters_.removed.add();
      return sdk::Decision::remove();
    }
    return sdk::Decision::keep();
  }

 private:
  static bool is_beyond(const Rule& rule, Group& group, Bytes key) {
    const std::size_t at = key.rfind(rule.separator);
    if (at == Bytes::npos) return false;
    const Bytes name = key.substr(0, at);
    if (group.met == 0 || group.name != name) {
      group.name.assign(name);
      group.met = 0;
    }
    // The same entry asked about again is no further one.
    if (group.met == 0 || group.last_key != key) ++group.met;
    group.last_key.assign(key);
    return group.met > rule.keep_last;
  }

  [[nodiscard]] bool value_meets(const Rule& rule, const sdk::CompactionEntry& entry) const {
    const bool any = rule.age == 0 && rule.value_min == 0 && rule.value_max == UINT64_MAX;
    if (any) return true;
    if (entry.is_merge) return false;  // an operand is not the value
    const std::size_t size = entry.value.size();
    if (size < rule.value_min || size > rule.value_max) return false;
    if (rule.age == 0) return true;
    const std::optional<std::uint64_t> written = written_us(rule, entry.value);
    if (!written) counters_.no_time.add();
    return written && *written <= now_us_ && now_us_ - *written >= rule.age;
  }

  const std::vector<Rule>& rules_;
  std::uint64_t now_us_;
  Counters counters_;
  std::vector<Group> groups_;
};

struct Rules {
  static constexpr auto kName = "rules";
  static constexpr auto kSummary =
      "removes what rules in the stack document say: by prefix, age, size, or count";

  struct Options {
    std::vector<Rule> rules;
  };
  static consteval auto describe() {
    return sdk::options(sdk::opt("rules", &Options::rules)
                            .required()
                            .items_max(64)
                            .doc("asked in order; the first whose conditions hold decides"));
  }

  Rules(Options options, const sdk::Host& host)
      : rules_(std::move(options.rules)),
        counters_{
            host.counter("rules.removed", "entries", "entries removed by a rule"),
            host.counter("rules.no_time", "entries",
                         "times that an age was asked of a value that holds no time of writing")} {
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      Status status = prepare(i, rules_[i]);
      if (!status.ok()) throw sdk::Failure(std::move(status));
    }
  }

  [[nodiscard]] Job job(const sdk::CompactionInfo& info) const {
    return Job(rules_, info.now_us, counters_);
  }

  std::vector<Rule> rules_;
  Counters counters_;
};

}  // namespace

LOAM_PLUGIN("loam.rules", "1.0.0", "Apache-2.0", loam::sdk::compaction_filter<Rules>)
