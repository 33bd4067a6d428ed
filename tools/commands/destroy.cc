#include "tools/cli.h"
#include "tools/open.h"

namespace loam::tools {
namespace {

Outcome destroy(Context& context, bool yes) {
  if (context.globals.store.empty()) {
    return Status::invalid_argument("which store is meant? say --store DIR");
  }
  if (!yes) {
    return Status::invalid_argument("destroy removes the store \"" + context.globals.store +
                                    "\" for good; say --yes to do it");
  }
  LOAM_TRY(destroy_store(context.globals));
  return ExitCode::kDone;
}

}  // namespace

void add_destroy(CLI::App& parent, Context& context) {
  auto yes = std::make_shared<bool>(false);
  CLI::App* verb = add_verb(
      parent, context, "destroy", "Remove the store and its data; an absent store is fine",
      "  loam --store db destroy --yes", [&context, yes] { return destroy(context, *yes); });
  verb->add_flag("--yes", *yes, "Needed: there is no way back");
}

}  // namespace loam::tools
