/// RocksDB's compression and filter options in the words of a stack: `table.codec`, `table.filter`
/// and `levels`. Pure: text in, text out.  Thread: functions are safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace loam::config {

/// What an OPTIONS file says; empty: nothing.
struct LevelPlan {
  std::string compression;         // kLZ4Compression
  std::string per_level;           // kNoCompression:kZSTD
  std::string bottommost;          // kDisableCompressionOption: as the others
  std::string options;             // {level=32767;...}
  std::string bottommost_options;  // count when they say enabled=true
  std::size_t num_levels = 7;
  std::string filter_above;       // JSON of the filter of levels 0 to filter_levels - 1
  std::size_t filter_levels = 0;  // 0: all as in "table"
};

struct CodecNote {
  std::string_view option;
  std::string reason;
};

struct CodecPlan {
  std::string table_json;
  std::vector<std::string> level_json;  // the last holds for deeper ones; empty: all as in "table"
  std::vector<CodecNote> notes;
};

CodecPlan codecs_of(const LevelPlan& plan);
/// The value of /store/default/levels; empty: none is needed.
std::string levels_json(const LevelPlan& plan, const CodecPlan& codecs);

struct FilterPlan {
  std::string json;        // empty: unknown
  std::string above_json;  // of the upper `above_levels`
  std::size_t above_levels = 0;
  std::string reason;  // when it is not the same
};

/// Of filter_policy: nullptr, bloomfilter:10:false, ribbonfilter:10:0, and the class names that
/// older versions wrote.
FilterPlan filter_of(std::string_view policy);

/// The whole text as a number.
std::optional<double> real_of(std::string_view text);
/// "10", "1.5".
std::string short_real(double value);

}  // namespace loam::config
