#include "tests/crash/victim_process.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>

extern char** environ;

namespace loam::test {
namespace {

/// The end of a pipe, closed with the object.
struct Fd {
  explicit Fd(int fd) : number(fd) {}
  ~Fd() { close(); }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  void close() {
    if (number >= 0) ::close(number);
    number = -1;
  }
  int number;
};

void spin(std::uint64_t times) {
  for (std::uint64_t i = 0; i < times; ++i) std::atomic_signal_fence(std::memory_order_seq_cst);
}

std::string wait_for_end(pid_t child) {
  int how = 0;
  if (::waitpid(child, &how, 0) != child) return "lost the driver";
  if (WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL) return {};
  if (WIFSIGNALED(how)) return "the driver ended by signal " + std::to_string(WTERMSIG(how));
  return "the driver ended with " + std::to_string(WEXITSTATUS(how)) + ", its reason is above";
}

}  // namespace

std::string run_and_kill(const std::string& store, const std::string& board, std::uint64_t spins) {
  int ends[2];
  if (::pipe(ends) != 0) return "no pipe";
  Fd out(ends[0]);
  Fd in(ends[1]);
  std::string program = LOAM_CRASH_DRIVER;
  std::string paths[] = {store, board, std::to_string(in.number)};
  char* arguments[] = {program.data(), paths[0].data(), paths[1].data(), paths[2].data(), nullptr};
  pid_t child = 0;
  if (::posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments, environ) != 0) {
    return "cannot start " + program;
  }
  in.close();
  char byte = 0;
  const bool told = ::read(out.number, &byte, 1) == 1;  // else the driver has ended
  if (told) spin(spins);
  ::kill(child, SIGKILL);
  return wait_for_end(child);
}

}  // namespace loam::test
