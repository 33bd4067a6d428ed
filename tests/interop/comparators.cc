// The two custom orders of the tests as LevelDB wants them.
#include <leveldb/slice.h>

#include <algorithm>
#include <string>

#include "tests/interop/peer.h"

namespace loam::test {
namespace {

/// Neither shortens keys: what a separator may be is LevelDB's choice to leave open.
class PlainComparator : public leveldb::Comparator {
 public:
  void FindShortestSeparator(std::string* /*start*/,
                             const leveldb::Slice& /*limit*/) const override {}
  void FindShortSuccessor(std::string* /*key*/) const override {}
};

class ReverseBytewise : public PlainComparator {
 public:
  const char* Name() const override { return "loam.reverse_bytewise/1"; }
  int Compare(const leveldb::Slice& a, const leveldb::Slice& b) const override {
    return b.compare(a);
  }
};

unsigned lower(char c) {
  return static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
}

class CaseInsensitive : public PlainComparator {
 public:
  const char* Name() const override { return "test.case_insensitive/1"; }
  int Compare(const leveldb::Slice& a, const leveldb::Slice& b) const override {
    const std::size_t common = std::min(a.size(), b.size());
    for (std::size_t i = 0; i < common; ++i) {
      if (lower(a[i]) != lower(b[i])) return lower(a[i]) < lower(b[i]) ? -1 : 1;
    }
    return a.size() == b.size() ? 0 : (a.size() < b.size() ? -1 : 1);
  }
};

}  // namespace

const leveldb::Comparator* peer_comparator(OrderKind order) {
  static const ReverseBytewise reverse;
  static const CaseInsensitive case_insensitive;
  switch (order) {
    case OrderKind::kReverse: return &reverse;
    case OrderKind::kCaseInsensitive: return &case_insensitive;
    default: break;  // interop has these three
  }
  return leveldb::BytewiseComparator();
}

}  // namespace loam::test
