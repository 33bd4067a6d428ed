#include "core/admin/inspect.h"

#include "core/io/file_system.h"
#include "core/table/components.h"
#include "loam/base/units.h"
#include "tools/cli.h"
#include "tools/inspect_print.h"
#include "tools/open.h"

namespace loam::tools {
namespace {

/// A whole file, mapped where the file system can.
struct WholeFile {
  io::FileSystem fs;
  io::RandomFile handle;
  std::string memory;
  Bytes bytes;
};

Status read_whole(const std::string& path, Registry& registry, WholeFile& out) {
  LOAM_TRY_ASSIGN(Component posix, registry.create(kind::kFileSystem, "posix"));
  LOAM_TRY_ASSIGN(out.fs, io::FileSystem::make(std::move(posix)));
  LOAM_TRY_ASSIGN(out.handle, out.fs.open_random(path));
  LOAM_TRY_ASSIGN(const std::uint64_t size, out.handle.size());
  if (size == 0) return {};
  const auto mapped = out.handle.map();
  if (mapped.ok()) {
    out.bytes = *mapped;
    return {};
  }
  LOAM_TRY_ASSIGN(out.memory, io::read_whole_file(out.fs, path, size));
  out.bytes = out.memory;
  return {};
}

struct InspectRequest {
  std::string file;
  std::uint64_t from = 0;
};

Outcome inspect(Context& context, admin::FileKind kind, std::string_view name,
                const InspectRequest& request) {
  LOAM_TRY_ASSIGN(const auto registry, open_registry(context.globals));
  WholeFile file;
  Status status = read_whole(request.file, *registry, file);
  if (!status.ok()) return std::move(status).with_context(request.file);
  table::Components components(registry);
  const auto printer = context.globals.json ? json_printer(context.output, context.globals.hex)
                                            : text_printer(context.output, context.globals.hex);
  const Format format = admin::inspect(kind, file.bytes, {request.from, &components}, *printer);
  printer->finish(name, format_name(format));
  LOAM_TRY(printer->status());
  if (printer->damages() == 0) return ExitCode::kDone;
  return Status::corruption(request.file + ": " + std::to_string(printer->damages()) +
                            " damages, the first " + printer->first_damage());
}

void add_kind(CLI::App& parent, Context& context, admin::FileKind kind, const char* name,
              const char* summary) {
  auto request = std::make_shared<InspectRequest>();
  const std::string verb_name = name;
  CLI::App* verb = add_verb(
      parent, context, verb_name, summary,
      "  loam inspect " + verb_name + " FILE\n  loam inspect " + verb_name +
          " FILE --json\n  loam inspect " + verb_name + " FILE --from 32768 --hex",
      [&context, kind, verb_name, request] { return inspect(context, kind, verb_name, *request); });
  verb->add_option("FILE", request->file, "The file; no store is opened")->required();
  verb->add_option("--from", request->from,
                   "Begin at the first intact record, block or entry at or behind this byte")
      ->type_name("OFFSET");
}

}  // namespace

void add_inspect(CLI::App& parent, Context& context) {
  CLI::App* inspect = parent.add_subcommand(
      "inspect", "What stands in a file of a store, field by field; Loam's format and LevelDB's");
  inspect->require_subcommand(1);
  inspect->footer(
      "Every field is printed with its offset (behind a +: in unpacked contents). Damage is shown\n"
      "where it lies and ends nothing that can go on; exit code 3 says that there was some.\n\n"
      "Examples:\n  loam inspect wal db/000003.log\n  loam inspect table db/000005.ldb --json");
  using admin::FileKind;
  add_kind(*inspect, context, FileKind::kTable, "table", "A table: blocks, entries, properties");
  add_kind(*inspect, context, FileKind::kWal, "wal",
           "A write-ahead log: records and their batches");
  add_kind(*inspect, context, FileKind::kManifest, "manifest", "A manifest: its edits");
  add_kind(*inspect, context, FileKind::kBatch, "batch",
           "An encoded write batch alone, as a log's record holds it");
}

}  // namespace loam::tools
