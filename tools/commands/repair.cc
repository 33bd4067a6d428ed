#include <nlohmann/json.hpp>

#include "tools/cli.h"
#include "tools/findings.h"
#include "tools/open.h"
#include "tools/progress.h"

namespace loam::tools {
namespace {

struct RepairArguments {
  bool yes = false;
  std::string progress;
};

std::string summary(const RepairReport& report, bool json) {
  if (json) {
    return nlohmann::ordered_json({{"kind", "summary"},
                                   {"changed", report.changed},
                                   {"kept", report.kept.size()},
                                   {"made", report.made.size()},
                                   {"moved", report.moved.size()},
                                   {"entries_salvaged", report.entries_salvaged},
                                   {"batches_salvaged", report.batches_salvaged},
                                   {"last_sequence", report.last_sequence}})
               .dump() +
           "\n";
  }
  if (!report.changed) return "nothing to repair\n";
  return "repaired: " + std::to_string(report.kept.size()) + " tables kept, " +
         std::to_string(report.made.size()) + " made; " + std::to_string(report.entries_salvaged) +
         " entries salvaged from damaged tables, " + std::to_string(report.batches_salvaged) +
         " batches from logs; " + std::to_string(report.moved.size()) + " files moved to lost/\n";
}

Outcome repair(Context& context, const RepairArguments& arguments) {
  if (context.globals.store.empty()) {
    return Status::invalid_argument("which store is meant? say --store DIR");
  }
  if (!arguments.yes) {
    return Status::invalid_argument("repair rewrites the store \"" + context.globals.store +
                                    "\" (try verify first); say --yes to do it");
  }
  LOAM_TRY_ASSIGN(const Options options, store_options(context.globals));
  Progress progress(arguments.progress, "reading");
  RepairOptions how;
  how.progress = [&progress](const AdminProgress& at) {
    progress.update(at.bytes_done, at.bytes_total);
    return true;
  };
  auto report = Db::repair(context.globals.store, options, how);
  progress.finish();
  LOAM_TRY(report.status());
  const bool json = context.globals.json;
  std::string& out = context.output.buffer();
  append_findings(out, "damage", report->found.damage, json);
  if (report->changed) {
    append_findings(out, "dropped", report->dropped, json);
    append_names(out, "kept", report->kept, json);
    append_names(out, "made", report->made, json);
    append_names(out, "moved", report->moved, json);
  }
  out += summary(*report, json);
  return ExitCode::kDone;
}

}  // namespace

void add_repair(CLI::App& parent, Context& context) {
  auto arguments = std::make_shared<RepairArguments>();
  CLI::App* verb = add_verb(
      parent, context, "repair",
      "Make the most of a damaged store; bad files go to lost/, none is deleted",
      "  loam --store db verify\n"
      "  loam --store db repair --yes\n"
      "Whole tables stay; intact blocks of damaged tables and intact batches of logs, also behind\n"
      "holes, go into new tables. A store with nothing to repair is left as it is.",
      [&context, arguments] { return repair(context, *arguments); });
  verb->add_flag("--yes", arguments->yes, "Needed: tables and the manifest are written anew");
  add_progress_option(*verb, arguments->progress);
}

}  // namespace loam::tools
