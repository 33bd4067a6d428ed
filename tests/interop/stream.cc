#include "tests/interop/stream.h"

#include <cstdlib>

namespace loam::test {
namespace {

constexpr std::uint64_t kPoolKeys = 2000;
constexpr std::size_t kKeyBytesMax = 64;

std::string value_of(Random& random, const StreamPlan& plan) {
  if (plan.huge_one_in != 0 && random.one_in(plan.huge_one_in)) {
    const std::uint64_t size = kMiB + random.below(3 * kMiB);
    return random.one_in(2) ? random.bytes(size) : std::string(size, 'h');
  }
  if (random.one_in(20)) return {};
  std::uint64_t size = random.below(plan.value_bytes + 1);
  if (random.one_in(30)) size = random.below(8 * kKiB);
  if (random.one_in(2)) return random.bytes(size);
  const std::string phrase = std::to_string(random.below(100'000)) + ",";  // compresses well
  std::string value;
  while (value.size() < size) value += phrase;
  return value;
}

Write random_write(Random& random, const StreamPlan& plan) {
  Write write;
  write.key = stream_key(random);
  if (!random.one_in(4)) write.value = value_of(random, plan);
  return write;
}

}  // namespace

StreamPlan short_plan(Random& random) {
  StreamPlan plan;
  plan.steps = 10 + random.below(150);
  static constexpr std::uint64_t kValueBytes[] = {20, 200, 200, 2000};
  plan.value_bytes = kValueBytes[random.below(std::size(kValueBytes))];
  return plan;
}

StreamPlan long_plan(Random& random) {
  StreamPlan plan;
  plan.steps = 8000 + random.below(8000);
  plan.value_bytes = 1000 + random.below(1000);
  plan.huge_one_in = 4000;
  return plan;
}

std::string stream_key(Random& random) {
  const std::uint64_t kind = random.below(16);
  if (kind < 10) {
    Random pool(random.below(kPoolKeys));
    const std::size_t size = pool.below(kKeyBytesMax + 1);
    return pool.bytes(size);
  }
  if (kind < 12) return std::string(random.below(kKeyBytesMax / 4), '\xff');
  static constexpr char kAlphabet[] = {'a', 'b', 'A', 'B', '\0', '\xff', 'z'};
  std::string key(random.below(7), '\0');
  for (char& c : key) c = kAlphabet[random.below(sizeof kAlphabet)];
  return key;
}

std::vector<Step> random_steps(Random& random, const StreamPlan& plan) {
  std::vector<Step> steps(plan.steps);
  for (Step& step : steps) {
    const std::uint64_t kind = random.below(400);
    if (kind < 5) {
      step.kind = Step::Kind::kReopen;
    } else if (kind < 8) {
      step.kind = Step::Kind::kCompact;
      if (!random.one_in(3)) step.first = stream_key(random);
      if (!random.one_in(3)) step.last = stream_key(random);
    } else {
      const std::uint64_t writes = random.one_in(6) ? random.below(20) : 1;
      for (std::uint64_t i = 0; i < writes; ++i) step.writes.push_back(random_write(random, plan));
      step.sync = random.one_in(20);
    }
  }
  return steps;
}

OrderKind random_order(Random& random) {
  const std::uint64_t kind = random.below(4);
  if (kind < 2) return OrderKind::kBytewise;
  return kind == 2 ? OrderKind::kReverse : OrderKind::kCaseInsensitive;
}

Status perform(Engine& engine, const std::string& path, const Shape& shape, const Step& step) {
  switch (step.kind) {
    case Step::Kind::kWrite: return engine.write(step.writes, step.sync);
    case Step::Kind::kCompact:
      return engine.compact(step.first ? &*step.first : nullptr, step.last ? &*step.last : nullptr);
    case Step::Kind::kReopen: engine.close(); return engine.open(path, shape);
  }
  return {};
}

std::uint64_t count_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace loam::test
