#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fstream>

#include "core/plugin/trust.h"
#include "tools/cli.h"
#include "tools/describe.h"
#include "tools/open.h"
#include "tools/plugin_check.h"
#include "tools/report.h"

namespace loam::tools {
namespace {

using Row = std::vector<std::string>;

void append_table(std::string& out, const std::vector<Row>& rows) {
  Row::size_type columns = rows.empty() ? 0 : rows[0].size();
  std::vector<std::size_t> widths(columns, 0);
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < columns; ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < columns; ++i) {
      out += row[i];
      if (i + 1 < columns) out.append(widths[i] - row[i].size() + 2, ' ');
    }
    out += "\n";
  }
}

Row row_of(const PluginInfo& plugin) {
  std::string provides;
  for (const ComponentInfo& component : plugin.components) {
    provides += (provides.empty() ? "" : " ") + component.kind + ":" + component.name;
  }
  std::string where = plugin.path;
  if (!plugin.reason.empty()) where += (where.empty() ? "(" : " (") + plugin.reason + ")";
  const auto shown = [](const std::string& text) { return text.empty() ? "-" : text; };
  return {std::string(plugin_status_name(plugin.status)),
          shown(plugin.id),
          shown(plugin.version),
          shown(plugin.abi),
          shown(provides),
          where};
}

Outcome list(Context& context) {
  LOAM_TRY_ASSIGN(const auto registry, open_registry(context.globals));
  std::string& out = context.output.buffer();
  if (context.globals.json) {
    for (const PluginInfo& plugin : registry->list()) out += plugin_json(plugin) + "\n";
    return ExitCode::kDone;
  }
  std::vector<Row> rows = {{"STATUS", "ID", "VERSION", "ABI", "PROVIDES", "FILE"}};
  for (const PluginInfo& plugin : registry->list()) rows.push_back(row_of(plugin));
  append_table(out, rows);
  out += "looked in: " + registry->places() + "\n";
  return ExitCode::kDone;
}

Outcome describe_here(Context& context, const std::string& kind, const std::string& name) {
  LOAM_TRY_ASSIGN(const auto registry, open_registry(context.globals));
  auto component = registry->describe(kind, name);
  if (!component.ok()) {
    // What the user named does not exist: a mistake in the arguments, not in any data.
    if (component.status().code() != Code::kNotFound) return std::move(component).status();
    return Status::invalid_argument(std::string(component.status().message()));
  }
  Provenance from{registry->provider(kind, name), {}};
  if (!from.plugin.path.empty()) {
    LOAM_TRY_ASSIGN(from.sha256, loam::plugin::sha256_of_file(from.plugin.path));
  }
  auto text =
      context.globals.json ? describe_json(*component, from) : describe_text(*component, from);
  if (!text.ok()) return std::move(text).status();
  context.output.buffer() += *text;
  return ExitCode::kDone;
}

/// Describing loads the plugin: whatever its code does happens in a child.
Outcome describe(Context& context, const std::string& component) {
  const std::size_t colon = component.find(':');
  if (colon == std::string::npos) {
    return Status::invalid_argument("expected KIND:NAME, such as codec:zstd; found \"" + component +
                                    "\"");
  }
  const std::string kind = component.substr(0, colon);
  const std::string name = component.substr(colon + 1);
  const pid_t child = fork();
  if (child < 0) return Status::io(std::string("fork: ") + std::strerror(errno), errno);
  if (child == 0) {
    const Outcome outcome = describe_here(context, kind, name);
    ExitCode code = outcome.ok() ? *outcome : report(outcome.status());
    const Status printed = context.output.finish();
    if (!printed.ok()) code = report(printed);
    _exit(static_cast<int>(code));
  }
  int state = 0;
  while (waitpid(child, &state, 0) < 0) {
    if (errno != EINTR) return Status::io(std::string("waitpid: ") + std::strerror(errno), errno);
  }
  if (WIFEXITED(state)) return static_cast<ExitCode>(WEXITSTATUS(state));
  return Status::io("the plugin of " + component +
                    " crashed while it was described: " + strsignal(WTERMSIG(state)));
}

Status write_file(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  return out ? Status() : Status::io(path + ": cannot be written");
}

Outcome check(Context& context, const PluginCheck& what, const std::string& junit) {
  LOAM_TRY_ASSIGN(const auto report, check_in_child(what));
  if (report.passed() && !report.unused_settings.empty()) {
    return Status::invalid_argument("--with " + report.unused_settings.front() + ": " + what.file +
                                    " has no such option");
  }
  context.output.buffer() += context.globals.json ? check_json(report) : check_text(report);
  if (!junit.empty()) LOAM_TRY(write_file(junit, check_junit(report)));
  if (report.passed()) return ExitCode::kDone;
  return Status::corruption(what.file + ": " + check_failure(report));
}

void add_check(CLI::App& plugin, Context& context) {
  auto what = std::make_shared<PluginCheck>();
  auto junit = std::make_shared<std::string>();
  CLI::App* verb = add_verb(
      plugin, context, "check",
      "Hold a plugin's file to the ABI's promises and the laws of its kinds; runs its code in a\n"
      "process of its own. Exit code 3 when one is broken",
      "  loam plugin check ./rot.loam.so\n"
      "  loam plugin check ./rot.loam.so --json --junit rot.xml\n"
      "  loam plugin check ./ttl.loam.so --with compaction_filter:ttl/ttl=1000000\n"
      "  loam plugin check ./fault.loam.so --with file_system:fault/base=@file_system:memory",
      [&context, what, junit] { return check(context, *what, *junit); });
  verb->add_option("FILE", what->file, "The plugin's shared object")->required();
  verb->add_option("--junit", *junit, "Write the report there too, as JUnit's XML")
      ->type_name("FILE");
  verb->add_option("--with", what->options,
                   "An option for the component under test, in base units (bytes, microseconds);\n"
                   "@KIND:NAME is another component with its defaults, secret:TEXT the bytes of a "
                   "secret. Repeatable")
      ->type_name("KIND:NAME/OPTION=VALUE")
      ->expected(1)
      ->take_all();
  verb->add_option("--timeout", what->step_seconds,
                   "Seconds that a step may take before the plugin counts as hanging; default 300")
      ->type_name("SECONDS")
      ->check(CLI::Range(1, 86'400));
}

}  // namespace

void add_plugin(CLI::App& parent, Context& context) {
  CLI::App* plugin = parent.add_subcommand("plugin", "What plugins there are, and their options");
  plugin->require_subcommand(1);
  plugin->footer(
      "Examples:\n  loam plugin list\n  loam plugin describe codec:zstd\n"
      "  loam plugin check ./rot.loam.so");
  add_check(*plugin, context);
  add_verb(*plugin, context, "list",
           "Every plugin that was found, what it provides, and why one was rejected; runs none",
           "  loam plugin list\n  loam --stack stack.json plugin list --json",
           [&context] { return list(context); });
  auto component = std::make_shared<std::string>();
  CLI::App* verb =
      add_verb(*plugin, context, "describe", "Options, defaults and persistent id of a component",
               "  loam plugin describe codec:zstd\n"
               "  loam plugin describe filter:bloom --json",
               [&context, component] { return describe(context, *component); });
  verb->add_option("COMPONENT", *component,
                   "KIND:NAME; kinds are codec, filter, comparator, compaction_filter,\n"
                   "merge_operator and file_system")
      ->required();
}

}  // namespace loam::tools
