#include "plugins/file_system/fault/operations.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace loam::fault_fs {
namespace {

struct Names {
  std::string_view word;
  std::string_view phrase;
};
constexpr std::array<Names, kOps> kNames{{
    {"open", "open"},
    {"size", "size of"},
    {"read", "read"},
    {"map", "map"},
    {"stat", "stat"},
    {"list", "list"},
    {"free_space", "free space of"},
    {"open_append", "open to append"},
    {"write", "write"},
    {"sync", "sync"},
    {"reserve", "reserve"},
    {"commit", "commit"},
    {"close", "close"},
    {"make_directory", "make directory"},
    {"remove_directory", "remove directory"},
    {"sync_directory", "sync directory"},
    {"remove", "remove"},
    {"rename", "rename"},
    {"link", "link"},
    {"lock", "lock"},
}};

constexpr std::size_t kHeadBytes = 1 + 8 + 8 + 4 + 4;

template <class Number>
void put(std::string& out, Number number) {
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  out.append(bytes, sizeof number);
}

/// Takes a number off the front. Requires: there is one.
template <class Number>
Number take(std::string_view& in) {
  Number number;
  std::memcpy(&number, in.data(), sizeof number);
  in.remove_prefix(sizeof number);
  return number;
}

std::string take_text(std::string_view& in, std::size_t size) {
  std::string text(in.substr(0, size));
  in.remove_prefix(size);
  return text;
}

}  // namespace

std::string_view phrase_of(Op op) { return kNames[static_cast<std::size_t>(op)].phrase; }
std::string_view word_of(Op op) { return kNames[static_cast<std::size_t>(op)].word; }

std::optional<Op> op_of(std::string_view word) {
  const auto* found =
      std::find_if(kNames.begin(), kNames.end(), [&](const Names& n) { return n.word == word; });
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Op>(found - kNames.begin());
}

void encode(const Effect& effect, std::string& out) {
  const std::size_t rest = effect.path.size() + effect.to.size() + effect.bytes.size();
  put(out, static_cast<std::uint32_t>(kHeadBytes + rest));
  put(out, static_cast<std::uint8_t>(effect.kind));
  put(out, effect.file);
  put(out, effect.size);
  put(out, static_cast<std::uint32_t>(effect.path.size()));
  put(out, static_cast<std::uint32_t>(effect.to.size()));
  out.append(effect.path).append(effect.to).append(effect.bytes);
}

std::vector<Effect> decode_effects(std::string_view log) {
  std::vector<Effect> effects;
  while (log.size() >= sizeof(std::uint32_t)) {
    const auto size = take<std::uint32_t>(log);
    if (size < kHeadBytes || size > log.size()) break;
    std::string_view one = log.substr(0, size);
    log.remove_prefix(size);
    Effect effect;
    const auto kind = take<std::uint8_t>(one);
    if (kind > static_cast<std::uint8_t>(Effect::Kind::kEnd)) break;
    effect.kind = static_cast<Effect::Kind>(kind);
    effect.file = take<std::uint64_t>(one);
    effect.size = take<std::uint64_t>(one);
    const auto path = take<std::uint32_t>(one);
    const auto to = take<std::uint32_t>(one);
    if (std::uint64_t{path} + to > one.size()) break;
    effect.path = take_text(one, path);
    effect.to = take_text(one, to);
    effect.bytes = take_text(one, one.size());
    effects.push_back(std::move(effect));
  }
  return effects;
}

Result<std::vector<Effect>> read_operation_log(const sdk::FileSystem& base,
                                               const std::string& path) {
  LOAM_TRY_ASSIGN(auto file, base.open_random(path));
  LOAM_TRY_ASSIGN(std::uint64_t size, file.size());
  std::string bytes(size, '\0');
  LOAM_TRY_ASSIGN(std::size_t got, file.read(0, MutableBytes(bytes.data(), bytes.size())));
  return decode_effects(std::string_view(bytes).substr(0, got));
}

}  // namespace loam::fault_fs
