#include "config/rocksdb_codecs.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "config/rocksdb_options.h"
#include "config/units.h"

namespace loam::config {

namespace {

constexpr std::string_view kDisabled = "kDisableCompressionOption";
constexpr double kLevelNotSet = 32767;
constexpr double kZstdLow = -5;
constexpr double kZstdHigh = 22;
constexpr double kZlibLow = 1;
constexpr double kZlibHigh = 9;
// Bytes that zstd's dictionary and train_from go from and to here.
constexpr double kDictionaryLow = 256;
constexpr double kDictionaryHigh = 1 << 20;
constexpr double kTrainFromLow = 4 << 10;
constexpr double kTrainFromHigh = 64 << 20;

struct Codec {
  std::string json;
  std::string reason;  // when it is not the same
};

/// `"name": value` behind a comma.
std::string member(std::string_view name, std::string_view value) {
  return ", \"" + std::string(name) + "\": " + std::string(value);
}

std::string component(std::string_view type, std::string_view members) {
  return R"({ "type": ")" + std::string(type) + "\"" + std::string(members) + " }";
}

std::string component(std::string_view type, std::string_view option, double value) {
  return component(type, member(option, short_real(value)));
}

/// A size of the options, a whole number from 0 on; 0 when it is not said.
double size_field(std::string_view options, std::string_view name) {
  const double value = real_of(field_of(options, name).value_or("0")).value_or(0);
  return std::isfinite(value) && value >= 1 ? std::floor(value) : 0;
}

std::string size_member(std::string_view name, double bytes) {
  const std::string text = format_bytes(static_cast<std::uint64_t>(bytes));
  return member(name, text.find('B') == std::string::npos ? text : "\"" + text + "\"");
}

void add_reason(std::string_view reason, std::string* reasons) {
  reasons->append(reasons->empty() ? "" : "; ").append(reason);
}

/// max_dict_bytes and zstd_max_train_bytes: how large a dictionary, and from how much it is made.
std::string dictionary_members(std::string_view options, std::string* reasons) {
  const double bytes = size_field(options, "max_dict_bytes");
  if (bytes == 0) return "";
  const double here = std::clamp(bytes, kDictionaryLow, kDictionaryHigh);
  if (here != bytes) add_reason("dictionaries take 256 bytes to 1MiB here", reasons);
  std::string members = size_member("dictionary", here);
  const double from = size_field(options, "zstd_max_train_bytes");
  if (from == 0) {
    add_reason(
        "a dictionary is trained here, from train_from bytes, where there it is the samples "
        "themselves",
        reasons);
    return members;
  }
  // Never from less than it holds itself.
  const double train_from = std::clamp(std::max(from, here), kTrainFromLow, kTrainFromHigh);
  if (train_from != from) {
    add_reason("dictionaries are made of 4KiB to 64MiB here, and of no less than they hold",
               reasons);
  }
  return members + size_member("train_from", train_from);
}

Codec zstd(std::string_view options) {
  std::string members;
  std::string reasons;
  const std::optional<double> level = real_of(field_of(options, "level").value_or("32767"));
  if (level && *level != kLevelNotSet) {
    const double here = std::clamp(*level, kZstdLow, kZstdHigh);
    members = member("level", short_real(here));
    if (here != *level) add_reason("levels of zstd go from -5 to 22 here", &reasons);
  }
  members += dictionary_members(options, &reasons);
  return {members.empty() ? "\"zstd\"" : component("zstd", members), reasons};
}

/// Its level -1 is zlib's default, which is ours.
Codec zlib(std::string_view options) {
  const std::optional<double> level = real_of(field_of(options, "level").value_or("32767"));
  if (!level || *level == kLevelNotSet || *level == -1) return {"\"zlib\"", ""};
  const double here = std::clamp(*level, kZlibLow, kZlibHigh);
  return {component("zlib", "level", here),
          here == *level ? "" : "levels of zlib go from 1 to 9 here"};
}

Codec codec_of(std::string_view compression, std::string_view options) {
  if (compression == "kNoCompression") return {"\"none\"", ""};
  if (compression == "kSnappyCompression") return {"\"snappy\"", ""};
  if (compression == "kLZ4Compression") return {"\"lz4\"", ""};
  if (compression == "kZSTD" || compression == "kZSTDNotFinalCompression") return zstd(options);
  if (compression == "kLZ4HCCompression") {
    return {"\"lz4\"", "LZ4's slow packer is not here; lz4 packs faster, and less"};
  }
  if (compression == "kZlibCompression") return zlib(options);
  if (compression == "kBZip2Compression" || compression == "kXpressCompression") {
    return {"\"zstd\"", std::string(compression) + " is not here; zstd packs about as well"};
  }
  return {"\"lz4\"", std::string(compression) + " is not known here; lz4 stands for it"};
}

/// Fields without counterpart that are not as RocksDB leaves them: `window_bits, strategy`.
std::string other_fields(std::string_view options) {
  static constexpr std::pair<std::string_view, std::string_view> kUsual[] = {
      {"window_bits", "-14"},
      {"strategy", "0"},
      {"parallel_threads", "1"},
      {"max_dict_buffer_bytes", "0"},
      {"use_zstd_dict_trainer", "true"}};
  std::string names;
  for (const auto& [name, usual] : kUsual) {
    const std::optional<std::string> value = field_of(options, name);
    if (!value || *value == usual) continue;
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  return names;
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(at), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

/// `compressions` are those that go by these options.
void note_options(std::string_view option, std::string_view options,
                  const std::vector<std::string>& compressions, CodecPlan* out) {
  const std::string others = other_fields(options);
  if (!others.empty()) {
    out->notes.push_back({option, "these of it have no counterpart: " + others});
  }
  if (size_field(options, "max_dict_bytes") == 0) return;
  const bool without =
      std::any_of(compressions.begin(), compressions.end(), [](const std::string& name) {
        return name == "kLZ4Compression" || name == "kLZ4HCCompression" ||
               name == "kZlibCompression";
      });
  if (without) out->notes.push_back({option, "only zstd has dictionaries here"});
}

/// The deepest level that holds data is not known beforehand; from level 2 on lies most of it.
void apply_bottommost(const LevelPlan& plan, CodecPlan* out) {
  if (plan.bottommost.empty() || plan.bottommost == kDisabled) return;
  const bool own = field_of(plan.bottommost_options, "enabled") == "true";
  const std::string& options = own ? plan.bottommost_options : plan.options;
  const Codec codec = codec_of(plan.bottommost, options);
  const std::size_t from = std::min<std::size_t>(2, plan.num_levels - 1);
  const std::string above = out->level_json.empty() ? out->table_json : out->level_json.back();
  out->level_json.resize(from, above);
  out->level_json.push_back(codec.json);
  std::string reason = "there it holds for the deepest level with data; here from level " +
                       std::to_string(from) + " on, where most of it lies";
  if (!codec.reason.empty()) reason += "; " + codec.reason;
  out->notes.push_back({"bottommost_compression", std::move(reason)});
  if (own) note_options("bottommost_compression_opts", options, {plan.bottommost}, out);
}

}  // namespace

CodecPlan codecs_of(const LevelPlan& plan) {
  CodecPlan out;
  const Codec table =
      codec_of(plan.compression.empty() ? "kSnappyCompression" : plan.compression, plan.options);
  out.table_json = table.json;
  if (!table.reason.empty()) out.notes.push_back({"compression", table.reason});
  const std::vector<std::string> per_level = split(plan.per_level, ':');
  note_options("compression_opts", plan.options,
               per_level.empty() ? std::vector<std::string>{plan.compression} : per_level, &out);
  for (const std::string& name : per_level) {
    if (out.level_json.size() == plan.num_levels) break;
    const Codec codec = codec_of(name, plan.options);
    out.level_json.push_back(codec.json);
    const bool said = std::any_of(out.notes.begin(), out.notes.end(), [&](const CodecNote& note) {
      return note.reason == codec.reason;
    });
    if (!codec.reason.empty() && !said) {
      out.notes.push_back({"compression_per_level", codec.reason});
    }
  }
  apply_bottommost(plan, &out);
  return out;
}

std::string levels_json(const LevelPlan& plan, const CodecPlan& codecs) {
  const std::size_t filters = std::min(plan.filter_levels, plan.num_levels);
  std::size_t count = std::max(codecs.level_json.size(), filters);
  // Where the filters end, one more entry is needed for the levels below.
  if (filters > 0 && count == filters && count < plan.num_levels) ++count;
  std::vector<std::string> entries;
  for (std::size_t i = 0; i < count; ++i) {
    std::string entry;
    const std::string& codec = codecs.level_json.empty()
                                   ? codecs.table_json
                                   : codecs.level_json[std::min(i, codecs.level_json.size() - 1)];
    if (codec != codecs.table_json) entry = "\"codec\": " + codec;
    if (i < filters) {
      entry.append(entry.empty() ? "" : ", ").append("\"filter\": ").append(plan.filter_above);
    }
    entries.push_back(entry.empty() ? "{}" : "{ " + entry + " }");
  }
  while (entries.size() > 1 && entries.back() == entries[entries.size() - 2]) entries.pop_back();
  if (entries.empty() || (entries.size() == 1 && entries[0] == "{}")) return "";
  std::string out;
  for (const std::string& entry : entries) out += (out.empty() ? "[" : ", ") + entry;
  return out + "]";
}

FilterPlan filter_of(std::string_view policy) {
  FilterPlan out;
  if (policy == "nullptr" || policy.empty()) {
    out.json = "\"none\"";
    return out;
  }
  if (policy == "rocksdb.BuiltinBloomFilter") {
    out.json = component("bloom", "bits_per_key", 10);
    out.reason = "how many bits a key is not said; here 10";
    return out;
  }
  const std::vector<std::string> parts = split(policy, ':');
  const bool ribbon = parts[0] == "ribbonfilter" || parts[0] == "rocksdb.RibbonFilter";
  const bool bloom = parts[0] == "bloomfilter" || parts[0] == "rocksdb.BloomFilter";
  const std::optional<double> bits = parts.size() > 1 ? real_of(parts[1]) : std::optional<double>();
  if ((!ribbon && !bloom) || !bits || !std::isfinite(*bits)) return out;
  const double here = std::clamp(*bits, 1.0, 64.0);
  if (here != *bits) out.reason = "bits a key go from 1 to 64 here: " + short_real(here);
  out.json = component(ribbon ? "ribbon" : "bloom", "bits_per_key", here);
  if (!ribbon) return out;
  // Tables of flushes count as level -1 there: those of level 0 here.
  const double before = parts.size() > 2 ? real_of(parts[2]).value_or(0) : 0;
  if (before < 0) return out;
  out.above_json = component("bloom", "bits_per_key", here);
  out.above_levels = static_cast<std::size_t>(std::clamp(before, 1.0, 16.0));
  return out;
}

std::optional<double> real_of(std::string_view text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, value);
  if (failed != std::errc() || rest != end) return std::nullopt;
  return value;
}

std::string short_real(double value) {
  char text[32];
  const auto [end, failed] = std::to_chars(std::begin(text), std::end(text), value);
  return failed == std::errc() ? std::string(std::begin(text), end) : "0";
}

}  // namespace loam::config
