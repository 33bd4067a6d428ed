/// What a store is compared with: a sorted map under the same order, and walks over both.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/db.h"

namespace loam::test {

enum class OrderKind : std::uint8_t {
  kBytewise,
  kReverse,
  kCaseInsensitive,
  kUintBe,
  kShortlex,
  kTuple,
};

/// The option "fields" of comparator `tuple` where an order is kTuple: most random keys end inside
/// one of them.
inline constexpr const char* kTupleFields =
    R"([{"type":"uint","size":1},{"type":"text","order":"descending","terminator":97},)"
    R"({"type":"int","size":1,"order":"descending"}])";

struct KeyLess {
  using is_transparent = void;
  OrderKind order = OrderKind::kBytewise;
  bool operator()(Bytes a, Bytes b) const;
};

/// Keys as they were put last: under an order that ignores case, the newest spelling.
class Reference {
 public:
  using Map = std::map<std::string, std::string, KeyLess>;

  explicit Reference(OrderKind order = OrderKind::kBytewise) : map_(KeyLess{order}) {}
  void put(Bytes key, Bytes value) {
    remove(key);
    map_.emplace(key, value);
  }
  void remove(Bytes key) {
    const auto at = map_.find(key);
    if (at != map_.end()) map_.erase(at);
  }
  [[nodiscard]] const Map& map() const { return map_; }
  bool operator==(const Reference& other) const { return map_ == other.map_; }

 private:
  Map map_;
};

/// Bytes as messages and scripts show them: \xNN outside printable ASCII.
std::string escaped(Bytes bytes);
/// "key=value key=value ...", at most so many.
std::string to_text(const Reference& reference, std::size_t most = 20);

/// Everything a walk finds, or why it ended early. `ascending` stands false when keys did not
/// strictly rise in the store's order.
struct Walked {
  Reference found;
  Status status;
  bool ascending = true;
};
Walked walk(Db& db, OrderKind order, const ReadOptions& options, bool reverse);

/// Forward walk, backward walk and a get of each key agree with the map, and keys beside those of
/// the map are absent. Empty: they do; else what differs.
std::string difference(Db& db, OrderKind order, const Reference& expected,
                       const ReadOptions& options = {});

}  // namespace loam::test
