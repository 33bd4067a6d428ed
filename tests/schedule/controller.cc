#include "tests/schedule/controller.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <thread>
#include <utility>

namespace loam::test {
namespace {

constexpr int kOutside = 1 << 20;  // the owner of a mutex that no thread of a controller holds
constexpr std::size_t kTurnsShown = 80;

thread_local Controller* own_controller = nullptr;
thread_local int own_number = -1;

void wait_for(sem_t& semaphore) {
  while (sem_wait(&semaphore) != 0) continue;  // a signal
}

/// Paths of sources, from the folder of the repository on.
std::string_view source_of(Place place) {
  const std::string_view file = place.file;
  for (const std::string_view folder : {"/core/", "/tests/"}) {
    const std::size_t at = file.rfind(folder);
    if (at != std::string_view::npos) return file.substr(at + 1);
  }
  return file;
}

std::string text_of(Place place) {
  if (place.line == 0) return "its begin";
  return std::string(source_of(place)) + ":" + std::to_string(place.line);
}

}  // namespace

/// A thread of the system that does one job after another: runs are many and short.
class Worker {
 public:
  static Worker* take() {
    if (idle().empty()) return std::make_unique<Worker>().release();  // lives as long as its thread
    Worker* worker = idle().back();
    idle().pop_back();
    return worker;
  }
  Worker() {
    sem_init(&begun_, 0, 0);
    sem_init(&done_, 0, 0);
    std::thread([this] {
      while (true) {
        wait_for(begun_);
        job_();
        sem_post(&done_);
      }
    }).detach();
  }
  void begin(std::function<void()> job) {
    job_ = std::move(job);
    sem_post(&begun_);
  }
  void end() {
    wait_for(done_);
    idle().push_back(this);
  }

 private:
  /// Whoever runs has them.
  static std::vector<Worker*>& idle() {
    static auto* workers = std::make_unique<std::vector<Worker*>>().release();
    return *workers;
  }

  sem_t begun_;
  sem_t done_;
  std::function<void()> job_;
};

Controller::Controller(RunOptions options) : options_(std::move(options)) {
  sem_init(&ended_, 0, 0);
}

Controller::~Controller() {
  for (const auto& thread : threads_) sem_destroy(&thread->turn);
  sem_destroy(&ended_);
}

Controller* Controller::mine() { return own_controller; }

void Controller::run(std::function<void()> body) {
  spawn({"main", std::move(body)});
  sem_post(&threads_.front()->turn);
  wait_for(ended_);
  if (given_up_) return;
  for (const auto& thread : threads_) thread->worker->end();
}

int Controller::spawn(Task task) {
  const int number = static_cast<int>(threads_.size());
  threads_.push_back(std::make_unique<Thread>());
  Thread& thread = *threads_.back();
  thread.name = std::move(task.name);
  thread.work = std::move(task.work);
  sem_init(&thread.turn, 0, 0);
  thread.worker = Worker::take();
  thread.worker->begin([this, &thread, number] { work(thread, number); });
  return number;
}

void Controller::work(Thread& thread, int number) {
  own_controller = this;
  own_number = number;
  wait_for(thread.turn);
  thread.work();
  thread.work = nullptr;
  thread.state = State::kEnded;
  hand_on({});
}

void Controller::join(const std::vector<int>& threads) {
  self().state = State::kJoining;
  self().joins = threads;
  if (!can_go_on(self())) hand_on(Place::here());
}

void Controller::together(std::vector<Task> tasks) {
  std::vector<int> numbers;
  for (Task& task : tasks) numbers.push_back(spawn(std::move(task)));
  deciding_ = true;
  join(numbers);
  deciding_ = false;
}

void Controller::fail(const std::string& what) {
  if (failure_.empty()) failure_ = threads_[static_cast<std::size_t>(running_)]->name + ": " + what;
}

// ---- The calls of schedule.h

Controller::Thread& Controller::self() { return *threads_[static_cast<std::size_t>(own_number)]; }

void Controller::take(MutexState& mutex) {
  mutex.owner = own_number;
  ++self().held;
}

void Controller::acquire(MutexState& mutex, Place place) {
  note_use(&mutex, place);
  if (mutex.owner >= 0 || !is_skipped(place)) {
    if (mutex.owner == own_number) give_up("it holds the mutex already, at " + text_of(place));
    self().state = State::kLocking;
    self().mutex = &mutex;
    hand_on(place);
  }
  take(mutex);
}

bool Controller::try_acquire(MutexState& mutex, Place place) {
  touch(&mutex, place);
  if (mutex.owner >= 0) return false;
  take(mutex);
  return true;
}

void Controller::release(MutexState& mutex) {
  mutex.owner = -1;
  --self().held;
}

void Controller::wait(const void* condition, MutexState& mutex, Place place) {
  note_use(&mutex, place);
  touch(condition, place);  // a notification may come too early, if the mutex does not keep it off
  release(mutex);
  self().state = State::kWaiting;
  self().condition = condition;
  self().mutex = &mutex;
  self().since = steps_;
  hand_on(place);
  take(mutex);
}

void Controller::notify(const void* condition, bool all, Place place) {
  // Under a mutex nobody else could come between who notices.
  if (self().held == 0) touch(condition, place);
  while (true) {
    Thread* first = nullptr;
    for (const auto& thread : threads_) {
      if (thread->state != State::kWaiting || thread->condition != condition) continue;
      if (first == nullptr || thread->since < first->since) first = thread.get();
    }
    if (first == nullptr) return;
    first->state = State::kLocking;
    first->condition = nullptr;
    if (!all) return;
  }
}

void Controller::touch(const void* variable, Place place) {
  note_use(variable, place);
  if (is_skipped(place)) return;
  self().state = State::kReady;
  hand_on(place);
}

// ---- What is shared

std::uint64_t Controller::number_of(Place place) {
  return std::hash<const void*>()(place.file) * 4096 + static_cast<std::uint64_t>(place.line);
}

void Controller::note_use(const void* variable, Place place) {
  if (!deciding_) return;
  Use& use = uses_[variable];
  use.threads |= 1ull << own_number;
  use.places.insert(number_of(place));
}

std::unordered_set<std::uint64_t> Controller::shared_places() const {
  std::unordered_set<std::uint64_t> places;
  for (const auto& [variable, use] : uses_) {
    if ((use.threads & (use.threads - 1)) == 0) continue;
    places.insert(use.places.begin(), use.places.end());
  }
  return places;
}

// ---- Turns

bool Controller::is_skipped(Place place) const {
  const std::string_view source = source_of(place);
  return std::any_of(options_.skips.begin(), options_.skips.end(),
                     [&](const std::string& skip) { return source.starts_with(skip); });
}

bool Controller::can_go_on(const Thread& thread) const {
  switch (thread.state) {
    case State::kReady: return true;
    case State::kLocking: return thread.mutex->owner < 0;
    case State::kJoining:
      return std::all_of(thread.joins.begin(), thread.joins.end(), [this](int number) {
        return threads_[static_cast<std::size_t>(number)]->state == State::kEnded;
      });
    case State::kWaiting:
    case State::kEnded: return false;
  }
  return false;
}

void Controller::hand_on(Place place) {
  Thread& me = self();
  const bool ends = me.state == State::kEnded;
  me.at = place;
  if (++steps_ > options_.steps_max) {
    give_up("no end after " + std::to_string(options_.steps_max) + " steps");
  }
  if (deciding_) ++decided_steps_;
  const int next = pick();
  if (next < 0) {
    if (!ends || own_number != 0) give_up("nobody can go on");
    const bool all = std::all_of(threads_.begin(), threads_.end(),
                                 [](const auto& thread) { return thread->state == State::kEnded; });
    if (!all) give_up("main has ended before the others");
    sem_post(&ended_);
    return;
  }
  if (next == own_number) return;
  running_ = next;
  Thread& other = *threads_[static_cast<std::size_t>(next)];
  if (deciding_) turns_.push_back({next, other.at});
  sem_post(&other.turn);
  if (!ends) wait_for(me.turn);
}

/// The number of the next thread; below 0: none can go on.
int Controller::pick() {
  const Thread& me = self();
  const bool goes_on = can_go_on(me);
  if (goes_on && !deciding_) return own_number;
  const bool is_point = options_.shared == nullptr || options_.shared->contains(number_of(me.at));
  if (goes_on && !is_point) return own_number;
  candidates_.clear();
  const int count = static_cast<int>(threads_.size());
  for (int i = 0; i < count; ++i) {
    const int number = (own_number + i) % count;
    if (can_go_on(*threads_[static_cast<std::size_t>(number)])) candidates_.push_back(number);
  }
  if (candidates_.empty()) return -1;
  if (candidates_.size() == 1 || !deciding_) return candidates_.front();
  return decide(goes_on);
}

int Controller::decide(bool preempts) {
  Decision decision;
  decision.count = static_cast<int>(candidates_.size());
  decision.preempts = preempts;
  decision.who = static_cast<std::uint64_t>(own_number) << 32;
  for (const int number : candidates_) decision.who |= 1ull << number;
  decision.step = decided_steps_;
  if (planned_ < options_.plan.size() && options_.plan[planned_].step <= decision.step) {
    const Choice& choice = options_.plan[planned_++];
    if (choice.step != decision.step || choice.chosen >= decision.count) {
      give_up("the plan does not fit: choice " + std::to_string(choice.chosen) + " at step " +
              std::to_string(choice.step) + ", found " + std::to_string(decision.count) +
              " threads at step " + std::to_string(decision.step));
    }
    decision.chosen = choice.chosen;
  }
  decisions_.push_back(decision);
  return candidates_[static_cast<std::size_t>(decision.chosen)];
}

// ---- When it goes wrong

void Controller::give_up(const std::string& why) {
  fail(why + where_all_are());
  given_up_ = true;
  sem_post(&ended_);
  while (true) pause();  // what others still refer to stays where it is
}

std::string Controller::state_of(const Thread& thread) const {
  switch (thread.state) {
    case State::kReady: return "could go on";
    case State::kLocking: {
      const int owner = thread.mutex->owner;
      if (owner < 0 || owner >= static_cast<int>(threads_.size())) return "is about to lock";
      return "wants the mutex of " + threads_[static_cast<std::size_t>(owner)]->name;
    }
    case State::kWaiting: return "waits to be notified";
    case State::kJoining: return "waits for threads to end";
    case State::kEnded: return "has ended";
  }
  return {};
}

std::string Controller::where_all_are() const {
  std::string text;
  for (const auto& thread : threads_) {
    text += "\n  " + thread->name + " " + state_of(*thread);
    if (thread->state != State::kEnded) text += ", at " + text_of(thread->at);
  }
  return text;
}

std::string Controller::turns() const {
  std::string text;
  const std::size_t from = turns_.size() > kTurnsShown ? turns_.size() - kTurnsShown : 0;
  for (std::size_t i = from; i < turns_.size(); ++i) {
    text += "\n  " + threads_[static_cast<std::size_t>(turns_[i].thread)]->name + " goes on at " +
            text_of(turns_[i].at);
  }
  return text;
}

}  // namespace loam::test

namespace loam::schedule {

using test::Controller;

// Outside of a run there is one thread, and every mutex is free.
void acquire(MutexState& mutex, Place place) {
  if (Controller* c = Controller::mine()) return c->acquire(mutex, place);
  if (mutex.owner >= 0) std::abort();
  mutex.owner = test::kOutside;
}

bool try_acquire(MutexState& mutex, Place place) {
  if (Controller* c = Controller::mine()) return c->try_acquire(mutex, place);
  if (mutex.owner >= 0) return false;
  mutex.owner = test::kOutside;
  return true;
}

void release(MutexState& mutex) {
  if (Controller* c = Controller::mine()) return c->release(mutex);
  mutex.owner = -1;
}

void wait(const void* condition, MutexState& mutex, Place place) {
  Controller* c = Controller::mine();
  if (c == nullptr) std::abort();  // nobody could notify
  c->wait(condition, mutex, place);
}

void notify(const void* condition, bool all, Place place) {
  if (Controller* c = Controller::mine()) c->notify(condition, all, place);
}

void touch(const void* atomic, Place place) {
  if (Controller* c = Controller::mine()) c->touch(atomic, place);
}

}  // namespace loam::schedule
