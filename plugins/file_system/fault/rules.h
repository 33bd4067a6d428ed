/// Rules: which operations fail, and how.
///
///   op=sync path=*.log nth=3 error=lost_sync; op=write path=*.ldb chance=0.01 error=no_space
///
/// Rules stand in order, the first that hits decides. Each counts, from its own beginning, the
/// operations that its `op` and `path` fit and to which its error can happen. Thread: confined (the
/// owner's mutex).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "loam/base/status.h"
#include "plugins/file_system/fault/operations.h"
#include "plugins/file_system/fault/random.h"

namespace loam::fault_fs {

enum class Failure {
  kIo,          ///< an I/O error; the operation has no effect
  kNoSpace,     ///< no space; the operation has no effect
  kShortWrite,  ///< a write stops half way with an I/O error; other operations as kIo
  kShortRead,   ///< a read gives its first half, and OK; other operations as kIo
  kLostSync,    ///< as kIo, and what a sync of a file was to cover reads as zeros from now on
  kCorrupt,     ///< the last byte that a read gives, or a write or commit leaves, has its bits
                ///< turned round, and OK; other operations as kIo
};

struct Rule {
  std::vector<Op> operations;  ///< empty: all, reads too
  /// `*` stands for any characters, `?` for one. With a slash it is held against whole paths, else
  /// against their last part. Of a rename or link either path may fit.
  std::string path = "*";
  /// At most one of these, counted from 1: that one only; each so-manieth; so many; that one and
  /// all later ones.
  std::uint64_t nth = 0;
  std::uint64_t every = 0;
  std::uint64_t first = 0;
  std::uint64_t from = 0;
  double chance = 1;  ///< of each that is left, by the seed
  Failure failure = Failure::kIo;
};

/// Text as above: words `key=value`, rules apart by ';'. `op` takes several with commas, and
/// "reads" and "changes". `error`: io, no_space, short_write, short_read, lost_sync, corrupt.
/// Fails: kInvalidArgument, naming rule and word.
Result<std::vector<Rule>> parse_rules(std::string_view text);

/// Fails: kInvalidArgument for two counts, a chance outside 0 to 1, a failure that none of the
/// operations can have.
Status check_rule(const Rule& rule);

bool fits(std::string_view pattern, std::string_view path);
/// What `op` can have: the failure, or kIo where that is for others.
Failure failure_for(Op op, Failure failure);

class Rules {
 public:
  explicit Rules(std::uint64_t seed) : random_(seed) {}

  /// Requires: check_rule() is OK.
  void add(Rule rule) { all_.push_back({std::move(rule), 0, 0}); }
  void clear() { all_.clear(); }
  /// Whether some rule may hit an operation that changes nothing.
  [[nodiscard]] bool any_for_reads() const;
  /// The number, from 1, of the rule that hits this operation; 0: none. Counts it.
  std::size_t hit(Op op, const std::string& path, const std::string* to);
  [[nodiscard]] Failure failure(std::size_t number) const { return all_[number - 1].rule.failure; }
  /// How often rule `number`, from 1, has hit; 0 for one that is not there.
  [[nodiscard]] std::uint64_t hits(std::size_t number) const;

 private:
  struct Counted {
    Rule rule;
    std::uint64_t met;
    std::uint64_t hits;
  };
  bool hits_now(Counted& counted);

  std::vector<Counted> all_;
  Random random_;
};

}  // namespace loam::fault_fs
