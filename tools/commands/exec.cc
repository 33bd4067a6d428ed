#include <algorithm>

#include "tools/cli.h"
#include "tools/script.h"

namespace loam::tools {
namespace {

struct ExecArguments {
  std::string file;
  bool sync = false;
};

/// Runs a script against the open store. put, get and delete take their words as they are; the
/// other verbs take the options they take on the command line.
class Executor {
 public:
  Executor(Context& context, Db& db, const ExecArguments& arguments)
      : context_(context), db_(db), script_is_stdin_(arguments.file == "-") {
    write_.sync = arguments.sync;
  }

  /// One line of the script.
  Status run(const std::vector<std::string>& words) {
    LOAM_TRY_ASSIGN(const bool is_write, add_write(context_, words, batch_));
    if (is_write) return in_batch_ ? Status() : commit();
    if (words[0] == "commit") return end_batch(words);
    if (in_batch_) {
      return Status::invalid_argument("expected put, delete or commit after begin, found \"" +
                                      words[0] + "\"");
    }
    if (words[0] == "begin") {
      in_batch_ = true;
      return expect_words(words, 1, "begin");
    }
    if (words[0] == "get") return get(words);
    return run_verb(words);
  }

  /// Called at the end of the script.
  Status finish() {
    return in_batch_ ? Status::invalid_argument("begin without commit") : Status();
  }
  [[nodiscard]] ExitCode code() const { return missed_ ? ExitCode::kKeyNotFound : ExitCode::kDone; }

 private:
  Status commit() {
    const Status status = db_.write(batch_, write_);
    batch_.clear();
    return status;
  }

  Status end_batch(const std::vector<std::string>& words) {
    LOAM_TRY(expect_words(words, 1, "commit"));
    if (!in_batch_) return Status::invalid_argument("commit without begin");
    in_batch_ = false;
    return commit();
  }

  Status get(const std::vector<std::string>& words) {
    LOAM_TRY(expect_words(words, 2, "get KEY"));
    LOAM_TRY_ASSIGN(const std::string key, context_.argument(words[1]));
    LOAM_TRY_ASSIGN(const bool found, db_.get(key, value_));
    std::string& out = context_.output.buffer();
    if (found) {
      text::append_record(out, context_.encoding(), key, value_.view());
    } else {
      text::append_missing(out, context_.encoding(), key);
      missed_ = true;
    }
    return context_.output.drain();
  }

  /// Any other verb, through the parser that the command line uses.
  Status run_verb(std::vector<std::string> words) {
    if (script_is_stdin_ && words[0] == "load" && std::ranges::count(words, "-") > 0) {
      return Status::invalid_argument("standard input holds the script; load from a file");
    }
    CLI::App app;
    app.set_help_flag();
    app.require_subcommand(1);
    for (auto* add :
         {&add_scan, &add_flush, &add_compact, &add_load, &add_info, &add_property, &add_size}) {
      add(app, context_);
    }
    try {
      std::ranges::reverse(words);
      app.parse(std::move(words));
    } catch (const CLI::ParseError& error) {
      return Status::invalid_argument(parse_error_message(app, error));
    }
    LOAM_TRY_ASSIGN(const ExitCode code, context_.action());
    missed_ = missed_ || code == ExitCode::kKeyNotFound;
    return {};
  }

  Context& context_;
  Db& db_;
  const bool script_is_stdin_;
  WriteOptions write_;
  WriteBatch batch_;
  PinnedValue value_;
  bool in_batch_ = false;
  bool missed_ = false;
};

Outcome exec(Context& context, const ExecArguments& arguments) {
  LOAM_TRY_ASSIGN(Script script, Script::open(arguments.file));
  LOAM_TRY_ASSIGN(Db * db, context.store(OpenMode::kMayCreate));
  Executor executor(context, *db, arguments);
  while (true) {
    LOAM_TRY_ASSIGN(const auto words, script.next());
    if (words.empty()) break;
    LOAM_TRY(executor.run(words).with_context(script.place()));
  }
  LOAM_TRY(executor.finish().with_context(script.place()));
  return executor.code();
}

}  // namespace

void add_exec(CLI::App& parent, Context& context) {
  auto arguments = std::make_shared<ExecArguments>();
  CLI::App* verb = add_verb(
      parent, context, "exec", "Run many commands against one open store; it is made if absent",
      "  printf 'put a 1\\nget a\\nscan --reverse\\n' | loam --store db exec -\n"
      "  loam --stack in-memory.json exec script.txt\n"
      "Lines: put KEY VALUE, get KEY, delete KEY; begin ... commit around puts and deletes that\n"
      "are one batch; scan, flush, compact, load, info, property, size with their options.\n"
      "# begins a comment. A get prints key, tab, value; the key alone when it is not found, and "
      "then the exit code\n"
      "is 1. Words are separated by blanks, or by tabs if the line has one; \\t \\n \\r \\\\ "
      "\\xNN\n"
      "stand for bytes.",
      [&context, arguments] { return exec(context, *arguments); });
  verb->add_option("FILE", arguments->file, "The commands, one a line; '-': standard input")
      ->required();
  verb->add_flag("--sync", arguments->sync, "Each write survives a power cut before the next line");
}

}  // namespace loam::tools
