// Compaction filter "prefix_drop": removes all entries whose keys begin with one of some prefixes.
//
// For tenants that left, old generations of an index, finished jobs: instead of a delete for each
// key, they go when their tables are compacted. Until then they can be read. Values and merge
// operands alike go. The prefixes are in one option, since options are single values: text between
// commas, or hexadecimal digits, for keys that are no text.
//
// Thread: immutable.
#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "loam/sdk.h"

namespace {

namespace sdk = loam::sdk;
using loam::Result;
using loam::Status;

enum class Encoding { kText, kHex };

/// Sorted, and none begins with another.
using Prefixes = std::vector<std::string>;

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Status refused(const std::string& why) {
  return Status::invalid_argument("option \"prefixes\": " + why).with_pointer("/prefixes");
}

Result<std::string> decode(std::string_view part, Encoding encoding) {
  // An empty prefix begins every key: a comma too many must not empty a store.
  if (part.empty()) return refused("an empty prefix would remove every key");
  if (encoding == Encoding::kText) return std::string(part);
  if (part.size() % 2 != 0) {
    return refused("\"" + std::string(part) + "\" has an odd number of hexadecimal digits");
  }
  std::string bytes;
  for (std::size_t i = 0; i < part.size(); i += 2) {
    const int high = digit_of(part[i]);
    const int low = digit_of(part[i + 1]);
    if (high < 0 || low < 0) {
      return refused("\"" + std::string(part) + "\" is not in hexadecimal digits");
    }
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return bytes;
}

Result<Prefixes> parse(std::string_view text, Encoding encoding) {
  Prefixes all;
  for (bool more = true; more;) {
    const std::size_t comma = text.find(',');
    more = comma != std::string_view::npos;
    LOAM_TRY_ASSIGN(std::string prefix, decode(text.substr(0, comma), encoding));
    all.push_back(std::move(prefix));
    if (more) text.remove_prefix(comma + 1);
  }
  std::sort(all.begin(), all.end());
  Prefixes needed;
  for (std::string& prefix : all) {
    if (needed.empty() || !prefix.starts_with(needed.back())) needed.push_back(std::move(prefix));
  }
  return needed;
}

struct PrefixDrop {
  static constexpr auto kName = "prefix_drop";
  static constexpr auto kSummary = "removes all entries whose keys begin with one of some prefixes";

  struct Options {
    std::string prefixes;
    Encoding encoding = Encoding::kText;
  };
  static consteval auto describe() {
    return sdk::options(
        sdk::opt("prefixes", &Options::prefixes)
            .required()
            .doc("what the keys to remove begin with; several are separated by commas"),
        sdk::opt("encoding", &Options::encoding)
            .one_of("text", "hex")
            .doc("how the prefixes are written: as they are, or in hexadecimal digits"));
  }

  PrefixDrop(const Options& options, const sdk::Host& host)
      : removed_(host.counter("prefix_drop.removed", "entries",
                              "entries removed because their keys begin so")) {
    auto prefixes = parse(options.prefixes, options.encoding);
    if (!prefixes.ok()) throw sdk::Failure(std::move(prefixes).status());
    prefixes_ = std::move(prefixes).value();
  }

  /// Only the last prefix that is not above the key can begin it, since none begins another.
  sdk::Decision decide(const sdk::CompactionEntry& entry) const {
    const auto above = std::upper_bound(prefixes_.begin(), prefixes_.end(), entry.key);
    if (above == prefixes_.begin() || !entry.key.starts_with(*std::prev(above))) {
      return sdk::Decision::keep();
    }
    removed_.add();
    return sdk::Decision::remove();
  }

  Prefixes prefixes_;
  sdk::Counter removed_;
};

}  // namespace

LOAM_PLUGIN("loam.prefix_drop", "1.0.0", "Apache-2.0", loam::sdk::compaction_filter<PrefixDrop>)
