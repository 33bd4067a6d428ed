#include "tools/report.h"

#include <cstdio>
#include <string>

namespace loam::tools {
namespace {

void print(std::string_view level, std::string_view message) {
  std::string line = "loam: ";
  line.append(level).append(": ").append(message).append("\n");
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace

void report_error(std::string_view message) { print("error", message); }
void report_warning(std::string_view message) { print("warning", message); }

ExitCode report(const Status& status) {
  if (status.ok()) return ExitCode::kDone;
  // Findings about a document are whole messages of their own, each ended by a newline.
  if (status.message().ends_with('\n')) {
    std::fwrite(status.message().data(), 1, status.message().size(), stderr);
  } else {
    report_error(status.message().empty() ? code_name(status.code()) : status.message());
  }
  return exit_code_of(status.code());
}

}  // namespace loam::tools
