/// One writer, who knows at each step what the store holds, and compares.
///
/// Thread: confined.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "tests/stress/life.h"
#include "tests/support/cursor.h"

namespace loam::stress {

class LoneWriter {
 public:
  /// `base`: what the store holds.
  LoneWriter(const World& world, const Plan& plan, Db& db, const Reference& base, Trace& trace)
      : world_(world),
        plan_(plan),
        db_(db),
        trace_(trace),
        state_(base),
        random_(plan.seed ^ (plan.life * 0xd6e8feb86659fd93ull)) {}

  /// Empty: as many operations as planned, or fewer when the power went; else what was wrong.
  std::string run();

 private:
  struct Held {
    Snapshot snapshot;
    Reference state;
  };
  struct Walker {
    std::unique_ptr<Iterator> iterator;
    test::Cursor cursor;
  };

  std::string step();
  std::string write();
  std::string read();
  std::string look_at_held();
  std::string get();
  std::string walk();
  std::string compare(const Reference& state, const ReadOptions& how);
  std::string tend();
  std::string make_safe();
  std::string settle_background();
  std::string flush();
  std::string compact();
  std::string ask();
  [[nodiscard]] bool is_down() const {
    return world_.faults != nullptr && world_.faults->is_down();
  }

  const World& world_;
  const Plan& plan_;
  Db& db_;
  Trace& trace_;
  Reference state_;
  Random random_;
  std::optional<Held> held_;
  std::optional<Walker> walker_;
  std::uint32_t writes_ = 0;
  std::uint32_t since_background_ = 0;
};

}  // namespace loam::stress
