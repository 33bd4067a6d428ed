#include "tools/cli.h"

namespace loam::tools {
namespace {

Outcome flush(Context& context) {
  LOAM_TRY_ASSIGN(Db * db, context.store(OpenMode::kExisting));
  LOAM_TRY(db->flush());
  return ExitCode::kDone;
}

}  // namespace

void add_flush(CLI::App& parent, Context& context) {
  add_verb(parent, context, "flush", "Write what is in memory into tables",
           "  loam --store db flush", [&context] { return flush(context); });
}

}  // namespace loam::tools
