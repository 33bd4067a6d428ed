#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "tools/inspect_print.h"
#include "tools/text/escape.h"

namespace loam::tools {
namespace {

using admin::Value;
using admin::Where;

constexpr std::size_t kBytesShown = 64;

/// All digits of a value of `size` bytes.
std::string bits_text(std::uint64_t value, std::uint64_t size) {
  char text[17];
  std::snprintf(text, sizeof text, size > 4 ? "%016" PRIx64 : "%08" PRIx64, value);
  return text;
}

class TextPrinter : public Printer {
 public:
  TextPrinter(Output& output, bool hex) : Printer(output), hex_(hex) {}

  void begin(const Where& where, std::string_view what, Bytes label) override {
    line(where, what);
    if (!label.empty()) {
      out() += ' ';
      append_bytes(label);
    }
    if (where.size != 0) out() += ", " + std::to_string(where.size) + " bytes";
    out() += '\n';
    ++depth_;
  }
  void end() override {
    --depth_;
    drain();
  }
  void field(const Where& where, std::string_view name, const Value& value,
             std::string_view meaning) override {
    line(where, name);
    out().append(name.size() < kNameWidth ? kNameWidth - name.size() : 0, ' ');
    out() += "  ";
    switch (value.kind) {
      case Value::Kind::kNumber: out() += std::to_string(value.number); break;
      case Value::Kind::kBits: out() += bits_text(value.number, where.size); break;
      case Value::Kind::kBytes: append_bytes(value.bytes); break;
    }
    if (!meaning.empty()) out().append("  (").append(meaning).append(")");
    out() += '\n';
  }
  void damage(const Where& where, std::string_view what) override {
    note_damage(where, what);
    say(where, "DAMAGE", what);
  }
  void remark(const Where& where, std::string_view what) override { say(where, "--", what); }
  void finish(std::string_view kind, std::string_view format) override {
    out().append(kind).append(" of format ").append(format).append(", ");
    out() += damages() == 0 ? "nothing damaged\n" : std::to_string(damages()) + " damages\n";
  }

 private:
  static constexpr std::size_t kOffsetWidth = 10;
  static constexpr std::size_t kNameWidth = 20;

  void line(const Where& where, std::string_view what) {
    const std::string offset = (where.unpacked ? "+" : "") + std::to_string(where.offset);
    out().append(offset.size() < kOffsetWidth ? kOffsetWidth - offset.size() : 0, ' ');
    out().append(offset).append(2 + 2 * depth_, ' ').append(what);
  }
  void say(const Where& where, std::string_view level, std::string_view what) {
    line(where, level);
    out() += ' ';
    text::append_escaped(out(), what);
    if (where.size != 0) out() += " (" + std::to_string(where.size) + " bytes)";
    out() += '\n';
    if (depth_ == 0) drain();
  }
  void append_bytes(Bytes bytes) {
    const Bytes shown = bytes.substr(0, kBytesShown);
    if (hex_) {
      text::append_hex(out(), shown);
    } else {
      out() += '"';
      text::append_escaped(out(), shown);
      out() += '"';
    }
    if (shown.size() < bytes.size()) out() += "... of " + std::to_string(bytes.size()) + " bytes";
  }

  bool hex_;
  std::size_t depth_ = 0;
};

}  // namespace

void Printer::note_damage(const Where& where, std::string_view what) {
  if (damages_++ == 0) {
    first_damage_ = "at " + std::to_string(where.offset) +
                    (where.unpacked ? " of unpacked contents: " : ": ") + std::string(what);
  }
}

std::unique_ptr<Printer> text_printer(Output& output, bool hex) {
  return std::make_unique<TextPrinter>(output, hex);
}

}  // namespace loam::tools
