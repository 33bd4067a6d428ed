// Codec "zlib": one raw deflate stream a block (RFC 1951), without the head and the checksum that
// RFC 1950 puts around it: the table checks its blocks itself, and stores raw sizes.
//
// `level` matters to the compressor only, so it is no part of the identity: any zlib component
// reads what another wrote. It may change while tables are being built; a block takes the value
// that it finds. Thread: safe; the working memory is the context's, made at its first use in either
// direction and kept.
#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>
#include <new>
#include <optional>

#include "loam/sdk.h"

namespace {

namespace sdk = loam::sdk;
using loam::Bytes;
using loam::MutableBytes;

constexpr int kRawWindowBits = -MAX_WBITS;  ///< negative: deflate without head and checksum
constexpr int kMemoryLevel = 8;             ///< zlib's default, which compressBound is for
constexpr std::size_t kSizeMax = std::numeric_limits<uInt>::max();

/// A z_stream that moves over one input and one output, both whole.
class Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// zlib wants places even where there is nothing to read or write.
  void set(Bytes in, MutableBytes out) {
    // SAFETY: zlib's input is not const for old compilers' sake; it is only read. Bytef is a byte.
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.empty() ? &nothing_ : in.data()));
    z.avail_in = static_cast<uInt>(in.size());
    // SAFETY: as above.
    z.next_out = reinterpret_cast<Bytef*>(out.empty() ? &nothing_ : out.data());
    z.avail_out = static_cast<uInt>(out.size());
  }

  z_stream z{};

 private:
  char nothing_ = 0;
};

struct Deflate : Stream {
  explicit Deflate(int at_level) : level(at_level) {
    if (deflateInit2(&z, level, Z_DEFLATED, kRawWindowBits, kMemoryLevel, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~Deflate() { deflateEnd(&z); }
  const int level;
};

struct Inflate : Stream {
  Inflate() {
    if (inflateInit2(&z, kRawWindowBits) != Z_OK) throw std::bad_alloc();
  }
  ~Inflate() { inflateEnd(&z); }
};

struct Zlib {
  static constexpr auto kName = "zlib";
  static constexpr auto kPersistentId = "loam.zlib/1";
  static constexpr auto kSummary = "deflate, as gzip and PNG use it: read everywhere, slow";
  static constexpr bool kHonorsCapacity = true;

  struct Options {
    int level = 6;
  };
  static consteval auto describe() {
    return sdk::options(sdk::opt("level", &Options::level)
                            .range(1, 9)
                            .online()
                            .doc("more is smaller and slower to write; reading costs the same"));
  }

  struct Context {
    std::optional<Deflate> compressor;
    std::optional<Inflate> decompressor;
  };

  explicit Zlib(const Options& options) : level_(options.level) {}

  void reconfigure(const Options& options) noexcept {
    // SAFETY: relaxed, because the number stands alone: no other memory is published with it.
    level_.store(options.level, std::memory_order_relaxed);
  }

  std::size_t bound(std::size_t raw_size) const noexcept { return compressBound(raw_size); }

  std::size_t compress(Context& context, Bytes in, MutableBytes out) const {
    if (in.size() > kSizeMax) return sdk::kIncompressible;
    // SAFETY: relaxed, as in reconfigure.
    const int level = level_.load(std::memory_order_relaxed);
    if (context.compressor && context.compressor->level == level) {
      deflateReset(&context.compressor->z);
    } else {
      context.compressor.emplace(level);
    }
    Deflate& stream = *context.compressor;
    stream.set(in, out.first(std::min(out.size(), kSizeMax)));
    return deflate(&stream.z, Z_FINISH) == Z_STREAM_END ? stream.z.total_out : sdk::kIncompressible;
  }

  loam::Result<std::size_t> decompress(Context& context, Bytes in, MutableBytes out) const {
    if (in.size() > kSizeMax || out.size() > kSizeMax) return damaged("too large for zlib");
    if (context.decompressor) {
      inflateReset(&context.decompressor->z);
    } else {
      context.decompressor.emplace();
    }
    Inflate& stream = *context.decompressor;
    stream.set(in, out);
    const int result = inflate(&stream.z, Z_FINISH);
    if (result == Z_MEM_ERROR) throw std::bad_alloc();
    if (result != Z_STREAM_END) {
      return damaged(stream.z.msg != nullptr ? stream.z.msg : "the stream does not end in time");
    }
    if (stream.z.avail_in != 0) return damaged("bytes behind the end of the stream");
    return std::size_t{stream.z.total_out};
  }

 private:
  static loam::Status damaged(const char* what) {
    return loam::Status::corruption(std::string("zlib: ") + what);
  }

  std::atomic<int> level_;
};

}  // namespace

LOAM_PLUGIN("loam.zlib", "1.0.0", "Apache-2.0", loam::sdk::codec<Zlib>)
