// Codec "zstd": one Zstandard frame a block (RFC 8878), with its raw size stated and without
// checksum: the table checks its blocks itself.
//
// `level` matters to the compressor only, so it is no part of the identity: any zstd component
// reads what another wrote. It may change while tables are being built; a block takes the value
// that it finds. Thread: safe; the working memory is the context's, made at its first use in either
// direction and kept.
#include <zstd.h>
#include <zstd_errors.h>

#include <atomic>
#include <memory>
#include <new>

#include "loam/sdk.h"

namespace {

namespace sdk = loam::sdk;

struct Zstd {
  static constexpr auto kName = "zstd";
  static constexpr auto kPersistentId = "loam.zstd/1";
  static constexpr auto kSummary = "Zstandard: the best ratio, for levels that are read seldom";
  static constexpr bool kHonorsCapacity = true;

  struct Options {
    int level = 3;
  };
  static consteval auto describe() {
    return sdk::options(sdk::opt("level", &Options::level)
                            .range(-5, 22)
                            .online()
                            .doc("more is smaller and slower; below 1 fast and larger; 0 is 3"));
  }

  struct FreeContext {
    void operator()(ZSTD_CCtx* c) const noexcept { ZSTD_freeCCtx(c); }
    void operator()(ZSTD_DCtx* d) const noexcept { ZSTD_freeDCtx(d); }
  };
  struct Context {
    std::unique_ptr<ZSTD_CCtx, FreeContext> compressor;
    std::unique_ptr<ZSTD_DCtx, FreeContext> decompressor;
  };

  explicit Zstd(const Options& options) : level_(options.level) {}

  void reconfigure(const Options& options) noexcept {
    // SAFETY: relaxed, because the number stands alone: no other memory is published with it.
    level_.store(options.level, std::memory_order_relaxed);
  }

  std::size_t bound(std::size_t raw_size) const noexcept { return ZSTD_compressBound(raw_size); }

  loam::Result<std::size_t> compress(Context& context, Bytes in, MutableBytes out) const {
    if (!context.compressor) context.compressor.reset(ZSTD_createCCtx());
    if (!context.compressor) throw std::bad_alloc();
    // SAFETY: relaxed, as in reconfigure.
    const int level = level_.load(std::memory_order_relaxed);
    const std::size_t size = ZSTD_compressCCtx(context.compressor.get(), out.data(), out.size(),
                                               in.data(), in.size(), level);
    if (!ZSTD_isError(size)) return size;
    if (ZSTD_getErrorCode(size) == ZSTD_error_dstSize_tooSmall) return sdk::kIncompressible;
    return failure(size, loam::Code::kInternal);
  }

  loam::Result<std::size_t> decompress(Context& context, Bytes in, MutableBytes out) const {
    if (!context.decompressor) context.decompressor.reset(ZSTD_createDCtx());
    if (!context.decompressor) throw std::bad_alloc();
    const std::size_t size = ZSTD_decompressDCtx(context.decompressor.get(), out.data(), out.size(),
                                                 in.data(), in.size());
    if (!ZSTD_isError(size)) return size;
    return failure(size, loam::Code::kCorruption);
  }

  loam::Result<std::size_t> raw_size(Bytes in) const {
    const unsigned long long size = ZSTD_getFrameContentSize(in.data(), in.size());
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) {
      return loam::Status::corruption("zstd: the frame states no raw size");
    }
    return static_cast<std::size_t>(size);
  }

  static loam::Status failure(std::size_t result, loam::Code otherwise) {
    const bool memory = ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation;
    return {memory ? loam::Code::kNoMemory : otherwise,
            std::string("zstd: ") + ZSTD_getErrorName(result)};
  }

  std::atomic<int> level_;
};

}  // namespace

LOAM_PLUGIN("loam.zstd", "1.0.0", "Apache-2.0", loam::sdk::codec<Zstd>)
