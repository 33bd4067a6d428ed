/// codec<T>: compression as a plain class.
///
///   std::size_t bound(std::size_t raw_size) const noexcept;
///   std::size_t compress(Bytes in, MutableBytes out) const;      bytes written, or kIncompressible
///   std::size_t decompress(Bytes in, MutableBytes out) const;    bytes written
/// The last two may return loam::Result<std::size_t> instead, or throw. Optional:
///   struct Context {...};        working memory for one thread, made by Context() or Context(const
///                                T&); then compress and decompress take (Context&, in, out)
///   static constexpr bool kHonorsCapacity = true;    compress copes with out.size() < bound();
///   else
///                                                    the SDK lends it a buffer of bound() bytes
///   Result<std::size_t> raw_size(Bytes in) const;    when `in` itself states the raw size
///   const void* extension(std::string_view id) const noexcept;
///   struct Dictionary {...};     what many blocks have in common, made ready by Dictionary(const
///   T&,
///                                Bytes, DictionaryUse): any number of threads use it, and the
///                                bytes outlive it. With it come four more functions, and compress
///                                and decompress a second time with (Context&, const Dictionary&,
///                                ...):
///     std::size_t dictionary_bytes() const noexcept;   most bytes of one that the options ask for;
///                                                      0: none
///     std::size_t sample_bytes() const noexcept;       of blocks to make it of
///     std::string train(std::span<const Bytes> samples) const;   or a Result; empty: these are
///                                                                worth none
/// Input to decompress may be hostile: nothing outside the two buffers may be touched.
/// Thread: all functions are called concurrently; a Context by one thread at a time.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loam/abi.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/sdk/component.h"

namespace loam::sdk {

/// What compress returns when the output would not fit.
inline constexpr std::size_t kIncompressible = SIZE_MAX;

/// What a Dictionary is to be ready for.
struct DictionaryUse {
  bool compress = false;
  bool decompress = false;
};

namespace detail {

template <class T>
concept HasContext = requires {
  typename T::Context;
};

template <class R>
concept SizeResult = std::is_same_v<R, std::size_t> || std::is_same_v<R, Result<std::size_t>>;

template <class T>
concept HasBound = requires(const T& t, std::size_t n) {
  { t.bound(n) } -> std::same_as<std::size_t>;
};
template <class T>
concept HasNoexceptBound = requires(const T& t, std::size_t n) {
  { t.bound(n) }
  noexcept;
};
template <class T>
concept HasCompress = requires(const T& t, Bytes in, MutableBytes out) {
  { t.compress(in, out) } -> SizeResult;
}
|| requires(const T& t, Bytes in, MutableBytes out, typename T::Context& context) {
  { t.compress(context, in, out) } -> SizeResult;
};
template <class T>
concept HasDecompress = requires(const T& t, Bytes in, MutableBytes out) {
  { t.decompress(in, out) } -> SizeResult;
}
|| requires(const T& t, Bytes in, MutableBytes out, typename T::Context& context) {
  { t.decompress(context, in, out) } -> SizeResult;
};
template <class T>
concept HasDictionary = requires {
  typename T::Dictionary;
};
template <class T>
concept HasTraining = requires(const T& t, std::span<const Bytes> samples) {
  { t.dictionary_bytes() }
  noexcept->std::same_as<std::size_t>;
  { t.sample_bytes() }
  noexcept->std::same_as<std::size_t>;
  { as_result(t.train(samples)) } -> std::same_as<Result<std::string>>;
};
/// compress and decompress are checked where they are called: their errors name the argument.
template <class T>
concept DictionaryLike = HasTraining<T> &&
    std::is_constructible_v<typename T::Dictionary, const T&, Bytes, DictionaryUse>;

template <class T>
concept CodecLike = HasNoexceptBound<T> && HasCompress<T> && HasDecompress<T> && HasPersistentId<T>;

template <class T>
consteval bool check_codec() {
  static_assert(HasPersistentId<T>,
                "a codec shapes bytes: T needs `static constexpr auto kPersistentId = \"...\";`");
  static_assert(HasBound<T>, "T needs `std::size_t bound(std::size_t raw_size) const noexcept`");
  static_assert(!HasBound<T> || HasNoexceptBound<T>,
                "bound() must be noexcept: it cannot report errors");
  static_assert(HasCompress<T>,
                "T needs `std::size_t compress(Bytes in, MutableBytes out) const` (or Result, and "
                "`Context&` first if T has a Context)");
  static_assert(HasDecompress<T>,
                "T needs `std::size_t decompress(Bytes in, MutableBytes out) const` (or Result, "
                "and `Context&` first if T has a Context)");
  if constexpr (HasDictionary<T>) {
    static_assert(DictionaryLike<T>,
                  "T has a Dictionary: it is made by (const T&, Bytes, DictionaryUse), and T needs "
                  "`std::size_t dictionary_bytes() const noexcept`, `std::size_t sample_bytes() "
                  "const noexcept` and `std::string train(std::span<const Bytes>) const` (or "
                  "Result)");
  }
  return true;
}

template <class T>
inline constexpr bool kHonors = false;
template <class T>
requires requires { T::kHonorsCapacity; }
inline constexpr bool kHonors<T> = T::kHonorsCapacity;

template <class T>
struct CodecSlots {
  static std::size_t bound(void* self, std::size_t raw_size) noexcept {
    return self_of<T>(self).bound(raw_size);
  }

  static loam_status context_create(void* self, void** context, loam_error* error) noexcept {
    return guard(error, [&]() -> Status {
      using Context = typename T::Context;
      if constexpr (std::is_constructible_v<Context, const T&>) {
        *context = std::make_unique<Context>(self_of<T>(self)).release();
      } else {
        *context = std::make_unique<Context>().release();
      }
      return {};
    });
  }
  static void context_destroy(void* /*self*/, void* context) noexcept {
    delete static_cast<typename T::Context*>(context);
  }

  /// `dictionary`: none, or one T::Dictionary.
  template <class... Dictionary>
  static Result<std::size_t> call_compress(const T& t, void* context, Bytes in, MutableBytes out,
                                           const Dictionary&... dictionary) {
    if constexpr (HasContext<T>) {
      return t.compress(*static_cast<typename T::Context*>(context), dictionary..., in, out);
    } else {
      return t.compress(dictionary..., in, out);
    }
  }

  /// For authors whose compress needs the full bound: their output goes through a buffer of our
  /// own.
  template <class... Dictionary>
  static Result<std::size_t> compress_through_buffer(const T& t, void* context, Bytes in,
                                                     MutableBytes out,
                                                     const Dictionary&... dictionary) {
    const std::size_t bound = t.bound(in.size());
    const std::unique_ptr<char[]> buffer(new char[bound]);
    LOAM_TRY_ASSIGN(const std::size_t size,
                    call_compress(t, context, in, {buffer.get(), bound}, dictionary...));
    if (size > out.size()) return kIncompressible;
    if (size != 0) std::memcpy(out.data(), buffer.get(), size);
    return size;
  }

  template <class... Dictionary>
  static loam_status compress_into(const T& t, void* context, Bytes in, MutableBytes out,
                                   std::size_t* out_size, loam_error* error,
                                   const Dictionary&... dictionary) {
    const bool direct = kHonors<T> || out.size() >= t.bound(in.size());
    const auto size = direct ? call_compress(t, context, in, out, dictionary...)
                             : compress_through_buffer(t, context, in, out, dictionary...);
    if (!size.ok()) return fill(error, size.status());
    if (*size == kIncompressible) return LOAM_INCOMPRESSIBLE;
    if (*size > out.size()) {
      return fill(error, Code::kInternal, "the codec claims more output than there was room for");
    }
    *out_size = *size;
    return LOAM_OK;
  }

  template <class... Dictionary>
  static Status decompress_into(const T& t, void* context, Bytes in, MutableBytes out,
                                const Dictionary&... dictionary) {
    Result<std::size_t> size = [&]() -> Result<std::size_t> {
      if constexpr (HasContext<T>) {
        return t.decompress(*static_cast<typename T::Context*>(context), dictionary..., in, out);
      } else {
        return t.decompress(dictionary..., in, out);
      }
    }();
    if (!size.ok()) return std::move(size).status();
    if (*size != out.size()) {
      return Status::corruption("decompressed to " + number_text(*size) + " bytes, expected " +
                                number_text(out.size()));
    }
    return {};
  }

  static loam_status compress(void* self, void* context, loam_slice in, char* out,
                              std::size_t capacity, std::size_t* out_size,
                              loam_error* error) noexcept {
    return guard(error, [&]() -> loam_status {
      return compress_into(self_of<T>(self), context, bytes(in), MutableBytes(out, capacity),
                           out_size, error);
    });
  }

  static loam_status decompress(void* self, void* context, loam_slice in, char* out,
                                std::size_t raw_size, loam_error* error) noexcept {
    return guard(error, [&]() -> Status {
      return decompress_into(self_of<T>(self), context, bytes(in), MutableBytes(out, raw_size));
    });
  }

  static loam_status raw_size(void* self, loam_slice in, std::size_t limit, std::size_t* size,
                              loam_error* error) noexcept {
    return guard(error, [&]() -> Status {
      auto stated = as_result(self_of<T>(self).raw_size(bytes(in)));
      if (!stated.ok()) return std::move(stated).status();
      if (*stated > limit) {
        return Status::corruption("states a raw size of " + number_text(*stated) +
                                  " bytes, above the limit of " + number_text(limit));
      }
      *size = *stated;
      return {};
    });
  }

  static const void* get_extension(void* self, const char* id) noexcept;
};

template <class T>
concept HasExtension = requires(const T& t, const char* id) {
  t.extension(id);
};

/// The extension `dictionary`.
template <class T>
struct DictionarySlots {
  using Dictionary = typename T::Dictionary;

  static std::size_t wanted_bytes(void* self) noexcept {
    return self_of<T>(self).dictionary_bytes();
  }
  static std::size_t sample_bytes(void* self) noexcept { return self_of<T>(self).sample_bytes(); }

  static loam_status train(void* self, const loam_slice* samples, std::size_t count, loam_sink* out,
                           loam_error* error) noexcept {
    return guard(error, [&]() -> Status {
      std::vector<Bytes> views;
      views.reserve(count);
      for (std::size_t i = 0; i < count; ++i) views.push_back(bytes(samples[i]));
      LOAM_TRY_ASSIGN(const std::string made,
                      as_result(self_of<T>(self).train(std::span<const Bytes>(views))));
      return made.empty() ? Status() : Sink(out).append(made);
    });
  }

  static loam_status specialise(void* self, loam_slice bytes_retained, std::uint32_t uses,
                                void** dictionary, loam_error* error) noexcept {
    return guard(error, [&]() -> Status {
      const DictionaryUse use{(uses & LOAM_DICTIONARY_COMPRESS) != 0,
                              (uses & LOAM_DICTIONARY_DECOMPRESS) != 0};
      *dictionary =
          std::make_unique<Dictionary>(self_of<T>(self), bytes(bytes_retained), use).release();
      return {};
    });
  }
  static void dictionary_destroy(void* /*self*/, void* dictionary) noexcept {
    delete static_cast<Dictionary*>(dictionary);
  }

  static loam_status compress(void* self, void* context, const void* dictionary, loam_slice in,
                              char* out, std::size_t capacity, std::size_t* out_size,
                              loam_error* error) noexcept {
    return guard(error, [&]() -> loam_status {
      return CodecSlots<T>::compress_into(self_of<T>(self), context, bytes(in),
                                          MutableBytes(out, capacity), out_size, error,
                                          *static_cast<const Dictionary*>(dictionary));
    });
  }

  static loam_status decompress(void* self, void* context, const void* dictionary, loam_slice in,
                                char* out, std::size_t raw_size, loam_error* error) noexcept {
    return guard(error, [&]() -> Status {
      return CodecSlots<T>::decompress_into(self_of<T>(self), context, bytes(in),
                                            MutableBytes(out, raw_size),
                                            *static_cast<const Dictionary*>(dictionary));
    });
  }

  static constexpr loam_codec_dictionary_v1 kTable = {sizeof(loam_codec_dictionary_v1),
                                                      0,
                                                      &wanted_bytes,
                                                      &sample_bytes,
                                                      &train,
                                                      &specialise,
                                                      &dictionary_destroy,
                                                      &compress,
                                                      &decompress};
};

template <class T>
const void* CodecSlots<T>::get_extension(void* self, const char* id) noexcept {
  if constexpr (HasDictionary<T>) {
    if (std::string_view(id) == LOAM_CODEC_DICTIONARY) return &DictionarySlots<T>::kTable;
  }
  if constexpr (HasExtension<T>) {
    static_assert(noexcept(self_of<T>(self).extension(id)), "extension() must be noexcept");
    return self_of<T>(self).extension(id);
  } else {
    return nullptr;
  }
}

template <class T>
consteval loam_codec_v1 make_codec() {
  static_assert(check_codec<T>());
  loam_codec_v1 table{};
  table.struct_size = sizeof table;
  if constexpr (CodecLike<T>) {
    using Slots = CodecSlots<T>;
    table.bound = &Slots::bound;
    if constexpr (HasContext<T>) {
      table.context_create = &Slots::context_create;
      table.context_destroy = &Slots::context_destroy;
    }
    table.compress = &Slots::compress;
    table.decompress = &Slots::decompress;
    if constexpr (requires(const T& t, Bytes in) { t.raw_size(in); }) {
      table.raw_size = &Slots::raw_size;
    }
    if constexpr (HasExtension<T> || HasDictionary<T>) {
      table.get_extension = &Slots::get_extension;
    }
  }
  return table;
}
template <class T>
inline constexpr loam_codec_v1 kCodecTable = make_codec<T>();

}  // namespace detail

template <class T>
inline constexpr loam_component codec = detail::make_component<T>(LOAM_KIND_CODEC,
                                                                  &detail::kCodecTable<T>);

}  // namespace loam::sdk
