/// Threads that take turns: one of them runs, and before each step that others could notice (a
/// mutex, a condition variable, an Atomic: core/base/schedule.h) a plan says which goes on. The
/// same plan makes the same run. explorer.h makes the plans.
///
/// A step is the code from one such point to the next. Without data races, which ThreadSanitizer
/// looks for elsewhere, every run of the threads equals one of these: Musuvathi and Qadeer,
/// "Iterative context bounding for systematic testing of multithreaded programs" (PLDI 2007).
/// Memory is sequentially consistent, nobody wakes without having been notified, and notify_one
/// wakes the one who has waited longest.
///
/// Thread: its own threads; only the one that runs touches it. When nobody can go on, or there is
/// no end to it, the run is given up: its threads stay where they are for good, and so does it.
#pragma once

#include <semaphore.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/base/schedule.h"

namespace loam::test {

using schedule::MutexState;
using schedule::Place;

/// A point where several threads could go on.
struct Decision {
  std::uint64_t step = 0;  ///< of those that were taken since the plan began to decide
  int count = 0;           ///< of those threads
  int chosen = 0;          ///< 0: the thread that ran, if it could; else the next by number
  bool preempts = false;   ///< the thread that ran could have gone on
  std::uint64_t who =
      0;  ///< the threads as bits, and who ran: to tell runs apart that should be one
};

/// By step, which thread goes on; 0 where nothing is said.
struct Choice {
  std::uint64_t step = 0;
  int chosen = 0;
};

struct RunOptions {
  std::vector<Choice> plan;        ///< ascending
  std::vector<std::string> skips;  ///< beginnings of paths of sources whose points are none
  /// Only there threads that could go on are stopped; null: at all points.
  const std::unordered_set<std::uint64_t>* shared = nullptr;
  std::uint64_t steps_max = 20'000;
};

class Worker;

class Controller {
 public:
  explicit Controller(RunOptions options);
  ~Controller();
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  /// Runs `body` as the first thread, until all threads have ended or the run is given up. Once.
  void run(std::function<void()> body);

  // By its threads.
  struct Task {
    std::string name;
    std::function<void()> work;
  };
  /// The thread begins when it is given its first turn. Returns its number.
  int spawn(Task task);
  void join(const std::vector<int>& threads);
  /// Runs the tasks as threads and waits for them. Only meanwhile does the plan decide; before and
  /// after, whoever runs goes on until it has to wait.
  void together(std::vector<Task> tasks);
  /// The run is wrong, and goes on to its end. The first reason is kept.
  void fail(const std::string& what);

  // After run().
  [[nodiscard]] const std::string& failure() const { return failure_; }
  [[nodiscard]] bool given_up() const { return given_up_; }
  [[nodiscard]] const std::vector<Decision>& decisions() const { return decisions_; }
  /// Who went on where, turn by turn, while the plan decided.
  [[nodiscard]] std::string turns() const;
  /// Where, while the plan decided, something was used that several threads used.
  [[nodiscard]] std::unordered_set<std::uint64_t> shared_places() const;

  // Of the calling thread, for schedule.h. Null: it is none of a controller's.
  static Controller* mine();
  void acquire(MutexState& mutex, Place place);
  bool try_acquire(MutexState& mutex, Place place);
  void release(MutexState& mutex);
  void wait(const void* condition, MutexState& mutex, Place place);
  void notify(const void* condition, bool all, Place place);
  void touch(const void* variable, Place place);

 private:
  enum class State : std::uint8_t { kReady, kLocking, kWaiting, kJoining, kEnded };
  struct Thread {
    std::string name;
    std::function<void()> work;
    Worker* worker = nullptr;
    sem_t turn;
    State state = State::kReady;
    MutexState* mutex = nullptr;      // that it wants, or will when it is notified
    const void* condition = nullptr;  // that it waits for
    std::uint64_t since = 0;          // when it began to wait
    std::vector<int> joins;
    int held = 0;  // mutexes
    Place at;
  };
  struct Turn {
    int thread;
    Place at;
  };

  /// Of something that threads touch: who, as bits, and where.
  struct Use {
    std::uint64_t threads = 0;
    std::unordered_set<std::uint64_t> places;
  };

  Thread& self();
  void note_use(const void* variable, Place place);
  static std::uint64_t number_of(Place place);
  void work(Thread& thread, int number);
  [[nodiscard]] bool can_go_on(const Thread& thread) const;
  [[nodiscard]] bool is_skipped(Place place) const;
  void take(MutexState& mutex);
  /// The running thread's state is set: whoever is next runs. Returns at its next turn.
  void hand_on(Place place);
  int pick();
  int decide(bool preempts);
  void give_up(const std::string& why);
  [[nodiscard]] std::string where_all_are() const;
  [[nodiscard]] std::string state_of(const Thread& thread) const;

  RunOptions options_;
  std::vector<std::unique_ptr<Thread>> threads_;
  int running_ = 0;
  bool deciding_ = false;
  bool given_up_ = false;
  std::uint64_t steps_ = 0;
  std::uint64_t decided_steps_ = 0;
  std::size_t planned_ = 0;  // choices of the plan that were made
  std::string failure_;
  std::vector<Decision> decisions_;
  std::vector<Turn> turns_;
  std::vector<int> candidates_;  // pick()'s
  std::unordered_map<const void*, Use> uses_;
  sem_t ended_;
};

}  // namespace loam::test
