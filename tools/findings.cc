#include "tools/findings.h"

#include <nlohmann/json.hpp>

#include "tools/text/escape.h"

namespace loam::tools {

void append_findings(std::string& out, std::string_view kind, const std::vector<Finding>& findings,
                     bool json) {
  for (const Finding& one : findings) {
    if (json) {
      nlohmann::ordered_json object = {{"kind", kind}, {"file", one.file}};
      if (one.offset) object["offset"] = *one.offset;
      object["message"] = one.message;
      out += object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    } else {
      out.append(kind).append(": ");
      text::append_escaped(out, one.file);
      if (one.offset) out += " at " + std::to_string(*one.offset);
      out += ": ";
      text::append_escaped(out, one.message);
    }
    out += '\n';
  }
}

void append_names(std::string& out, std::string_view kind, const std::vector<std::string>& names,
                  bool json) {
  for (const std::string& name : names) {
    if (json) {
      out += nlohmann::ordered_json({{"kind", kind}, {"file", name}})
                 .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    } else {
      out.append(kind).append(": ");
      text::append_escaped(out, name);
    }
    out += '\n';
  }
}

}  // namespace loam::tools
