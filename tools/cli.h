/// The command line: global options, verbs, help. Every verb is added by its own file in commands/.
#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <string>

#include "tools/context.h"

namespace loam::tools {

/// Adds a verb with its help; `examples` are lines that begin with "loam". `run` becomes the
/// context's action when the verb is chosen. The global options are accepted behind it too.
CLI::App* add_verb(CLI::App& parent, Context& context, const std::string& name,
                   const std::string& summary, const std::string& examples,
                   std::function<Outcome()> run);

/// What the parser found wrong, in our words.
std::string parse_error_message(const CLI::App& app, const CLI::ParseError& error);

/// Parses and runs; prints help and errors. The whole of main.
int run_command(int argc, char** argv);

// One file each in commands/.
void add_put(CLI::App& parent, Context& context);
void add_get(CLI::App& parent, Context& context);
void add_delete(CLI::App& parent, Context& context);
void add_scan(CLI::App& parent, Context& context);
void add_batch(CLI::App& parent, Context& context);
void add_exec(CLI::App& parent, Context& context);
void add_flush(CLI::App& parent, Context& context);
void add_compact(CLI::App& parent, Context& context);
void add_load(CLI::App& parent, Context& context);
void add_info(CLI::App& parent, Context& context);
void add_property(CLI::App& parent, Context& context);
void add_set(CLI::App& parent, Context& context);
void add_size(CLI::App& parent, Context& context);
void add_inspect(CLI::App& parent, Context& context);
void add_verify(CLI::App& parent, Context& context);
void add_repair(CLI::App& parent, Context& context);
void add_copy(CLI::App& parent, Context& context);
void add_destroy(CLI::App& parent, Context& context);
void add_plugin(CLI::App& parent, Context& context);
void add_config(CLI::App& parent, Context& context);
void add_key(CLI::App& parent, Context& context);
void add_version(CLI::App& parent, Context& context);
// Verbs of `loam config` with a file of their own.
void add_config_new(CLI::App& config, Context& context);
void add_config_import(CLI::App& config, Context& context);

}  // namespace loam::tools
