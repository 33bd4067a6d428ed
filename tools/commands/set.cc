#include <nlohmann/json.hpp>

#include "loam/config/online.h"
#include "tools/cli.h"

namespace loam::tools {
namespace {

using Changes = std::vector<config::OnlineChange>;

/// In the process that has the store open, if it listens; else here.
Result<Changes> change(Context& context, const std::string& pointer, const std::string& value) {
  const std::string& store = context.globals.store;
  if (!context.is_open() && !store.empty() && !context.globals.read_only) {
    Result<Changes> there = config::set_in_running(store, pointer, value);
    if (there.ok() || there.status().code() != Code::kNotFound) return there;
  }
  LOAM_TRY_ASSIGN(config::OnlineStack * online, context.online());
  return online->set(pointer, value, "command line");
}

Outcome set(Context& context, const std::string& pointer, const std::string& value) {
  LOAM_TRY_ASSIGN(const Changes changes, change(context, pointer, value));
  std::string& out = context.output.buffer();
  for (const config::OnlineChange& one : changes) {
    if (context.globals.json) {
      out += nlohmann::ordered_json({{"option", one.pointer},
                                     {"before", nlohmann::ordered_json::parse(one.before)},
                                     {"after", nlohmann::ordered_json::parse(one.after)},
                                     {"origin", one.origin}})
                 .dump();
    } else {
      out += one.pointer + ": " + one.before + " -> " + one.after;
    }
    out += '\n';
  }
  return ExitCode::kDone;
}

}  // namespace

void add_set(CLI::App& parent, Context& context) {
  auto pointer = std::make_shared<std::string>();
  auto value = std::make_shared<std::string>();
  CLI::App* verb = add_verb(
      parent, context, "set",
      "Change an option of a store, for good: in the process that has it open, while it\n"
      "runs, else here. loam config explain shows which may change so",
      "  loam --store db set /store/block_cache 1GiB\n"
      "  loam --store db set /store/default/table/codec '{\"type\": \"zstd\", \"level\": 6}'",
      [&context, pointer, value] { return set(context, *pointer, *value); });
  verb->add_option("POINTER", *pointer, "The option's place in the stack document")->required();
  verb->add_option("VALUE", *value, "JSON, or the text itself; null: back to the default")
      ->required();
}

}  // namespace loam::tools
