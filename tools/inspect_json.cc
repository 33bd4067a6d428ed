#include <cinttypes>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "tools/inspect_print.h"
#include "tools/text/escape.h"

namespace loam::tools {
namespace {

using admin::Value;
using admin::Where;
using Json = nlohmann::ordered_json;

class JsonPrinter : public Printer {
 public:
  JsonPrinter(Output& output, bool hex) : Printer(output), hex_(hex) {}

  void begin(const Where& where, std::string_view what, Bytes label) override {
    Json group = {{"what", what}};
    set_place(group, where);
    if (!label.empty()) set_bytes(group, "label", label);
    open_.push_back(std::move(group));
  }
  void end() override {
    Json group = std::move(open_.back());
    open_.pop_back();
    add("groups", std::move(group));
  }
  void field(const Where& where, std::string_view name, const Value& value,
             std::string_view meaning) override {
    Json field = {{"name", name}};
    set_place(field, where);
    switch (value.kind) {
      case Value::Kind::kNumber: field["value"] = value.number; break;
      case Value::Kind::kBits: {
        char text[17];
        std::snprintf(text, sizeof text, where.size > 4 ? "%016" PRIx64 : "%08" PRIx64,
                      value.number);
        field["value"] = text;
        break;
      }
      case Value::Kind::kBytes: set_bytes(field, "value", value.bytes); break;
    }
    if (!meaning.empty()) field["meaning"] = meaning;
    add("fields", std::move(field));
  }
  void damage(const Where& where, std::string_view what) override {
    note_damage(where, what);
    say("damage", where, what);
  }
  void remark(const Where& where, std::string_view what) override { say("remark", where, what); }
  void finish(std::string_view kind, std::string_view format) override {
    print({{"what", "sum"}, {"kind", kind}, {"format", format}, {"damages", damages()}});
  }

 private:
  static void set_place(Json& object, const Where& where) {
    object["offset"] = where.offset;
    if (where.size != 0) object["size"] = where.size;
    if (where.unpacked) object["unpacked"] = true;
  }
  void set_bytes(Json& object, const std::string& name, Bytes bytes) const {
    if (!hex_ && text::is_utf8(bytes)) {
      object[name] = bytes;
      return;
    }
    std::string hex;
    text::append_hex(hex, bytes);
    object[name + "_hex"] = std::move(hex);
  }
  void say(const char* level, const Where& where, std::string_view what) {
    Json object = open_.empty() ? Json{{"what", level}} : Json::object();
    set_place(object, where);
    object["says"] = what;
    add(std::string(level) + "s", std::move(object));
  }
  /// To the innermost open group, or as a line of its own.
  void add(const std::string& list, Json object) {
    if (open_.empty()) {
      print(object);
    } else {
      open_.back()[list].push_back(std::move(object));
    }
  }
  void print(const Json& object) {
    out() += object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    drain();
  }

  bool hex_;
  std::vector<Json> open_;
};

}  // namespace

std::unique_ptr<Printer> json_printer(Output& output, bool hex) {
  return std::make_unique<JsonPrinter>(output, hex);
}

}  // namespace loam::tools
