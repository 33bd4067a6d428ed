#include <nlohmann/json.hpp>

#include "tools/cli.h"
#include "tools/findings.h"
#include "tools/open.h"
#include "tools/progress.h"

namespace loam::tools {
namespace {

std::string summary(const VerifyReport& report, bool json) {
  if (json) {
    return nlohmann::ordered_json({{"kind", "summary"},
                                   {"clean", report.clean()},
                                   {"damage", report.damage.size()},
                                   {"files", report.files},
                                   {"bytes", report.bytes},
                                   {"tables", report.tables},
                                   {"entries", report.entries},
                                   {"batches", report.batches},
                                   {"drops_intact", report.drops_intact}})
               .dump() +
           "\n";
  }
  std::string out = report.clean() ? "clean" : std::to_string(report.damage.size()) + " faults";
  out += ": " + std::to_string(report.files) + " files, " + std::to_string(report.bytes) +
         " bytes; " + std::to_string(report.tables) + " tables with " +
         std::to_string(report.entries) + " entries, " + std::to_string(report.batches) +
         " batches in logs\n";
  if (report.drops_intact) {
    out += "the next open drops data that is intact; `loam repair` keeps it\n";
  }
  return out;
}

Outcome verify(Context& context, const std::string& style) {
  LOAM_TRY_ASSIGN(const Options options, store_options(context.globals));
  Progress progress(style, "verifying");
  VerifyOptions how;
  how.progress = [&progress](const AdminProgress& at) {
    progress.update(at.bytes_done, at.bytes_total);
    return true;
  };
  auto report = Db::verify(context.globals.store, options, how);
  progress.finish();
  LOAM_TRY(report.status());
  const bool json = context.globals.json;
  std::string& out = context.output.buffer();
  append_findings(out, "damage", report->damage, json);
  append_findings(out, "note", report->notes, json);
  append_names(out, "unreferenced", report->unreferenced, json);
  out += summary(*report, json);
  return report->clean() ? ExitCode::kDone : ExitCode::kFailure;
}

}  // namespace

void add_verify(CLI::App& parent, Context& context) {
  auto style = std::make_shared<std::string>();
  CLI::App* verb =
      add_verb(parent, context, "verify",
               "Read every byte of a store and tell all that is wrong; nothing is written",
               "  loam --store db verify\n"
               "  loam --store db verify --json --progress none\n"
               "Exit code 0: whole; 3: damaged, each fault on a line with file, place and what was "
               "expected.",
               [&context, style] { return verify(context, *style); });
  add_progress_option(*verb, *style);
}

}  // namespace loam::tools
