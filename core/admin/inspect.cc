#include "core/admin/inspect.h"

#include "core/admin/inspect_log.h"
#include "core/admin/inspect_records.h"
#include "core/admin/inspect_table.h"
#include "core/admin/log_framing.h"

namespace loam::admin {
namespace {

Format inspect_log(Bytes file, LogContents contents, std::uint64_t from, Listing& out) {
  const auto framing = LogFraming::detect(file);
  if (framing) {
    list_log(out, file, *framing, contents, from);
    return framing->format();
  }
  if (file.find_first_not_of('\0') == Bytes::npos) {
    out.remark({0, file.size()}, file.empty() ? "an empty file" : "unwritten space");
  } else {
    out.damage({0, file.size()}, "no intact fragment of a log, neither Loam's nor LevelDB's");
  }
  return Format::kLoam;
}

Format inspect_table(Bytes file, const InspectOptions& options, Listing& out) {
  if (is_leveldb_table(file)) {
    list_leveldb_table(out, file, options.components, options.from);
    return Format::kLevelDb;
  }
  list_table(out, file, options.components, options.from);
  return Format::kLoam;
}

/// Leaves out what begins before an offset, but damage; groups that hold it are kept whole.
class Behind : public Listing {
 public:
  Behind(Listing& out, std::uint64_t from) : out_(out), from_(from) {}
  void begin(const Where& where, std::string_view what, Bytes label) override {
    if (hidden_ > 0 || where.offset < from_) {
      ++hidden_;
    } else {
      out_.begin(where, what, label);
    }
  }
  void end() override {
    if (hidden_ > 0) {
      --hidden_;
    } else {
      out_.end();
    }
  }
  void field(const Where& where, std::string_view name, const Value& value,
             std::string_view meaning) override {
    if (hidden_ == 0 && where.offset >= from_) out_.field(where, name, value, meaning);
  }
  void damage(const Where& where, std::string_view what) override { out_.damage(where, what); }
  void remark(const Where& where, std::string_view what) override { out_.remark(where, what); }

 private:
  Listing& out_;
  std::uint64_t from_;
  int hidden_ = 0;
};

Format inspect_batch(Bytes file, std::uint64_t from, Listing& out) {
  const Format format = batch_format(file);
  Behind behind(out, from);
  const Place place = Place::in_file(0);
  Cursor in(behind, file, place);
  const Group group(out, {0, file.size()}, "batch");
  list_batch(in, format);
  return format;
}

}  // namespace

Format inspect(FileKind kind, Bytes file, const InspectOptions& options, Listing& out) {
  switch (kind) {
    case FileKind::kTable: return inspect_table(file, options, out);
    case FileKind::kWal: return inspect_log(file, LogContents::kBatches, options.from, out);
    case FileKind::kManifest: return inspect_log(file, LogContents::kEdits, options.from, out);
    case FileKind::kBatch: return inspect_batch(file, options.from, out);
  }
  return Format::kLoam;
}

}  // namespace loam::admin
