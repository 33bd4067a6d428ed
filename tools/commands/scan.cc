#include <optional>

#include "tools/cli.h"

namespace loam::tools {
namespace {

struct ScanArguments {
  std::optional<std::string> start;
  std::optional<std::string> end;
  std::string prefix;
  std::optional<std::uint64_t> limit;
  bool reverse = false;
  bool keys_only = false;
};

/// The first key behind every key that begins with `prefix`, in byte order; none for 0xff bytes.
std::optional<std::string> behind_prefix(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xff') prefix.pop_back();
  if (prefix.empty()) return std::nullopt;
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

bool is_bytewise(Db& db) {
  return db.property("loam.comparator").value_or("").starts_with("loam.bytewise/");
}

/// In byte order, keys with a prefix stand together: walk only those. In another order the prefix
/// is looked for in every key of the range.
void narrow_to_prefix(Range& range, const std::string& prefix) {
  if (!range.lower || range.lower->key < prefix) range.lower = Bound{prefix, true};
  const auto behind = behind_prefix(prefix);
  if (behind && (!range.upper || *behind < range.upper->key)) range.upper = Bound{*behind, false};
}

Status print_range(Context& context, Db& db, const ScanArguments& arguments, ReadOptions options,
                   const std::string& prefix) {
  std::uint64_t left = arguments.limit.value_or(UINT64_MAX);
  if (left == 0) return {};
  const text::Encoding encoding = context.encoding();
  const Range range = options.range;
  Scan scan = arguments.reverse ? db.scan_reverse(range, options) : db.scan(range, options);
  for (const auto [key, value] : scan) {
    if (!key.starts_with(prefix)) continue;
    std::string& out = context.output.buffer();
    arguments.keys_only ? text::append_key(out, encoding, key)
                        : text::append_record(out, encoding, key, value);
    LOAM_TRY(context.output.drain());
    if (--left == 0) break;
  }
  return scan.status();
}

Outcome scan(Context& context, const ScanArguments& arguments) {
  Range range;
  if (arguments.start) {
    LOAM_TRY_ASSIGN(std::string start, context.argument(*arguments.start));
    range.lower = Bound{std::move(start), true};
  }
  if (arguments.end) {
    LOAM_TRY_ASSIGN(std::string end, context.argument(*arguments.end));
    range.upper = Bound{std::move(end), false};
  }
  LOAM_TRY_ASSIGN(const std::string prefix, context.argument(arguments.prefix));
  LOAM_TRY_ASSIGN(Db * db, context.store(OpenMode::kExisting));
  if (!prefix.empty() && is_bytewise(*db)) narrow_to_prefix(range, prefix);
  ReadOptions options;
  options.fill_cache = false;  // walked once
  options.range = std::move(range);
  LOAM_TRY(print_range(context, *db, arguments, std::move(options), prefix));
  return ExitCode::kDone;
}

std::string check_whole_number(const std::string& text) {
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  return digits ? "" : "expected a whole number, found \"" + text + "\"";
}

}  // namespace

void add_scan(CLI::App& parent, Context& context) {
  auto arguments = std::make_shared<ScanArguments>();
  CLI::App* verb = add_verb(parent, context, "scan",
                            "Print the records of a range in key order: key, tab, value",
                            "  loam --store db scan\n"
                            "  loam --store db scan a m --limit 10\n"
                            "  loam --store db scan --prefix user/ --reverse --keys-only\n"
                            "  loam --store db scan | loam --store copy load -",
                            [&context, arguments] { return scan(context, *arguments); });
  verb->add_option("START", arguments->start, "First key of the range, inclusive");
  verb->add_option("END", arguments->end, "End of the range, exclusive (also with --reverse)");
  verb->add_flag("--reverse", arguments->reverse, "From the last key to the first");
  verb->add_option("--limit", arguments->limit, "At most so many records")
      ->type_name("N")
      ->check(check_whole_number);
  verb->add_option("--prefix", arguments->prefix, "Only keys that begin with this")->type_name("P");
  verb->add_flag("--keys-only", arguments->keys_only, "Keys without values");
}

}  // namespace loam::tools
