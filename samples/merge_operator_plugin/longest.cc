// A merge operator in a page: of all values that were ever merged, the longest stays.
//
// It is associative: values and operands are alike, and any two neighbours may be joined first.
#include <loam/sdk.h>

#include <string>

namespace {

struct Longest {
  static constexpr auto kName = "longest";
  static constexpr auto kPersistentId = "org.example.longest/1";
  static constexpr auto kSummary = "keeps the longest value; a sample";

  // Of two equally long ones the older stays, whatever is joined first.
  std::string merge(Bytes /*key*/, Bytes left, Bytes right) const {
    return std::string(right.size() > left.size() ? right : left);
  }
};

}  // namespace

LOAM_PLUGIN("org.example.longest", "1.0.0", "Apache-2.0", loam::sdk::merge_operator<Longest>)
