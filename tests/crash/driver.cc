// The program that is killed: crash_driver STORE BOARD SIGNAL_FD. Opens the store, says on the
// board what it found, writes on from there with one thread a writer, says of each operation when
// it was acknowledged, and one byte into SIGNAL_FD when the moment of its round has come. It never
// ends by itself unless something is wrong.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "tests/crash/board.h"
#include "tests/crash/crash_stack.h"
#include "tests/crash/stream.h"

namespace loam::test {
namespace {

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "crash_driver: %s\n", why.c_str());
  std::_Exit(2);
}

class Driver {
 public:
  Driver(SharedBoard& board, int signal_fd) : board_(*board), signal_fd_(signal_fd) {}

  void run(const std::string& path) {
    const CrashStack& stack = crash_stacks().at(board_.stack);
    if (board_.signal == Signal::kOpening) tell();
    auto opened = Db::open(path, options_of(stack));
    if (!opened.ok()) give_up("open: " + opened.status().to_string());
    db_ = std::move(opened).value();
    for (int w = 0; w < stack.writers; ++w) find(w);
    board_.opened = 1;
    std::vector<std::thread> writers;
    for (int w = 1; w < stack.writers; ++w) writers.emplace_back([this, w] { write(w); });
    write(0);
    for (std::thread& writer : writers) writer.join();
    // Only kClosing comes here.
    tell();
    if (const Status status = db_->close(); !status.ok()) give_up("close: " + status.to_string());
    while (true) ::pause();
  }

 private:
  void tell() const {
    if (::write(signal_fd_, "!", 1) != 1) give_up("nobody listens");
  }

  /// All that was acknowledged, and at most the operation that was under way.
  void find(int writer) {
    const auto w = static_cast<std::size_t>(writer);
    const auto found = operations_in(*db_, writer);
    if (!found.ok()) give_up("reading: " + found.status().to_string());
    const std::uint64_t acknowledged = board_.acknowledged[w];
    if (*found < acknowledged || *found > acknowledged + 1) {
      give_up("writer " + std::to_string(writer) + ": " + std::to_string(acknowledged) +
              " operations were acknowledged, " + std::to_string(*found) + " are there");
    }
    board_.found[w] = *found;
  }

  void write(int writer) {
    const auto w = static_cast<std::size_t>(writer);
    Place place{board_.seed, writer, board_.found[w], board_.round};
    while (true) {
      ++place.index;
      const Operation operation = operation_at(place, nullptr);
      if (operation.flush) {
        if (const Status status = db_->flush(false); !status.ok()) give_up(status.to_string());
      }
      WriteOptions how;
      how.sync = operation.sync;
      const Status status = db_->write(operation.batch, how);
      if (!status.ok()) give_up("write: " + status.to_string());
      board_.acknowledged[w] = place.index;
      const std::uint64_t done = ++done_;
      if (board_.signal == Signal::kWriting && done == board_.operations) tell();
      if (board_.signal == Signal::kClosing && done >= board_.operations) return;
    }
  }

  Board& board_;
  int signal_fd_;
  std::unique_ptr<Db> db_;
  std::atomic<std::uint64_t> done_{0};
};

}  // namespace
}  // namespace loam::test

int main(int argc, char** argv) {
  if (argc != 4) return 1;
  loam::test::SharedBoard board(argv[2]);
  loam::test::Driver(board, std::atoi(argv[3])).run(argv[1]);
}
