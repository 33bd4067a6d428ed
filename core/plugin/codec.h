/// Codec: a codec component as the core calls it.
///
/// compress() answers "does not get smaller" by absence; decompress() fills a buffer of exactly the
/// raw size. Working memory (contexts) is pooled without a lock: in the steady state neither
/// direction allocates. What a plugin answers is checked: sizes beyond the buffer are an error.
/// with_dictionary() gives the same codec with a dictionary, with which it then does everything.
///
/// Thread: safe; copies share the pool. Ownership: keeps the component alive. Empty by default:
/// then only operator bool and identity() may be called.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "core/plugin/codec_dictionary.h"
#include "core/plugin/typed.h"
#include "loam/abi.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/base/units.h"
#include "loam/plugins.h"

namespace loam::plugin {

class Codec {
 public:
  Codec() = default;
  /// Fails: kInvalidArgument when `component` is not a codec.
  static Result<Codec> make(Component component) {
    LOAM_TRY(check_kind(component, kind::kCodec));
    return Codec(std::move(component));
  }

  explicit operator bool() const { return pool_ != nullptr; }
  [[nodiscard]] const Component& component() const { return pool_->component; }
  /// As stored in tables; empty when the codec is empty.
  [[nodiscard]] std::string identity() const {
    return pool_ == nullptr ? std::string() : pool_->component.identity();
  }

  /// Most bytes that compress() may write for `raw_size` bytes: what the plugin says, but never
  /// more than twice as much and 64 KiB, for then storing them raw is better.
  [[nodiscard]] std::size_t bound(std::size_t raw_size) const {
    return std::min(table_->bound(self_, raw_size), 2 * raw_size + 64 * std::size_t{kKiB});
  }

  /// Bytes written to `out`; absent when they would not fit it (a small buffer asks for a saving).
  Result<std::optional<std::size_t>> compress(Bytes raw, MutableBytes out) const {
    LOAM_TRY_ASSIGN(Lease lease, Lease::take(*pool_));
    CallError error;
    std::size_t size = 0;
    const loam_status status =
        dictionary_ == nullptr
            ? table_->compress(self_, lease.get(), to_slice(raw), out.data(), out.size(), &size,
                               error.raw())
            : dictionary_->table().compress(self_, lease.get(), dictionary_->get(), to_slice(raw),
                                            out.data(), out.size(), &size, error.raw());
    if (status == LOAM_INCOMPRESSIBLE) return std::optional<std::size_t>();
    LOAM_TRY(error.check(status).with_context(label(component())));
    if (size > out.size()) return overrun(size, out.size());
    return std::optional<std::size_t>(size);
  }

  /// As above into `scratch`, which only grows; the view is valid until `scratch` changes.
  Result<std::optional<Bytes>> compress(Bytes raw, std::string& scratch) const {
    const std::size_t most = bound(raw.size());
    if (scratch.size() < most) scratch.resize(most);
    LOAM_TRY_ASSIGN(std::optional<std::size_t> size,
                    compress(raw, MutableBytes(scratch.data(), most)));
    if (!size.has_value()) return std::optional<Bytes>();
    return std::optional<Bytes>(Bytes(scratch.data(), *size));
  }

  /// Fills all of `out`, whose size is the raw size. Fails: kCorruption.
  Status decompress(Bytes in, MutableBytes out) const {
    LOAM_TRY_ASSIGN(Lease lease, Lease::take(*pool_));
    CallError error;
    const loam_status status =
        dictionary_ == nullptr
            ? table_->decompress(self_, lease.get(), to_slice(in), out.data(), out.size(),
                                 error.raw())
            : dictionary_->table().decompress(self_, lease.get(), dictionary_->get(), to_slice(in),
                                              out.data(), out.size(), error.raw());
    if (status == LOAM_OK) [[likely]]
      return {};
    if (status > 0) return broken_promise(component(), "decompress gave a result it may not");
    return error.check(status).with_context(label(component()));
  }

  /// The raw size that `in` itself states, for formats that do not store it beside. Fails:
  /// kNotSupported when the codec knows none; kCorruption when these bytes state none, or more than
  /// `limit`.
  [[nodiscard]] Result<std::size_t> raw_size(Bytes in, std::size_t limit) const {
    if (table_->raw_size == nullptr) {
      return Status::not_supported(label(component()) + " cannot tell raw sizes");
    }
    CallError error;
    std::size_t size = 0;
    const loam_status status = table_->raw_size(self_, to_slice(in), limit, &size, error.raw());
    if (status > 0) return broken_promise(component(), "raw_size gave a result it may not");
    LOAM_TRY(error.check(status).with_context(label(component())));
    if (size > limit) {
      return broken_promise(component(), "raw_size says " + std::to_string(size) +
                                             ", above the limit of " + std::to_string(limit));
    }
    return size;
  }

  /// What the codec's options ask for; no bytes where it has no dictionaries. Fails: kInternal for
  /// one that breaks its contract.
  [[nodiscard]] Result<DictionaryPlan> dictionary_plan() const {
    return plugin::dictionary_plan(component());
  }
  /// Of samples; empty: they are worth none. Requires: the plan asks for one. Fails: what the codec
  /// reports.
  [[nodiscard]] Result<std::string> train(std::span<const Bytes> samples) const {
    return train_dictionary(component(), samples);
  }
  /// This codec with that dictionary, ready for `uses` (LOAM_DICTIONARY_ bits); it shares the
  /// contexts. Fails: kNotSupported when the codec has no dictionaries; kCorruption when these
  /// bytes are none of its own.
  [[nodiscard]] Result<Codec> with_dictionary(std::string bytes, std::uint32_t uses) const {
    Codec codec = *this;
    LOAM_TRY_ASSIGN(codec.dictionary_, Dictionary::make(component(), std::move(bytes), uses));
    return codec;
  }

 private:
  /// Idle contexts lie in a few slots; whoever finds none makes one, whoever finds no room destroys
  /// his. Invariant: a context is in one slot or in one lease.
  struct Pool {
    static constexpr std::size_t kSlots = 8;

    explicit Pool(Component c)
        : component(std::move(c)),
          table(static_cast<const loam_codec_v1*>(component.table())),
          self(component.self()) {}
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    ~Pool() {
      for (auto& slot : slots) {
        if (void* context = slot.exchange(nullptr)) table->context_destroy(self, context);
      }
    }

    Component component;
    const loam_codec_v1* table;
    void* self;
    std::array<std::atomic<void*>, kSlots> slots{};
  };

  class Lease {
   public:
    static Result<Lease> take(Pool& pool) {
      if (pool.table->context_create == nullptr) return Lease(nullptr, nullptr);
      for (auto& slot : pool.slots) {
        // SAFETY: relaxed only peeks; the exchange that follows orders the hand-over.
        if (slot.load(std::memory_order_relaxed) == nullptr) continue;
        if (void* context = slot.exchange(nullptr)) return Lease(&pool, context);
      }
      void* context = nullptr;
      CallError error;
      LOAM_TRY(error.check(pool.table->context_create(pool.self, &context, error.raw()))
                   .with_context(label(pool.component)));
      return Lease(&pool, context);
    }
    Lease(Lease&& o) noexcept : pool_(std::exchange(o.pool_, nullptr)), context_(o.context_) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (pool_ == nullptr || context_ == nullptr) return;
      for (auto& slot : pool_->slots) {
        void* expected = nullptr;
        if (slot.compare_exchange_strong(expected, context_)) return;
      }
      pool_->table->context_destroy(pool_->self, context_);
    }
    [[nodiscard]] void* get() const { return context_; }

   private:
    Lease(Pool* pool, void* context) : pool_(pool), context_(context) {}
    Pool* pool_;
    void* context_;
  };

  explicit Codec(Component component)
      : pool_(std::make_shared<Pool>(std::move(component))),
        table_(pool_->table),
        self_(pool_->self) {}

  [[nodiscard]] Status overrun(std::size_t size, std::size_t capacity) const {
    return broken_promise(component(), "compress says it wrote " + std::to_string(size) +
                                           " bytes into a buffer of " + std::to_string(capacity));
  }

  std::shared_ptr<Pool> pool_;
  const loam_codec_v1* table_ = nullptr;
  void* self_ = nullptr;
  std::shared_ptr<const Dictionary> dictionary_;  ///< null: without
};

}  // namespace loam::plugin
