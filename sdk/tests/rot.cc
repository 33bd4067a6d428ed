#include <loam/sdk.h>

#include <stdexcept>

struct Rot {
  static constexpr auto kName = "rot", kPersistentId = "org.example.rot/1";
  struct Options {
    int shift = 13;
  };
  static consteval auto describe() {
    return loam::sdk::options(loam::sdk::opt("shift", &Options::shift)
                                  .range(1, 255)
                                  .shapes_bytes()
                                  .doc("how far each byte moves"));
  }
  explicit Rot(Options o) : options_(o) {}
  std::size_t bound(std::size_t n) const noexcept { return n; }
  std::size_t compress(Bytes in, MutableBytes out) const { return move(in, out, options_.shift); }
  std::size_t decompress(Bytes in, MutableBytes out) const {
    return move(in, out, 256 - options_.shift);
  }
  std::size_t move(Bytes in, MutableBytes out, int by) const {
    if (in.size() > out.size()) throw std::runtime_error("rot: more bytes than there is room for");
    for (std::size_t i = 0; i < in.size(); ++i) out[i] = static_cast<char>(in[i] + by);
    return in.size();
  }
  Options options_;
};
LOAM_PLUGIN("org.example.rot", "1.0.0", "Apache-2.0", loam::sdk::codec<Rot>)
