#include "bench/process.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace loam::bench {
namespace {

/// The number behind `label` in a file of /proc; 0 when it is not there.
std::uint64_t number_in(const char* file, std::string_view label) {
  std::ifstream in(file);
  std::string word;
  std::uint64_t number = 0;
  while (in >> word)
    if (word == label) {
      in >> number;
      break;
    }
  return number;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

Status ended(int state) {
  if (WIFEXITED(state) && WEXITSTATUS(state) == 0) return {};
  if (WIFSIGNALED(state))
    return Status::io("a run ended by signal " + std::to_string(WTERMSIG(state)));
  return Status::io("a run ended with code " + std::to_string(WEXITSTATUS(state)));
}

/// Between fork and exec: no allocation, for another thread may have held the allocator's lock.
[[noreturn]] void become(char* const* words, int output) {
  ::dup2(output, STDOUT_FILENO);
  ::execv("/proc/self/exe", words);
  ::_exit(127);
}

}  // namespace

std::uint64_t written_by_process() { return number_in("/proc/self/io", "wchar:"); }
std::uint64_t dirtied_by_process() { return number_in("/proc/self/io", "write_bytes:"); }

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void begin_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

Memory memory() {
  return {number_in("/proc/self/status", "VmHWM:") * 1024,
          number_in("/proc/self/status", "RssAnon:") * 1024};
}

std::uint64_t size_of_directory(const std::string& path) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path, error)) {
    struct stat facts {};
    if (entry.is_regular_file(error) && ::stat(entry.path().c_str(), &facts) == 0)
      bytes += static_cast<std::uint64_t>(facts.st_blocks) * 512;
  }
  return bytes;
}

void pause_milliseconds(int count) {
  std::this_thread::sleep_for(std::chrono::milliseconds(count));
}

double wait_until_idle() {
  constexpr int kWindow = 50;
  constexpr int kQuietWindows = 4;
  int quiet = 0;
  double cpu = cpu_seconds();
  std::uint64_t written = written_by_process();
  while (quiet < kQuietWindows) {
    pause_milliseconds(kWindow);
    const double cpu_now = cpu_seconds();
    const std::uint64_t written_now = written_by_process();
    const bool resting = cpu_now - cpu < 0.003 && written_now == written;
    quiet = resting ? quiet + 1 : 0;
    cpu = cpu_now;
    written = written_now;
  }
  return kWindow * kQuietWindows / 1000.0;
}

Status run_self(const std::vector<std::string>& arguments,
                const std::function<void(std::string_view)>& line) {
  std::vector<std::string> copies = arguments;
  copies.insert(copies.begin(), "loam-bench");
  std::vector<char*> words;
  for (std::string& word : copies) words.push_back(word.data());
  words.push_back(nullptr);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Status::io("pipe", errno);
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) return Status::io("fork", errno);
  if (child == 0) become(words.data(), ends[1]);
  ::close(ends[1]);
  std::FILE* in = ::fdopen(ends[0], "r");
  char* text = nullptr;
  std::size_t room = 0;
  for (ssize_t length = 0; (length = ::getline(&text, &room, in)) > 0;)
    line(std::string_view(text, static_cast<std::size_t>(length - 1)));
  std::free(text);
  std::fclose(in);
  int state = 0;
  while (::waitpid(child, &state, 0) < 0 && errno == EINTR) {
  }
  return ended(state);
}

}  // namespace loam::bench
