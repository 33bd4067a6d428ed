#include "tools/cli.h"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <exception>
#include <string_view>
#include <utility>

#include "tools/report.h"

namespace loam::tools {
namespace {

constexpr const char* kGlobalGroup = "Global options";

void add_globals(CLI::App& app, GlobalOptions& globals) {
  app.add_option("--store", globals.store, "Directory of the store")
      ->type_name("DIR")
      ->group(kGlobalGroup);
  app.add_option("--stack", globals.stack,
                 "Stack document (JSON); without it, what the store remembers, or the defaults")
      ->type_name("FILE")
      ->group(kGlobalGroup);
  const auto append = [&globals](const std::vector<std::string>& sets) {
    globals.sets.insert(globals.sets.end(), sets.begin(), sets.end());
  };
  app.add_option_function<std::vector<std::string>>(
         "--set", append, "Changes one value of the stack: /store/block_cache=1GiB. Repeatable")
      ->type_name("POINTER=VALUE")
      ->expected(1)
      ->take_all()
      ->group(kGlobalGroup);
  app.add_flag("--allow-literal-secrets", globals.literal_secrets,
               "The stack document may hold secrets as plain text; they are not remembered")
      ->group(kGlobalGroup);
  app.add_flag("--json", globals.json, "JSON output, one object a line")->group(kGlobalGroup);
  app.add_flag("--read-only", globals.read_only,
               "Neither lock nor write the store: also beside a process that has it open")
      ->group(kGlobalGroup);
  app.add_flag("--hex", globals.hex, "Keys and values in hex, in arguments, input and output")
      ->group(kGlobalGroup);
}

void add_verbs(CLI::App& app, Context& context) {
  add_put(app, context);
  add_get(app, context);
  add_delete(app, context);
  add_scan(app, context);
  add_batch(app, context);
  add_exec(app, context);
  add_flush(app, context);
  add_compact(app, context);
  add_load(app, context);
  add_info(app, context);
  add_property(app, context);
  add_set(app, context);
  add_size(app, context);
  add_inspect(app, context);
  add_verify(app, context);
  add_repair(app, context);
  add_copy(app, context);
  add_destroy(app, context);
  add_plugin(app, context);
  add_config(app, context);
  add_key(app, context);
  add_version(app, context);
}

std::string exit_code_help() {
  return "Exit codes: 0 done; 1 key not found, stacks differ; 2 usage or configuration; 3 "
         "input/output, "
         "corruption,\nabsent store, or a plugin that existing data needs; 4 locked by another "
         "process.";
}

/// The verb that was being parsed, and its path for messages: "loam plugin list".
const CLI::App* chosen_verb(const CLI::App& app, std::string& path) {
  const CLI::App* current = &app;
  while (!current->get_subcommands().empty()) {
    current = current->get_subcommands().front();
    path += " " + current->get_name();
  }
  return current;
}

ExitCode run_action(Context& context) {
  const Outcome outcome = context.action();
  ExitCode code = outcome.ok() ? *outcome : report(outcome.status());
  const auto also = [&code](const Status& status) {
    if (status.ok()) return;
    const ExitCode failed = report(status);
    if (code == ExitCode::kDone || code == ExitCode::kKeyNotFound) code = failed;
  };
  also(context.output.finish());
  also(context.close());
  return code;
}

}  // namespace

std::string parse_error_message(const CLI::App& app, const CLI::ParseError& error) {
  std::string path;
  const CLI::App* verb = chosen_verb(app, path);
  const std::vector<std::string> left = verb->remaining();
  const bool has_verbs = !verb->get_subcommands([](const CLI::App*) { return true; }).empty();
  if (!left.empty() && left[0].starts_with('-')) {
    return "unknown option \"" + left[0] +
           "\" (write -- before keys and values that begin with '-')";
  }
  if (!left.empty()) return (has_verbs ? "unknown command \"" : "unexpected \"") + left[0] + "\"";
  if (has_verbs && error.get_name() == "RequiredError") return "a command is wanted";
  std::string message = error.what();
  while (message.ends_with('\n') || message.ends_with('.')) message.pop_back();
  return message;
}

CLI::App* add_verb(CLI::App& parent, Context& context, const std::string& name,
                   const std::string& summary, const std::string& examples,
                   std::function<Outcome()> run) {
  CLI::App* verb = parent.add_subcommand(name, summary);
  verb->footer("Examples:\n" + examples);
  add_globals(*verb, context.globals);
  verb->callback([&context, run = std::move(run)] { context.action = run; });
  return verb;
}

int run_command(int argc, char** argv) {
  Context context;
  CLI::App app{"Loam: a storage toolkit whose parts are plugins and whose stack is one JSON file."};
  app.name("loam");
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  add_globals(app, context.globals);
  add_verbs(app, context);
  app.footer(
      "Examples:\n"
      "  loam --store db put greeting hello\n"
      "  loam --store db get greeting\n"
      "  loam --store db --stack stack.json load data.tsv --progress plain\n"
      "  loam COMMAND --help\n\n" +
      exit_code_help());
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    std::string path = "loam";
    chosen_verb(app, path);
    report_error(parse_error_message(app, error) + "; see " + path + " --help");
    return static_cast<int>(ExitCode::kUsage);
  }
  try {
    return static_cast<int>(run_action(context));
  } catch (const std::exception& error) {
    report_error(error.what());
    return static_cast<int>(ExitCode::kFailure);
  }
}

}  // namespace loam::tools
