#include "tests/model/operations.h"

#include "tests/support/reference.h"

namespace loam::test {
namespace {

constexpr std::uint64_t kPoolKeys = 300;

struct Weight {
  Op op;
  unsigned weight;
};
constexpr Weight kWeights[] = {
    {Op::kPut, 400},         {Op::kRemove, 100},        {Op::kBatch, 60},
    {Op::kGet, 150},         {Op::kScan, 30},           {Op::kWalk, 60},
    {Op::kOpenIterator, 12}, {Op::kWalkIterator, 30},   {Op::kTakeSnapshot, 12},
    {Op::kCheckSnapshot, 8}, {Op::kReleaseSnapshot, 8}, {Op::kFlush, 15},
    {Op::kCompactAll, 3},    {Op::kCompactRange, 8},    {Op::kWait, 8},
    {Op::kReopen, 6},        {Op::kCheck, 3},
};

Op random_op(Random& random) {
  unsigned sum = 0;
  for (const Weight& w : kWeights) sum += w.weight;
  auto at = static_cast<unsigned>(random.below(sum));
  for (const Weight& w : kWeights) {
    if (at < w.weight) return w.op;
    at -= w.weight;
  }
  return Op::kCheck;
}

/// Some compress well, some not at all, some are larger than a block, a few than the write buffer.
std::string random_value(Random& random) {
  const std::uint64_t kind = random.below(100);
  if (kind < 3) return random.bytes(random.below(5000));
  if (kind < 20) return random.bytes(random.below(400));
  if (kind < 25) return {};
  const std::string phrase = std::to_string(random.below(100'000)) + ",";
  std::string value;
  for (std::uint64_t i = random.below(12); i != UINT64_MAX; --i) value += phrase;
  return value;
}

const char* name_of(Op op) {
  switch (op) {
    case Op::kPut: return "put";
    case Op::kRemove: return "remove";
    case Op::kBatch: return "batch";
    case Op::kGet: return "get";
    case Op::kScan: return "scan";
    case Op::kWalk: return "walk";
    case Op::kOpenIterator: return "open_iterator";
    case Op::kWalkIterator: return "walk_iterator";
    case Op::kTakeSnapshot: return "take_snapshot";
    case Op::kCheckSnapshot: return "check_snapshot";
    case Op::kReleaseSnapshot: return "release_snapshot";
    case Op::kFlush: return "flush";
    case Op::kCompactAll: return "compact";
    case Op::kCompactRange: return "compact_range";
    case Op::kWait: return "wait";
    case Op::kReopen: return "reopen";
    case Op::kCheck: return "check";
  }
  return "?";
}

}  // namespace

std::string random_key(Random& random) {
  if (random.one_in(3)) {
    Random pool(random.below(kPoolKeys));
    const std::size_t size = 1 + pool.below(24);
    return pool.bytes(size);
  }
  static constexpr char kAlphabet[] = {'a', 'b', 'A', 'B', '\0', '\xff', 'z'};
  std::string key(random.below(5), '\0');
  for (char& c : key) c = kAlphabet[random.below(sizeof kAlphabet)];
  return key;
}

std::vector<Operation> random_operations(std::uint64_t seed, std::size_t count) {
  Random random(seed);
  std::vector<Operation> operations(count);
  for (Operation& o : operations) {
    o.op = random_op(random);
    o.a = random_key(random);
    o.b = random_key(random);
    o.n = random.next();
    const std::uint64_t writes = o.op == Op::kBatch ? random.below(12) : 1;
    if (o.op != Op::kPut && o.op != Op::kRemove && o.op != Op::kBatch) continue;
    for (std::uint64_t i = 0; i < writes; ++i) {
      Write& write = o.writes.emplace_back();
      write.key = random_key(random);
      const bool removes = o.op == Op::kRemove || (o.op == Op::kBatch && random.one_in(3));
      if (!removes) write.value = random_value(random);
    }
  }
  return operations;
}

std::string to_text(const Operation& o) {
  std::string text = name_of(o.op);
  for (const Write& write : o.writes) {
    text += " \"" + escaped(write.key) + "\"";
    text += write.value ? "=(" + std::to_string(write.value->size()) + " bytes)" : " removed";
  }
  if (o.writes.empty()) {
    text += " a=\"" + escaped(o.a) + "\" b=\"" + escaped(o.b) + "\" n=" + std::to_string(o.n);
  }
  return text;
}

}  // namespace loam::test
