#include "tests/stress/order.h"

#include <map>
#include <optional>
#include <set>

namespace loam::stress {
namespace {

/// What a write does to a key in the end: later changes of a batch win.
using Effects = std::map<std::string, std::vector<std::size_t>>;  // key -> writes that touch it

std::optional<std::string> last_change(const Operation& operation, const std::string& key) {
  std::optional<std::string> value;
  for (const Change& change : operation.changes) {
    if (change.key == key) value = change.value;
  }
  return value;
}

class Order {
 public:
  Order(std::uint32_t life, const std::vector<Record>& records,
        const std::vector<Operation>& operations)
      : life_(life), records_(records), operations_(operations), before_(records.size()) {
    for (std::size_t i = 0; i < operations.size(); ++i) {
      std::set<std::string> touched;
      for (const Change& change : operations[i].changes) touched.insert(change.key);
      for (const std::string& key : touched) effects_[key].push_back(i);
    }
  }

  std::string require(const Reference& base, const Reference& found) {
    for (const auto& [key, value] : found.map()) {
      if (effects_.count(key) != 0) continue;
      const auto at = base.map().find(key);
      if (at == base.map().end() || at->second != value) {
        return "key " + test::escaped(key) + " holds " + test::escaped(value.substr(0, 60)) +
               ", which no write that is there has put";
      }
    }
    for (const auto& [key, value] : base.map()) {
      if (effects_.count(key) == 0 && found.map().count(key) == 0) {
        return "key " + test::escaped(key) + " is gone, and no write that is there removed it";
      }
    }
    for (const auto& [key, writes] : effects_) {
      const auto at = found.map().find(key);
      std::string wrong = at == found.map().end() ? require_removed(key, writes)
                                                  : require_author(key, writes, at->second);
      if (!wrong.empty()) return wrong;
    }
    return {};
  }

  /// Takes away, again and again, a write that nothing else has to come before.
  std::string find_circle() const {
    std::vector<bool> done(records_.size(), false);
    for (std::size_t left = records_.size(); left > 0;) {
      const std::size_t round = left;
      for (std::size_t i = 0; i < records_.size(); ++i) {
        if (done[i] || !may_go(i, done)) continue;
        done[i] = true;
        --left;
      }
      if (left == round) return text_of_rest(done);
    }
    return {};
  }

 private:
  [[nodiscard]] bool precedes(std::size_t a, std::size_t b) const {
    return records_[a].acknowledged != 0 && records_[a].acknowledged < records_[b].began;
  }
  [[nodiscard]] bool may_go(std::size_t i, const std::vector<bool>& done) const {
    for (std::size_t other = 0; other < records_.size(); ++other) {
      if (!done[other] && other != i && precedes(other, i)) return false;
    }
    for (const std::size_t other : before_[i]) {
      if (!done[other]) return false;
    }
    return true;
  }
  std::string require_author(const std::string& key, const std::vector<std::size_t>& writes,
                             const std::string& value) {
    const auto author = author_of(value);
    for (const std::size_t i : writes) {
      const Record& r = records_[i];
      const bool is_it = author && author->life == life_ && author->writer == r.writer &&
                         author->index == r.index && last_change(operations_[i], key) == value;
      if (!is_it) continue;
      for (const std::size_t other : writes) {
        if (other != i) before_[i].push_back(other);
      }
      return {};
    }
    return "key " + test::escaped(key) + " holds " + test::escaped(value.substr(0, 60)) +
           ", which is not the last of any write to it that is there";
  }
  /// Some removal must be last; which of those that can be is not told, so none is pinned down.
  std::string require_removed(const std::string& key, const std::vector<std::size_t>& writes) {
    for (const std::size_t i : writes) {
      if (last_change(operations_[i], key).has_value()) continue;
      bool may_be_last = true;
      for (const std::size_t other : writes) may_be_last = may_be_last && !precedes(i, other);
      if (may_be_last) return {};
    }
    return "key " + test::escaped(key) + " is absent, but the last write to it put it";
  }
  [[nodiscard]] std::string text_of_rest(const std::vector<bool>& done) const {
    std::string text = "no order of the writes gives what is there; they wait for each other:";
    for (std::size_t i = 0; i < records_.size(); ++i) {
      if (done[i]) continue;
      text += " " + std::to_string(records_[i].writer) + "." + std::to_string(records_[i].index);
    }
    return text;
  }

  std::uint32_t life_;
  const std::vector<Record>& records_;
  const std::vector<Operation>& operations_;
  Effects effects_;
  std::vector<std::vector<std::size_t>> before_;
};

}  // namespace

std::string explain_by_an_order(std::uint32_t life, const Reference& base,
                                const std::vector<Record>& records,
                                const std::vector<Operation>& operations, const Reference& found) {
  Order order(life, records, operations);
  std::string wrong = order.require(base, found);
  return wrong.empty() ? order.find_circle() : wrong;
}

}  // namespace loam::stress
