#include "core/admin/table_check.h"

#include <algorithm>
#include <utility>

#include "core/format/file_names.h"
#include "core/table/footer.h"
#include "core/table/table.h"

namespace loam::admin {

namespace {

/// The id that the file's footer states; the table's own word when no manifest speaks of it.
Result<table::TableId> stated_id(const sdk::RandomFile& file, std::uint64_t size) {
  char bytes[table::kFooterSize];
  const std::size_t wanted = size < table::kFooterSize ? 0 : table::kFooterSize;
  LOAM_TRY_ASSIGN(const std::size_t got, file.read(size - wanted, {bytes, wanted}));
  LOAM_TRY_ASSIGN(const table::Footer footer, table::decode_footer(Bytes(bytes, got), size));
  return footer.table_id;
}

/// What the manifest says against what the table says of itself.
void compare(const version::TableFile& expected, const table::Properties& found,
             const std::string& name, std::vector<Finding>& damage) {
  const auto number = [&](const char* what, std::uint64_t says, std::uint64_t is) {
    if (says == is) return;
    damage.push_back({name, std::nullopt,
                      std::string(what) + ": the manifest says " + std::to_string(says) +
                          ", the table " + std::to_string(is)});
  };
  number("entries", expected.entries, found.entries);
  number("deletions", expected.deletions, found.deletions);
  number("smallest sequence", expected.sequence_min, found.sequence_min);
  number("largest sequence", expected.sequence_max, found.sequence_max);
  if (expected.smallest != found.smallest || expected.largest != found.largest) {
    damage.push_back({name, std::nullopt, "the manifest states other bounds than the table"});
  }
}

/// LevelDB's manifest states bounds alone, and wider ones do no harm.
void compare_bounds(const Site& site, const version::TableFile& expected,
                    const table::Properties& found, const std::string& name,
                    std::vector<Finding>& damage) {
  if (found.entries == 0 || (site.order->compare(expected.smallest, found.smallest) <= 0 &&
                             site.order->compare(found.largest, expected.largest) <= 0)) {
    return;
  }
  damage.push_back(
      {name, std::nullopt, "it holds keys outside the bounds that the manifest states"});
}

class Check {
 public:
  Check(const Site& site, std::uint64_t number, const version::TableFile* expected)
      : site_(site), number_(number), expected_(expected), name_(table_file(site, number)) {}

  Result<TableCheck> run() {
    auto file = site_.fs.open_random(site_.file(name_));
    if (!file.ok()) return unreadable(std::move(file).status());
    auto size = file->size();
    if (!size.ok()) return unreadable(std::move(size).status());
    check_.size = *size;
    if (native_ || expected_ == nullptr) return check(std::move(*file));
    if (*size > expected_->size) {
      check_.notes.push_back({name_, expected_->size,
                              "the file goes on behind the " + std::to_string(expected_->size) +
                                  " bytes that the manifest states"});
    }
    check_.size = expected_->size;
    return check(std::move(*file));
  }

 private:
  Result<TableCheck> check(sdk::RandomFile file) {
    auto table = open(std::move(file));
    if (table.ok()) {
      LOAM_TRY(verify(**table));
    } else {
      if (!is_damage(table.status().code())) return std::move(table).status();
      check_.damage.push_back(finding(name_, std::nullopt, table.status()));
      LOAM_TRY(look_behind());
    }
    check_.whole = check_.damage.empty();
    return std::move(check_);
  }

  Result<TableCheck> unreadable(Status status) {
    const bool missing = status.code() == Code::kNotFound;
    if (!missing && !is_damage(status.code())) return status;
    check_.damage.push_back(missing ? Finding{name_, std::nullopt, "the file is missing"}
                                    : finding(name_, std::nullopt, status));
    return std::move(check_);
  }

  Result<std::shared_ptr<table::Table>> open(sdk::RandomFile file) {
    table::OpenOptions options;
    options.name = name_;
    options.format = site_.format();
    options.size = expected_ != nullptr ? expected_->size : check_.size;
    options.components = site_.components;
    if (expected_ != nullptr) {
      options.table_id = expected_->table_id;
    } else if (native_) {
      auto id = stated_id(file, check_.size);
      if (!id.ok()) return std::move(id).status().with_context(name_);
      options.table_id = *id;
    }
    return table::Table::open(std::move(file), options, *site_.order);
  }

  Status verify(const table::Table& table) {
    check_.properties = table.properties();
    if (native_ && expected_ != nullptr) {
      compare(*expected_, *check_.properties, name_, check_.damage);
    }
    if (!table.missing_filter().empty()) {
      check_.notes.push_back({name_, std::nullopt,
                              "its filter \"" + table.missing_filter() +
                                  "\" is read by no plugin here: lookups go without it"});
    }
    const auto note = [this](std::uint64_t offset, const Status& fault) {
      check_.damage.push_back(finding(name_, offset, fault));
    };
    LOAM_TRY(table.verify(note));
    // What lies in a bad block is missing from every count.
    if (native_ || !check_.damage.empty()) return {};
    LOAM_TRY(count(table));
    if (expected_ != nullptr) {
      compare_bounds(site_, *expected_, *check_.properties, name_, check_.damage);
    }
    return {};
  }

  /// What a table of LevelDB's format does not say of itself. Reads it a second time.
  Status count(const table::Table& table) {
    table::Properties& found = *check_.properties;
    const auto it = table.new_iterator({});
    for (it->seek_to_first(); it->valid(); it->next()) {
      const Bytes key = it->key();
      const std::uint64_t trailer = format::trailer(key);
      const format::Sequence sequence = format::sequence_of(trailer);
      if (found.entries++ == 0) {
        found.smallest.assign(key);
        found.sequence_min = sequence;
      }
      found.largest.assign(key);
      found.sequence_min = std::min(found.sequence_min, sequence);
      found.sequence_max = std::max(found.sequence_max, sequence);
      found.deletions += format::type_of(trailer) == format::ValueType::kDelete ? 1u : 0u;
    }
    const Status status = it->status();
    if (!status.ok() && is_damage(status.code())) {
      check_.damage.push_back(finding(name_, std::nullopt, status));
      return {};
    }
    return status;
  }

  /// A table that does not open may have more wrong with it than that.
  Status look_behind() {
    std::vector<Finding> more;
    LOAM_TRY(salvage_table(site_, number_, expected_, table::EntrySink(), more).status());
    for (Finding& one : more) {
      if (one.message != check_.damage.front().message) check_.damage.push_back(std::move(one));
    }
    return {};
  }

  const Site& site_;
  const std::uint64_t number_;
  const version::TableFile* expected_;
  const bool native_ = site_.format() == Format::kLoam;
  const std::string name_;
  TableCheck check_;
};

}  // namespace

Result<TableCheck> check_table(const Site& site, std::uint64_t number,
                               const version::TableFile* expected) {
  return Check(site, number, expected).run();
}

Result<table::Salvaged> salvage_table(const Site& site, std::uint64_t number,
                                      const version::TableFile* expected,
                                      const table::EntrySink& entries,
                                      std::vector<Finding>& damage) {
  const std::string name = table_file(site, number);
  table::SalvageOptions options;
  options.format = site.format();
  options.name = name;
  options.components = site.components;
  if (expected != nullptr) {
    options.table_id = expected->table_id;
    options.codecs = expected->needs;
    options.size = expected->size;
  }
  const auto note = [&](std::uint64_t offset, const Status& fault) {
    damage.push_back(finding(name, offset, fault));
  };
  auto file = site.fs.open_random(site.file(name));
  if (file.ok()) {
    return table::salvage(std::move(*file), options, *site.order, entries, note);
  }
  if (file.status().code() != Code::kNotFound && !is_damage(file.status().code())) {
    return std::move(file).status();
  }
  return table::Salvaged();  // nothing of it can be had; check_table has said why
}

}  // namespace loam::admin
