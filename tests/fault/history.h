/// What was written, in order, and how much of it a power cut may take.
///
/// Every write puts a value that no other write puts, so that a state of the store tells how much
/// of the history it holds. Thread: confined.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "loam/db.h"
#include "tests/support/reference.h"

namespace loam::test {

class History {
 public:
  History() : states_(1) {}

  /// The next write: a put, or a batch that also overwrites and removes what earlier ones put.
  WriteBatch next(bool large = false);
  /// The write made last was acknowledged.
  void acknowledge() { acknowledged_ = states_.size() - 1; }
  /// What was acknowledged so far survives a power cut.
  void made_durable() { durable_ = acknowledged_; }
  /// The write made last failed, and the store has gone on without it.
  void forget_unacknowledged() { states_.resize(acknowledged_ + 1); }
  /// Power came back and the store was recovered: it must hold a prefix of the history, at least
  /// what is durable, and from now on that is the history. Empty, or how it does not.
  std::string recovered(const Reference& found);

  /// Where it stands, for a mark in a record of operations.
  struct Moment {
    std::size_t begun = 0;
    std::size_t acknowledged = 0;
    std::size_t durable = 0;
  };
  [[nodiscard]] Moment now() const { return {states_.size() - 1, acknowledged_, durable_}; }
  /// As it stood at an earlier moment. Requires: nothing has been taken back since.
  [[nodiscard]] History at(const Moment& moment) const;

  /// What readers must see: everything acknowledged.
  [[nodiscard]] const Reference& acknowledged() const { return states_[acknowledged_]; }
  [[nodiscard]] std::size_t size() const { return states_.size() - 1; }

 private:
  std::vector<Reference> states_;  // after each write
  std::size_t acknowledged_ = 0;
  std::size_t durable_ = 0;
  std::uint64_t stamp_ = 0;  // never used twice
};

}  // namespace loam::test
