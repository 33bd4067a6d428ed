#include "tools/cli.h"
#include "tools/script.h"

namespace loam::tools {
namespace {

struct BatchArguments {
  std::string file;
  bool sync = false;
};

Status read_batch(const Context& context, Script& script, WriteBatch& batch) {
  while (true) {
    LOAM_TRY_ASSIGN(const auto words, script.next());
    if (words.empty()) return {};
    Result<bool> added = add_write(context, words, batch);
    if (!added.ok()) return std::move(added).status().with_context(script.place());
    if (!*added) {
      return Status::invalid_argument(script.place() + ": expected put or delete, found \"" +
                                      words[0] + "\"");
    }
  }
}

Outcome batch(Context& context, const BatchArguments& arguments) {
  LOAM_TRY_ASSIGN(Script script, Script::open(arguments.file));
  WriteBatch batch;
  LOAM_TRY(read_batch(context, script, batch));
  LOAM_TRY_ASSIGN(Db * db, context.store(OpenMode::kMayCreate));
  LOAM_TRY(db->write(batch, {.sync = arguments.sync}));
  return ExitCode::kDone;
}

}  // namespace

void add_batch(CLI::App& parent, Context& context) {
  auto arguments = std::make_shared<BatchArguments>();
  CLI::App* verb =
      add_verb(parent, context, "batch",
               "Apply a file of writes whole or not at all; the store is made if absent",
               "  printf 'put a 1\\nput b 2\\ndelete c\\n' | loam --store db batch -\n"
               "  loam --store db batch --sync changes.txt\n"
               "Lines: put KEY VALUE, delete KEY, # comment. Words are separated by\n"
               "blanks, or by tabs if the line has one; \\t \\n \\r \\\\ \\xNN stand "
               "for bytes.",
               [&context, arguments] { return batch(context, *arguments); });
  verb->add_option("FILE", arguments->file, "The writes, one a line; '-': standard input")
      ->required();
  verb->add_flag("--sync", arguments->sync, "Return only when the batch survives a power cut");
}

}  // namespace loam::tools
