// A compaction filter in a page: keys that begin with a prefix go, whenever their table is
// compacted. Useful for data that is cheap to lose and dear to delete one by one.
#include <loam/sdk.h>

#include <string>

namespace {

struct DropPrefix {
  static constexpr auto kName = "drop_prefix";
  static constexpr auto kSummary = "removes keys that begin with a prefix; a sample";

  struct Options {
    std::string prefix;
  };
  static consteval auto describe() {
    return loam::sdk::options(loam::sdk::opt("prefix", &Options::prefix)
                                  .required()
                                  .doc("keys that begin with this are removed"));
  }

  explicit DropPrefix(Options options) : prefix_(std::move(options.prefix)) {}

  loam::sdk::Decision decide(const loam::sdk::CompactionEntry& entry) const {
    return entry.key.starts_with(prefix_) ? loam::sdk::Decision::remove()
                                          : loam::sdk::Decision::keep();
  }

 private:
  std::string prefix_;
};

}  // namespace

LOAM_PLUGIN("org.example.drop_prefix", "1.0.0", "Apache-2.0",
            loam::sdk::compaction_filter<DropPrefix>)
