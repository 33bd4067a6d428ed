// Compaction filter "ttl": removes entries some time after they were written.
//
// An entry's time of writing is not stored by Loam; whoever writes the value appends it
// (README.md). Ages are measured at the start of each compaction by the host's wall clock. An entry
// stays readable until a compaction meets it. Kept as they are: values too short to hold a time
// (counted), times in the future, merge operands.
//
// Thread: safe; a job takes the ttl it finds when it starts, and keeps it.
#include <atomic>
#include <cstdint>

#include "loam/sdk.h"

namespace {

namespace sdk = loam::sdk;

enum class Timestamp { kSuffixUs, kSuffixS32 };

std::uint64_t get_le(const char* in, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value |= std::uint64_t{static_cast<std::uint8_t>(in[i])} << (8 * i);
  }
  return value;
}

struct Counters {
  sdk::Counter expired;
  sdk::Counter too_short;
};

class Job {
 public:
  Job(std::uint64_t now_us, std::uint64_t ttl_us, Timestamp timestamp, const Counters& counters)
      : now_us_(now_us), ttl_us_(ttl_us), timestamp_(timestamp), counters_(counters) {}

  sdk::Decision decide(const sdk::CompactionEntry& entry) const {
    if (entry.is_merge) return sdk::Decision::keep();
    const std::size_t width = timestamp_ == Timestamp::kSuffixUs ? 8 : 4;
    if (entry.value.size() < width) {
      counters_.too_short.add();
      return sdk::Decision::keep();
    }
    const std::uint64_t stated = get_le(entry.value.data() + entry.value.size() - width, width);
    const std::uint64_t written_us =
        timestamp_ == Timestamp::kSuffixUs ? stated : stated * loam::kSecondUs;
    if (written_us > now_us_ || now_us_ - written_us < ttl_us_) return sdk::Decision::keep();
    counters_.expired.add();
    return sdk::Decision::remove();
  }

 private:
  std::uint64_t now_us_;
  std::uint64_t ttl_us_;
  Timestamp timestamp_;
  Counters counters_;
};

struct Ttl {
  static constexpr auto kName = "ttl";
  static constexpr auto kSummary = "removes entries some time after they were written";

  struct Options {
    std::uint64_t ttl = 0;
    Timestamp timestamp = Timestamp::kSuffixUs;
  };
  static consteval auto describe() {
    return sdk::options(
        sdk::opt("ttl", &Options::ttl)
            .required()
            .at_least(1)
            .unit_duration()
            .online()
            .doc("an entry of this age or older is removed by the next compaction that meets it"),
        sdk::opt("timestamp", &Options::timestamp)
            .one_of("suffix_us", "suffix_s32")
            .doc("where a value holds its time of writing: its last 8 bytes, microseconds since "
                 "1970, or its last 4 bytes, seconds; little-endian"));
  }

  Ttl(const Options& options, const sdk::Host& host)
      : ttl_us_(options.ttl),
        timestamp_(options.timestamp),
        counters_{host.counter("ttl.expired", "entries", "entries removed because of their age"),
                  host.counter("ttl.too_short", "entries",
                               "entries kept because their values hold no time of writing")} {}

  void reconfigure(const Options& options) noexcept {
    // SAFETY: relaxed, because the number stands alone: no other memory is published with it.
    ttl_us_.store(options.ttl, std::memory_order_relaxed);
  }

  Job job(const sdk::CompactionInfo& info) const {
    // SAFETY: relaxed, as in reconfigure.
    return Job(info.now_us, ttl_us_.load(std::memory_order_relaxed), timestamp_, counters_);
  }

  std::atomic<std::uint64_t> ttl_us_;
  Timestamp timestamp_;
  Counters counters_;
};

}  // namespace

LOAM_PLUGIN("loam.ttl", "1.0.0", "Apache-2.0", loam::sdk::compaction_filter<Ttl>)
