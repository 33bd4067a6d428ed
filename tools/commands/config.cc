#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "tools/cli.h"
#include "tools/open.h"

namespace loam::tools {
namespace {

using Diagnostic = config::Diagnostic;

bool is_error(const Diagnostic& one) { return one.severity == Diagnostic::Severity::kError; }

nlohmann::ordered_json as_json(const Diagnostic& one) {
  const auto number = [&](std::uint32_t value) {  // null: the place is in no text
    return one.line == 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(value);
  };
  return {{"file", one.source},           {"line", number(one.line)},
          {"column", number(one.column)}, {"length", number(one.underline)},
          {"pointer", one.pointer},       {"severity", is_error(one) ? "error" : "warning"},
          {"message", one.message},       {"hint", one.hint},
          {"notes", one.notes},           {"excerpt", one.excerpt}};
}

Outcome check(Context& context, const std::string& file) {
  LOAM_TRY_ASSIGN(const auto found, check_document(context.globals, file));
  const bool good = std::none_of(found.begin(), found.end(), is_error);
  std::string& out = context.output.buffer();
  if (context.globals.json) {
    auto list = nlohmann::ordered_json::array();
    for (const Diagnostic& one : found) list.push_back(as_json(one));
    out += list.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
    return good ? ExitCode::kDone : ExitCode::kUsage;
  }
  for (const Diagnostic& one : found) {
    const std::string text = one.to_string();
    std::fwrite(text.data(), 1, text.size(), stderr);
  }
  if (good) out += file + ": ok\n";
  return good ? ExitCode::kDone : ExitCode::kUsage;
}

Outcome reference(Context& context) {
  LOAM_TRY_ASSIGN(const std::string text, options_reference(context.globals));
  context.output.buffer() += text;
  return ExitCode::kDone;
}

Outcome schema(Context& context) {
  LOAM_TRY_ASSIGN(const std::string text, composed_schema(context.globals));
  context.output.buffer() += text + (text.ends_with('\n') ? "" : "\n");
  return ExitCode::kDone;
}

/// Rows under a head, each column as wide as its widest cell; the last one is not padded.
void append_table(std::string& out, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - row[i].size() + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
}

Outcome explain(Context& context, const std::string& file) {
  LOAM_TRY_ASSIGN(const config::Stack stack, stack_of(context.globals, file));
  std::string& out = context.output.buffer();
  std::vector<std::vector<std::string>> rows = {
      {"option", "value", "unit", "origin", "default", "online", "what it does"}};
  for (const config::StackValue& value : stack.values()) {
    if (context.globals.json) {
      out += nlohmann::ordered_json(
                 {{"option", value.pointer},
                  {"value", nlohmann::ordered_json::parse(value.json)},
                  {"unit", value.unit},
                  {"origin", value.origin},
                  {"default", value.default_json.empty()
                                  ? nlohmann::ordered_json()
                                  : nlohmann::ordered_json::parse(value.default_json)},
                  {"online", value.online},
                  {"documentation", value.documentation}})
                 .dump() +
             "\n";
    } else {
      rows.push_back({value.pointer, value.json, value.unit, value.origin, value.default_json,
                      value.online ? "yes" : "no", value.documentation});
    }
  }
  if (!context.globals.json) append_table(out, rows);
  return ExitCode::kDone;
}

Outcome diff(Context& context, const std::string& before, const std::string& after) {
  LOAM_TRY_ASSIGN(const config::Stack old_stack, stack_of(context.globals, before));
  LOAM_TRY_ASSIGN(const config::Stack new_stack, stack_of(context.globals, after));
  std::string& out = context.output.buffer();
  const std::vector<config::StackDifference> found = config::differences(old_stack, new_stack);
  const auto parsed = [](const std::string& json) {
    return json.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json::parse(json);
  };
  for (const config::StackDifference& one : found) {
    if (context.globals.json) {
      out += nlohmann::ordered_json({{"option", one.pointer},
                                     {"before", parsed(one.before)},
                                     {"after", parsed(one.after)}})
                 .dump() +
             "\n";
      continue;
    }
    out += one.pointer + ": " + (one.before.empty() ? "(none)" : one.before) + " -> " +
           (one.after.empty() ? "(none)" : one.after) + "\n";
  }
  return found.empty() ? ExitCode::kDone : ExitCode::kKeyNotFound;
}

void add_explain(CLI::App& config, Context& context) {
  auto file = std::make_shared<std::string>();
  CLI::App* verb = add_verb(
      config, context, "explain",
      "Every value that a stack comes to: unit, origin, default, whether it may\n"
      "change while the store is open, and what it does. Secrets are shown by their reference",
      "  loam config explain stack.json\n"
      "  loam --store db config explain --json",
      [&context, file] { return explain(context, *file); });
  verb->add_option("FILE", *file, "The document, or a store's directory; without it, --store's");
}

void add_diff(CLI::App& config, Context& context) {
  auto before = std::make_shared<std::string>();
  auto after = std::make_shared<std::string>();
  CLI::App* verb = add_verb(config, context, "diff",
                            "Where two stacks differ in meaning; exit code 1 when they do",
                            "  loam config diff old.json new.json\n"
                            "  loam --store db config diff new.json",
                            [&context, before, after] {
                              // With one FILE, the store comes first: what would change.
                              if (after->empty()) return diff(context, "", *before);
                              return diff(context, *before, *after);
                            });
  verb->add_option("A", *before, "A document, or a store's directory")->required();
  verb->add_option("B", *after, "Another one; without it, A is compared with --store's");
}

}  // namespace

void add_config(CLI::App& parent, Context& context) {
  CLI::App* config = parent.add_subcommand("config", "Stack documents");
  config->require_subcommand(1);
  config->footer(
      "Examples:\n"
      "  loam config new --profile write-heavy --memory 2GiB --output stack.json\n"
      "  loam config check stack.json\n"
      "  loam config import rocks/OPTIONS-000007 --output stack.json");
  add_config_new(*config, context);
  add_config_import(*config, context);
  auto file = std::make_shared<std::string>();
  CLI::App* verb =
      add_verb(*config, context, "check",
               "Check a stack document: everything short of opening a store. Exit code 2\n"
               "when it has errors; with --json they are an array on standard output",
               "  loam config check stack.json\n"
               "  loam config check stack.json --json\n"
               "  loam --set /store/block_cache=1GiB config check stack.json",
               [&context, file] { return check(context, *file); });
  verb->add_option("FILE", *file, "The document")->required();
  add_explain(*config, context);
  add_diff(*config, context);
  add_verb(*config, context, "schema",
           "The JSON Schema (draft-07) of stack documents, with the options of every plugin\n"
           "found; editors complete and explain with it",
           "  loam config schema > loam.schema.json\n"
           "  loam --stack stack.json config schema",
           [&context] { return schema(context); });
  add_verb(*config, context, "reference",
           "Every option as a Markdown table, those of every plugin found included: type,\n"
           "unit, default, range, online, since, meaning",
           "  loam config reference > options.md\n"
           "  loam --stack stack.json config reference",
           [&context] { return reference(context); });
}

}  // namespace loam::tools
