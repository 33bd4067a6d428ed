/// What a driver and the test that kills it share: memory of both that outlives the driver.
///
/// Thread: safe; each writer has a place of its own.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

namespace loam::test {

inline constexpr int kWritersMax = 2;

/// When the driver tells the test that its moment has come.
enum class Signal : std::uint32_t {
  kOpening,  ///< right before it opens the store
  kWriting,  ///< when so many operations are acknowledged
  kClosing,  ///< when they are, right before it closes the store
};

struct Board {
  // Set by the test before the driver starts.
  std::uint32_t stack = 0;  ///< of crash_stacks()
  std::uint32_t round = 0;
  std::uint64_t seed = 0;
  Signal signal = Signal::kWriting;
  std::uint64_t operations = 0;  ///< of all writers of this round, before the signal

  // Set by the driver.
  std::atomic<std::uint32_t> opened{0};  ///< 1: `found` is set, and operations begin
  std::array<std::atomic<std::uint64_t>, kWritersMax> found{};         ///< operations in the store
  std::array<std::atomic<std::uint64_t>, kWritersMax> acknowledged{};  ///< operations, all rounds'
};

/// A board in a file that both map. Fails by an exception: a test without it cannot begin.
class SharedBoard {
 public:
  explicit SharedBoard(const std::string& path);
  ~SharedBoard();
  SharedBoard(const SharedBoard&) = delete;
  SharedBoard& operator=(const SharedBoard&) = delete;
  Board* operator->() { return board_; }
  Board& operator*() { return *board_; }

 private:
  Board* board_;
};

}  // namespace loam::test
