/// Batches and log headers (docs/format.md, "Batch"; LevelDB's in its write_batch.cc).
#include <string_view>

#include "core/admin/inspect_records.h"
#include "core/format/batch.h"

namespace loam::admin {
namespace {

constexpr std::uint8_t kHasFamily = 0x80;
constexpr std::uint8_t kKindMask = 0x7f;

struct EntryKind {
  std::string_view name;
  bool has_value;
};
constexpr EntryKind kKinds[] = {{"delete", false},      {"put", true},
                                {"merge", true},        {"single delete", false},
                                {"range delete", true}, {"value pointer", true}};
constexpr std::size_t kLevelDbKinds = 2;

/// One entry whose sequence is `sequence`. False: it ended in damage.
bool list_entry(Cursor& in, Format format, std::uint64_t sequence) {
  const auto tag = static_cast<std::uint8_t>(in.rest().front());
  const bool native = format == Format::kLoam;
  const std::uint8_t kind = native ? tag & kKindMask : tag;
  const bool known = kind < (native ? std::size(kKinds) : kLevelDbKinds);
  const std::string_view name = known ? kKinds[kind].name : "unknown kind";
  const Group group(in.out(), in.here(0), "entry", name);
  std::uint8_t ignored = 0;
  in.fixed("kind", ignored, [&](std::uint64_t) {
    return std::string(name) + ", sequence " + std::to_string(sequence);
  });
  if (!known) return in.damaged("kind " + std::to_string(kind) + " is unknown to this build");
  std::uint64_t family = 0;
  if (native && (tag & kHasFamily) != 0 && !in.varint("family", family)) return false;
  Bytes bytes;
  return in.prefixed("key", bytes) && (!kKinds[kind].has_value || in.prefixed("value", bytes));
}

}  // namespace

void list_batch(Cursor& in, Format format) {
  std::uint8_t byte = 0;
  std::uint64_t sequence = 0;
  std::uint32_t count = 0;
  if (format == Format::kLoam) {
    if (!in.fixed("kind", byte, [](std::uint64_t) { return "batch"; })) return;
    if (byte != static_cast<std::uint8_t>(format::RecordKind::kBatch)) {
      in.damaged("expected record kind 1, a batch");
      return;
    }
    if (!in.fixed("version", byte)) return;
    if (byte != 1) {
      in.damaged("a batch of version " + std::to_string(byte) + ", this build reads version 1");
      return;
    }
  }
  if (!in.fixed("first sequence", sequence) || !in.fixed("entries", count)) return;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (in.done()) {
      in.damaged("the batch ends behind " + std::to_string(i) + " of " + std::to_string(count) +
                 " entries");
      return;
    }
    if (!list_entry(in, format, sequence + i)) return;
  }
  if (!in.done()) in.damaged("bytes behind the last entry");
}

void list_log_record(Cursor& in) {
  const Bytes rest = in.rest();
  if (rest.empty() || static_cast<std::uint8_t>(rest.front()) !=
                          static_cast<std::uint8_t>(format::RecordKind::kLogHeader)) {
    list_batch(in, Format::kLoam);
    return;
  }
  std::uint8_t byte = 0;
  std::uint64_t number = 0;
  in.fixed("kind", byte, [](std::uint64_t) { return "log header"; });
  if (!in.fixed("version", byte)) return;
  if (byte != 1) {
    in.damaged("a log header of version " + std::to_string(byte) + ", this build reads version 1");
    return;
  }
  const bool whole = in.fixed("log before", number) && in.fixed("bytes of it durable", number) &&
                     in.fixed("last sequence before", number);
  if (whole && !in.done()) in.damaged("bytes behind the log header");
}

Format batch_format(Bytes batch) {
  const auto reads = [batch](Format format) {
    SilentListing silent;
    const Place place = Place::in_file(0);
    Cursor in(silent, batch, place);
    list_batch(in, format);
    return !silent.damaged();
  };
  return !reads(Format::kLoam) && reads(Format::kLevelDb) ? Format::kLevelDb : Format::kLoam;
}

}  // namespace loam::admin
