#include "tests/repair/inventory.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <stdexcept>
#include <utility>

#include "core/format/batch.h"
#include "core/format/file_names.h"
#include "core/format/leveldb_batch.h"
#include "core/plugin/comparator.h"
#include "core/table/table.h"
#include "core/version/version_set.h"
#include "core/wal/leveldb_reader.h"
#include "core/wal/reader.h"

namespace loam::test {
namespace {

void must(const Status& status) {
  if (!status.ok()) throw std::runtime_error(status.to_string());
}
template <class T>
T must(Result<T> result) {
  must(result.status());
  return std::move(result).value();
}

constexpr std::uint64_t kFileBytesMax = std::uint64_t{1} << 30;

/// Behind the record of LevelDB's log that begins at `at`.
std::uint64_t end_of_record(std::uint64_t at, std::size_t size) {
  for (bool first = true; first || size > 0; first = false) {
    std::size_t left = wal::kBlockSize - at % wal::kBlockSize;
    if (left < wal::kFragmentHeadSize) at += std::exchange(left, wal::kBlockSize);
    const std::size_t part = std::min(size, left - wal::kFragmentHeadSize);
    at += wal::kFragmentHeadSize + part;
    size -= part;
  }
  return at;
}

/// Each batch of a log in Loam's encoding, and its place.
using TakeBatch = std::function<void(Bytes batch, std::uint64_t begin, std::uint64_t end)>;
void each_batch(const io::FileSystem& fs, const std::string& path, std::uint64_t number,
                Format format, const TakeBatch& take) {
  Bytes record;
  if (format == Format::kLevelDb) {
    auto reader = must(wal::LevelDbReader::open(fs, path));
    while (must(reader->next(record))) {
      const std::uint64_t begin = reader->record_offset();
      take(must(format::native_from_leveldb(record)), begin, end_of_record(begin, record.size()));
    }
    return;
  }
  auto reader = must(wal::Reader::open(fs, path, number));
  while (must(reader->next(record))) {
    if (record[0] != static_cast<char>(format::RecordKind::kBatch)) continue;
    take(record, reader->record_offset(), reader->stop_offset());
  }
}

/// LevelDB's manifest says from which number on.
std::set<std::uint64_t> live_logs(const io::FileSystem& fs, const std::string& path,
                                  const version::VersionSet& versions, Format format) {
  std::set<std::uint64_t> logs = versions.live_logs();
  if (format == Format::kLoam) return logs;
  for (const std::string& name : must(fs.list(path))) {
    const auto file = format::parse_file_name(name);
    const bool live =
        file && file->kind == format::FileKind::kLog && file->number >= versions.log_number();
    if (live) logs.insert(file->number);
  }
  return logs;
}

bool is_touched(const std::vector<Wound>& wounds, const std::string& file, std::uint64_t begin,
                std::uint64_t end) {
  return std::any_of(wounds.begin(), wounds.end(), [&](const Wound& wound) {
    return wound.file == file && wound.begin < end && begin < wound.end;
  });
}

}  // namespace

Inventory::Inventory(const io::FileSystem& fs, const std::string& path, const Options& options) {
  const plugin::Comparator comparator = must(plugin::Comparator::make(options.comparator));
  const format::InternalOrder order(comparator);
  version::SetOptions set;
  set.fs = fs;
  set.path = path;
  set.environment = &Environment::system();
  set.order = &order;
  const Format format = options.format.value_or(Format::kLoam);
  set.format = format;
  set.comparator = options.comparator.identity();
  set.comparator_reads = options.comparator.reads();
  version::VersionSet versions(std::move(set));
  must(versions.recover());
  const auto note = [&](const std::string& name) {
    files_[name] = must(fs.stat(io::join(path, name))).size;
  };
  const std::string current = must(io::read_whole_file(fs, io::join(path, "CURRENT"), 100));
  note("CURRENT");
  note(current.substr(0, current.size() - 1));
  const version::VersionPtr version = versions.current();
  for (int level = 0; level < version->num_levels(); ++level) {
    for (const auto& file : version->level(level)) {
      const std::string name = format::table_name(file->number);
      note(name);
      table::OpenOptions open;
      open.format = format;
      open.size = file->size;
      open.table_id = file->table_id;
      open.registry = options.registry;
      const auto table =
          must(table::Table::open(must(fs.open_random(io::join(path, name))), open, order));
      const std::size_t first = versions_.size();
      const auto it = table->new_iterator({});
      for (it->seek_to_first(); it->valid(); it->next()) {
        versions_.push_back({std::string(format::user_key(it->key())), format::trailer(it->key()),
                             std::string(it->value()), name, table->approximate_offset(it->key()),
                             0});
      }
      must(it->status());
      std::uint64_t end = table->properties().data_bytes;
      for (std::size_t i = versions_.size(); i-- > first;) {
        versions_[i].end = i + 1 < versions_.size() && versions_[i + 1].begin == versions_[i].begin
                               ? versions_[i + 1].end
                               : (i + 1 < versions_.size() ? versions_[i + 1].begin : end);
      }
    }
  }
  for (const std::uint64_t number : live_logs(fs, path, versions, format)) {
    const std::string name = format::log_name(number);
    note(name);
    const auto take = [&](Bytes bytes, std::uint64_t begin, std::uint64_t end) {
      auto batch = must(format::BatchReader::open(bytes));
      std::uint64_t sequence = batch.sequence();
      format::BatchEntry entry{};
      while (must(batch.next(entry))) {
        versions_.push_back({std::string(entry.key), format::pack(sequence++, entry.type),
                             std::string(entry.value), name, begin, end});
      }
    };
    each_batch(fs, io::join(path, name), number, format, take);
  }
}

Reference Inventory::expected(const std::vector<Wound>& wounds, OrderKind order) const {
  std::map<std::string, const Version*, KeyLess> newest(KeyLess{order});
  for (const Version& version : versions_) {
    if (is_touched(wounds, version.file, version.begin, version.end)) continue;
    const auto at = newest.find(version.key);
    if (at == newest.end()) {
      newest.emplace(version.key, &version);
    } else if (at->second->trailer < version.trailer) {
      at->second = &version;
    }
  }
  Reference reference(order);
  for (const auto& [key, version] : newest) {
    if (format::type_of(version->trailer) == format::ValueType::kPut) {
      reference.put(version->key, version->value);
    }
  }
  return reference;
}

bool Inventory::knows(const std::string& key, const std::string& value) const {
  return std::any_of(versions_.begin(), versions_.end(), [&](const Version& version) {
    return version.key == key && version.value == value;
  });
}

std::map<std::string, std::string> read_directory(const io::FileSystem& fs,
                                                  const std::string& path) {
  std::map<std::string, std::string> files;
  for (const std::string& name : must(fs.list(path))) {
    const std::string file = io::join(path, name);
    auto info = fs.stat(file);
    if (info.status().code() == Code::kNotFound) continue;  // an open store tidied it away
    if ((must(std::move(info)).flags & LOAM_FILE_IS_DIRECTORY) != 0) continue;
    auto bytes = io::read_whole_file(fs, file, kFileBytesMax);
    if (bytes.status().code() == Code::kNotFound) continue;
    files[name] = must(std::move(bytes));
  }
  return files;
}

void write_file(const io::FileSystem& fs, const std::string& path, const std::string& bytes) {
  auto file = must(fs.open_append(path, LOAM_APPEND_TRUNCATE));
  must(file.write(bytes));
  must(file.close());
}

void copy_directory(const io::FileSystem& fs, const std::string& from, const std::string& to) {
  if (must(fs.exists(to))) {
    const std::string lost = io::join(to, format::kLostName);
    if (must(fs.exists(lost))) {
      for (const auto& file : read_directory(fs, lost)) {
        must(fs.remove_file(io::join(lost, file.first)));
      }
      must(fs.remove_directory(lost));
    }
    for (const auto& file : read_directory(fs, to)) must(fs.remove_file(io::join(to, file.first)));
  } else {
    must(fs.make_directory(to));
  }
  for (const auto& [name, bytes] : read_directory(fs, from)) {
    write_file(fs, io::join(to, name), bytes);
  }
}

}  // namespace loam::test
