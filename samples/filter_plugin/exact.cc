// A filter in a page: the hashes of all keys, sorted. Eight bytes a key is four times what a bloom
// filter takes, and practically never wrong.
#include <loam/sdk.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace {

struct Exact {
  static constexpr auto kName = "exact";
  static constexpr auto kPersistentId = "org.example.exact/1";
  static constexpr auto kSummary = "the hashes of all keys; a sample";

  double false_positive_rate() const noexcept { return 0; }

  // One for each table that is written.
  struct Builder {
    std::vector<std::uint64_t> hashes;

    void add(std::uint64_t hash) { hashes.push_back(hash); }

    loam::Status finish(loam::sdk::Sink& out) {
      std::sort(hashes.begin(), hashes.end());
      // SAFETY: integers as bytes; the reader copies them back the same way.
      const auto* bytes = reinterpret_cast<const char*>(hashes.data());
      return out.append(Bytes(bytes, hashes.size() * sizeof(std::uint64_t)));
    }
  };
  Builder builder(std::size_t expected_keys) const {
    Builder builder;
    builder.hashes.reserve(expected_keys);
    return builder;
  }

  // Looks at the bytes where they lie; they need not be aligned.
  struct Reader {
    Bytes bytes;

    bool may_match(std::uint64_t hash) const noexcept {
      std::size_t low = 0;
      std::size_t high = bytes.size() / sizeof hash;
      while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        std::uint64_t here = 0;
        std::memcpy(&here, bytes.data() + middle * sizeof here, sizeof here);
        if (here == hash) return true;
        if (here < hash) low = middle + 1;
        if (here > hash) high = middle;
      }
      return false;
    }
  };
  loam::Result<Reader> reader(Bytes retained) const {
    if (retained.size() % sizeof(std::uint64_t) != 0) {
      return loam::Status::corruption("exact: not a whole number of hashes");
    }
    return Reader{retained};
  }
};

}  // namespace

LOAM_PLUGIN("org.example.exact", "1.0.0", "Apache-2.0", loam::sdk::filter<Exact>)
