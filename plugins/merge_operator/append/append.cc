// Merge operator "append": the value and all operands, one behind the other, a delimiter between.
//
// A missing base adds nothing and no delimiter; an empty base or operand is a member like any
// other. Any bytes will do, and no length is limited but by memory. The delimiter shapes values, so
// it is part of the identity.
//
// Thread: immutable.
#include <optional>
#include <string>
#include <utility>

#include "loam/sdk.h"

namespace {

namespace sdk = loam::sdk;

struct Append {
  static constexpr auto kName = "append";
  static constexpr auto kPersistentId = "loam.append/1";
  static constexpr auto kSummary = "appends operands to the value, a delimiter between";

  struct Options {
    std::string delimiter = ",";
  };
  static consteval auto describe() {
    return sdk::options(sdk::opt("delimiter", &Options::delimiter)
                            .shapes_bytes()
                            .doc("stands between two operands; may be empty"));
  }

  explicit Append(Options options) : delimiter_(std::move(options.delimiter)) {}

  std::string full_merge(Bytes /*key*/, const Bytes* base, sdk::Operands operands) const {
    return base == nullptr ? join(operands[0], operands, 1) : join(*base, operands, 0);
  }
  std::optional<std::string> partial_merge(Bytes /*key*/, sdk::Operands operands) const {
    return join(operands[0], operands, 1);
  }

 private:
  /// Made in one piece: joining pair by pair would copy the first operand again for each.
  [[nodiscard]] std::string join(Bytes first, sdk::Operands operands, std::size_t from) const {
    std::size_t size = first.size();
    for (std::size_t i = from; i < operands.size(); ++i)
      size += delimiter_.size() + operands[i].size();
    std::string joined;
    joined.reserve(size);
    joined.append(first);
    for (std::size_t i = from; i < operands.size(); ++i) {
      joined.append(delimiter_).append(operands[i]);
    }
    return joined;
  }

  std::string delimiter_;
};

}  // namespace

LOAM_PLUGIN("loam.append", "1.0.0", "Apache-2.0", loam::sdk::merge_operator<Append>)
