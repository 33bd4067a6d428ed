#include "tests/interop/engine.h"

#include "tests/interop/ours.h"
#include "tests/interop/peer.h"

namespace loam::test {
namespace {

const char* name_of(OrderKind order) {
  switch (order) {
    case OrderKind::kReverse: return "reverse";
    case OrderKind::kCaseInsensitive: return "case_insensitive";
    default: break;  // interop has these three
  }
  return "bytewise";
}

std::string shown(Bytes bytes) {
  constexpr std::size_t kShownMax = 80;
  if (bytes.size() <= kShownMax) return "\"" + escaped(bytes) + "\"";
  return "\"" + escaped(bytes.substr(0, kShownMax)) + "...\" (" + std::to_string(bytes.size()) +
         " bytes)";
}

/// Compares what a walk meets with the map, from one end or the other.
template <typename It>
std::string walked(Engine& engine, bool reverse, It at, It end) {
  std::string wrong;
  const Status status = engine.walk(reverse, [&](Bytes key, Bytes value) {
    if (at == end) {
      wrong = "expected the end, found " + shown(key);
    } else if (key != at->first) {
      wrong = "expected key " + shown(at->first) + ", found " + shown(key);
    } else if (value != at->second) {
      wrong = "key " + shown(key) + ": expected " + shown(at->second) + ", found " + shown(value);
    } else {
      ++at;
    }
    return wrong.empty();
  });
  if (!status.ok()) return status.to_string();
  if (wrong.empty() && at != end) wrong = "expected " + shown(at->first) + ", found the end";
  return wrong;
}

std::string got(Engine& engine, Bytes key, const std::string* expected) {
  auto value = engine.get(key);
  if (!value.ok()) return "get " + shown(key) + ": " + value.status().to_string();
  const std::string* found = value->has_value() ? &**value : nullptr;
  if (found == nullptr ? expected == nullptr : expected != nullptr && *found == *expected)
    return {};
  return "get " + shown(key) + ": expected " +
         (expected == nullptr ? "nothing" : shown(*expected)) + ", found " +
         (found == nullptr ? "nothing" : shown(*found));
}

}  // namespace

std::string to_text(const Shape& shape) {
  return std::string(name_of(shape.order)) + (shape.snappy ? ", snappy" : ", none") + ", block " +
         std::to_string(shape.block_size) + ", restart " + std::to_string(shape.restart_interval) +
         ", bloom " + std::to_string(shape.bloom_bits) + (shape.reuse_logs ? ", reuses logs" : "") +
         ", buffer " + std::to_string(shape.write_buffer_size) + ", file " +
         std::to_string(shape.max_file_size);
}

Shape random_shape(Random& random, OrderKind order) {
  static constexpr std::uint32_t kBlockSizes[] = {1024, 1500, 4096, 16'384, 1'048'576};
  static constexpr int kRestarts[] = {1, 2, 7, 16, 128, 60000};
  static constexpr int kBits[] = {0, 0, 1, 5, 10, 14, 30, 60};
  Shape shape;
  shape.order = order;
  shape.snappy = random.one_in(2);
  shape.block_size = kBlockSizes[random.below(std::size(kBlockSizes))];
  shape.restart_interval = kRestarts[random.below(std::size(kRestarts))];
  shape.bloom_bits = kBits[random.below(std::size(kBits))];
  shape.reuse_logs = random.one_in(3);
  if (random.one_in(4)) shape.write_buffer_size = 256 * kKiB;
  return shape;
}

std::vector<Shape> all_shapes() {
  std::vector<Shape> shapes;
  for (const auto order :
       {OrderKind::kBytewise, OrderKind::kReverse, OrderKind::kCaseInsensitive}) {
    for (const bool snappy : {false, true}) {
      for (const std::uint32_t block_size : {1024u, 4096u, 65'536u}) {
        for (const int restart : {1, 16, 1000}) {
          for (const int bits : {0, 1, 10, 14}) {
            for (const bool reuse : {false, true}) {
              shapes.push_back({.order = order,
                                .snappy = snappy,
                                .block_size = block_size,
                                .restart_interval = restart,
                                .bloom_bits = bits,
                                .reuse_logs = reuse});
            }
          }
        }
      }
    }
  }
  return shapes;
}

std::unique_ptr<Engine> make_engine(EngineKind kind) {
  return kind == EngineKind::kLoam ? make_ours() : make_peer();
}

std::string difference(Engine& engine, const Reference& expected) {
  const Reference::Map& map = expected.map();
  std::string wrong = walked(engine, false, map.begin(), map.end());
  if (!wrong.empty()) return "forward walk: " + wrong;
  wrong = walked(engine, true, map.rbegin(), map.rend());
  if (!wrong.empty()) return "backward walk: " + wrong;
  for (const auto& [key, value] : map) {
    wrong = got(engine, key, &value);
    if (!wrong.empty()) return wrong;
    const std::string beside = key + '\0';
    const auto at = map.find(beside);
    wrong = got(engine, beside, at == map.end() ? nullptr : &at->second);
    if (!wrong.empty()) return wrong;
  }
  return {};
}

void apply(const std::vector<Write>& writes, Reference& reference) {
  for (const Write& w : writes) {
    w.value ? reference.put(w.key, *w.value) : reference.remove(w.key);
  }
}

}  // namespace loam::test
