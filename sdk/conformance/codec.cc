#include "sdk/conformance/codec.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "sdk/conformance/codec_subject.h"

namespace loam::conformance {
namespace {

std::string sized(std::size_t n) { return std::to_string(n) + " bytes"; }

const std::vector<std::size_t>& sizes() {
  static const std::vector<std::size_t> kSizes = {
      0,      1,      2,      3,      7,      8,       15,        16,       17,
      31,     63,     64,     255,    256,    1000,    4095,      4096,     4097,
      16'384, 32'768, 65'535, 65'536, 65'537, 262'144, 1'048'575, 1'048'576};
  return kSizes;
}

Finding bound_suffices(const CodecSubject& codec) {
  LawCheck law("bound_suffices");
  for (const std::size_t n : sizes()) {
    for (const std::string& raw : codec_samples(n)) {
      const CodecOutcome o = codec.compress(raw, codec.bound(n));
      law.expect(o.fences_whole, "compress of " + sized(n) + " wrote outside its buffer");
      law.expect(o.status == LOAM_OK,
                 "compress of " + sized(n) + " into bound() = " + sized(codec.bound(n)) +
                     ": expected OK, found status " + std::to_string(o.status) + ", " + o.error);
      if (!law.ok()) return law.take();
    }
  }
  return law.take();
}

Finding round_trip(const CodecSubject& codec) {
  LawCheck law("round_trip");
  for (const std::size_t n : sizes()) {
    for (const std::string& raw : codec_samples(n)) {
      const CodecOutcome packed = codec.compress(raw, codec.bound(n));
      if (packed.status != LOAM_OK) continue;  // bound_suffices says so
      const CodecOutcome back = codec.decompress(packed.bytes, n);
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

Finding small_buffer(const CodecSubject& codec) {
  LawCheck law("small_buffer");
  for (const std::size_t n : {std::size_t{1}, std::size_t{100}, std::size_t{5000}}) {
    for (const std::string& raw : codec_samples(n)) {
      for (const std::size_t capacity : {std::size_t{0}, std::size_t{1}, n / 8, n / 2, n - 1}) {
        const CodecOutcome o = codec.compress(raw, capacity);
        const std::string what = "compress of " + sized(n) + " into " + sized(capacity);
        law.expect(o.fences_whole, what + " wrote outside its buffer");
        law.expect(o.status == LOAM_OK || o.status == LOAM_INCOMPRESSIBLE,
                   what + ": expected OK or INCOMPRESSIBLE, found status " +
                       std::to_string(o.status) + ", " + o.error);
        if (o.status == LOAM_OK) {
          const CodecOutcome back = codec.decompress(o.bytes, n);
          law.expect(back.status == LOAM_OK && back.bytes == raw, what + " does not come back");
        }
      }
    }
  }
  return law.take();
}

Finding truncation(const CodecSubject& codec) {
  LawCheck law("truncation");
  for (const std::size_t n : {std::size_t{40}, std::size_t{700}, std::size_t{20'000}}) {
    for (const std::string& raw : codec_samples(n)) {
      const std::string packed = codec.compress(raw, codec.bound(n)).bytes;
      const std::size_t step = std::max<std::size_t>(1, packed.size() / 400);
      for (std::size_t cut = 0; cut < packed.size(); cut += step) {
        const CodecOutcome o = codec.decompress(Bytes(packed).substr(0, cut), n);
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

Finding bit_flips(const CodecSubject& codec) {
  LawCheck law("bit_flips");
  for (const std::size_t n : {std::size_t{64}, std::size_t{3000}}) {
    for (const std::string& raw : codec_samples(n)) {
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

Finding wrong_raw_size(const CodecSubject& codec) {
  LawCheck law("wrong_raw_size");
  for (const std::size_t n : {std::size_t{1}, std::size_t{100}, std::size_t{5000}}) {
    for (const std::string& raw : codec_samples(n)) {
      const std::string packed = codec.compress(raw, codec.bound(n)).bytes;
      for (const std::size_t wrong : {std::size_t{0}, n - 1, n + 1, 2 * n + 100}) {
        const CodecOutcome o = codec.decompress(packed, wrong);
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

Finding garbage(const CodecSubject& codec) {
  LawCheck law("garbage");
  Random random(7);
  for (int i = 0; i < 2000 && law.ok(); ++i) {
    const std::string noise = random.bytes(random.below(300));
    expect_safe(law, codec.decompress(noise, random.below(5000)),
                "noise of " + sized(noise.size()));
  }
  return law.take();
}

Finding stated_raw_size(const CodecSubject& codec) {
  LawCheck law("stated_raw_size");
  const auto slot = codec.table().raw_size;
  if (slot == nullptr) return law.take();
  for (const std::size_t n : {std::size_t{0}, std::size_t{100}, std::size_t{70'000}}) {
    const std::string raw = codec_samples(n)[1];
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
Finding contexts(const CodecSubject& codec, const CodecSubject& other) {
  LawCheck law("contexts");
  law.expect(codec.context_ok() && other.context_ok(), "context_create failed");
  if (!law.ok()) return law.take();
  const std::string raw = codec_samples(3000)[1];
  const CodecOutcome first = codec.compress(raw, codec.bound(raw.size()));
  // bound_suffices says more of it.
  law.expect(first.status == LOAM_OK, "compress of " + sized(raw.size()) + " into bound() fails");
  const std::string& packed = first.bytes;
  Random random(3);
  for (int i = 0; i < 50 && law.ok(); ++i) {
    static_cast<void>(codec.decompress(random.bytes(100), 1000));
    const CodecOutcome back = codec.decompress(packed, raw.size());
    law.expect(back.status == LOAM_OK && back.bytes == raw, "damage spoils the context");
    const CodecOutcome beside = other.decompress(packed, raw.size());
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
      const CodecSubject mine(table, self, allocate);
      for (int i = 0; i < 100; ++i) {
        const std::string raw = codec_samples(2000 + static_cast<std::size_t>(i))[1];
        const CodecOutcome packed = mine.compress(raw, mine.bound(raw.size()));
        const CodecOutcome back = mine.decompress(packed.bytes, raw.size());
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
  const CodecSubject codec(table, self, allocate);
  const CodecSubject other(table, self, allocate);
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
  const void* extension =
      table.get_extension == nullptr ? nullptr : table.get_extension(self, LOAM_CODEC_DICTIONARY);
  if (extension == nullptr) return findings;
  const auto& dictionaries = *static_cast<const loam_codec_dictionary_v1*>(extension);
  for (Finding& finding : codec_dictionary_laws(table, self, dictionaries, allocate)) {
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace loam::conformance
