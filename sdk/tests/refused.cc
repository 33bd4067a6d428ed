// Each case misses one requirement; the test expects the compiler's message. See CMakeLists.txt.
#include <loam/sdk.h>

#ifdef NO_VERSION
#define VERSION ""
#else
#define VERSION "1"
#endif

namespace sdk = loam::sdk;

struct Codec {
#ifndef NO_NAME
#ifdef BAD_NAME
  static constexpr auto kName = "Not-Plain";
#else
  static constexpr auto kName = "case";
#endif
#endif
#ifndef NO_PERSISTENT_ID
  static constexpr auto kPersistentId = "org.example.case/1";
#endif

  enum class Mode { kOne, kTwo };
#ifndef ENUM_WITHOUT_CHOICES
  using ModeOption = int;
#else
  using ModeOption = Mode;
#endif
  struct Options {
    int a = 1;
    ModeOption b{};
  };
#ifndef OPTIONS_WITHOUT_DESCRIBE
  static consteval auto describe() {
#ifdef SAME_OPTION_TWICE
    return sdk::options(sdk::opt("a", &Options::a), sdk::opt("a", &Options::b));
#elif defined(ONLINE_WITHOUT_RECONFIGURE)
    return sdk::options(sdk::opt("a", &Options::a).online());
#elif defined(ONLINE_SHAPES_BYTES)
    return sdk::options(sdk::opt("a", &Options::a).online().shapes_bytes());
#else
    return sdk::options(sdk::opt("a", &Options::a), sdk::opt("b", &Options::b));
#endif
  }
#endif
#ifdef ONLINE_SHAPES_BYTES
  void reconfigure(const Options&) noexcept {}
#endif
#ifdef BOUND_MAY_THROW
  std::size_t bound(std::size_t n) const { return n; }
#else
  std::size_t bound(std::size_t n) const noexcept { return n; }
#endif
#ifndef NO_COMPRESS
  std::size_t compress(Bytes, MutableBytes) const { return 0; }
#endif
  std::size_t decompress(Bytes, MutableBytes) const { return 0; }
};

struct Order {
  static constexpr auto kName = "order", kPersistentId = "org.example.order/1";
#ifdef COMPARE_MAY_THROW
  int compare(Bytes a, Bytes b) const { return a.compare(b); }
#else
  int compare(Bytes a, Bytes b) const noexcept { return a.compare(b); }
#endif
};

struct Filter {
  static constexpr auto kName = "filter", kPersistentId = "org.example.filter/1";
#ifdef FILTER_PARTS_DISAGREE
  using Asked = Bytes;
#else
  using Asked = std::uint64_t;
#endif
  struct Builder {
    void add(std::uint64_t) {}
    void finish(sdk::Sink&) {}
  };
  struct Reader {
    bool may_match(Asked) const noexcept { return true; }
  };
  Builder builder(std::size_t) const { return {}; }
  Reader reader(Bytes) const { return {}; }
  double false_positive_rate() const noexcept { return 1; }
};

LOAM_PLUGIN("org.example.case", VERSION, "Apache-2.0", sdk::codec<Codec>, sdk::comparator<Order>,
            sdk::filter<Filter>)
