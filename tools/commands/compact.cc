#include <optional>

#include "tools/cli.h"

namespace loam::tools {
namespace {

struct CompactArguments {
  std::optional<std::string> start;
  std::optional<std::string> end;
};

Outcome compact(Context& context, const CompactArguments& arguments) {
  CompactOptions options;
  if (arguments.start) {
    LOAM_TRY_ASSIGN(std::string start, context.argument(*arguments.start));
    options.range.lower = Bound{std::move(start), true};
  }
  if (arguments.end) {
    LOAM_TRY_ASSIGN(std::string end, context.argument(*arguments.end));
    options.range.upper = Bound{std::move(end), false};
  }
  LOAM_TRY_ASSIGN(Db * db, context.store(OpenMode::kExisting));
  LOAM_TRY(db->compact_range(options));
  return ExitCode::kDone;
}

}  // namespace

void add_compact(CLI::App& parent, Context& context) {
  auto arguments = std::make_shared<CompactArguments>();
  CLI::App* verb =
      add_verb(parent, context, "compact",
               "Rewrite the tables of a range, dropping what is overwritten or deleted",
               "  loam --store db compact\n"
               "  loam --store db compact a m",
               [&context, arguments] { return compact(context, *arguments); });
  verb->add_option("START", arguments->start, "First key of the range, inclusive");
  verb->add_option("END", arguments->end, "End of the range, exclusive");
}

}  // namespace loam::tools
