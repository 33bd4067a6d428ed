#include "tools/cli.h"
#include "tools/text/lines.h"

namespace loam::tools {
namespace {

struct DeleteArguments {
  std::string key;
  bool sync = false;
};

Status delete_all(Context& context, Db& db) {
  LOAM_TRY_ASSIGN(auto lines, text::LineReader::open("-"));
  Bytes line;
  std::string key;
  while (lines.next(line)) {
    LOAM_TRY(text::parse_key(line, context.input_encoding(), key).with_context(lines.place()));
    LOAM_TRY(db.remove(key));
  }
  return lines.status();
}

Outcome remove(Context& context, const DeleteArguments& arguments) {
  LOAM_TRY_ASSIGN(Db * db, context.store(OpenMode::kExisting));
  if (arguments.key != "-") {
    LOAM_TRY_ASSIGN(const std::string key, context.argument(arguments.key));
    LOAM_TRY(db->remove(key, {.sync = arguments.sync}));
    return ExitCode::kDone;
  }
  LOAM_TRY(delete_all(context, *db));
  // An empty synced batch makes everything before it durable, at the cost of one sync.
  if (arguments.sync) LOAM_TRY(db->write(WriteBatch(), {.sync = true}));
  return ExitCode::kDone;
}

}  // namespace

void add_delete(CLI::App& parent, Context& context) {
  auto arguments = std::make_shared<DeleteArguments>();
  CLI::App* verb =
      add_verb(parent, context, "delete",
               "Delete a key, or each key on standard input; absent keys are fine",
               "  loam --store db delete greeting\n"
               "  loam --store db scan --prefix tmp/ --keys-only | loam --store db delete -",
               [&context, arguments] { return remove(context, *arguments); });
  verb->add_option("KEY", arguments->key, "The key; '-': keys from standard input, one a line")
      ->required();
  verb->add_flag("--sync", arguments->sync, "Return only when the deletion survives a power cut");
}

}  // namespace loam::tools
