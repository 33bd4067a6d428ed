// The laws of the extension `dictionary` of codecs.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>

#include "sdk/conformance/codec_subject.h"

namespace loam::conformance {
namespace {

struct Trained {
  loam_status status = LOAM_INTERNAL;
  std::string bytes;
  std::string error;
};

/// Gathers what train appends.
struct Gather {
  loam_sink sink{sizeof(loam_sink), 0, this, &append};
  std::string text;

  static loam_status append(loam_sink* sink, loam_slice bytes) noexcept {
    static_cast<Gather*>(sink->state)->text.append(bytes.data, bytes.size);
    return LOAM_OK;
  }
};

/// The extension of one instance.
struct Extension {
  const loam_codec_v1& table;
  void* self;
  const loam_codec_dictionary_v1& extension;
  const Allocate& allocate;

  [[nodiscard]] std::size_t wanted() const { return extension.wanted_bytes(self); }
  [[nodiscard]] Trained train(const std::vector<std::string>& samples) const {
    std::vector<loam_slice> slices;
    for (const std::string& sample : samples) slices.push_back({sample.data(), sample.size()});
    Gather gather;
    loam_error error = fresh_error();
    Trained trained;
    trained.status = extension.train(self, slices.data(), slices.size(), &gather.sink, &error);
    trained.bytes = gather.text;
    trained.error = words(error);
    return trained;
  }
};

/// A dictionary made ready for both uses, with bytes that end where they end.
class Ready {
 public:
  Ready(const Extension& of, Bytes bytes) : of_(of), bytes_(of.allocate(bytes.size())) {
    if (!bytes.empty()) std::memcpy(bytes_.get(), bytes.data(), bytes.size());
    loam_error error = fresh_error();
    status = of.extension.specialise(of.self, {bytes_.get(), bytes.size()},
                                     LOAM_DICTIONARY_COMPRESS | LOAM_DICTIONARY_DECOMPRESS,
                                     &dictionary_, &error);
    message = words(error);
  }
  ~Ready() {
    if (status == LOAM_OK) of_.extension.dictionary_destroy(of_.self, dictionary_);
  }
  Ready(const Ready&) = delete;
  Ready& operator=(const Ready&) = delete;

  [[nodiscard]] const void* get() const { return dictionary_; }

  loam_status status = LOAM_INTERNAL;
  std::string message;

 private:
  const Extension& of_;
  std::shared_ptr<char> bytes_;
  void* dictionary_ = nullptr;
};

/// Records that have much in common and are short: what dictionaries are for.
std::vector<std::string> records(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<std::string> made;
  for (std::size_t i = 0; i < count; ++i) {
    std::string block;
    for (int line = 0; line < 6; ++line) {
      block += "{\"customer\":" + std::to_string(random.below(100'000)) +
               ",\"country\":\"Norway\",\"paid\":" + (random.below(2) == 0 ? "true" : "false") +
               ",\"amount\":" + std::to_string(random.below(10'000)) + "}\n";
    }
    made.push_back(std::move(block));
  }
  return made;
}

Finding sizes(const Extension& of) {
  LawCheck law("dictionary_sizes");
  const loam_codec_dictionary_v1& t = of.extension;
  law.expect(t.struct_size >= sizeof t && t.wanted_bytes != nullptr && t.sample_bytes != nullptr &&
                 t.train != nullptr && t.specialise != nullptr && t.dictionary_destroy != nullptr &&
                 t.compress != nullptr && t.decompress != nullptr,
             "the extension is cut short or a slot of it is missing");
  if (!law.ok()) return law.take();
  const std::size_t wanted = of.wanted();
  law.expect(wanted <= LOAM_DICTIONARY_BYTES_MAX,
             "wants a dictionary of " + std::to_string(wanted) + " bytes, expected at most " +
                 std::to_string(LOAM_DICTIONARY_BYTES_MAX));
  law.expect(wanted == 0 || of.extension.sample_bytes(of.self) > 0,
             "wants a dictionary and no samples to make it of");
  law.expect(of.wanted() == wanted, "what it wants changes from one call to the next");
  return law.take();
}

/// However few and strange the samples: a dictionary that fits, or none.
Finding training(const Extension& of) {
  LawCheck law("dictionary_training");
  Random random(11);
  std::vector<std::vector<std::string>> cases = {{},
                                                 {""},
                                                 {"a"},
                                                 {"", "", ""},
                                                 {std::string(100'000, 'x')},
                                                 records(1, 1),
                                                 records(3, 2),
                                                 std::vector<std::string>(500, "the same"),
                                                 std::vector<std::string>(20'000, "z")};
  std::vector<std::string> noise;
  for (int i = 0; i < 200; ++i) noise.push_back(random.bytes(random.below(400)));
  cases.push_back(noise);
  for (const auto& samples : cases) {
    const Trained trained = of.train(samples);
    const std::string what = "training on " + std::to_string(samples.size()) + " samples";
    law.expect(trained.status == LOAM_OK, what + ": expected OK, found status " +
                                              std::to_string(trained.status) + ", " +
                                              trained.error);
    law.expect(trained.bytes.size() <= of.wanted(),
               what + " gave " + std::to_string(trained.bytes.size()) + " bytes, " +
                   std::to_string(of.wanted()) + " were wanted");
    if (trained.bytes.empty() || !law.ok()) continue;
    const Ready ready(of, trained.bytes);
    law.expect(ready.status == LOAM_OK,
               what + " gave a dictionary that it refuses itself: " + ready.message);
  }
  return law.take();
}

Finding round_trip(const Extension& of, const Ready& ready, CodecSubject& codec) {
  LawCheck law("dictionary_round_trip");
  codec.use(&of.extension, ready.get());
  std::vector<std::string> all = records(20, 99);
  for (const std::size_t n : {0, 1, 2, 7, 16, 100, 4096, 65'537}) {
    for (std::string& raw : codec_samples(n)) all.push_back(std::move(raw));
  }
  for (const std::string& raw : all) {
    const std::string what = std::to_string(raw.size()) + " bytes with a dictionary";
    const CodecOutcome packed = codec.compress(raw, codec.bound(raw.size()));
    law.expect(packed.fences_whole, "compress of " + what + " wrote outside its buffer");
    law.expect(packed.status == LOAM_OK, "compress of " + what +
                                             " into bound(): expected OK, found status " +
                                             std::to_string(packed.status) + ", " + packed.error);
    const CodecOutcome back = codec.decompress(packed.bytes, raw.size());
    law.expect(back.fences_whole && back.status == LOAM_OK && back.bytes == raw,
               what + " do not come back: " + back.error);
    const CodecOutcome tight = codec.compress(raw, packed.bytes.size() / 2);
    law.expect(
        tight.fences_whole && (tight.status == LOAM_OK || tight.status == LOAM_INCOMPRESSIBLE),
        "compress of " + what + " into half: expected OK or INCOMPRESSIBLE, found status " +
            std::to_string(tight.status) + ", " + tight.error);
    const CodecOutcome longer = codec.decompress(packed.bytes, raw.size() + 1);
    expect_safe(law, longer, what + " decompressed to one more");
    law.expect(longer.status == LOAM_CORRUPTION,
               what + " decompressed to one more: expected CORRUPTION, found OK");
    if (!law.ok()) break;
  }
  codec.use(nullptr, nullptr);
  return law.take();
}

/// Without the dictionary nothing is taken for right; with another one nothing breaks.
Finding needed(const Extension& of, const Ready& ready, CodecSubject& codec) {
  LawCheck law("dictionary_needed");
  const Trained other = of.train(records(400, 5));
  const std::string raw = records(1, 98).front();
  codec.use(&of.extension, ready.get());
  const std::string packed = codec.compress(raw, codec.bound(raw.size())).bytes;
  codec.use(nullptr, nullptr);
  const CodecOutcome without = codec.decompress(packed, raw.size());
  expect_safe(law, without, "decompressed without its dictionary");
  law.expect(without.status == LOAM_CORRUPTION || without.bytes == raw,
             "decompressed without its dictionary: expected CORRUPTION, found OK and other bytes");
  const std::string plain = codec.compress(raw, codec.bound(raw.size())).bytes;
  const Ready wrong(of, other.bytes);
  if (wrong.status == LOAM_OK) {
    codec.use(&of.extension, wrong.get());
    expect_safe(law, codec.decompress(packed, raw.size()), "decompressed with another dictionary");
    expect_safe(law, codec.decompress(plain, raw.size()), "plain bytes with a dictionary");
    codec.use(nullptr, nullptr);
  }
  return law.take();
}

/// Damaged dictionaries are refused or useless; damaged blocks are noticed or harmless.
Finding hostile(const Extension& of, const std::string& good, CodecSubject& codec) {
  LawCheck law("dictionary_hostile");
  Random random(17);
  const std::string raw = records(1, 97).front();
  std::string packed;
  {
    const Ready ready(of, good);
    codec.use(&of.extension, ready.get());
    packed = codec.compress(raw, codec.bound(raw.size())).bytes;
    for (std::size_t i = 0; i < packed.size() * 8; ++i) {
      std::string bad = packed;
      bad[i / 8] = static_cast<char>(bad[i / 8] ^ (1 << (i % 8)));
      expect_safe(law, codec.decompress(bad, raw.size()), "bit " + std::to_string(i) + " flipped");
    }
    for (std::size_t cut = 0; cut < packed.size(); ++cut) {
      expect_safe(law, codec.decompress(packed.substr(0, cut), raw.size()),
                  "cut at " + std::to_string(cut));
    }
    codec.use(nullptr, nullptr);
  }
  const auto attempt = [&](const std::string& dictionary, const std::string& what) {
    const Ready ready(of, dictionary);
    law.expect(ready.status == LOAM_OK || ready.status == LOAM_CORRUPTION,
               what + ": expected OK or CORRUPTION of specialise, found status " +
                   std::to_string(ready.status) + ", " + ready.message);
    if (ready.status != LOAM_OK) return;
    codec.use(&of.extension, ready.get());
    expect_safe(law, codec.decompress(packed, raw.size()), what);
    const CodecOutcome again = codec.compress(raw, codec.bound(raw.size()));
    law.expect(again.fences_whole, what + ": compress wrote outside its buffer");
    codec.use(nullptr, nullptr);
  };
  attempt("", "an empty dictionary");
  for (std::size_t cut = 1; cut < good.size(); cut += 1 + good.size() / 300) {
    attempt(good.substr(0, cut), "a dictionary cut at " + std::to_string(cut));
  }
  for (std::size_t at = 0; at < good.size() && law.ok(); at += 1 + good.size() / 1000) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 + random.below(255)));
    attempt(bad, "a dictionary with byte " + std::to_string(at) + " changed");
  }
  for (int i = 0; i < 100; ++i) attempt(random.bytes(random.below(2000)), "noise for a dictionary");
  return law.take();
}

Finding threads(const Extension& of, const Ready& ready) {
  LawCheck law("dictionary_threads");
  std::atomic<int> bad = 0;
  std::vector<std::thread> all;
  for (std::uint64_t t = 0; t < 4; ++t) {
    all.emplace_back([&, t] {
      CodecSubject mine(of.table, of.self, of.allocate);
      mine.use(&of.extension, ready.get());
      for (const std::string& raw : records(50, 1000 + t)) {
        const CodecOutcome packed = mine.compress(raw, mine.bound(raw.size()));
        const CodecOutcome back = mine.decompress(packed.bytes, raw.size());
        if (back.status != LOAM_OK || back.bytes != raw) ++bad;
      }
    });
  }
  for (std::thread& thread : all) thread.join();
  law.expect(bad == 0, std::to_string(bad.load()) +
                           " of 200 blocks came back different from four "
                           "threads that share a dictionary");
  return law.take();
}

}  // namespace

Findings codec_dictionary_laws(const loam_codec_v1& table, void* self,
                               const loam_codec_dictionary_v1& extension,
                               const Allocate& allocate) {
  const Extension of{table, self, extension, allocate};
  Findings findings;
  findings.push_back(sizes(of));
  if (!findings.back().ok) return findings;
  findings.push_back(training(of));
  if (of.wanted() == 0 || !findings.back().ok) return findings;
  LawCheck made("dictionary_made");
  const Trained trained = of.train(records(400, 3));
  made.expect(!trained.bytes.empty(), "400 records that have much in common give no dictionary");
  const Ready ready(of, trained.bytes);
  made.expect(ready.status == LOAM_OK, "it refuses a dictionary of its own: " + ready.message);
  findings.push_back(made.take());
  if (!findings.back().ok) return findings;
  CodecSubject codec(table, self, allocate);
  findings.push_back(round_trip(of, ready, codec));
  findings.push_back(needed(of, ready, codec));
  findings.push_back(hostile(of, trained.bytes, codec));
  findings.push_back(threads(of, ready));
  return findings;
}

}  // namespace loam::conformance
