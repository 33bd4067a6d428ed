#include "config/hints.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "config/core_options.h"
#include "config/units.h"

namespace loam::config {

namespace {

using Shape = Schema::Shape;
using Type = Node::Type;

struct ForeignName {
  std::string_view name;
  std::string_view here;  // a pointer, or a sentence
};

constexpr std::string_view kNotInStacks = "a stack does not say this: ";

constexpr std::array kForeignOptions = {
    ForeignName{"bits_per_key",
                "an option of a filter: {\"type\": \"bloom\", \"bits_per_key\": 10}"},
    ForeignName{"block_based_table_factory", "/store/default/table"},
    ForeignName{"block_based_options", "/store/default/table"},
    ForeignName{"block_cache_size", "/store/block_cache"},
    ForeignName{"bloom_bits", "/store/default/table/filter"},
    ForeignName{"bloom_filter", "/store/default/table/filter"},
    ForeignName{"bottommost_compression", "the last entry of /store/default/levels"},
    ForeignName{"bytes_per_sync", "/store/wal/sync, with /store/wal/sync_interval"},
    ForeignName{"cache", "/store/block_cache"},
    ForeignName{"cache_index_and_filter_blocks",
                "open tables keep index and filter in memory; /store/max_open_files bounds them"},
    ForeignName{"cache_size", "/store/block_cache"},
    ForeignName{"compaction_style", "/store/default/compaction/style"},
    ForeignName{"compression", "/store/default/table/codec"},
    ForeignName{"compression_level", "an option of the codec: {\"type\": \"zstd\", \"level\": 6}"},
    ForeignName{"compression_opts", "options of the codec: {\"type\": \"zstd\", \"level\": 6}"},
    ForeignName{"compression_per_level", "/store/default/levels"},
    ForeignName{"compression_type", "/store/default/table/codec"},
    ForeignName{"create_if_missing", "the program that opens the store decides it"},
    ForeignName{"data_dir", "the program that opens the store names its directory"},
    ForeignName{"db_path", "the program that opens the store names its directory"},
    ForeignName{"db_write_buffer_size",
                "memtables take write_buffer_size times max_write_buffer_number"},
    ForeignName{"directory", "the program that opens the store names its directory"},
    ForeignName{"disableWAL", "/store/wal/enabled, false"},
    ForeignName{"disable_wal", "/store/wal/enabled, false"},
    ForeignName{"env", "/store/file_system"},
    ForeignName{"error_if_exists", "the program that opens the store decides it"},
    ForeignName{"filter_policy", "/store/default/table/filter"},
    ForeignName{"info_log_level", "/store/info_log/level"},
    ForeignName{"log_level", "/store/info_log/level"},
    ForeignName{"lru_cache", "/store/block_cache"},
    ForeignName{"max_background_flushes", "/store/max_background_compactions"},
    ForeignName{"max_background_jobs", "/store/max_background_compactions"},
    ForeignName{"max_file_size", "/store/default/compaction/target_file_size_base"},
    ForeignName{"max_subcompactions", "/store/max_background_compactions"},
    ForeignName{"memtable_size", "/store/default/write_buffer_size"},
    ForeignName{"name", "a stack and a store have no names; use \"$comment\""},
    ForeignName{"path", "the program that opens the store names its directory"},
    ForeignName{"periodic_compaction_seconds",
                "/store/default/compaction_filter, {\"type\": \"ttl\", \"ttl\": \"7d\"}"},
    ForeignName{"rate_limit", "/store/rate_bytes_per_sec"},
    ForeignName{"rate_limiter", "/store/rate_bytes_per_sec"},
    ForeignName{"read_only", "the program that opens the store decides it"},
    ForeignName{"table_factory", "/store/default/table"},
    ForeignName{"ttl", "/store/default/compaction_filter, {\"type\": \"ttl\", \"ttl\": \"7d\"}"},
    ForeignName{"use_fsync", "/store/wal/sync"},
    ForeignName{"wal_bytes_per_sync", "/store/wal/sync, with /store/wal/sync_interval"},
    ForeignName{"wal_dir", "the log lies beside the tables"},
    ForeignName{"write_buffer_manager",
                "memtables take write_buffer_size times max_write_buffer_number"},
};

constexpr std::string_view kBesideType =
    R"(options stand beside "type": {"type": ..., "level": 6})";

struct ForeignComponentOption {
  std::string_view kind;
  std::string_view name;
  std::string_view here;
};

constexpr std::array kForeignComponentOptions = {
    ForeignComponentOption{"codec", "compression_level", "that is \"level\" here"},
    ForeignComponentOption{"codec", "max_dict_bytes", "that is \"dictionary\" of zstd here"},
    ForeignComponentOption{"codec", "options", kBesideType},
    ForeignComponentOption{"codec", "zstd_max_train_bytes", "that is \"train_from\" of zstd here"},
    ForeignComponentOption{"file_system", "directory",
                           "the program that opens the store names its directory"},
    ForeignComponentOption{"file_system", "path",
                           "the program that opens the store names its directory"},
    ForeignComponentOption{"filter", "bits", "that is \"bits_per_key\" here"},
    ForeignComponentOption{"filter", "false_positive_rate",
                           "said by bits_per_key: 10 let 1 % of absent keys through, 14 0.2 %"},
    ForeignComponentOption{"filter", "fpr",
                           "said by bits_per_key: 10 let 1 % of absent keys through, 14 0.2 %"},
};

struct ForeignComponent {
  std::string_view kind;
  std::string_view word;  // lower case
  std::string_view here;
};

constexpr std::array kForeignComponents = {
    ForeignComponent{"codec", "brotli", "zstd"},
    ForeignComponent{"codec", "bzip2", "zstd"},
    ForeignComponent{"codec", "deflate", "zlib"},
    ForeignComponent{"codec", "gzip", "zlib"},
    ForeignComponent{"codec", "kbzip2compression", "zstd"},
    ForeignComponent{"codec", "klz4compression", "lz4"},
    ForeignComponent{"codec", "klz4hccompression", "lz4"},
    ForeignComponent{"codec", "knocompression", "none"},
    ForeignComponent{"codec", "ksnappycompression", "snappy"},
    ForeignComponent{"codec", "kzlibcompression", "zlib"},
    ForeignComponent{"codec", "kzstd", "zstd"},
    ForeignComponent{"codec", "lz4hc", "lz4"},
    ForeignComponent{"codec", "no", "none"},
    ForeignComponent{"codec", "off", "none"},
    ForeignComponent{"codec", "raw", "none"},
    ForeignComponent{"codec", "uncompressed", "none"},
    ForeignComponent{"codec", "xz", "zstd"},
    ForeignComponent{"codec", "zstandard", "zstd"},
    ForeignComponent{"comparator", "ascending", "bytewise"},
    ForeignComponent{"comparator", "binary", "bytewise"},
    ForeignComponent{"comparator", "bytewisecomparator", "bytewise"},
    ForeignComponent{"comparator", "descending", "reverse_bytewise"},
    ForeignComponent{"comparator", "leveldb.bytewisecomparator", "bytewise"},
    ForeignComponent{"comparator", "lexicographic", "bytewise"},
    ForeignComponent{"comparator", "memcmp", "bytewise"},
    ForeignComponent{"comparator", "reverse", "reverse_bytewise"},
    ForeignComponent{"comparator", "reversebytewisecomparator", "reverse_bytewise"},
    ForeignComponent{"comparator", "rocksdb.reversebytewisecomparator", "reverse_bytewise"},
    ForeignComponent{"file_system", "default", "posix"},
    ForeignComponent{"file_system", "disk", "posix"},
    ForeignComponent{"file_system", "ext4", "posix"},
    ForeignComponent{"file_system", "file", "posix"},
    ForeignComponent{"file_system", "local", "posix"},
    ForeignComponent{"file_system", "mem", "memory"},
    ForeignComponent{"file_system", "memenv", "memory"},
    ForeignComponent{"file_system", "posixenv", "posix"},
    ForeignComponent{"file_system", "ram", "memory"},
    ForeignComponent{"file_system", "tmpfs", "memory"},
    ForeignComponent{"filter", "bloomfilter", "bloom"},
    ForeignComponent{"filter", "leveldb.builtinbloomfilter2", "leveldb_bloom"},
    ForeignComponent{"filter", "ribbonfilter", "ribbon"},
    ForeignComponent{"filter", "rocksdb.bloomfilter", "bloom"},
    ForeignComponent{"filter", "rocksdb.builtinbloomfilter", "bloom"},
    ForeignComponent{"compaction_filter", "expire", "ttl"},
    ForeignComponent{"compaction_filter", "prefix", "prefix_drop"},
};

std::string lower(std::string_view word) {
  std::string out(word);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool is_among(std::string_view word, const std::vector<std::string>& known) {
  return std::find(known.begin(), known.end(), word) != known.end();
}

bool is_all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// true or false for what other notations say instead; empty: neither.
std::string_view truth(const Node& node) {
  const std::string word = node.is(Type::kString) ? lower(node.text) : to_json(node);
  for (std::string_view yes : {"true", "yes", "on", "1", "y", "enabled"}) {
    if (word == yes) return "true";
  }
  for (std::string_view no : {"false", "no", "off", "0", "n", "disabled"}) {
    if (word == no) return "false";
  }
  return {};
}

/// NAME of "$NAME", "${NAME}" and "%NAME%".
std::string shell_variable(std::string_view text) {
  const bool percents = text.size() > 2 && text.front() == '%' && text.back() == '%';
  if (!text.starts_with('$') && !percents) return {};
  text.remove_prefix(text.starts_with("${") ? 2 : 1);
  if (text.ends_with('}') || percents) text.remove_suffix(1);
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
  return plain ? std::string(text) : std::string();
}

std::string number_hint(const Node& node, bool integer) {
  if (node.is(Type::kReal) && integer) {
    const bool whole = node.real == std::trunc(node.real) && std::fabs(node.real) < 1e18;
    return whole ? "write " + std::to_string(static_cast<std::int64_t>(node.real)) : std::string();
  }
  if (!node.is(Type::kString)) return {};
  if (const std::string name = shell_variable(node.text); !name.empty()) {
    return "write \"${env:" + name + "}\"";
  }
  if (is_all_digits(node.text)) return "write " + node.text + " without quotes";
  std::string digits;
  for (char c : node.text) {
    if (c != ',' && c != '_' && c != '\'' && c != ' ') digits += c;
  }
  return is_all_digits(digits) ? "write " + digits : std::string();
}

std::string duration_hint(const Node& node) {
  const bool count = node.is(Type::kInteger) && !node.negative;
  if (count) return "write a unit: \"" + node.text + "ms\" or \"" + node.text + "s\"";
  return R"(a duration is like "250ms" or "7d")";
}

/// `{"path": ...}`: an object of which one option, a text, must be given.
std::string object_of_one(const Schema& schema) {
  for (const Property& property : schema.properties) {
    if (property.schema.required && property.schema.shape == Shape::kText) return property.name;
  }
  return {};
}

std::string array_hint(const Node& node, const Schema& schema) {
  if (node.is(Type::kString) && schema.items) {
    const std::string key = object_of_one(*schema.items);
    const std::string item = quoted(node.text, true);
    if (!key.empty()) return "write [{\"" + key + "\": " + item + "}]";
    if (schema.items->shape == Shape::kText) return "write [" + item + "]";
  }
  return node.is(Type::kObject) ? "write [ ... ]: " + schema.doc : schema.doc;
}

/// Would a text, or a truth, stand at this option?
bool may_stand_at(const Node& node, const Schema& schema) {
  if (node.is(Type::kBool)) return schema.shape == Shape::kBool;
  return schema.shape == Shape::kComponent || is_among(node.text, schema.choices);
}

std::string object_hint(const Node& node, const Schema& schema) {
  std::string key = object_of_one(schema);
  if (!node.is(Type::kString)) key.clear();
  for (const Property& property : schema.properties) {
    if (!key.empty() || (!node.is(Type::kString) && !node.is(Type::kBool))) break;
    if (may_stand_at(node, property.schema)) key = property.name;
  }
  if (!key.empty()) {
    const std::string value = node.is(Type::kBool) ? to_json(node) : quoted(node.text, true);
    return "write {\"" + key + "\": " + value + "}";
  }
  return "write { \"name\": value, ... }";
}

}  // namespace

std::string foreign_option(std::string_view name) {
  for (const ForeignName& foreign : kForeignOptions) {
    if (foreign.name != name) continue;
    const std::string here(foreign.here);
    if (here.starts_with('/')) return "that is " + here + " here";
    if (here.starts_with("the program")) return std::string(kNotInStacks) + here;
    return here;
  }
  return {};
}

std::string foreign_component(std::string_view kind, std::string_view word,
                              const std::vector<std::string>& known) {
  const std::string wanted = lower(word);
  for (const ForeignComponent& foreign : kForeignComponents) {
    if (foreign.kind == kind && foreign.word == wanted && is_among(foreign.here, known)) {
      return std::string(foreign.here);
    }
  }
  return {};
}

std::string packed_options(std::string_view word, const std::vector<std::string>& known) {
  const std::size_t end = word.find_first_of(":(=, -@/");
  if (end == std::string_view::npos || end == 0 || end + 1 == word.size()) return {};
  const std::string name = lower(word.substr(0, end));
  if (!is_among(name, known)) return {};
  return "options stand beside \"type\": {\"type\": " + quoted(name) + ", ...}";
}

std::string place_of_core_option(const std::string& key) {
  if (key.empty() || key.find('/') != std::string::npos) return {};
  for (const CoreOption& option : core_options()) {
    const std::string pointer = std::string(option.pointer) + "/";
    const std::size_t at = pointer.find("/" + key + "/");
    if (at == std::string::npos) continue;
    return quoted(key) + " stands at " + pointer.substr(0, at + 1 + key.size());
  }
  return {};
}

std::string foreign_component_option(std::string_view kind, std::string_view name) {
  for (const ForeignComponentOption& foreign : kForeignComponentOptions) {
    if (foreign.kind == kind && foreign.name == name) return std::string(foreign.here);
  }
  return {};
}

std::string typeless_hint(const Node& node, const std::vector<std::string>& known) {
  for (const Member& member : node.members) {
    std::string type;
    if (is_among(member.key, known)) type = member.key;
    const bool says = member.value.is(Type::kString) && is_among(member.value.text, known);
    if (type.empty() && says) type = member.value.text;
    if (type.empty()) continue;
    return "write {\"type\": " + quoted(type) + (node.members.size() > 1 ? ", ...}" : "}");
  }
  return {};
}

std::string none_hint(std::string_view word) {
  if (word != "none") return {};
  return "there is always one; leave the option out to have its default";
}

std::string type_hint(const Node& node, const Schema& schema) {
  if (node.is(Type::kNull) && schema.shape != Shape::kComponent) {
    return "leave the option out to have its default";
  }
  switch (schema.shape) {
    case Shape::kBool: {
      const std::string_view word = truth(node);
      return word.empty() ? std::string() : "write " + std::string(word) + " without quotes";
    }
    case Shape::kInteger: return number_hint(node, true);
    case Shape::kNumber: return number_hint(node, false);
    case Shape::kDuration: return duration_hint(node);
    case Shape::kBytes: {
      std::string hint = number_hint(node, true);
      return hint.empty() || node.negative ? R"(a size is like 4096 or "64MiB")" : hint;
    }
    case Shape::kArray: return array_hint(node, schema);
    case Shape::kObject:
    case Shape::kMap: return object_hint(node, schema);
    case Shape::kText:
      if (schema.choices.empty() && node.is(Type::kInteger)) return "write \"" + node.text + "\"";
      return schema.choices.empty() ? schema.doc : "one of the choices, in double quotes";
    default: return {};
  }
}

}  // namespace loam::config
