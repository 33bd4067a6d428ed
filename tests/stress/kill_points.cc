#include "tests/stress/kill_points.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>
#include <stdexcept>
#include <utility>

namespace loam::stress {
namespace {

constexpr const char* kPhaseNames[] = {"create", "open", "work", "close", "repair"};
constexpr const char* kFileNames[] = {"log",     "table",    "manifest", "temporary",
                                      "current", "info_log", "lost",     "store"};
constexpr const char* kStepNames[] = {"create", "reopen", "write",  "reserve",       "sync",
                                      "close",  "remove", "rename", "sync_directory"};
constexpr const char* kSideNames[] = {"before", "after"};
static_assert(std::size(kPhaseNames) == kPhases && std::size(kFileNames) == kFiles &&
              std::size(kStepNames) == kSteps);

struct Known {
  const char* file_and_step;
  const char* phases;  ///< c, o, w, l (close), r
};
constexpr Known kKnown[] = {
    {"log.create", "cowlr"},
    {"log.reopen", "o"},
    {"log.write", "cowl"},
    {"log.reserve", "cowl"},
    {"log.sync", "cowlr"},
    {"log.close", "cowlr"},
    {"log.remove", "cowl"},
    {"log.rename", "or"},
    {"log.sync_directory", "cowlr"},
    {"table.create", "owlr"},
    {"table.write", "owlr"},
    {"table.sync", "owlr"},
    {"table.close", "owlr"},
    {"table.remove", "owlr"},
    {"table.rename", "r"},
    {"table.sync_directory", "owlr"},
    {"manifest.create", "cowlr"},
    {"manifest.write", "cowlr"},
    {"manifest.sync", "cowlr"},
    {"manifest.close", "cowlr"},
    {"manifest.remove", "cowlr"},
    {"manifest.rename", "r"},
    {"manifest.sync_directory", "cowlr"},
    {"temporary.create", "cowlr"},
    {"temporary.write", "cowlr"},
    {"temporary.sync", "cowlr"},
    {"temporary.close", "cowlr"},
    {"temporary.remove", "cowlr"},
    {"temporary.sync_directory", "cowl"},
    {"current.remove", "c"},
    {"current.rename", "cowlr"},
    {"current.sync_directory", "cowlr"},
    {"info_log.create", "co"},
    {"info_log.write", "cowl"},
    {"info_log.close", "cowl"},
    {"info_log.rename", "co"},
    {"info_log.sync_directory", "c"},
    {"lost.create", "or"},
    {"store.create", "c"},
    {"store.remove", "c"},
    {"store.sync_directory", "c"},
};

bool is_known(const Point& point) {
  static constexpr char kLetters[] = {'c', 'o', 'w', 'l', 'r'};
  const std::string name = std::string(kFileNames[static_cast<std::size_t>(point.file)]) + "." +
                           kStepNames[static_cast<std::size_t>(point.step)];
  return std::any_of(std::begin(kKnown), std::end(kKnown), [&](const Known& known) {
    return name == known.file_and_step &&
           std::string_view(known.phases).find(kLetters[static_cast<std::size_t>(point.phase)]) !=
               std::string_view::npos;
  });
}

}  // namespace

std::size_t Point::number() const {
  const auto p = static_cast<std::size_t>(phase);
  const auto f = static_cast<std::size_t>(file);
  const auto s = static_cast<std::size_t>(step);
  return ((p * kFiles + f) * kSteps + s) * 2 + static_cast<std::size_t>(side);
}

Point Point::of(std::size_t number) {
  return {static_cast<Phase>(number / 2 / kSteps / kFiles),
          static_cast<File>(number / 2 / kSteps % kFiles), static_cast<Step>(number / 2 % kSteps),
          static_cast<Side>(number % 2)};
}

std::string name_of(std::size_t number) {
  const Point point = Point::of(number);
  return std::string(kPhaseNames[static_cast<std::size_t>(point.phase)]) + "." +
         kFileNames[static_cast<std::size_t>(point.file)] + "." +
         kStepNames[static_cast<std::size_t>(point.step)] + "." +
         kSideNames[static_cast<std::size_t>(point.side)];
}

const std::vector<std::size_t>& known_points() {
  static const std::vector<std::size_t> points = [] {
    std::vector<std::size_t> found;
    for (std::size_t number = 0; number < kPointNumbers; ++number) {
      if (is_known(Point::of(number))) found.push_back(number);
    }
    return found;
  }();
  return points;
}

std::size_t point_named(std::string_view name) {
  const auto& points = known_points();
  const auto at = std::find_if(points.begin(), points.end(),
                               [&](std::size_t number) { return name_of(number) == name; });
  return at == points.end() ? kPointNumbers : *at;
}

PointCounts& KillPoints::counts() {
  static PointCounts* const counts = [] {
    void* memory = ::mmap(nullptr, sizeof(PointCounts), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::runtime_error("no memory to share");
    return new (memory) PointCounts;  // zeros, for as long as the process lives
  }();
  return *counts;
}

void KillPoints::arm(std::size_t point, std::uint64_t occurrence, std::function<void()> act) {
  act_ = std::move(act);
  point_ = point;
  happened_ = kPointNumbers;
  left_ = static_cast<std::int64_t>(occurrence);
}

void KillPoints::disarm() { left_ = 0; }

std::string KillPoints::happened() const {
  const std::size_t point = happened_;
  return point == kPointNumbers ? "" : name_of(point);
}

void KillPoints::reached(File file, Step step, Side side) {
  const std::size_t number = Point{phase_, file, step, side}.number();
  ++counts().reached[number];
  if (left_ <= 0 || (point_ != kPointNumbers && point_ != number)) return;
  if (--left_ != 0) return;
  ++counts().crashed[number];
  happened_ = number;
  act_();
}

}  // namespace loam::stress
