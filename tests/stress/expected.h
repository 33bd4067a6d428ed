/// What a store must hold after a crash, and whether it does.
///
/// One writer: the state after a prefix of its writes, at least as long as what must have survived.
/// Where some writes go without log, two prefixes: of all writes, up to the last flush, and behind
/// it of the logged ones. Several writers: their markers say how many of each are there; those must
/// be closed under "was acknowledged before it began", and there must be an order of them that
/// agrees with that and gives the state found: for each key the author of its value comes last.
/// Either way no hole, no half batch, nothing older in place of something newer.
///
/// Thread: confined.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/stress/operations.h"
#include "tests/stress/trace.h"

namespace loam::stress {

class Expected {
 public:
  explicit Expected(std::uint64_t seed, OrderKind order) : seed_(seed), base_(order) {}

  /// A life is over: its writes are to be found by the next.
  void take(std::uint32_t life, const Shape& shape, std::vector<Record> records,
            const Marks& marks);
  /// Since then this has happened, which may have taken some of them.
  void crashed(Crash crash);
  /// The store holds `found`. Empty: as it must; what it holds is then the new base, all of which
  /// must survive whatever comes. Else what is wrong.
  std::string settle(const Reference& found);
  /// settle() of another process has found this right.
  void accept(const Reference& found);

  [[nodiscard]] const Reference& base() const { return base_; }
  /// How many writes are to be found.
  [[nodiscard]] std::size_t pending() const { return records_.size(); }
  /// The trace, a line a write, for people.
  [[nodiscard]] std::string to_text() const;
  /// Without what a filter may remove at any time.
  static Reference without_gone(const Reference& state);

 private:
  [[nodiscard]] bool must_survive(const Record& record) const;
  [[nodiscard]] Operation operation_of(const Record& record) const;
  [[nodiscard]] Reference comparable(const Reference& state) const;
  [[nodiscard]] std::string settle_one(const Reference& found) const;
  [[nodiscard]] bool find_logged(const Reference& found, std::uint32_t unlogged,
                                 std::uint32_t floor, Reference state) const;
  [[nodiscard]] std::string settle_several(const Reference& found) const;
  /// How many writes of each writer are there.
  using Counts = std::array<std::uint32_t, kWritersMax>;
  std::string count_writers(const Reference& found, Counts& counts) const;
  [[nodiscard]] std::string check_holes(const Counts& counts) const;
  [[nodiscard]] std::string check_order(const Reference& found, const Counts& counts) const;

  std::uint64_t seed_;
  Reference base_;
  std::uint32_t life_ = 0;
  Shape shape_;
  std::vector<Record> records_;
  std::vector<Operation> operations_;  // of records_
  Marks marks_;
  Crash crash_ = Crash::kNone;
};

}  // namespace loam::stress
