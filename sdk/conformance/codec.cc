#include "sdk/conformance/codec.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>

namespace loam::conformance {
namespace {

struct Outcome {
  loam_status status = LOAM_INTERNAL;
  std::string bytes;  ///< of the output, as far as it was claimed
  bool fences_whole = true;
  std::string error;
};

/// The component under test and how to call it. Confined, like the context it uses.
class Subject {
 public:
  Subject(const loam_codec_v1& table, void* self, const Allocate& allocate)
      : table_(table), self_(self), allocate_(allocate) {
    if (table_.context_create == nullptr) return;
    loam_error error = fresh_error();
    context_ok_ = table_.context_create(self_, &context_, &error) == LOAM_OK;
  }
  ~Subject() {
    if (table_.context_create != nullptr && context_ok_) table_.context_destroy(self_, context_);
  }
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  [[nodiscard]] bool context_ok() const { return context_ok_; }
  [[nodiscard]] std::size_t bound(std::size_t n) const { return table_.bound(self_, n); }
  [[nodiscard]] const loam_codec_v1& table() const { return table_; }
  [[nodiscard]] void* self() const { return self_; }

  Outcome compress(Bytes raw, std::size_t capacity) const {
    const std::shared_ptr<char> in = exact(raw);
    FencedBuffer out(allocate_, capacity);
    loam_error error = fresh_error();
    std::size_t size = 0;
    Outcome o;
    o.status = table_.compress(self_, context_, {in.get(), raw.size()}, out.data(), capacity, &size,
                               &error);
    o.fences_whole = out.is_whole() && (o.status != LOAM_OK || size <= capacity);
    if (o.status == LOAM_OK) o.bytes = out.bytes(std::min(size, capacity));
    o.error = words(error);
    return o;
  }
  Outcome decompress(Bytes packed, std::size_t raw_size) const {
    const std::shared_ptr<char> in = exact(packed);
    FencedBuffer out(allocate_, raw_size);
    loam_error error = fresh_error();
    Outcome o;
    o.status =
        table_.decompress(self_, context_, {in.get(), packed.size()}, out.data(), raw_size, &error);
    o.fences_whole = out.is_whole();
    if (o.status == LOAM_OK) o.bytes = out.bytes(raw_size);
    o.error = words(error);
    return o;
  }

 private:
  /// A copy without a byte to spare behind it.
  [[nodiscard]] std::shared_ptr<char> exact(Bytes bytes) const {
    std::shared_ptr<char> copy = allocate_(bytes.size());
    if (!bytes.empty()) std::memcpy(copy.get(), bytes.data(), bytes.size());
    return copy;
  }

  const loam_codec_v1& table_;
  void* self_;
  const Allocate& allocate_;
  void* context_ = nullptr;
  bool context_ok_ = true;
};

std::string sized(std::size_t n) { return std::to_string(n) + " bytes"; }

/// Samples of one size: all alike, text that repeats, noise, and half of each.
std::vector<std::string> samples(std::size_t size) {
  Random random(size + 1);
  std::string words_of_text;
  while (words_of_text.size() < size) {
    words_of_text += "key" + std::to_string(random.below(100)) + "=value ";
  }
  words_of_text.resize(size);
  std::string noise = random.bytes(size);
  std::string half = words_of_text.substr(0, size / 2) + noise.substr(size / 2);
  return {std::string(size, '\0'), words_of_text, noise, half};
}

const std::vector<std::size_t>& sizes() {
  static const std::vector<std::size_t> kSizes = {
      0,      1,      2,      3,      7,      8,       15,        16,       17,
      31,     63,     64,     255,    256,    1000,    4095,      4096,     4097,
      16'384, 32'768, 65'535, 65'536, 65'537, 262'144, 1'048'575, 1'048'576};
  return kSizes;
}

Finding bound_suffices(const Subject& codec) {
  LawCheck law("bound_suffices");
  for (const std::size_t n : sizes()) {
    for (const std::string& raw : samples(n)) {
      const Outcome o = codec.compress(raw, codec.bound(n));
      law.expect(o.fences_whole, "compress of " + sized(n) + " wrote outside its buffer");
      law.expect(o.status == LOAM_OK,
                 "compress of " + sized(n) + " into bound() = " + sized(codec.bound(n)) +
                     ": expected OK, found status " + std::to_string(o.status) + ", " + o.error);
      if (!law.ok()) return law.take();
    }
  }
  return law.take();
}

Finding round_trip(const Subject& codec) {
  LawCheck law("round_trip");
  for (const std::size_t n : sizes()) {
    for (const std::string& raw : samples(n)) {
      const Outcome packed = codec.compress(raw, codec.bound(n));
      if (packed.status != LOAM_OK) continue;  // bound_suffices says so
      const Outcome back = codec.decompress(packed.bytes, n);
      law.expect(back.fences_whole, "decompress of " + sized(n) + " wrote outside its buffer");
      law.expect(back.status == LOAM_OK, "decompress to " + sized(n) +
                                             ": expected OK, found status " +
                                             std::to_string(back.status) + ", " + back.error);
      law.expect(back.status != LOAM_OK || back.bytes == raw,
                 sized(n) + " came back different from what was compressed");
      if (!law.ok()) return law.take();
    }
  }
  return law.take();
}

Finding small_buffer(const Subject& codec) {
  LawCheck law("small_buffer");
  for (const std::size_t n : {std::size_t{1}, std::size_t{100}, std::size_t{5000}}) {
    for (const std::string& raw : samples(n)) {
      for (const std::size_t capacity : {std::size_t{0}, std::size_t{1}, n / 8, n / 2, n - 1}) {
        const Outcome o = codec.compress(raw, capacity);
        const std::string what = "compress of " + sized(n) + " into " + sized(capacity);
        law.expect(o.fences_whole, what + " wrote outside its buffer");
        law.expect(o.status == LOAM_OK || o.status == LOAM_INCOMPRESSIBLE,
                   what + ": expected OK or INCOMPRESSIBLE, found status " +
                       std::to_string(o.status) + ", " + o.error);
        if (o.status == LOAM_OK) {
          const Outcome back = codec.decompress(o.bytes, n);
          law.expect(back.status == LOAM_OK && back.bytes == raw, what + " does not come back");
        }
      }
    }
  }
  return law.take();
}

/// After damage: inside the buffers, and OK or CORRUPTION.
void expect_safe(LawCheck& law, const Outcome& o, const std::string& what) {
  law.expect(o.fences_whole, what + ": wrote outside its buffer");
  law.expect(o.status == LOAM_OK || o.status == LOAM_CORRUPTION,
             what + ": expected OK or CORRUPTION, found status " + std::to_string(o.status) + ", " +
                 o.error);
}

Finding truncation(const Subject& codec) {
  LawCheck law("truncation");
  for (const std::size_t n : {std::size_t{40}, std::size_t{700}, std::size_t{20'000}}) {
    for (const std::string& raw : samples(n)) {
      const std::string packed = codec.compress(raw, codec.bound(n)).bytes;
      const std::size_t step = std::max<std::size_t>(1, packed.size() / 400);
      for (std::size_t cut = 0; cut < packed.size(); cut += step) {
        const Outcome o = codec.decompress(Bytes(packed).substr(0, cut), n);
        const std::string what =
            "the first " + std::to_string(cut) + " of " + std::to_string(packed.size()) + " bytes";
        expect_safe(law, o, what);
        law.expect(o.status != LOAM_OK || o.bytes == raw,
                   what + ": decompressed to something else with OK");
      }
      if (!law.ok()) return law.take();
    }
  }
  return law.take();
}

Finding bit_flips(const Subject& codec) {
  LawCheck law("bit_flips");
  for (const std::size_t n : {std::size_t{64}, std::size_t{3000}}) {
    for (const std::string& raw : samples(n)) {
      std::string packed = codec.compress(raw, codec.bound(n)).bytes;
      const std::size_t bits = packed.size() * 8;
      const std::size_t step = std::max<std::size_t>(1, bits / 3000);
      for (std::size_t bit = 0; bit < bits; bit += step) {
        const auto mask = static_cast<char>(1u << (bit % 8));
        packed[bit / 8] = static_cast<char>(packed[bit / 8] ^ mask);
        expect_safe(law, codec.decompress(packed, n), "bit " + std::to_string(bit) + " flipped");
        packed[bit / 8] = static_cast<char>(packed[bit / 8] ^ mask);
      }
      if (!law.ok()) return law.take();
    }
  }
  return law.take();
}

Finding wrong_raw_size(const Subject& codec) {
  LawCheck law("wrong_raw_size");
  for (const std::size_t n : {std::size_t{1}, std::size_t{100}, std::size_t{5000}}) {
    for (const std::string& raw : samples(n)) {
      const std::string packed = codec.compress(raw, codec.bound(n)).bytes;
      for (const std::size_t wrong : {std::size_t{0}, n - 1, n + 1, 2 * n + 100}) {
        const Outcome o = codec.decompress(packed, wrong);
        const std::string what =
            sized(n) + " decompressed as if they were " + std::to_string(wrong);
        expect_safe(law, o, what);
        law.expect(o.status == LOAM_CORRUPTION, what + ": expected CORRUPTION, found OK");
      }
      if (!law.ok()) return law.take();
    }
  }
  return law.take();
}

Finding garbage(const Subject& codec) {
  LawCheck law("garbage");
  Random random(7);
  for (int i = 0; i < 2000 && law.ok(); ++i) {
    const std::string noise = random.bytes(random.below(300));
    expect_safe(law, codec.decompress(noise, random.below(5000)),
                "noise of " + sized(noise.size()));
  }
  return law.take();
}

Finding stated_raw_size(const Subject& codec) {
  LawCheck law("stated_raw_size");
  const auto slot = codec.table().raw_size;
  if (slot == nullptr) return law.take();
  for (const std::size_t n : {std::size_t{0}, std::size_t{100}, std::size_t{70'000}}) {
    const std::string raw = samples(n)[1];
    const std::string packed = codec.compress(raw, codec.bound(n)).bytes;
    std::size_t found = n + 1;
    loam_error error = fresh_error();
    const loam_status status =
        slot(codec.self(), {packed.data(), packed.size()}, n, &found, &error);
    law.expect(status == LOAM_OK && found == n, "expected " + sized(n) + ", found status " +
                                                    std::to_string(status) + ", " + sized(found));
    if (n == 0) continue;
    law.expect(slot(codec.self(), {packed.data(), packed.size()}, n - 1, &found, &error) ==
                   LOAM_CORRUPTION,
               "above the limit: expected CORRUPTION");
    for (std::size_t cut = 0; cut < std::min<std::size_t>(packed.size(), 16); ++cut) {
      const loam_status s = slot(codec.self(), {packed.data(), cut}, 1 << 20, &found, &error);
      law.expect(s == LOAM_OK || s == LOAM_CORRUPTION,
                 "of " + sized(cut) + ": expected OK or CORRUPTION, found " + std::to_string(s));
    }
  }
  return law.take();
}

/// A context that has seen damage still works, and two contexts do not disturb each other.
Finding contexts(const Subject& codec, const Subject& other) {
  LawCheck law("contexts");
  law.expect(codec.context_ok() && other.context_ok(), "context_create failed");
  if (!law.ok()) return law.take();
  const std::string raw = samples(3000)[1];
  const std::string packed = codec.compress(raw, codec.bound(raw.size())).bytes;
  Random random(3);
  for (int i = 0; i < 50; ++i) {
    static_cast<void>(codec.decompress(random.bytes(100), 1000));
    const Outcome back = codec.decompress(packed, raw.size());
    law.expect(back.status == LOAM_OK && back.bytes == raw, "damage spoils the context");
    const Outcome beside = other.decompress(packed, raw.size());
    law.expect(beside.status == LOAM_OK && beside.bytes == raw,
               "what one context wrote another cannot read");
  }
  return law.take();
}

Finding threads(const loam_codec_v1& table, void* self, const Allocate& allocate) {
  LawCheck law("threads");
  std::atomic<int> bad = 0;
  std::vector<std::thread> all;
  for (int t = 0; t < 4; ++t) {
    all.emplace_back([&] {
      const Subject mine(table, self, allocate);
      for (int i = 0; i < 100; ++i) {
        const std::string raw = samples(2000 + static_cast<std::size_t>(i))[1];
        const Outcome packed = mine.compress(raw, mine.bound(raw.size()));
        const Outcome back = mine.decompress(packed.bytes, raw.size());
        if (back.status != LOAM_OK || back.bytes != raw) ++bad;
      }
    });
  }
  for (std::thread& thread : all) thread.join();
  law.expect(bad == 0, std::to_string(bad.load()) +
                           " of 400 blocks came back different from four threads at once");
  return law.take();
}

}  // namespace

Findings codec_laws(const loam_codec_v1& table, void* self, const Allocate& allocate) {
  const Subject codec(table, self, allocate);
  const Subject other(table, self, allocate);
  Findings findings;
  findings.push_back(contexts(codec, other));
  if (!findings.back().ok && !(codec.context_ok() && other.context_ok())) return findings;
  findings.push_back(bound_suffices(codec));
  findings.push_back(round_trip(codec));
  findings.push_back(small_buffer(codec));
  findings.push_back(truncation(codec));
  findings.push_back(bit_flips(codec));
  findings.push_back(wrong_raw_size(codec));
  findings.push_back(garbage(codec));
  findings.push_back(stated_raw_size(codec));
  findings.push_back(threads(table, self, allocate));
  return findings;
}

}  // namespace loam::conformance
