// A codec in a page: runs of equal bytes become (length, byte), each byte moved by `shift`.
//
// `shift` shapes the stored bytes, so it is part of the codec's identity: a table written with
// shift 13 is read with shift 13, whatever the stack says today.
#include <loam/sdk.h>

#include <cstring>

namespace {

struct Rot {
  static constexpr auto kName = "rot";
  static constexpr auto kPersistentId = "org.example.rot/1";
  static constexpr auto kSummary = "moved bytes and run lengths; a sample";

  struct Options {
    int shift = 13;
  };
  static consteval auto describe() {
    return loam::sdk::options(loam::sdk::opt("shift", &Options::shift)
                                  .range(1, 255)
                                  .shapes_bytes()
                                  .doc("how far each byte moves"));
  }

  explicit Rot(const Options& options) : shift_(options.shift) {}

  std::size_t bound(std::size_t size) const noexcept { return 2 * size; }

  // The SDK lends an `out` of bound() bytes, and finds out itself whether it became smaller.
  std::size_t compress(Bytes in, MutableBytes out) const {
    std::size_t size = 0;
    for (std::size_t i = 0; i < in.size();) {
      std::size_t run = 1;
      while (run < 255 && i + run < in.size() && in[i + run] == in[i]) ++run;
      out[size++] = static_cast<char>(run);
      out[size++] = static_cast<char>(in[i] + shift_);
      i += run;
    }
    return size;
  }

  // `in` may be anything: what does not fill `out` exactly is refused, and nothing else is touched.
  loam::Result<std::size_t> decompress(Bytes in, MutableBytes out) const {
    std::size_t size = 0;
    for (std::size_t i = 0; i + 1 < in.size(); i += 2) {
      const std::size_t run = static_cast<unsigned char>(in[i]);
      if (run > out.size() - size) return loam::Status::corruption("rot: a run leaves the block");
      std::memset(out.data() + size, in[i + 1] - shift_, run);
      size += run;
    }
    return size;
  }

 private:
  int shift_;
};

}  // namespace

LOAM_PLUGIN("org.example.rot", "1.0.0", "Apache-2.0", loam::sdk::codec<Rot>)
