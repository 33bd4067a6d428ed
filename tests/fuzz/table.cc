// Tables of both formats: opened, walked both ways, looked into, verified. What is read without
// checks may be anything, but stays inside.
#include "core/table/table.h"

#include "core/plugin/comparator.h"
#include "core/table/footer.h"
#include "tests/fuzz/support.h"

namespace loam::fuzz {
namespace {

const format::InternalOrder& order() {
  static const plugin::Comparator comparator =
      *plugin::Comparator::make(component(kind::kComparator, "bytewise"));
  static const format::InternalOrder all(comparator);
  return all;
}

void walk(const table::Table& table, bool verify) {
  table::ReadArgs args;
  args.verify_checksums = verify;
  const auto it = table.new_iterator(args);
  std::string middle;
  std::size_t forward = 0;
  std::size_t backward = 0;
  for (it->seek_to_first(); it->valid(); it->next()) {
    if (++forward % 3 == 0) middle = it->key();
  }
  const bool whole = it->status().ok();
  for (it->seek_to_last(); it->valid(); it->prev()) ++backward;
  require(!whole || !it->status().ok() || !verify || forward == backward,
          "both ways lead past the same entries");
  if (middle.size() < format::kTrailerSize) return;
  it->seek(middle);
  table::Found found;
  table.get(middle, args, found).ignore("any answer will do");
}

void open(Bytes input, Format format) {
  const InputFile file(input);
  auto handle = file.fs().open_random(InputFile::kPath);
  if (!handle.ok()) return;
  table::OpenOptions options;
  options.format = format;
  options.name = "input";
  options.size = input.size();
  options.registry = registry();
  if (format == Format::kLoam) {
    if (input.size() < table::kFooterSize) return;
    const auto footer =
        table::decode_footer(input.substr(input.size() - table::kFooterSize), input.size());
    if (footer.ok()) options.table_id = footer->table_id;
  }
  auto table = table::Table::open(std::move(handle).value(), options, order());
  if (!table.ok()) return;
  walk(**table, true);
  walk(**table, false);
  (*table)->verify().ignore("any answer will do");
}

}  // namespace
}  // namespace loam::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const loam::Bytes input = loam::fuzz::bytes_of(data, size);
  loam::fuzz::open(input, loam::Format::kLoam);
  loam::fuzz::open(input, loam::Format::kLevelDb);
  return 0;
}
