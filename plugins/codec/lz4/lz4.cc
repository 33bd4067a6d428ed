// Codec "lz4": one raw LZ4 block (lz4/lz4, doc/lz4_Block_format.md), without frame or size; the
// native table format stores sizes itself.
//
// `acceleration` trades ratio for speed when compressing only, so it shapes no stored identity: any
// lz4 component reads what another wrote. It may change while tables are being built; a block takes
// the value that it finds. Thread: safe; the match table of 16 KiB is the context's.
#include <lz4.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <vector>

#include "loam/sdk.h"

namespace {

namespace sdk = loam::sdk;

struct Lz4 {
  static constexpr auto kName = "lz4";
  static constexpr auto kPersistentId = "loam.lz4/1";
  static constexpr auto kSummary = "LZ4 block: the fastest to decompress; the default codec";
  static constexpr bool kHonorsCapacity = true;

  struct Options {
    int acceleration = 1;
  };
  static consteval auto describe() {
    return sdk::options(sdk::opt("acceleration", &Options::acceleration)
                            .range(1, 65537)
                            .online()
                            .doc("each step compresses some 3 % faster and a little worse"));
  }
  struct Context {
    std::vector<char> state = std::vector<char>(static_cast<std::size_t>(LZ4_sizeofState()));
  };

  explicit Lz4(const Options& options) : acceleration_(options.acceleration) {}

  void reconfigure(const Options& options) noexcept {
    // SAFETY: relaxed, because the number stands alone: no other memory is published with it.
    acceleration_.store(options.acceleration, std::memory_order_relaxed);
  }

  std::size_t bound(std::size_t raw_size) const noexcept { return raw_size + raw_size / 255 + 16; }

  loam::Result<std::size_t> compress(Context& context, Bytes in, MutableBytes out) const {
    if (in.size() > LZ4_MAX_INPUT_SIZE) {
      return loam::Status::invalid_argument("lz4: " + std::to_string(in.size()) +
                                            " bytes, but a block ends at " +
                                            std::to_string(LZ4_MAX_INPUT_SIZE));
    }
    const int capacity = static_cast<int>(std::min<std::size_t>(out.size(), INT_MAX));
    // SAFETY: relaxed, as in reconfigure.
    const int acceleration = acceleration_.load(std::memory_order_relaxed);
    const int size =
        LZ4_compress_fast_extState(context.state.data(), in.data(), out.data(),
                                   static_cast<int>(in.size()), capacity, acceleration);
    return size > 0 ? static_cast<std::size_t>(size) : sdk::kIncompressible;
  }

  loam::Result<std::size_t> decompress(Context& /*context*/, Bytes in, MutableBytes out) const {
    if (in.size() > INT_MAX || out.size() > INT_MAX) {
      return loam::Status::corruption("lz4: a block of more than 2 GiB");
    }
    const int size = LZ4_decompress_safe(in.data(), out.data(), static_cast<int>(in.size()),
                                         static_cast<int>(out.size()));
    if (size < 0) {
      return loam::Status::corruption("lz4: " + std::to_string(in.size()) +
                                      " stored bytes are not a valid block of " +
                                      std::to_string(out.size()));
    }
    return static_cast<std::size_t>(size);
  }

  std::atomic<int> acceleration_;
};

}  // namespace

LOAM_PLUGIN("loam.lz4", "1.0.0", "Apache-2.0", loam::sdk::codec<Lz4>)
