#include "tests/schedule/explorer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <unordered_set>
#include <utility>

namespace loam::test {
namespace {

constexpr bool kIsSanitized = LOAM_IS_SANITIZED;

/// As "17:1 40:2": steps, and who went on there. At others the first did.
std::string text_of(const std::vector<Decision>& decisions) {
  std::string text;
  for (const Decision& decision : decisions) {
    if (decision.chosen == 0) continue;
    if (!text.empty()) text += " ";
    text += std::to_string(decision.step) + ":" + std::to_string(decision.chosen);
  }
  return text;
}

std::vector<Choice> plan_of(const std::string& text) {
  std::vector<Choice> plan;
  std::istringstream in(text);
  Choice choice;
  for (char colon = 0; in >> choice.step >> colon >> choice.chosen;) plan.push_back(choice);
  return plan;
}

/// Of a run: what its decisions so far have cost, and what is left.
struct Cost {
  int preemptions = 0;
  int detours = 0;

  void add(const Decision& decision) {
    if (decision.chosen == 0) return;
    ++(decision.preempts ? preemptions : detours);
  }
  [[nodiscard]] bool is_within(const Limits& limits) const {
    return preemptions <= limits.preemptions && detours <= limits.detours;
  }
};

/// A run, and how many decisions it has in common with the one before.
struct Plan {
  std::vector<Choice> choices;
  std::size_t common = 0;
};

/// The run after the one with these decisions: another choice as late as can be.
std::optional<Plan> plan_after(const std::vector<Decision>& decisions, const Limits& limits) {
  std::vector<Cost> before(1);
  for (const Decision& decision : decisions) {
    before.push_back(before.back());
    before.back().add(decision);
  }
  for (std::size_t i = decisions.size(); i-- > 0;) {
    Decision next = decisions[i];
    if (++next.chosen >= next.count) continue;
    Cost cost = before[i];
    cost.add(next);
    if (!cost.is_within(limits)) continue;
    Plan plan{{}, i};
    for (std::size_t j = 0; j < i; ++j) {
      if (decisions[j].chosen != 0)
        plan.choices.push_back({decisions[j].step, decisions[j].chosen});
    }
    plan.choices.push_back({next.step, next.chosen});
    return plan;
  }
  return std::nullopt;
}

/// Of those two runs had in common, where the second went another way.
std::string strays(const std::vector<Decision>& before, const std::vector<Decision>& now,
                   std::size_t common) {
  for (std::size_t i = 0; i < common; ++i) {
    if (i < now.size() && before[i].step == now[i].step && before[i].who == now[i].who) continue;
    return "the same choices led elsewhere at step " + std::to_string(before[i].step) +
           ": the scenario depends on more than its turns";
  }
  return {};
}

/// Runs that were given up: threads that stay refer to them.
std::vector<std::unique_ptr<Controller>>& given_up() {
  static auto* kept = std::make_unique<std::vector<std::unique_ptr<Controller>>>().release();
  return *kept;
}

using Shared = std::unordered_set<std::uint64_t>;

std::unique_ptr<Controller> run_once(RunOptions options, const Scenario& scenario) {
  auto controller = std::make_unique<Controller>(std::move(options));
  controller->run([&scenario, c = controller.get()] { scenario(*c); });
  return controller;
}

enum class End : std::uint8_t { kDone, kFailed, kAgain };

/// Stops threads only where something is used that several use, as far as is known; when more comes
/// to light, the end is kAgain. The runs of exactly `limits.preemptions` preemptions are counted,
/// those of fewer were before.
End explore_within(const Limits& limits, const std::vector<std::string>& skips,
                   const Scenario& scenario, Shared& shared, Exploration& found) {
  std::vector<Decision> before;
  std::optional<Plan> plan(std::in_place);
  while (plan) {
    auto controller = run_once({std::move(plan->choices), skips, &shared}, scenario);
    const std::vector<Decision>& now = controller->decisions();
    found.failure = strays(before, now, plan->common);
    if (found.failure.empty() && !controller->failure().empty()) {
      found.failure = controller->failure() + "\nThe turns:" + controller->turns();
    }
    Cost cost;
    for (const Decision& decision : now) cost.add(decision);
    if (limits.preemptions >= Limits::kAll || cost.preemptions == limits.preemptions) ++found.runs;
    found.decisions = std::max(found.decisions, now.size());
    if (!found.failure.empty()) found.choices = text_of(now);
    Shared places = controller->shared_places();
    before = now;
    if (controller->given_up()) given_up().push_back(std::move(controller));
    if (!found.failure.empty()) return End::kFailed;
    const std::size_t known = shared.size();
    shared.merge(places);
    if (shared.size() > known) return End::kAgain;
    plan = plan_after(before, limits);
  }
  return End::kDone;
}

}  // namespace

Exploration explore(const Limits& limits, const std::vector<std::string>& skips,
                    const Scenario& scenario) {
  Exploration found;
  Shared shared;
  const bool all = limits.preemptions >= Limits::kAll;
  int preemptions = all ? Limits::kAll : 0;
  while (preemptions <= limits.preemptions) {
    const std::uint64_t runs = found.runs;
    const End end = explore_within({preemptions, limits.detours}, skips, scenario, shared, found);
    if (end == End::kFailed) break;
    if (end == End::kDone) ++preemptions;
    if (end == End::kAgain) found.runs = runs;
  }
  return found;
}

void expect_all_interleavings(const Limits& limits, const std::vector<std::string>& skips,
                              const Scenario& scenario) {
  if (const char* text = std::getenv("LOAM_SCHEDULE")) {
    auto controller = run_once({plan_of(text), skips}, scenario);
    std::cout << "The turns:" << controller->turns() << "\n";
    EXPECT_EQ(controller->failure(), "");
    if (controller->given_up()) given_up().push_back(std::move(controller));
    return;
  }
  Limits further = limits;
  if (const char* more = std::getenv("LOAM_PREEMPTIONS")) {
    further.preemptions += std::atoi(more);
  } else if (kIsSanitized && further.preemptions < Limits::kAll) {
    further.preemptions = std::max(further.preemptions - 1, 1);  // a run takes six times as long
  }
  const Exploration found = explore(further, skips, scenario);
  EXPECT_TRUE(found.failure.empty())
      << found.failure << "\nAgain: LOAM_SCHEDULE='" << found.choices << "'";
  ::testing::Test::RecordProperty("interleavings", std::to_string(found.runs));
  std::cout << found.runs << " interleavings, of at most " << found.decisions << " decisions\n";
}

}  // namespace loam::test
