#include "core/admin/store_format.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/base/coding.h"
#include "core/format/file_names.h"
#include "core/table/footer.h"
#include "core/wal/fragment.h"
#include "core/wal/leveldb_reader.h"
#include "core/wal/reader.h"

namespace loam::admin {

namespace {

using format::FileKind;

constexpr std::uint64_t kRocksDbMagic = 0x88e241b785f4cff7ull;

/// Names only RocksDB gives.
bool is_rocksdb_name(std::string_view name) {
  return name == "IDENTITY" || name.starts_with("OPTIONS-");
}

enum Maker : std::uint8_t { kLoamMade, kLevelDbMade, kRocksDbMade, kMakers };

/// For each maker a file that says so; empty: none does.
using Witnesses = std::array<std::string, kMakers>;

class Look {
 public:
  Look(const io::FileSystem& fs, const std::string& path) : fs_(fs), path_(path) {}

  void at(const std::string& name, const format::FileName& file) {
    if (file.kind == FileKind::kTable) at_table(name);
    if (file.kind == FileKind::kLog || file.kind == FileKind::kManifest) at_log(name, file.number);
  }

  Witnesses proof;
  Witnesses hints;

 private:
  static bool is_true(const Result<bool>& result) { return result.ok() && *result; }
  static void note(Witnesses& witnesses, Maker maker, const std::string& name) {
    if (witnesses[maker].empty()) witnesses[maker] = name;
  }

  void at_table(const std::string& name) {
    char magic[sizeof(std::uint64_t)];
    auto file = fs_.open_random(io::join(path_, name));
    if (!file.ok()) return;
    auto size = file->size();
    if (!size.ok() || *size < sizeof magic) return;
    auto got = file->read(*size - sizeof magic, {magic, sizeof magic});
    if (!got.ok() || *got != sizeof magic) return;
    const auto value = get_fixed<std::uint64_t>(magic);
    if (value == table::kTableMagic) note(proof, kLoamMade, name);
    if (value == table::kLevelDbTableMagic) note(proof, kLevelDbMade, name);
    if (value == kRocksDbMagic) note(proof, kRocksDbMade, name);
  }

  void at_log(const std::string& name, std::uint64_t number) {
    constexpr std::size_t kTypeAt = 6;
    char head[kTypeAt + 1];
    const std::string file = io::join(path_, name);
    auto opened = fs_.open_random(file);
    if (!opened.ok()) return;
    auto got = opened->read(0, {head, sizeof head});
    if (!got.ok() || *got != sizeof head) return;
    const auto type = static_cast<std::uint8_t>(head[kTypeAt]);
    Bytes record;
    if (wal::is_native_type(type)) {
      auto reader = wal::Reader::open(fs_, file, number);
      const bool read = reader.ok() && is_true((*reader)->next(record));
      note(read ? proof : hints, kLoamMade, name);
    } else if (wal::is_leveldb_type(type)) {
      auto reader = wal::LevelDbReader::open(fs_, file);
      const bool read =
          reader.ok() && is_true((*reader)->next(record)) && !(*reader)->behind_hole();
      note(read ? proof : hints, kLevelDbMade, name);
    } else if (wal::is_rocksdb_type(type)) {
      note(hints, kRocksDbMade, name);
    }
  }

  const io::FileSystem& fs_;
  const std::string& path_;
};

bool any(const Witnesses& witnesses) {
  return std::any_of(witnesses.begin(), witnesses.end(),
                     [](const std::string& name) { return !name.empty(); });
}

Maker maker_of(Format format) { return format == Format::kLoam ? kLoamMade : kLevelDbMade; }

}  // namespace

Result<std::optional<Format>> find_format(const io::FileSystem& fs, const std::string& path,
                                          std::optional<Format> wanted) {
  LOAM_TRY_ASSIGN(const std::vector<std::string> names, fs.list(path));
  Look look(fs, path);
  for (const std::string& name : names) {
    if (const auto file = format::parse_file_name(name)) look.at(name, *file);
  }
  for (const std::string& name : names) {
    if (any(look.proof)) break;
    const auto file = format::parse_file_name(name, Format::kLevelDb);
    if (file && !format::parse_file_name(name)) look.at(name, *file);
  }
  const Witnesses& said = any(look.proof) ? look.proof : look.hints;
  const auto rocksdb = std::find_if(names.begin(), names.end(), is_rocksdb_name);
  const std::string& rocksdb_file =
      said[kLoamMade].empty() && rocksdb != names.end() ? *rocksdb : said[kRocksDbMade];
  if (!rocksdb_file.empty()) {
    return Status::not_supported(path + ": this is a RocksDB store (it has " + rocksdb_file +
                                 "); Loam does not read those");
  }
  if (!any(said)) return std::optional<Format>();
  const bool mixed = !said[kLoamMade].empty() && !said[kLevelDbMade].empty();
  // What proves nothing leaves it to who asks.
  if (mixed && !any(look.proof) && wanted) return wanted;
  if (mixed) {
    return Status::corruption(path + ": " + said[kLoamMade] + " is in Loam's format, " +
                              said[kLevelDbMade] + " in LevelDB's; nothing was changed");
  }
  const Format there = said[kLoamMade].empty() ? Format::kLevelDb : Format::kLoam;
  if (wanted.value_or(there) == there) return std::optional(there);
  return Status::invalid_argument("store " + path + " is in format \"" +
                                  std::string(format_name(there)) + "\" (so says " +
                                  said[maker_of(there)] + "), the options say \"" +
                                  std::string(format_name(*wanted)) + "\"")
      .with_pointer("/store/format");
}

}  // namespace loam::admin
