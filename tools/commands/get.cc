#include "tools/cli.h"
#include "tools/report.h"
#include "tools/text/escape.h"
#include "tools/text/lines.h"

namespace loam::tools {
namespace {

struct GetArguments {
  std::string key;
  bool raw = false;
};

/// One key after another, and what was not found.
class Getter {
 public:
  Getter(Context& context, Db& db, bool raw) : context_(context), db_(db), raw_(raw) {}

  Status get(Bytes key) {
    ++asked_;
    LOAM_TRY_ASSIGN(const bool found, db_.get(key, value_));
    if (found) {
      print(key);
    } else {
      if (missing_++ == 0) text::append_escaped(first_missing_, key);
      if (context_.globals.json) {
        text::append_missing(context_.output.buffer(), context_.encoding(), key);
      }
    }
    return context_.output.drain();
  }

  ExitCode finish() {
    if (missing_ == 0) return ExitCode::kDone;
    if (asked_ == 1) {
      report_error("key not found: " + first_missing_);
    } else {
      report_error(std::to_string(missing_) + " of " + std::to_string(asked_) +
                   " keys not found, the first: " + first_missing_);
    }
    return ExitCode::kKeyNotFound;
  }

 private:
  void print(Bytes key) {
    std::string& out = context_.output.buffer();
    const Bytes value = value_.view();
    if (raw_) {
      out.append(value);
    } else if (context_.globals.json) {
      text::append_record(out, context_.encoding(), key, value);
    } else {
      context_.globals.hex ? text::append_hex(out, value) : static_cast<void>(out.append(value));
      out.push_back('\n');
    }
  }

  Context& context_;
  Db& db_;
  bool raw_;
  PinnedValue value_;
  std::uint64_t asked_ = 0;
  std::uint64_t missing_ = 0;
  std::string first_missing_;
};

Status get_all(Context& context, Getter& getter) {
  LOAM_TRY_ASSIGN(auto lines, text::LineReader::open("-"));
  Bytes line;
  std::string key;
  while (lines.next(line)) {
    LOAM_TRY(text::parse_key(line, context.input_encoding(), key).with_context(lines.place()));
    LOAM_TRY(getter.get(key));
  }
  return lines.status();
}

Outcome get(Context& context, const GetArguments& arguments) {
  LOAM_TRY_ASSIGN(Db * db, context.store(OpenMode::kExisting));
  Getter getter(context, *db, arguments.raw);
  if (arguments.key == "-") {
    LOAM_TRY(get_all(context, getter));
  } else {
    LOAM_TRY_ASSIGN(const std::string key, context.argument(arguments.key));
    LOAM_TRY(getter.get(key));
  }
  return getter.finish();
}

}  // namespace

void add_get(CLI::App& parent, Context& context) {
  auto arguments = std::make_shared<GetArguments>();
  CLI::App* verb =
      add_verb(parent, context, "get", "Print the value of a key, or of each key on standard input",
               "  loam --store db get greeting\n"
               "  loam --store db get --raw picture > picture.png\n"
               "  loam --store db scan --keys-only | loam --store db get --json -",
               [&context, arguments] { return get(context, *arguments); });
  verb->add_option("KEY", arguments->key, "The key; '-': keys from standard input, one a line")
      ->required();
  verb->add_flag("--raw", arguments->raw, "The bare bytes of the value, no newline");
}

}  // namespace loam::tools
