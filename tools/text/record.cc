#include "tools/text/record.h"

#include <nlohmann/json.hpp>

#include "tools/text/escape.h"

namespace loam::text {
namespace {

bool is_json(Encoding encoding) {
  return encoding == Encoding::kJson || encoding == Encoding::kJsonHex;
}

void append_field(std::string& out, Encoding encoding, Bytes bytes) {
  encoding == Encoding::kTsvHex ? append_hex(out, bytes) : append_escaped(out, bytes);
}

/// `"key":"..."` or `"key_hex":"..."`.
void append_member(std::string& out, Encoding encoding, std::string_view name, Bytes bytes) {
  const bool hex = encoding == Encoding::kJsonHex || !is_utf8(bytes);
  out.push_back('"');
  out.append(name);
  out.append(hex ? "_hex\":" : "\":");
  if (!hex) {
    append_json_string(out, bytes);
    return;
  }
  out.push_back('"');
  append_hex(out, bytes);
  out.push_back('"');
}

Status wrong(std::string message) { return Status::invalid_argument(std::move(message)); }

/// Takes one member into the record; `seen` says which of the two names came before.
struct MemberReader {
  bool key_seen = false;
  bool value_seen = false;

  Status take(const std::string& name, const nlohmann::json& value, Record& record) {
    const bool is_key = name == "key" || name == "key_hex";
    if (!is_key && name != "value" && name != "value_hex") {
      return wrong("unknown member \"" + name + "\" (expected key or key_hex, value or value_hex)");
    }
    bool& seen = is_key ? key_seen : value_seen;
    if (seen) return wrong(std::string(is_key ? "key" : "value") + " is given twice");
    seen = true;
    if (!value.is_string()) return wrong("\"" + name + "\" is no string");
    std::string& target = is_key ? record.key : record.value;
    const auto& text = value.get_ref<const std::string&>();
    if (!name.ends_with("_hex")) {
      target = text;
      return {};
    }
    return parse_hex(text, target).with_context("\"" + name + "\"");
  }
};

Status parse_object(Bytes line, nlohmann::json& object) {
  std::size_t names = 0;
  const auto count = [&names](int depth, nlohmann::json::parse_event_t event, nlohmann::json&) {
    if (event == nlohmann::json::parse_event_t::key && depth == 1) ++names;
    return true;
  };
  object = nlohmann::json::parse(line.begin(), line.end(), count, false);
  if (object.is_discarded()) return wrong("no valid JSON");
  if (!object.is_object()) return wrong("no JSON object");
  if (object.size() != names) return wrong("a member is given twice");
  return {};
}

Status parse_json(Bytes line, Record& record) {
  nlohmann::json object;
  LOAM_TRY(parse_object(line, object));
  MemberReader reader;
  for (const auto& [name, value] : object.items()) LOAM_TRY(reader.take(name, value, record));
  if (!reader.key_seen) return wrong("expected a member key or key_hex");
  if (!reader.value_seen) return wrong("expected a member value or value_hex");
  return {};
}

Status parse_field(Bytes field, Encoding encoding, std::string& out) {
  return encoding == Encoding::kTsvHex ? parse_hex(field, out) : unescape(field, out);
}

}  // namespace

void append_record(std::string& out, Encoding encoding, Bytes key, Bytes value) {
  if (is_json(encoding)) {
    out.push_back('{');
    append_member(out, encoding, "key", key);
    out.push_back(',');
    append_member(out, encoding, "value", value);
    out.append("}\n");
    return;
  }
  append_field(out, encoding, key);
  out.push_back('\t');
  append_field(out, encoding, value);
  out.push_back('\n');
}

void append_key(std::string& out, Encoding encoding, Bytes key) {
  if (is_json(encoding)) {
    out.push_back('{');
    append_member(out, encoding, "key", key);
    out.append("}\n");
    return;
  }
  append_field(out, encoding, key);
  out.push_back('\n');
}

void append_missing(std::string& out, Encoding encoding, Bytes key) {
  if (!is_json(encoding)) {
    append_key(out, encoding, key);
    return;
  }
  out.push_back('{');
  append_member(out, encoding, "key", key);
  out.append(",\"value\":null}\n");
}

Status parse_record(Bytes line, Encoding encoding, Record& record) {
  if (is_json(encoding)) return parse_json(line, record);
  const std::size_t tab = line.find('\t');
  if (tab == Bytes::npos) return wrong("expected key, tab, value; found no tab");
  const Bytes value = line.substr(tab + 1);
  if (value.find('\t') != Bytes::npos) {
    return wrong("expected key, tab, value; found another tab (a tab in a value is \\t)");
  }
  LOAM_TRY(parse_field(line.substr(0, tab), encoding, record.key).with_context("key"));
  return parse_field(value, encoding, record.value).with_context("value");
}

Status parse_key(Bytes line, Encoding encoding, std::string& key) {
  if (line.find('\t') != Bytes::npos) return wrong("expected a key only, found a tab");
  return parse_field(line, encoding, key).with_context("key");
}

Status parse_words(Bytes line, std::vector<std::string>& words) {
  words.clear();
  const bool by_tab = line.find('\t') != Bytes::npos;
  const char separator = by_tab ? '\t' : ' ';
  while (by_tab || !line.empty()) {
    const std::size_t end = line.find(separator);
    const Bytes word = line.substr(0, end);
    if (by_tab || !word.empty()) {
      words.emplace_back();
      LOAM_TRY(unescape(word, words.back()));
    }
    if (end == Bytes::npos) return {};
    line.remove_prefix(end + 1);
  }
  return {};
}

}  // namespace loam::text
