#include "tools/open.h"

#include <filesystem>

#include "loam/config/stack.h"
#include "tools/report.h"

namespace loam::tools {
namespace {

config::LoadOptions load_options(const GlobalOptions& globals) {
  config::LoadOptions load;
  load.overrides = globals.sets;
  load.trust.document_plugins = true;
  load.trust.document_commands = true;
  load.trust.literal_secrets = globals.literal_secrets;
  load.registry_options.load_plugins = true;
  return load;
}

/// A failure whose reasons are findings about a document shows them in their own form: each is a
/// whole message, ended by a newline (see report()). Other failures speak for themselves.
Status with_findings(Status status, const std::vector<config::Diagnostic>& found) {
  if (status.code() != Code::kInvalidArgument) return status;
  std::string errors;
  for (const config::Diagnostic& diagnostic : found) {
    if (diagnostic.severity == config::Diagnostic::Severity::kError) {
      errors += diagnostic.to_string();
    }
  }
  return errors.empty() ? std::move(status) : Status::invalid_argument(std::move(errors));
}

config::OpenOptions open_options(const GlobalOptions& globals, OpenMode mode) {
  config::OpenOptions options;
  options.stack_file = globals.stack;
  options.load = load_options(globals);
  options.create_if_missing = mode != OpenMode::kExisting;
  options.error_if_exists = mode == OpenMode::kNew;
  options.read_only = globals.read_only;
  options.control_socket = !globals.read_only;
  return options;
}

}  // namespace

Result<config::OpenedStore> open_store(const GlobalOptions& globals, OpenMode mode) {
  std::vector<config::Diagnostic> found;
  config::OpenOptions options = open_options(globals, mode);
  options.load.diagnostics = &found;
  auto opened = config::open(globals.store, options);
  if (!opened.ok()) {
    Status status = with_findings(std::move(opened).status(), found);
    const bool nameless = globals.store.empty() && status.code() == Code::kInvalidArgument &&
                          !status.message().ends_with('\n');
    if (!nameless) return status;
    return Status::invalid_argument(std::string(status.message()) + " (say --store DIR)");
  }
  for (const std::string& warning : opened->warnings) report_warning(warning);
  if (!opened->remembers) {
    report_warning("store " + globals.store +
                   " lies on a volatile file system: its data and its stack are gone when this "
                   "command ends");
  }
  return opened;
}

Result<Options> store_options(const GlobalOptions& globals) {
  if (globals.store.empty()) {
    return Status::invalid_argument("which store is meant? say --store DIR");
  }
  std::vector<config::Diagnostic> found;
  config::OpenOptions options = open_options(globals, OpenMode::kExisting);
  options.load.diagnostics = &found;
  const auto stack = config::stack_for(globals.store, options);
  if (!stack.ok()) return with_findings(stack.status(), found);
  return stack->options();
}

Result<Component> adopted_file_system(const GlobalOptions& globals) {
  if (globals.store.empty()) {
    return Status::invalid_argument("which store is meant? say --store DIR");
  }
  std::vector<config::Diagnostic> found;
  config::OpenOptions options = open_options(globals, OpenMode::kExisting);
  options.load.diagnostics = &found;
  const auto stack = config::adopt_stack(globals.store, options);
  if (!stack.ok()) return with_findings(stack.status(), found);
  return stack->options().file_system;
}

Status destroy_store(const GlobalOptions& globals) {
  LOAM_TRY_ASSIGN(const Options options, store_options(globals));
  return Db::destroy(globals.store, options);
}

Result<std::shared_ptr<Registry>> open_registry(const GlobalOptions& globals) {
  std::vector<config::Diagnostic> found;
  config::LoadOptions load = load_options(globals);
  if (globals.stack.empty()) return Registry::create(load.registry_options);
  load.diagnostics = &found;
  const auto stack = config::load_file(globals.stack, load);
  if (!stack.ok()) return with_findings(stack.status(), found);
  return stack->registry();
}

Result<std::string> composed_schema(const GlobalOptions& globals) {
  LOAM_TRY_ASSIGN(const auto registry, open_registry(globals));
  return config::compose_schema(*registry);
}

Result<std::string> options_reference(const GlobalOptions& globals) {
  LOAM_TRY_ASSIGN(const auto registry, open_registry(globals));
  return config::document_options(*registry);
}

Result<config::Stack> stack_of(const GlobalOptions& globals, const std::string& path) {
  std::error_code error;
  const bool is_store = path.empty() || std::filesystem::is_directory(path, error);
  std::vector<config::Diagnostic> found;
  if (is_store) {
    const std::string& store = path.empty() ? globals.store : path;
    if (store.empty()) return Status::invalid_argument("which stack? say FILE or --store DIR");
    if (!std::filesystem::is_directory(store, error)) {
      return Status::not_found("there is no store " + store);
    }
    config::OpenOptions options = open_options(globals, OpenMode::kExisting);
    options.load.diagnostics = &found;
    auto stack = config::stack_for(store, options);
    return stack.ok() ? std::move(stack) : with_findings(std::move(stack).status(), found);
  }
  config::LoadOptions load = load_options(globals);
  load.diagnostics = &found;
  auto stack = config::load_file(path, load);
  return stack.ok() ? std::move(stack) : with_findings(std::move(stack).status(), found);
}

Result<std::vector<config::Diagnostic>> check_document(const GlobalOptions& globals,
                                                       const std::string& path) {
  return config::check_file(path, load_options(globals));
}

}  // namespace loam::tools
