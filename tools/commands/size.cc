#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "tools/cli.h"

namespace loam::tools {
namespace {

struct SizeArguments {
  std::optional<std::string> start;
  std::optional<std::string> end;
};

Outcome size(Context& context, const SizeArguments& arguments) {
  std::array<Range, 1> ranges;
  if (arguments.start) {
    LOAM_TRY_ASSIGN(std::string start, context.argument(*arguments.start));
    ranges[0].lower = Bound{std::move(start), true};
  }
  if (arguments.end) {
    LOAM_TRY_ASSIGN(std::string end, context.argument(*arguments.end));
    ranges[0].upper = Bound{std::move(end), false};
  }
  LOAM_TRY_ASSIGN(Db * db, context.store(OpenMode::kExisting));
  LOAM_TRY_ASSIGN(const auto sizes, db->approximate_sizes(ranges));
  std::string& out = context.output.buffer();
  out += context.globals.json ? nlohmann::ordered_json({{"bytes", sizes[0]}}).dump()
                              : std::to_string(sizes[0]);
  out += '\n';
  return ExitCode::kDone;
}

}  // namespace

void add_size(CLI::App& parent, Context& context) {
  auto arguments = std::make_shared<SizeArguments>();
  CLI::App* verb =
      add_verb(parent, context, "size",
               "Print about how many bytes of tables hold the keys of a range, by their indexes",
               "  loam --store db size\n"
               "  loam --store db size user/ user0 --json",
               [&context, arguments] { return size(context, *arguments); });
  verb->add_option("START", arguments->start, "First key of the range, inclusive");
  verb->add_option("END", arguments->end, "End of the range, exclusive");
}

}  // namespace loam::tools
