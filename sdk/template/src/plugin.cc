// My plugin: a codec that stores runs of equal bytes as (length, byte).
//
// Put your own class here. What it needs is said by loam/sdk/<kind>.h, and by the compiler when
// something is missing.
#include <loam/sdk.h>

#include <cstring>

namespace {

struct MyCodec {
  static constexpr auto kName = "my_codec";                        // what stacks call it
  static constexpr auto kPersistentId = "org.example.my_codec/1";  // what files remember
  static constexpr auto kSummary = "run lengths";

  std::size_t bound(std::size_t size) const noexcept { return 2 * size; }

  std::size_t compress(Bytes in, MutableBytes out) const {
    std::size_t size = 0;
    for (std::size_t i = 0; i < in.size();) {
      std::size_t run = 1;
      while (run < 255 && i + run < in.size() && in[i + run] == in[i]) ++run;
      out[size++] = static_cast<char>(run);
      out[size++] = in[i];
      i += run;
    }
    return size;
  }

  // `in` may be anything.
  loam::Result<std::size_t> decompress(Bytes in, MutableBytes out) const {
    std::size_t size = 0;
    for (std::size_t i = 0; i + 1 < in.size(); i += 2) {
      const std::size_t run = static_cast<unsigned char>(in[i]);
      if (run > out.size() - size) return loam::Status::corruption("a run leaves the block");
      std::memset(out.data() + size, in[i + 1], run);
      size += run;
    }
    return size;
  }
};

}  // namespace

LOAM_PLUGIN("org.example.my_plugin", "1.0.0", "Apache-2.0", loam::sdk::codec<MyCodec>)
