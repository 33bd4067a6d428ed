#include "tests/scenario/tree.h"

#include "core/format/file_names.h"
#include "core/io/file_system.h"
#include "core/table/table.h"
#include "core/version/version_set.h"
#include "tests/support/reference.h"

namespace loam::test {
namespace {

const char* type_name(format::ValueType type) {
  switch (type) {
    case format::ValueType::kDelete: return "DEL";
    case format::ValueType::kPut: return "PUT";
    default: return "OTHER";
  }
}

Result<std::string> table_text(const Options& options, const std::string& path,
                               const version::TableFile& file, const format::InternalOrder& order) {
  LOAM_TRY_ASSIGN(const auto fs, io::FileSystem::make(options.file_system));
  LOAM_TRY_ASSIGN(auto random, fs.open_random(path + "/" + format::table_name(file.number)));
  table::OpenOptions open;
  open.name = format::table_name(file.number);
  open.size = file.size;
  open.table_id = file.table_id;
  open.registry = options.registry;
  LOAM_TRY_ASSIGN(const auto table, table::Table::open(std::move(random), open, order));
  LOAM_TRY(table->verify());
  std::string text;
  const auto it = table->new_iterator({});
  for (it->seek_to_first(); it->valid(); it->next()) {
    const std::uint64_t trailer = format::trailer(it->key());
    text += (text.empty() ? "" : " ") + escaped(format::user_key(it->key())) + "#" +
            std::to_string(format::sequence_of(trailer)) + "," +
            type_name(format::type_of(trailer));
  }
  LOAM_TRY(it->status());
  return "[" + text + "]";
}

Result<std::string> all_tables(const Options& options, const std::string& path) {
  LOAM_TRY_ASSIGN(const auto fs, io::FileSystem::make(options.file_system));
  LOAM_TRY_ASSIGN(const auto comparator, plugin::Comparator::make(options.comparator));
  const format::InternalOrder order(comparator);
  version::SetOptions set;
  set.fs = fs;
  set.path = path;
  set.environment = &Environment::system();
  set.order = &order;
  set.comparator = options.comparator.identity();
  version::VersionSet versions(std::move(set));
  LOAM_TRY(versions.recover());
  const auto version = versions.current();
  std::string text;
  for (int level = 0; level < version->num_levels(); ++level) {
    if (version->level(level).empty()) continue;
    text += "L" + std::to_string(level) + ":";
    for (const auto& file : version->level(level)) {
      LOAM_TRY_ASSIGN(const std::string entries, table_text(options, path, *file, order));
      text += " " + entries;
    }
    text += "\n";
  }
  return text.empty() ? "(no tables)\n" : text;
}

}  // namespace

std::string tree_text(const Options& options, const std::string& path) {
  auto text = all_tables(options, path);
  return text.ok() ? *text : "error: " + text.status().to_string() + "\n";
}

}  // namespace loam::test
