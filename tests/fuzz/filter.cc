// The bytes of a filter: the first says which plugin reads them, the next eight are a key.
#include "core/plugin/filter.h"

#include <array>

#include "core/base/hash.h"
#include "tests/fuzz/support.h"

namespace loam::fuzz {
namespace {

void ask(std::string_view name, Bytes key, Bytes bytes) {
  auto policy = plugin::FilterPolicy::make(component(kind::kFilter, name));
  require(policy.ok(), "a linked filter can be made");
  auto reader = policy->open(bytes);
  if (!reader.ok()) return;
  const std::uint64_t hash = xxh3(key);
  const bool once = reader->may_match(key, hash);
  require(reader->may_match(key, hash) == once, "a filter answers the same again");
  if (!reader->takes_hashes()) return;
  const std::array<std::uint64_t, 3> hashes{hash, hash + 1, ~hash};
  std::array<std::uint8_t, 3> answers{};
  reader->may_match_many(hashes, answers.data());
  require((answers[0] != 0) == once, "many answers are the single ones");
}

}  // namespace
}  // namespace loam::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kKey = 8;
  if (size < 1 + kKey) return 0;
  const std::vector<std::string> names = loam::fuzz::registry()->names(loam::kind::kFilter);
  const loam::Bytes input = loam::fuzz::bytes_of(data, size);
  loam::fuzz::ask(names[data[0] % names.size()], input.substr(1, kKey), input.substr(1 + kKey));
  return 0;
}
