#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "tools/cli.h"
#include "tools/text/lines.h"

namespace loam::tools {
namespace {

constexpr std::uint32_t kBatchRecordsMax = 1000;
constexpr std::size_t kBatchBytesMax = 1 << 20;
constexpr std::uint64_t kReportEvery = 10'000;

struct LoadArguments {
  std::string file;
  std::string input = "tsv";
  std::string progress;  // empty: bar on a terminal, else none
  bool sync = false;
};

/// Says on standard error how far the load is. Only acknowledged records count.
class Progress {
 public:
  Progress(std::string style, const text::LineReader& lines)
      : style_(std::move(style)), lines_(lines) {
    if (style_.empty()) style_ = isatty(STDERR_FILENO) != 0 ? "bar" : "none";
  }

  void acknowledged(std::uint64_t count) {
    while (count >= next_) {
      if (style_ == "plain")
        std::fprintf(stderr, "loaded %lu\n", static_cast<unsigned long>(next_));
      next_ += kReportEvery;
    }
    if (style_ == "bar") draw(count);
  }
  void finish() {
    if (style_ == "bar") std::fputc('\n', stderr);
  }

 private:
  void draw(std::uint64_t count) {
    constexpr int kWidth = 40;
    const auto records = static_cast<unsigned long>(count);
    if (lines_.file_size() == 0) {
      std::fprintf(stderr, "\r%lu records", records);
      return;
    }
    const double share =
        static_cast<double>(lines_.bytes_read()) / static_cast<double>(lines_.file_size());
    const std::string filled(static_cast<std::size_t>(share * kWidth), '#');
    std::fprintf(stderr, "\r[%-*s] %3.0f %%  %lu records", kWidth, filled.c_str(), share * 100,
                 records);
  }

  std::string style_;
  const text::LineReader& lines_;
  std::uint64_t next_ = kReportEvery;
};

/// Reads records and writes them in batches, in input order.
class Loader {
 public:
  Loader(Db& db, bool sync, Progress& progress) : db_(db), progress_(progress) {
    write_.sync = sync;
  }

  Status add(const text::Record& record) {
    batch_.put(record.key, record.value);
    bytes_ += record.key.size() + record.value.size();
    const bool full =
        batch_.count() >= kBatchRecordsMax || batch_.approximate_size() >= kBatchBytesMax;
    return full ? write() : Status();
  }
  Status write() {
    if (batch_.empty()) return {};
    LOAM_TRY(db_.write(batch_, write_));
    records_ += batch_.count();
    batch_.clear();
    progress_.acknowledged(records_);
    return {};
  }
  [[nodiscard]] std::uint64_t records() const { return records_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  Db& db_;
  Progress& progress_;
  WriteOptions write_;
  WriteBatch batch_;
  std::uint64_t records_ = 0;
  std::uint64_t bytes_ = 0;
};

Status read_records(text::LineReader& lines, text::Encoding encoding, Loader& loader) {
  Bytes line;
  text::Record record;
  while (lines.next(line)) {
    Status parsed = text::parse_record(line, encoding, record);
    if (!parsed.ok()) {
      // What stands before the bad line is kept, so that a corrected file can go on from there.
      LOAM_TRY(loader.write());
      return std::move(parsed)
          .with_context(lines.place())
          .with_context("after " + std::to_string(loader.records()) + " records loaded");
    }
    LOAM_TRY(loader.add(record));
  }
  LOAM_TRY(lines.status());
  return loader.write();
}

text::Encoding input_encoding(const Context& context, const std::string& input) {
  return input == "jsonl" ? text::Encoding::kJson : context.input_encoding();
}

void print_summary(Context& context, const Loader& loader, double seconds) {
  char line[160];
  const auto records = static_cast<unsigned long>(loader.records());
  const auto bytes = static_cast<unsigned long>(loader.bytes());
  const char* form = context.globals.json
                         ? "{\"records\":%lu,\"bytes\":%lu,\"seconds\":%.3f}\n"
                         : "loaded %lu records, %lu bytes of keys and values, in %.3f s\n";
  std::snprintf(line, sizeof line, form, records, bytes, seconds);
  context.output.buffer() += line;
}

Outcome load(Context& context, const LoadArguments& arguments) {
  LOAM_TRY_ASSIGN(auto lines, text::LineReader::open(arguments.file));
  LOAM_TRY_ASSIGN(Db * db, context.store(OpenMode::kMayCreate));
  Progress progress(arguments.progress, lines);
  Loader loader(*db, arguments.sync, progress);
  const auto start = std::chrono::steady_clock::now();
  const Status status = read_records(lines, input_encoding(context, arguments.input), loader);
  progress.finish();
  LOAM_TRY(status);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  print_summary(context, loader, elapsed.count());
  return ExitCode::kDone;
}

}  // namespace

void add_load(CLI::App& parent, Context& context) {
  auto arguments = std::make_shared<LoadArguments>();
  CLI::App* verb = add_verb(
      parent, context, "load",
      "Write the records of a file, in its order; the store is made if absent",
      "  loam --store db load data.tsv\n"
      "  loam --store db load --input jsonl --progress plain - < data.jsonl\n"
      "  loam --store db scan | loam --store copy load -\n"
      "tsv is key, tab, value, a line each; \\t \\n \\r \\\\ \\xNN stand for bytes. jsonl is an\n"
      "object a line: {\"key\":..,\"value\":..}, with key_hex and value_hex for any bytes.",
      [&context, arguments] { return load(context, *arguments); });
  verb->add_option("FILE", arguments->file, "The records; '-': standard input")->required();
  verb->add_option("--input", arguments->input, "Form of the input: tsv (default) or jsonl")
      ->type_name("FORM")
      ->check(CLI::IsMember({"tsv", "jsonl"}));
  verb->add_option("--progress", arguments->progress,
                   "bar, plain (a line \"loaded N\" on standard error each time another 10,000\n"
                   "records are acknowledged) or none; default: bar on a terminal, else none")
      ->type_name("STYLE")
      ->check(CLI::IsMember({"bar", "plain", "none"}));
  verb->add_flag("--sync", arguments->sync, "Each batch survives a power cut before it counts");
}

}  // namespace loam::tools
