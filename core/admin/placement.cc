#include "core/admin/placement.h"

#include <algorithm>
#include <utility>

namespace loam::admin {

namespace {

class Placement {
 public:
  Placement(const std::vector<Piece>& pieces, const format::InternalOrder& order, int num_levels)
      : pieces_(pieces), order_(order), num_levels_(num_levels) {}

  std::vector<PlacedRun> run() {
    auto runs = keep_places();
    return runs ? std::move(*runs) : place_anew();
  }

 private:
  /// Some pieces taken as one.
  struct Group {
    Piece bounds;
    std::vector<std::size_t> pieces;
  };

  [[nodiscard]] bool overlap(const Piece& a, const Piece& b) const {
    return order_.compare_user(a.smallest, b.largest) <= 0 &&
           order_.compare_user(b.smallest, a.largest) <= 0;
  }
  static bool interleave(const Piece& a, const Piece& b) {
    return a.sequence_min <= b.sequence_max && b.sequence_min <= a.sequence_max;
  }

  /// Whether a piece without a place may lie above all pieces with one, and beside the others.
  [[nodiscard]] bool fits_above(std::size_t i) const {
    const Piece& piece = pieces_[i];
    for (std::size_t j = 0; j < pieces_.size(); ++j) {
      const Piece& other = pieces_[j];
      if (j == i || !overlap(piece, other)) continue;
      if (other.place ? piece.sequence_min <= other.sequence_max : interleave(piece, other)) {
        return false;
      }
    }
    return true;
  }

  std::optional<std::vector<PlacedRun>> keep_places() const {
    std::vector<PlacedRun> runs;
    std::vector<std::size_t> loose;
    std::uint64_t epoch = 0;
    const bool none_placed = std::none_of(
        pieces_.begin(), pieces_.end(), [](const Piece& piece) { return piece.place.has_value(); });
    if (none_placed) return std::nullopt;
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      if (pieces_[i].place) {
        runs.push_back({{i}, *pieces_[i].place});
        epoch = std::max(epoch, pieces_[i].place->epoch);
      } else {
        if (!fits_above(i)) return std::nullopt;
        loose.push_back(i);
      }
    }
    std::stable_sort(loose.begin(), loose.end(), [this](std::size_t a, std::size_t b) {
      return pieces_[a].sequence_max < pieces_[b].sequence_max;
    });
    for (const std::size_t i : loose) runs.push_back({{i}, {0, ++epoch}});
    return runs;
  }

  void absorb(Group& into, const Group& other) const {
    Piece& a = into.bounds;
    const Piece& b = other.bounds;
    if (order_.compare_user(b.smallest, a.smallest) < 0) a.smallest = b.smallest;
    if (order_.compare_user(a.largest, b.largest) < 0) a.largest = b.largest;
    a.sequence_min = std::min(a.sequence_min, b.sequence_min);
    a.sequence_max = std::max(a.sequence_max, b.sequence_max);
    into.pieces.insert(into.pieces.end(), other.pieces.begin(), other.pieces.end());
  }

  /// Until any two groups differ in keys or in age.
  std::vector<Group> grouped() const {
    std::vector<Group> done;
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      Group group{pieces_[i], {i}};
      // What has grown may meet what it passed before.
      for (std::size_t j = 0; j < done.size();) {
        if (!overlap(group.bounds, done[j].bounds) || !interleave(group.bounds, done[j].bounds)) {
          ++j;
          continue;
        }
        absorb(group, done[j]);
        done.erase(done.begin() + static_cast<std::ptrdiff_t>(j));
        j = 0;
      }
      done.push_back(std::move(group));
    }
    return done;
  }

  std::vector<PlacedRun> place_anew() const {
    std::vector<Group> groups = grouped();
    std::sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) {
      return a.bounds.sequence_max < b.bounds.sequence_max;
    });
    std::vector<PlacedRun> runs;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      int level = num_levels_ - 1;
      for (std::size_t older = 0; older < i; ++older) {
        if (!overlap(groups[i].bounds, groups[older].bounds)) continue;
        level = std::min(level, std::max(runs[older].place.level - 1, 0));
      }
      std::sort(groups[i].pieces.begin(), groups[i].pieces.end());
      runs.push_back({std::move(groups[i].pieces), {level, i + 1}});
    }
    return runs;
  }

  const std::vector<Piece>& pieces_;
  const format::InternalOrder& order_;
  const int num_levels_;
};

}  // namespace

std::vector<PlacedRun> place(const std::vector<Piece>& pieces, const format::InternalOrder& order,
                             int num_levels) {
  return Placement(pieces, order, num_levels).run();
}

}  // namespace loam::admin
