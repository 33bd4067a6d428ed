#include "core/admin/inspect_block.h"

#include <string>

#include "core/admin/inspect_fields.h"
#include "core/format/internal_key.h"
#include "core/table/block_format.h"

namespace loam::admin {
namespace {

constexpr std::size_t kRestartSize = sizeof(std::uint32_t);

struct Sizes {
  std::uint64_t shared = 0;
  std::uint64_t unshared = 0;
  std::uint64_t value = 0;
};

class BlockWalk {
 public:
  BlockWalk(Format format, BlockValues values, std::vector<NamedHandle>* handles)
      : native_(format == Format::kLoam), values_(values), handles_(handles) {}

  void run(Cursor& in);

 private:
  bool entry(Cursor& in);
  bool key(Cursor& in, const Sizes& sizes);
  bool value(Cursor& in, std::size_t size);
  /// The key of an entry whose sizes were taken off `rest`; empty when it is malformed.
  [[nodiscard]] std::string whole_key(Bytes rest, const Sizes& sizes) const;
  /// Of what stands behind the restarts.
  [[nodiscard]] std::size_t tail_size() const {
    return native_ ? table::kBlockTailSize : kRestartSize;
  }

  bool native_;
  BlockValues values_;
  std::vector<NamedHandle>* handles_;
  std::string last_key_;  ///< of what `shared` counts: a user key, in LevelDB's blocks a whole one
};

bool take_sizes(Bytes& rest, Sizes& sizes) {
  return take_varint64(rest, sizes.shared) && take_varint64(rest, sizes.unshared) &&
         take_varint64(rest, sizes.value);
}

std::string BlockWalk::whole_key(Bytes rest, const Sizes& sizes) const {
  if (sizes.shared > last_key_.size() || sizes.unshared > rest.size()) return {};
  std::string key = last_key_.substr(0, static_cast<std::size_t>(sizes.shared));
  return key.append(rest.substr(0, static_cast<std::size_t>(sizes.unshared)));
}

bool BlockWalk::key(Cursor& in, const Sizes& sizes) {
  if (sizes.shared > last_key_.size()) {
    return in.damaged("the entry shares " + std::to_string(sizes.shared) + " bytes with a key of " +
                      std::to_string(last_key_.size()));
  }
  if (sizes.unshared > in.left()) return in.damaged("the key is cut off");
  last_key_ = whole_key(in.rest(), sizes);
  Bytes bytes;
  std::uint64_t trailer = 0;
  const auto unshared = static_cast<std::size_t>(sizes.unshared);
  if (native_) {
    return in.bytes(unshared, "key from there on", bytes) &&
           in.fixed("trailer", trailer, trailer_words);
  }
  if (values_ == BlockValues::kNamed) return in.bytes(unshared, "key from there on", bytes);
  if (last_key_.size() < format::kTrailerSize) return in.damaged("a key without its trailer");
  // A trailer may be shared in part, so that it is no field of its own.
  return in.bytes(unshared, "key from there on", bytes, trailer_words(format::trailer(last_key_)));
}

bool BlockWalk::value(Cursor& in, std::size_t size) {
  if (size > in.left()) return in.damaged("the value is cut off");
  Bytes bytes;
  if (values_ == BlockValues::kData) return in.bytes(size, "value", bytes);
  Cursor handle = in.part(size);
  NamedHandle found{last_key_, {}};
  if (!handle.varint("block offset", found.handle.offset) ||
      !handle.varint("block size", found.handle.size)) {
    return true;  // the next entry can be read all the same
  }
  if (!handle.done()) handle.bytes(handle.left(), "bytes that readers ignore", bytes);
  if (handles_ != nullptr) handles_->push_back(std::move(found));
  return true;
}

bool BlockWalk::entry(Cursor& in) {
  Bytes peek = in.rest();
  Sizes sizes;
  std::string label;
  if (take_sizes(peek, sizes)) label = whole_key(peek, sizes);
  const bool internal = !native_ && values_ != BlockValues::kNamed;
  if (internal && label.size() >= format::kTrailerSize) {
    label.resize(label.size() - format::kTrailerSize);
  }
  const Group group(in.out(), in.here(0), "entry", label);
  return in.varint("shared", sizes.shared) && in.varint("unshared", sizes.unshared) &&
         in.varint("value size", sizes.value) && key(in, sizes) &&
         value(in, static_cast<std::size_t>(sizes.value));
}

void BlockWalk::run(Cursor& in) {
  if (in.left() < tail_size()) {
    in.damaged("a block of " + std::to_string(in.left()) + " bytes is too short for its tail");
    return;
  }
  const Bytes all = in.rest();
  const std::uint64_t restarts =
      get_fixed<std::uint32_t>(all.data() + all.size() - sizeof(std::uint32_t));
  const std::size_t room = in.left() - tail_size();
  const bool fits = restarts <= room / kRestartSize;
  const std::size_t restart_bytes = fits ? static_cast<std::size_t>(restarts) * kRestartSize : 0;
  Cursor entries = in.part(room - restart_bytes);
  while (!entries.done()) {
    if (!entry(entries)) break;
  }
  std::uint32_t number = 0;
  for (Cursor list = in.part(restart_bytes); !list.done();) list.fixed("restart", number);
  if (native_) {
    std::uint64_t sequence = 0;
    std::uint8_t flags = 0;
    in.fixed("largest sequence", sequence);
    in.fixed("flags", flags, [](std::uint64_t value) {
      std::string words = (value & table::kFlagOnlyPuts) != 0 ? "puts only" : "";
      if ((value & table::kFlagUniqueUserKeys) != 0) {
        words += words.empty() ? "no user key twice" : ", no user key twice";
      }
      return words;
    });
  }
  if (!fits) in.out().damage(in.here(in.left()), "more restarts than the block has room for");
  in.fixed("restarts", number);
}

}  // namespace

void list_block(Cursor& in, Format format, BlockValues values, std::vector<NamedHandle>* handles) {
  BlockWalk(format, values, handles).run(in);
}

}  // namespace loam::admin
