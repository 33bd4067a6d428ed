#include "loam/abi.h"
#include "tools/cli.h"

namespace loam::tools {
namespace {

Outcome version(Context& context) {
  const std::string abi = std::to_string(LOAM_ABI_MAJOR) + "." + std::to_string(LOAM_ABI_MINOR);
  std::string& out = context.output.buffer();
  if (context.globals.json) {
    out += "{\"version\":\"" LOAM_VERSION "\",\"plugin_abi\":\"" + abi + "\"}\n";
  } else {
    out += "loam " LOAM_VERSION " (plugin ABI " + abi + ")\n";
  }
  return ExitCode::kDone;
}

}  // namespace

void add_version(CLI::App& parent, Context& context) {
  add_verb(parent, context, "version", "Print the version, and that of the plugin ABI",
           "  loam version\n  loam version --json", [&context] { return version(context); });
}

}  // namespace loam::tools
