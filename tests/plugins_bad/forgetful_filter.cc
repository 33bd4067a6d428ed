// An exact filter (all hashes, sorted) that forgets one hash in 64: the one sin a filter must not
// commit.
#include <algorithm>
#include <cstring>
#include <vector>

#include "loam/sdk.h"

namespace {

struct Forgetful {
  static constexpr auto kName = "forgetful_filter";
  static constexpr auto kPersistentId = "org.example.forgetful_filter/1";

  struct Builder {
    std::vector<std::uint64_t> hashes;
    void add(std::uint64_t hash) {
      if (hash % 64 != 7) hashes.push_back(hash);
    }
    loam::Status finish(loam::sdk::Sink& out) {
      std::sort(hashes.begin(), hashes.end());
      // SAFETY: integers as bytes; the reader copies them back the same way.
      const auto* bytes = reinterpret_cast<const char*>(hashes.data());
      return out.append(Bytes(bytes, hashes.size() * sizeof(std::uint64_t)));
    }
  };
  struct Reader {
    std::vector<std::uint64_t> hashes;
    bool may_match(std::uint64_t hash) const noexcept {
      return std::binary_search(hashes.begin(), hashes.end(), hash);
    }
  };

  double false_positive_rate() const noexcept { return 0; }
  Builder builder(std::size_t) const { return {}; }
  loam::Result<Reader> reader(Bytes bytes) const {
    if (bytes.size() % sizeof(std::uint64_t) != 0) return loam::Status::corruption("cut");
    Reader reader;
    reader.hashes.resize(bytes.size() / sizeof(std::uint64_t));
    if (!bytes.empty()) std::memcpy(reader.hashes.data(), bytes.data(), bytes.size());
    return reader;
  }
};

}  // namespace

LOAM_PLUGIN("org.example.forgetful_filter", "1.0.0", "Apache-2.0", loam::sdk::filter<Forgetful>)
