// Codec "zstd": one Zstandard frame a block (RFC 8878), with its raw size stated and without
// checksum: the table checks its blocks itself.
//
// `level` matters to the compressor only, so it is no part of the identity: any zstd component
// reads what another wrote. It may change while tables are being built; a block takes the value
// that it finds, or with a dictionary the one that its table found. Thread: safe; the working
// memory is the context's, made at its first use in either direction and kept.
//
// Dictionaries are those of zstd's own trainer: they have an id, frames name it, so that none is
// ever unpacked with another.
#include <zdict.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <atomic>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "loam/sdk.h"

namespace {

namespace sdk = loam::sdk;

struct Zstd {
  static constexpr auto kName = "zstd";
  static constexpr auto kPersistentId = "loam.zstd/1";
  static constexpr auto kSummary = "Zstandard: the best ratio, for levels that are read seldom";
  static constexpr bool kHonorsCapacity = true;
  static constexpr std::size_t kDictionaryBytesMin = 256;  ///< zstd trains none below

  struct Options {
    int level = 3;
    std::uint64_t dictionary = 0;
    std::uint64_t train_from = 1 << 20;
  };
  static consteval auto describe() {
    return sdk::options(
        sdk::opt("level", &Options::level)
            .range(-5, 22)
            .online()
            .doc("more is smaller and slower; below 1 fast and larger; 0 is 3"),
        sdk::opt("dictionary", &Options::dictionary)
            .range(0, LOAM_DICTIONARY_BYTES_MAX)
            .unit_bytes()
            .doc("most bytes of a dictionary that each table gets, where one pays: for blocks that "
                 "are small and alike; 0: none"),
        sdk::opt("train_from", &Options::train_from)
            .range(4 << 10, 64 << 20)
            .unit_bytes()
            .doc("bytes of a table's first blocks that its dictionary is made of; they wait in "
                 "memory for it"));
  }

  struct FreeContext {
    void operator()(ZSTD_CCtx* c) const noexcept { ZSTD_freeCCtx(c); }
    void operator()(ZSTD_DCtx* d) const noexcept { ZSTD_freeDCtx(d); }
  };
  struct Context {
    std::unique_ptr<ZSTD_CCtx, FreeContext> compressor;
    std::unique_ptr<ZSTD_DCtx, FreeContext> decompressor;
  };

  /// Ready for use in one direction or both, with a copy of its bytes.
  struct Dictionary {
    Dictionary(const Zstd& codec, Bytes bytes, sdk::DictionaryUse use);

    struct Free {
      void operator()(ZSTD_CDict* c) const noexcept { ZSTD_freeCDict(c); }
      void operator()(ZSTD_DDict* d) const noexcept { ZSTD_freeDDict(d); }
    };
    std::unique_ptr<ZSTD_CDict, Free> compressor;
    std::unique_ptr<ZSTD_DDict, Free> decompressor;
  };

  explicit Zstd(const Options& options)
      : level_(options.level), dictionary_(options.dictionary), train_from_(options.train_from) {
    if (dictionary_ != 0 && dictionary_ < kDictionaryBytesMin) {
      throw sdk::Failure(loam::Status::invalid_argument("a dictionary has at least " +
                                                        std::to_string(kDictionaryBytesMin) +
                                                        " bytes; 0: none")
                             .with_pointer("/dictionary"));
    }
    if (train_from_ < dictionary_) {
      throw sdk::Failure(
          loam::Status::invalid_argument("train_from is below dictionary: a dictionary is made of "
                                         "many times its size")
              .with_pointer("/train_from"));
    }
  }

  void reconfigure(const Options& options) noexcept {
    // SAFETY: relaxed, because the number stands alone: no other memory is published with it.
    level_.store(options.level, std::memory_order_relaxed);
  }

  std::size_t bound(std::size_t raw_size) const noexcept { return ZSTD_compressBound(raw_size); }

  loam::Result<std::size_t> compress(Context& context, Bytes in, MutableBytes out) const {
    return compressed(ZSTD_compressCCtx(compressor(context), out.data(), out.size(), in.data(),
                                        in.size(), level()));
  }
  loam::Result<std::size_t> compress(Context& context, const Dictionary& dictionary, Bytes in,
                                     MutableBytes out) const {
    return compressed(ZSTD_compress_usingCDict(compressor(context), out.data(), out.size(),
                                               in.data(), in.size(), dictionary.compressor.get()));
  }

  loam::Result<std::size_t> decompress(Context& context, Bytes in, MutableBytes out) const {
    return decompressed(
        ZSTD_decompressDCtx(decompressor(context), out.data(), out.size(), in.data(), in.size()));
  }
  loam::Result<std::size_t> decompress(Context& context, const Dictionary& dictionary, Bytes in,
                                       MutableBytes out) const {
    return decompressed(ZSTD_decompress_usingDDict(decompressor(context), out.data(), out.size(),
                                                   in.data(), in.size(),
                                                   dictionary.decompressor.get()));
  }

  std::size_t dictionary_bytes() const noexcept { return dictionary_; }
  std::size_t sample_bytes() const noexcept { return train_from_; }

  /// Whatever the trainer objects to (too few samples, nothing in common) means: none.
  loam::Result<std::string> train(std::span<const Bytes> samples) const {
    std::string all;
    std::vector<std::size_t> sizes;
    for (const Bytes sample : samples) {
      all.append(sample);
      sizes.push_back(sample.size());
    }
    std::string made(dictionary_, '\0');
    const std::size_t size = ZDICT_trainFromBuffer(
        made.data(), made.size(), all.data(), sizes.data(), static_cast<unsigned>(sizes.size()));
    if (ZDICT_isError(size) != 0) {
      if (ZSTD_getErrorCode(size) == ZSTD_error_memory_allocation) throw std::bad_alloc();
      return std::string();
    }
    made.resize(size);
    return made;
  }

  loam::Result<std::size_t> raw_size(Bytes in) const {
    const unsigned long long size = ZSTD_getFrameContentSize(in.data(), in.size());
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) {
      return loam::Status::corruption("zstd: the frame states no raw size");
    }
    return static_cast<std::size_t>(size);
  }

  int level() const noexcept {
    // SAFETY: relaxed, as in reconfigure.
    return level_.load(std::memory_order_relaxed);
  }
  static ZSTD_CCtx* compressor(Context& context) {
    if (!context.compressor) context.compressor.reset(ZSTD_createCCtx());
    if (!context.compressor) throw std::bad_alloc();
    return context.compressor.get();
  }
  static ZSTD_DCtx* decompressor(Context& context) {
    if (!context.decompressor) context.decompressor.reset(ZSTD_createDCtx());
    if (!context.decompressor) throw std::bad_alloc();
    return context.decompressor.get();
  }
  static loam::Result<std::size_t> compressed(std::size_t size) {
    if (!ZSTD_isError(size)) return size;
    if (ZSTD_getErrorCode(size) == ZSTD_error_dstSize_tooSmall) return sdk::kIncompressible;
    return failure(size, loam::Code::kInternal);
  }
  static loam::Result<std::size_t> decompressed(std::size_t size) {
    if (!ZSTD_isError(size)) return size;
    return failure(size, loam::Code::kCorruption);
  }
  static loam::Status failure(std::size_t result, loam::Code otherwise) {
    const bool memory = ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation;
    return {memory ? loam::Code::kNoMemory : otherwise,
            std::string("zstd: ") + ZSTD_getErrorName(result)};
  }

  std::atomic<int> level_;
  const std::size_t dictionary_;
  const std::size_t train_from_;
};

/// What has no id is refused: a frame made with it could be unpacked with another.
Zstd::Dictionary::Dictionary(const Zstd& codec, Bytes bytes, sdk::DictionaryUse use) {
  if (ZSTD_getDictID_fromDict(bytes.data(), bytes.size()) == 0 ||
      ZDICT_isError(ZDICT_getDictHeaderSize(bytes.data(), bytes.size())) != 0) {
    throw sdk::Failure(loam::Status::corruption("zstd: these bytes are no dictionary"));
  }
  if (use.compress) {
    compressor.reset(ZSTD_createCDict(bytes.data(), bytes.size(), codec.level()));
    if (!compressor) throw std::bad_alloc();
  }
  if (use.decompress) {
    decompressor.reset(ZSTD_createDDict(bytes.data(), bytes.size()));
    if (!decompressor) throw std::bad_alloc();
  }
}

}  // namespace

LOAM_PLUGIN("loam.zstd", "1.0.0", "Apache-2.0", loam::sdk::codec<Zstd>)
