#include <nlohmann/json.hpp>

#include "tools/cli.h"
#include "tools/report.h"
#include "tools/text/escape.h"

namespace loam::tools {
namespace {

ExitCode list_names(Context& context) {
  std::string& out = context.output.buffer();
  for (const std::string& name : Db::property_names()) {
    out += context.globals.json ? nlohmann::ordered_json({{"name", name}}).dump() : name;
    out += '\n';
  }
  return ExitCode::kDone;
}

Outcome property(Context& context, const std::string& name) {
  if (name.empty()) return list_names(context);
  LOAM_TRY_ASSIGN(Db * db, context.store(OpenMode::kExisting));
  const auto value = db->property(name);
  if (!value) {
    std::string escaped;
    text::append_escaped(escaped, name);
    report_error("no property " + escaped + "; loam property lists them");
    return ExitCode::kKeyNotFound;
  }
  std::string& out = context.output.buffer();
  if (context.globals.json) {
    out += nlohmann::ordered_json({{"name", name}, {"value", *value}}).dump();
  } else {
    out += *value;
  }
  if (!out.ends_with('\n')) out += '\n';
  return ExitCode::kDone;
}

}  // namespace

void add_property(CLI::App& parent, Context& context) {
  auto name = std::make_shared<std::string>();
  CLI::App* verb = add_verb(parent, context, "property",
                            "Print a property of the store by name, or list the names there are",
                            "  loam property\n"
                            "  loam --store db property loam.stats\n"
                            "  loam --store db property leveldb.num-files-at-level0",
                            [&context, name] { return property(context, *name); });
  verb->add_option("NAME", *name, "The name; exit code 1 when there is no such name or level");
}

}  // namespace loam::tools
