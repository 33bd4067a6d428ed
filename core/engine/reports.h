/// Properties that are texts of many lines: what the tables of a store are, and what was done to
/// them.
///
/// Thread: safe. Each reads the version of its moment.
#pragma once

#include <string>

#include "core/engine/store.h"

namespace loam::engine {

/// A line a table: level, file, bytes, entries, deletions, codecs, filter, smallest and largest
/// key.
std::string tables_report(Store& store);
/// The tables as `leveldb.sstables` of LevelDB shows them: a heading a level, then a line a table
/// of number, size and internal keys.
std::string leveldb_tables_report(Store& store);
/// A line a level that holds something: level, files, bytes.
std::string levels_report(Store& store);
/// The table that LevelDB's property `stats` shows: a line a level that holds tables or was written
/// to, with the files and bytes it has, and time, bytes read and bytes written by the flushes and
/// compactions since open that wrote to it.
std::string compactions_report(Store& store);
/// Bytes that memtables, the block cache (all its stores together) and open tables of the current
/// version take.
std::uint64_t memory_usage(Store& store);
/// A line a counter that a plugin of the store's registry registered, by name: name, value since
/// the registry was made, unit, help (tab-separated). Stores of one registry show the same.
std::string plugin_metrics_report(Store& store);
/// A line a tag of memory that plugins of the registry allocated through it: tag, bytes held now.
std::string plugin_memory_report(Store& store);

}  // namespace loam::engine
