/// Named points before and after every step that a store takes on its files, at which a process
/// can be made to die or the power to fail: a file system of type "kill_points" over another.
///
/// A point is "PHASE.FILE.STEP.SIDE", as "work.log.sync.before": what the store is about (create,
/// open, work, close, repair), which of its files, what is done to it, and on which side of that.
/// What a crash leaves depends on the files alone, so that these points are all there are; the
/// engine knows nothing of them (docs/decisions/0008-kill-points-stand-in-the-file-system.md). A
/// sync of a directory bears the name of the file whose entry has changed last.
/// Thread: safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace loam::stress {

enum class Phase : std::uint8_t { kCreate, kOpen, kWork, kClose, kRepair };
enum class File : std::uint8_t {
  kLog,
  kTable,
  kManifest,
  kTemporary,
  kCurrent,
  kInfoLog,
  kLost,
  kStore,
};
enum class Step : std::uint8_t {
  kCreate,
  kReopen,  ///< to append to what is there
  kWrite,   ///< also a commit to a mapped window
  kReserve,
  kSync,
  kClose,
  kRemove,
  kRename,
  kSyncDirectory,
};
enum class Side : std::uint8_t { kBefore, kAfter };

inline constexpr std::size_t kPhases = 5;
inline constexpr std::size_t kFiles = 8;
inline constexpr std::size_t kSteps = 9;
inline constexpr std::size_t kPointNumbers = kPhases * kFiles * kSteps * 2;

/// One of the numbers below kPointNumbers; few of them are ever reached.
struct Point {
  Phase phase;
  File file;
  Step step;
  Side side;

  [[nodiscard]] std::size_t number() const;
  static Point of(std::size_t number);
};
std::string name_of(std::size_t point);
/// Numbers of all points that stores reach, in order.
const std::vector<std::size_t>& known_points();
/// kPointNumbers: there is none of this name.
std::size_t point_named(std::string_view name);

/// How often each point was reached, and how often somebody crashed there: of all processes.
struct PointCounts {
  std::atomic<std::uint64_t> reached[kPointNumbers];
  std::atomic<std::uint64_t> crashed[kPointNumbers];
};

class KillPoints {
 public:
  /// In memory shared with children: processes that die leave their counts.
  static PointCounts& counts();

  void set_phase(Phase phase) { phase_ = phase; }
  /// `act` happens once, on the thread that reaches `point` (kPointNumbers: any one) for the
  /// `occurrence`-th time from now, counted from 1. Requires: no store is open.
  void arm(std::size_t point, std::uint64_t occurrence, std::function<void()> act);
  void disarm();
  /// The name of the point at which `act` happened; empty: it has not.
  [[nodiscard]] std::string happened() const;

  /// For the file system.
  void reached(File file, Step step, Side side);

 private:
  std::atomic<Phase> phase_{Phase::kCreate};
  std::atomic<std::size_t> point_{kPointNumbers};
  std::atomic<std::int64_t> left_{0};  // 0 and below: not armed
  std::atomic<std::size_t> happened_{kPointNumbers};
  std::function<void()> act_;
};

/// `self` of a component of type "kill_points".
KillPoints& kill_points_of(void* self);

}  // namespace loam::stress
