/// The report of `loam plugin check` in its three forms.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "tools/plugin_check.h"
#include "tools/text/escape.h"

namespace loam::tools {
namespace {

using plugin::CheckLine;
using plugin::CheckOutcome;
using plugin::CheckReport;

std::size_t count(const CheckReport& report, CheckOutcome outcome) {
  return static_cast<std::size_t>(
      std::count_if(report.lines.begin(), report.lines.end(),
                    [outcome](const CheckLine& line) { return line.outcome == outcome; }));
}

std::string_view outcome_name(CheckOutcome outcome) {
  switch (outcome) {
    case CheckOutcome::kOk: return "ok";
    case CheckOutcome::kFailed: return "failed";
    case CheckOutcome::kNotRun: return "not run";
  }
  return "unknown";
}

/// Characters that XML has no form for, and bytes that are no UTF-8, are shown as \xNN.
std::string xml(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t size = text::utf8_character_size(text);
    const char c = text.front();
    const bool plain = size != 0 && (static_cast<unsigned char>(c) >= 0x20 || c == '\n');
    if (!plain) {
      out += "\\x";
      text::append_hex(out, text.substr(0, 1));
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\n') {
      out += "&#10;";
    } else {
      out.append(text.substr(0, size));
    }
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return out;
}

std::string plugin_name(const CheckReport& report) {
  return report.id.empty() ? report.path : report.id + " " + report.version;
}

void append_case(std::string& out, const CheckLine& line) {
  out += "    <testcase classname=\"" + xml(line.subject) + "\" name=\"" + xml(line.law) + "\"";
  if (line.outcome == CheckOutcome::kOk) {
    out += "/>\n";
    return;
  }
  const char* element = line.outcome == CheckOutcome::kFailed ? "failure" : "skipped";
  out += ">\n      <" + std::string(element) + " message=\"" + xml(line.detail) +
         "\"/>\n    </testcase>\n";
}

}  // namespace

std::string check_failure(const CheckReport& report) {
  const auto first =
      std::find_if(report.lines.begin(), report.lines.end(),
                   [](const CheckLine& line) { return line.outcome == CheckOutcome::kFailed; });
  if (first == report.lines.end()) return {};
  return std::to_string(count(report, CheckOutcome::kFailed)) + " of " +
         std::to_string(report.lines.size()) + " laws broken, the first: " + first->subject + " " +
         first->law + ": " + first->detail.substr(0, first->detail.find('\n'));
}

std::string check_text(const CheckReport& report) {
  std::string out = report.to_string();
  out += plugin_name(report) + ": " + std::to_string(count(report, CheckOutcome::kOk)) +
         " laws hold, " + std::to_string(count(report, CheckOutcome::kFailed)) + " broken, " +
         std::to_string(count(report, CheckOutcome::kNotRun)) + " not run\n";
  return out;
}

std::string check_json(const CheckReport& report) {
  using Json = nlohmann::ordered_json;
  Json laws = Json::array();
  for (const CheckLine& line : report.lines) {
    laws.push_back({{"subject", line.subject},
                    {"law", line.law},
                    {"outcome", outcome_name(line.outcome)},
                    {"detail", line.detail}});
  }
  const Json object = {{"file", report.path},
                       {"id", report.id},
                       {"version", report.version},
                       {"passed", report.passed()},
                       {"laws", std::move(laws)}};
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string check_junit(const CheckReport& report) {
  std::string out =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"" +
      xml(plugin_name(report)) + "\" tests=\"" + std::to_string(report.lines.size()) +
      "\" failures=\"" + std::to_string(count(report, CheckOutcome::kFailed)) + "\" errors=\"0\"" +
      " skipped=\"" + std::to_string(count(report, CheckOutcome::kNotRun)) + "\">\n";
  for (const CheckLine& line : report.lines) append_case(out, line);
  return out + "  </testsuite>\n</testsuites>\n";
}

}  // namespace loam::tools
