#include "tests/stress/store_round.h"

#include "loam/config/stack.h"
#include "tests/support/stacks.h"

namespace loam::stress {
namespace {

std::uint64_t seed_of(const RoundOptions& options) {
  Random mixed(options.seed ^ (options.round * 0x2545f4914f6cdd1dull));
  return mixed.next() ^ static_cast<std::uint64_t>(options.kind);
}

Frame frame_of(const RoundOptions& options, bool in_memory, bool manual) {
  Random random(seed_of(options) + 1);
  Frame frame = random_frame(*all_plugins(), random);
  frame.in_memory = in_memory;
  frame.manual = manual;
  return frame;
}

/// One for all rounds: it is large, and empty again after each.
Trace& shared_trace() {
  static Trace trace;
  return trace;
}

}  // namespace

const std::shared_ptr<Registry>& all_plugins() {
  static const std::shared_ptr<Registry> registry = test::linked_registry();
  return registry;
}

StoreRound::StoreRound(const RoundOptions& options, bool in_memory, bool manual)
    : options_(options),
      random_(seed_of(options)),
      registry_(all_plugins()),
      frame_(frame_of(options, in_memory, manual)),
      expected_(seed_of(options), frame_.order),
      trace_(shared_trace()) {
  plan_.seed = seed_of(options);
  plan_.is_new = true;
  trace_.clear();
}

Component StoreRound::sealed(const Component& base) {
  if (!frame_.encrypted) return base;
  const std::string cipher = random_.one_in(4) ? "chacha20_poly1305" : "aes_256_gcm";
  const std::uint64_t page_size = std::uint64_t{4} * kKiB << random_.below(5);
  return test::make(*registry_, kind::kFileSystem, "encrypted",
                    {{"base", base},
                     {"key", SecretBytes{"a key of thirty-two bytes, or more"}},
                     {"cipher", cipher},
                     {"page_size", page_size}});
}

std::string StoreRound::prepare(std::uint32_t operations) {
  MadeStack made = random_stack(*registry_, frame_, writers_, random_);
  result_.stacks.push_back(made.json);
  config::LoadOptions how;
  how.registry = registry_;
  auto stack = config::load(made.json, how);
  if (!stack.ok()) return "the stack is refused: " + stack.status().to_string();
  Environment* const environment = world_.options.environment;
  world_.options = stack->options();
  world_.options.create_if_missing = plan_.is_new;
  world_.options.environment = environment;
  world_.options.file_system = file_system_;
  plan_.shape = made.shape;
  plan_.operations = operations;
  plan_.closes = plan_.is_last = false;
  trace_.clear();
  return {};
}

void StoreRound::life_over(Crash crash) {
  if (trace_.is_opened()) {
    std::vector<Record> records = trace_.records();
    result_.writes += records.size();
    expected_.take(plan_.life, plan_.shape, std::move(records), trace_.marks());
    plan_.is_new = false;
  }
  expected_.crashed(crash);
  if (crash != Crash::kNone) ++result_.crashes;
  ++plan_.life;
}

void StoreRound::fail(const std::string& violation) {
  if (!result_.violation.empty()) return;
  result_.violation = violation;
  result_.trace = expected_.to_text();
}

std::uint64_t StoreRound::random_occurrence(unsigned bits_max) {
  return 1 + random_.below(std::uint64_t{1} << random_.below(bits_max + 1));
}

}  // namespace loam::stress
