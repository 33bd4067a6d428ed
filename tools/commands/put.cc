#include "tools/cli.h"

namespace loam::tools {
namespace {

struct PutArguments {
  std::string key;
  std::string value;
  bool sync = false;
};

Outcome put(Context& context, const PutArguments& arguments) {
  LOAM_TRY_ASSIGN(const std::string key, context.argument(arguments.key));
  LOAM_TRY_ASSIGN(const std::string value, context.argument(arguments.value));
  LOAM_TRY_ASSIGN(Db * db, context.store(OpenMode::kMayCreate));
  LOAM_TRY(db->put(key, value, {.sync = arguments.sync}));
  return ExitCode::kDone;
}

}  // namespace

void add_put(CLI::App& parent, Context& context) {
  auto arguments = std::make_shared<PutArguments>();
  CLI::App* verb = add_verb(parent, context, "put", "Write one record; the store is made if absent",
                            "  loam --store db put greeting 'hello, world'\n"
                            "  loam --store db put --hex 00ff 01\n"
                            "  loam --store db put --sync -- -key -value",
                            [&context, arguments] { return put(context, *arguments); });
  verb->add_option("KEY", arguments->key, "The key, taken as it is")->required();
  verb->add_option("VALUE", arguments->value, "The value, taken as it is")->required();
  verb->add_flag("--sync", arguments->sync, "Return only when the record survives a power cut");
}

}  // namespace loam::tools
