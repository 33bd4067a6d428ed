// Components that look right and are not: each breaks one law of its kind.
#include <cstring>
#include <string>

#include "loam/sdk.h"
#include "loam/sdk/file_system.h"
#include "loam/sdk/file_system_forward.h"

namespace {

namespace sdk = loam::sdk;

struct Copying {
  static std::size_t bound(std::size_t n) noexcept { return n; }
  static std::size_t compress(Bytes in, MutableBytes out) {
    if (!in.empty()) std::memcpy(out.data(), in.data(), in.size());
    return in.size();
  }
  static loam::Result<std::size_t> decompress(Bytes in, MutableBytes out) {
    if (in.size() != out.size()) return loam::Status::corruption("another size than stated");
    if (!in.empty()) std::memcpy(out.data(), in.data(), in.size());
    return in.size();
  }
};

#if defined(lossy_codec)
struct Bad : Copying {
  static constexpr auto kPersistentId = "org.example.bad/1";
  static constexpr auto kName = "lossy_codec";
  static std::size_t compress(Bytes in, MutableBytes out) {
    const std::size_t size = Copying::compress(in, out);
    if (size > 100) out[100] = static_cast<char>(out[100] & 0x7f);
    return size;
  }
};
constexpr auto& kBad = sdk::codec<Bad>;
#elif defined(throwing_codec)
struct Bad : Copying {
  static constexpr auto kPersistentId = "org.example.bad/1";
  static constexpr auto kName = "throwing_codec";
  static std::size_t compress(Bytes, MutableBytes) { throw 7; }
};
constexpr auto& kBad = sdk::codec<Bad>;
#elif defined(overrunning_codec)
// Believes what the packed bytes say about their size, not what the host says.
struct Bad : Copying {
  static constexpr auto kPersistentId = "org.example.bad/1";
  static constexpr auto kName = "overrunning_codec";
  static std::size_t decompress(Bytes in, MutableBytes out) {
    if (!in.empty()) std::memcpy(out.data(), in.data(), in.size());
    return in.size();
  }
};
constexpr auto& kBad = sdk::codec<Bad>;
#elif defined(boastful_comparator)
struct Bad {
  static constexpr auto kPersistentId = "org.example.bad/1";
  static constexpr auto kName = "boastful_comparator";
  static constexpr std::uint32_t kProperties = LOAM_COMPARATOR_BYTEWISE;
  static int compare(Bytes a, Bytes b) noexcept {
    if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
    return a.compare(b);
  }
};
constexpr auto& kBad = sdk::comparator<Bad>;
#elif defined(one_sided_comparator)
struct Bad {
  static constexpr auto kPersistentId = "org.example.bad/1";
  static constexpr auto kName = "one_sided_comparator";
  static int compare(Bytes a, Bytes b) noexcept { return a == b ? 0 : -1; }
};
constexpr auto& kBad = sdk::comparator<Bad>;
#elif defined(far_separator)
struct Bad {
  static constexpr auto kPersistentId = "org.example.bad/1";
  static constexpr auto kName = "far_separator";
  static int compare(Bytes a, Bytes b) noexcept { return a.compare(b); }
  static std::string shortest_separator(Bytes start, Bytes) { return std::string(start) + "\xff"; }
};
constexpr auto& kBad = sdk::comparator<Bad>;
#elif defined(fickle_compaction_filter)
struct Bad {
  static constexpr auto kName = "fickle_compaction_filter";
  mutable std::uint64_t asked = 0;
  sdk::Decision decide(const sdk::CompactionEntry&) const {
    return ++asked % 3 == 0 ? sdk::Decision::remove() : sdk::Decision::keep();
  }
};
constexpr auto& kBad = sdk::compaction_filter<Bad>;
#elif defined(unassociative_merge_operator)
struct Bad {
  static constexpr auto kPersistentId = "org.example.bad/1";
  static constexpr auto kName = "unassociative_merge_operator";
  static std::string merge(Bytes, Bytes left, Bytes right) {
    return "(" + std::string(left) + "+" + std::string(right) + ")";
  }
};
constexpr auto& kBad = sdk::merge_operator<Bad>;
#elif defined(hasty_file_system)
// Says that a file is gone, and leaves it.
struct Bad : sdk::fs_forward {
  static constexpr auto kName = "hasty_file_system";
  struct Options {
    loam_component_ref base{};
  };
  static consteval auto describe() {
    return sdk::options(
        sdk::opt("base", &Options::base).kind("file_system").required().doc("base"));
  }
  explicit Bad(const Options& options) : fs_forward(options.base) {}
  static loam::Status remove_file(const std::string&) { return {}; }
};
constexpr auto& kBad = sdk::file_system<Bad>;
#endif

}  // namespace

#define BROKEN_ID "org.example." BROKEN_NAME
LOAM_PLUGIN(BROKEN_ID, "1.0.0", "Apache-2.0", kBad)
