// The verbs that write stack documents: new, import.
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "loam/config/author.h"
#include "tools/cli.h"
#include "tools/text_file.h"

namespace loam::tools {
namespace {

using Json = nlohmann::ordered_json;

struct NewArguments {
  std::string profile;
  std::string memory;
  NewFile file;
};

constexpr const char* kUsualMemory = "256MiB";

std::string profile_lines() {
  std::string lines;
  for (const config::Profile& profile : config::profiles()) {
    lines += "  " + profile.name;
    lines.append(15 - std::min<std::size_t>(profile.name.size(), 14), ' ');
    lines += profile.summary + "\n";
  }
  return lines;
}

/// The answer to a question, `usual` for an empty one. Fails: kInvalidArgument when nobody answers.
Result<std::string> ask(const std::string& question, const std::string& usual) {
  std::cerr << question << " [" << usual << "] " << std::flush;
  std::string answer;
  if (!std::getline(std::cin, answer)) return Status::invalid_argument("no answer");
  return answer.empty() ? usual : answer;
}

Outcome make_new(Context& context, NewArguments arguments) {
  if (arguments.profile.empty()) {
    if (isatty(STDIN_FILENO) == 0) {
      std::string known = profile_lines();
      known.pop_back();
      return Status::invalid_argument("which profile? say --profile NAME\n" + known);
    }
    std::cerr << "What is the store for?\n" << profile_lines();
    LOAM_TRY_ASSIGN(arguments.profile, ask("profile:", config::profiles().front().name));
    if (arguments.memory.empty()) {
      LOAM_TRY_ASSIGN(arguments.memory, ask("How much memory may it take?", kUsualMemory));
    }
  }
  if (arguments.memory.empty()) arguments.memory = kUsualMemory;
  LOAM_TRY_ASSIGN(const std::uint64_t memory, config::parse_size(arguments.memory));
  LOAM_TRY_ASSIGN(const std::string text, config::new_stack(arguments.profile, memory));
  LOAM_TRY(write_new_file(arguments.file, text, context.output));
  return ExitCode::kDone;
}

Json json_of(const std::vector<config::ImportNote>& notes) {
  Json list = Json::array();
  for (const config::ImportNote& note : notes) {
    list.push_back({{"section", note.section},
                    {"option", note.option},
                    {"value", note.value},
                    {"line", note.line},
                    {"reason", note.reason}});
  }
  return list;
}

std::string text_of(const std::string& head, const std::vector<config::ImportNote>& notes) {
  std::string text = notes.empty() ? "" : head + "\n";
  for (const config::ImportNote& note : notes) {
    text += "  [" + note.section + "]";
    if (note.line > 0) text += " line " + std::to_string(note.line);
    if (!note.option.empty()) text += " " + note.option + "=" + note.value;
    text += ": " + note.reason + "\n";
  }
  return text;
}

Outcome import_options(Context& context, const std::string& path, const NewFile& file) {
  LOAM_TRY_ASSIGN(std::string text, read_text_file(path));
  auto imported = config::import_rocksdb(std::move(text), path);
  if (!imported.ok()) {
    // Findings are whole messages of their own: see report().
    return Status::invalid_argument(std::string(imported.status().message()) + "\n");
  }
  const bool to_json = context.globals.json;
  Json object = {{"taken", imported->taken},
                 {"at_default", imported->at_default},
                 {"changed", json_of(imported->changed)},
                 {"lost", json_of(imported->lost)}};
  if (to_json && file.path.empty()) object["stack"] = imported->stack;
  if (!to_json || !file.path.empty()) {
    LOAM_TRY(write_new_file(file, imported->stack, context.output));
  }
  if (to_json) {
    context.output.buffer() += object.dump() + "\n";
    return ExitCode::kDone;
  }
  const std::string report =
      path + ": " + std::to_string(imported->taken) + " options taken over; " +
      std::to_string(imported->at_default) +
      " without counterpart are at RocksDB's default: nothing is lost by them\n" +
      text_of("not exactly as it was:", imported->changed) +
      text_of("set there, and without counterpart here:", imported->lost);
  std::fwrite(report.data(), 1, report.size(), stderr);
  return ExitCode::kDone;
}

void add_file_options(CLI::App& verb, NewFile& file) {
  verb.add_option("--output", file.path, "Write to this file instead of standard output")
      ->type_name("FILE");
  verb.add_flag("--force", file.force, "Replace the file if it is there");
}

}  // namespace

void add_config_new(CLI::App& config, Context& context) {
  auto arguments = std::make_shared<NewArguments>();
  CLI::App* verb =
      add_verb(config, context, "new",
               "Write a commented stack for a profile and an amount of memory; asks when no\n"
               "profile is named. Profiles:\n" +
                   profile_lines(),
               "  loam config new --profile write-heavy --memory 2GiB --output stack.json\n"
               "  loam config new",
               [&context, arguments] { return make_new(context, *arguments); });
  verb->add_option("--profile", arguments->profile, "What the store is for")->type_name("NAME");
  verb->add_option("--memory", arguments->memory,
                   "What memtables, block cache and open tables share; 256MiB unless said")
      ->type_name("SIZE");
  add_file_options(*verb, arguments->file);
}

void add_config_import(CLI::App& config, Context& context) {
  struct Arguments {
    std::string options;
    NewFile file;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb =
      add_verb(config, context, "import",
               "Turn a RocksDB OPTIONS file into a commented stack. What has no counterpart is\n"
               "listed on standard error, and at the end of the stack",
               "  loam config import rocks/OPTIONS-000007 --output stack.json\n"
               "  loam config import rocks/OPTIONS-000007 --json",
               [&context, arguments] {
                 return import_options(context, arguments->options, arguments->file);
               });
  verb->add_option("FILE", arguments->options, "The OPTIONS file of a RocksDB store")->required();
  add_file_options(*verb, arguments->file);
}

}  // namespace loam::tools
