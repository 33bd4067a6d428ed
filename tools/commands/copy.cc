#include <cstdio>

#include "core/base/hash.h"
#include "loam/config/open.h"
#include "tools/cli.h"
#include "tools/open.h"
#include "tools/progress.h"

namespace loam::tools {
namespace {

constexpr std::uint32_t kBatchRecordsMax = 1000;
constexpr std::size_t kBatchBytesMax = 1 << 20;

struct CopyArguments {
  std::string source;
  std::string destination;
  std::string source_stack;
  std::string progress;
  bool compact = false;
};

/// How many records, and a sum that another record, or the same with another value, would change.
struct Tally {
  void add(Bytes key, Bytes value) {
    ++records;
    bytes += key.size() + value.size();
    sum += xxh3_seeded(value, xxh3(key));
  }
  bool operator==(const Tally&) const = default;

  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t sum = 0;
};

std::uint64_t raw_bytes(Db& db) {
  return std::strtoull(db.property("loam.raw-bytes").value_or("0").c_str(), nullptr, 10);
}

ReadOptions once() {
  ReadOptions read;
  read.fill_cache = false;
  return read;
}

/// In order, in batches, without a log where that may be left out: the flush at the end makes all
/// durable at once.
Result<Tally> transfer(Db& from, Db& to, bool unlogged, Progress& progress) {
  const Snapshot snapshot = from.snapshot();
  ReadOptions read = once();
  read.snapshot = &snapshot;
  WriteOptions write;
  write.disable_wal = unlogged;
  const std::uint64_t total = raw_bytes(from);
  Tally tally;
  WriteBatch batch;
  Scan scan = from.scan(Range::all(), read);
  for (const auto [key, value] : scan) {
    batch.put(key, value);
    tally.add(key, value);
    if (batch.count() < kBatchRecordsMax && batch.approximate_size() < kBatchBytesMax) continue;
    LOAM_TRY(to.write(batch, write));
    batch.clear();
    progress.update(tally.bytes, total, std::to_string(tally.records) + " records");
  }
  LOAM_TRY(scan.status());
  if (!batch.empty()) LOAM_TRY(to.write(batch, write));
  LOAM_TRY(to.flush());
  progress.update(total, total, std::to_string(tally.records) + " records");
  return tally;
}

Status expect_same(Db& copy, const Tally& wanted) {
  Tally found;
  Scan scan = copy.scan(Range::all(), once());
  for (const auto [key, value] : scan) found.add(key, value);
  LOAM_TRY(scan.status());
  if (found == wanted) return {};
  return Status::corruption("the copy holds " + std::to_string(found.records) +
                            " records, the source " + std::to_string(wanted.records) +
                            (found.records == wanted.records ? ", of other contents"
                                                             : " (does another comparator call "
                                                               "different keys equal?)"));
}

Result<Tally> copy_into(Db& from, const GlobalOptions& destination, const CopyArguments& arguments,
                        bool& made) {
  LOAM_TRY_ASSIGN(config::OpenedStore to, open_store(destination, OpenMode::kNew));
  made = true;
  Progress progress(arguments.progress, "copying");
  const bool unlogged = to.stack.options().format != Format::kLevelDb;
  auto tally = transfer(from, *to.db, unlogged, progress);
  progress.finish();
  LOAM_TRY(tally.status());
  if (arguments.compact) LOAM_TRY(to.db->compact_range());
  LOAM_TRY(expect_same(*to.db, *tally));
  LOAM_TRY(to.db->close());
  return tally;
}

/// A copy that is not whole must not pass for one.
Status without_leftover(Status failure, const GlobalOptions& destination) {
  const Status removed = destroy_store(destination);
  const std::string what =
      removed.ok()
          ? "; what there was of \"" + destination.store + "\" was removed"
          : "; \"" + destination.store +
                "\" is incomplete and could not be removed: " + std::string(removed.message());
  return Status(failure.code(), std::string(failure.message()) + what);
}

Outcome copy(Context& context, const CopyArguments& arguments) {
  if (!context.globals.store.empty()) {
    return Status::invalid_argument("copy takes its stores as SRC and DST, not as --store");
  }
  GlobalOptions source;
  source.store = arguments.source;
  source.stack = arguments.source_stack;
  source.read_only = true;
  GlobalOptions destination = context.globals;
  destination.store = arguments.destination;
  LOAM_TRY_ASSIGN(config::OpenedStore from, open_store(source, OpenMode::kExisting));
  bool made = false;
  auto tally = copy_into(*from.db, destination, arguments, made);
  if (!tally.ok()) {
    Status failure = std::move(tally).status();
    return made ? without_leftover(std::move(failure), destination) : failure;
  }
  LOAM_TRY(from.db->close());
  char line[128];
  std::snprintf(line, sizeof line,
                context.globals.json ? "{\"records\":%llu,\"bytes\":%llu}\n"
                                     : "copied %llu records, %llu bytes of keys and values\n",
                static_cast<unsigned long long>(tally->records),
                static_cast<unsigned long long>(tally->bytes));
  context.output.buffer() += line;
  return ExitCode::kDone;
}

}  // namespace

void add_copy(CLI::App& parent, Context& context) {
  auto arguments = std::make_shared<CopyArguments>();
  CLI::App* verb = add_verb(
      parent, context, "copy", "Copy a store into a new one, which may have another stack",
      "  loam copy db small --stack zstd.json\n"
      "  loam copy db encrypted --stack vault.json --compact\n"
      "  loam copy db other --stack new.json --source-stack old.json\n"
      "DST must not be a store yet. The copy is read back and compared; on a failure it is "
      "removed.\n"
      "A copy that is killed leaves DST incomplete: remove it with loam --store DST destroy --yes.",
      [&context, arguments] { return copy(context, *arguments); });
  verb->add_option("SRC", arguments->source, "The store to read")->required();
  verb->add_option("DST", arguments->destination, "The store to make; --stack is its stack")
      ->required();
  verb->add_option("--source-stack", arguments->source_stack,
                   "Stack document of SRC; without it, what SRC remembers")
      ->type_name("FILE");
  verb->add_flag("--compact", arguments->compact, "Compact DST at the end");
  add_progress_option(*verb, arguments->progress);
}

}  // namespace loam::tools
