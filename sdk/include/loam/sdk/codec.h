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
/// Input to decompress may be hostile: nothing outside the two buffers may be touched.
/// Thread: all functions are called concurrently; a Context by one thread at a time.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

#include "loam/abi.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/sdk/component.h"

namespace loam::sdk {

/// What compress returns when the output would not fit.
inline constexpr std::size_t kIncompressible = SIZE_MAX;

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

  static Result<std::size_t> call_compress(const T& t, void* context, Bytes in, MutableBytes out) {
    if constexpr (HasContext<T>) {
      return t.compress(*static_cast<typename T::Context*>(context), in, out);
    } else {
      return t.compress(in, out);
    }
  }

  /// For authors whose compress needs the full bound: their output goes through a buffer of our
  /// own.
  static Result<std::size_t> compress_through_buffer(const T& t, void* context, Bytes in,
                                                     MutableBytes out) {
    const std::size_t bound = t.bound(in.size());
    const std::unique_ptr<char[]> buffer(new char[bound]);
    LOAM_TRY_ASSIGN(const std::size_t size, call_compress(t, context, in, {buffer.get(), bound}));
    if (size > out.size()) return kIncompressible;
    if (size != 0) std::memcpy(out.data(), buffer.get(), size);
    return size;
  }

  static loam_status compress(void* self, void* context, loam_slice in, char* out,
                              std::size_t capacity, std::size_t* out_size,
                              loam_error* error) noexcept {
    return guard(error, [&]() -> loam_status {
      const T& t = self_of<T>(self);
      const bool direct = kHonors<T> || capacity >= t.bound(in.size);
      const auto size =
          direct ? call_compress(t, context, bytes(in), MutableBytes(out, capacity))
                 : compress_through_buffer(t, context, bytes(in), MutableBytes(out, capacity));
      if (!size.ok()) return fill(error, size.status());
      if (*size == kIncompressible) return LOAM_INCOMPRESSIBLE;
      if (*size > capacity) {
        return fill(error, Code::kInternal, "the codec claims more output than there was room for");
      }
      *out_size = *size;
      return LOAM_OK;
    });
  }

  static loam_status decompress(void* self, void* context, loam_slice in, char* out,
                                std::size_t raw_size, loam_error* error) noexcept {
    return guard(error, [&]() -> Status {
      const T& t = self_of<T>(self);
      Result<std::size_t> size = [&]() -> Result<std::size_t> {
        if constexpr (HasContext<T>) {
          return t.decompress(*static_cast<typename T::Context*>(context), bytes(in),
                              MutableBytes(out, raw_size));
        } else {
          return t.decompress(bytes(in), MutableBytes(out, raw_size));
        }
      }();
      if (!size.ok()) return std::move(size).status();
      if (*size != raw_size) {
        return Status::corruption("decompressed to " + number_text(*size) + " bytes, expected " +
                                  number_text(raw_size));
      }
      return {};
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

  static const void* get_extension(void* self, const char* id) noexcept {
    static_assert(noexcept(self_of<T>(self).extension(id)), "extension() must be noexcept");
    return self_of<T>(self).extension(id);
  }
};

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
    if constexpr (requires(const T& t, const char* id) { t.extension(id); }) {
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
