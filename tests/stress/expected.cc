#include "tests/stress/expected.h"

#include <algorithm>

#include "tests/stress/order.h"

namespace loam::stress {
namespace {

std::string name_of(const Record& record) {
  return "write " + std::to_string(record.index) + " of writer " + std::to_string(record.writer);
}

}  // namespace

void Expected::take(std::uint32_t life, const Shape& shape, std::vector<Record> records,
                    const Marks& marks) {
  life_ = life;
  shape_ = shape;
  records_ = std::move(records);
  marks_ = marks;
  crash_ = Crash::kNone;
  operations_.clear();
  for (const Record& record : records_) operations_.push_back(operation_of(record));
}

void Expected::crashed(Crash crash) { crash_ = std::max(crash_, crash); }

Operation Expected::operation_of(const Record& record) const {
  return operation_at({seed_, life_, record.writer, record.index}, shape_);
}

bool Expected::must_survive(const Record& r) const {
  if (r.acknowledged == 0) return false;
  if (crash_ == Crash::kNone || marks_.flushed >= r.acknowledged) return true;
  if (r.unlogged) return marks_.unlogged >= r.acknowledged;
  if (r.sync || shape_.sync_always || marks_.synced >= r.acknowledged) return true;
  if (crash_ == Crash::kCut) return false;
  return !shape_.manual_wal || marks_.handed >= r.acknowledged;
}

Reference Expected::without_gone(const Reference& state) {
  Reference left = state;
  for (const auto& [key, value] : state.map()) {
    if (key.starts_with(kGone)) left.remove(key);
  }
  return left;
}

Reference Expected::comparable(const Reference& state) const {
  return shape_.drops_gone ? without_gone(state) : state;
}

std::string Expected::settle(const Reference& found) {
  std::string wrong = shape_.writers > 1 ? settle_several(found) : settle_one(found);
  if (wrong.empty()) accept(found);
  return wrong;
}

void Expected::accept(const Reference& found) {
  base_ = found;
  records_.clear();
  operations_.clear();
  crash_ = Crash::kNone;
}

std::string Expected::settle_one(const Reference& found) const {
  std::uint32_t floor = 0;           // so many must be there, as far as they are logged
  std::uint32_t unlogged_floor = 0;  // so many, whatever they are
  for (std::uint32_t i = 0; i < records_.size(); ++i) {
    if (!must_survive(records_[i])) continue;
    // One that changes nothing and goes without log leaves a close nothing to flush.
    if (records_[i].unlogged && operations_[i].changes.empty()) continue;
    floor = i + 1;
    if (records_[i].unlogged) unlogged_floor = i + 1;
  }
  const Reference wanted = comparable(found);
  Reference state = base_;
  for (std::uint32_t unlogged = 0; unlogged <= records_.size(); ++unlogged) {
    if (unlogged > 0) operations_[unlogged - 1].apply(state);
    // Between two writes without log it makes no difference where the flushed ones end.
    const bool matters = unlogged == 0 || records_[unlogged - 1].unlogged;
    if (unlogged < unlogged_floor || (!matters && unlogged != unlogged_floor)) continue;
    if (find_logged(wanted, unlogged, floor, state)) return {};
  }
  Reference last = base_;
  for (std::uint32_t i = 0; i < floor; ++i) operations_[i].apply(last);
  return "the store holds no state that the history allows: of " + std::to_string(records_.size()) +
         " writes " + std::to_string(floor) + " must be there (" + std::to_string(unlogged_floor) +
         " with those that went without log); after these the state is " +
         test::to_text(comparable(last)).substr(0, 1500) + "; found " +
         test::to_text(wanted).substr(0, 1500);
}

/// Whether the state after all of the first `unlogged` writes, and behind them the logged ones up
/// to some place at or behind `floor`, is the one found. `state`: after the first `unlogged`.
bool Expected::find_logged(const Reference& found, std::uint32_t unlogged, std::uint32_t floor,
                           Reference state) const {
  for (std::uint32_t logged = unlogged; logged <= records_.size(); ++logged) {
    const bool applies = logged > unlogged && !records_[logged - 1].unlogged;
    if (applies) operations_[logged - 1].apply(state);
    if (logged < floor || (logged > floor && logged > unlogged && !applies)) continue;
    // Comparing sizes first spares most of the work.
    if (!shape_.drops_gone && state.map().size() != found.map().size()) continue;
    if (comparable(state) == found) return true;
  }
  return false;
}

std::string Expected::count_writers(const Reference& found, Counts& counts) const {
  std::array<std::uint32_t, kWritersMax> tried{};
  std::array<std::uint32_t, kWritersMax> floor{};
  for (const Record& record : records_) {
    tried.at(record.writer) = std::max(tried.at(record.writer), record.index);
    if (must_survive(record)) {
      floor.at(record.writer) = std::max(floor.at(record.writer), record.index);
    }
  }
  for (std::uint32_t w = 0; w < kWritersMax; ++w) {
    const auto at = found.map().find(marker_key(w));
    if (at != found.map().end()) {
      const auto author = author_of(at->second);
      if (!author || author->writer != w) {
        return "the marker of writer " + std::to_string(w) + " holds " + test::escaped(at->second);
      }
      if (author->life == life_) counts.at(w) = author->index;
    }
    const std::uint32_t count = counts.at(w);
    if (count < floor.at(w) || count > tried.at(w)) {
      return "of writer " + std::to_string(w) + " " + std::to_string(count) +
             " writes are there, " + std::to_string(floor.at(w)) + " must be, " +
             std::to_string(tried.at(w)) + " were tried";
    }
  }
  return {};
}

std::string Expected::check_holes(const Counts& counts) const {
  const Record* latest = nullptr;
  for (const Record& r : records_) {
    const bool there = r.index <= counts.at(r.writer);
    if (there && (latest == nullptr || latest->began < r.began)) latest = &r;
  }
  for (const Record& r : records_) {
    const bool there = r.index <= counts.at(r.writer);
    if (there || latest == nullptr || r.acknowledged == 0 || r.acknowledged > latest->began) {
      continue;
    }
    return "a hole: " + name_of(r) + " is lost, and " + name_of(*latest) +
           ", begun after it was acknowledged, is there";
  }
  return {};
}

std::string Expected::check_order(const Reference& found, const Counts& counts) const {
  std::vector<Record> there;
  std::vector<Operation> operations;
  for (std::size_t i = 0; i < records_.size(); ++i) {
    if (records_[i].index > counts.at(records_[i].writer)) continue;
    there.push_back(records_[i]);
    operations.push_back(operations_[i]);
  }
  return explain_by_an_order(life_, base_, there, operations, found);
}

std::string Expected::settle_several(const Reference& found) const {
  Counts counts{};
  std::string wrong = count_writers(found, counts);
  if (wrong.empty()) wrong = check_holes(counts);
  if (wrong.empty()) wrong = check_order(found, counts);
  return wrong;
}

std::string Expected::to_text() const {
  std::string text = "life " + std::to_string(life_) + ", crash " +
                     std::to_string(static_cast<int>(crash_)) + ", safe through stamps: flushed " +
                     std::to_string(marks_.flushed) + ", synced " + std::to_string(marks_.synced) +
                     ", handed over " + std::to_string(marks_.handed) + ", without log " +
                     std::to_string(marks_.unlogged) + "\nbase " + test::to_text(base_, 1000) +
                     "\n";
  for (std::size_t i = 0; i < records_.size(); ++i) {
    const Record& r = records_[i];
    text += std::to_string(r.began) + ".." +
            (r.acknowledged == 0 ? "pending" : std::to_string(r.acknowledged)) + " " + name_of(r) +
            (r.sync ? ", synced" : "") + (r.unlogged ? ", without log" : "") +
            (must_survive(r) ? ", must be there" : "") + ":";
    for (const Change& change : operations_[i].changes) {
      text += " " + test::escaped(change.key) +
              (change.value ? "=" + test::escaped(change.value->substr(0, 40)) : " removed");
    }
    text += "\n";
  }
  return text;
}

}  // namespace loam::stress
