#include "tests/interop/turn.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <stdexcept>

namespace loam::test {
namespace {

// What the child says: 's' and a digit (the state it found), 'a' (a step is acknowledged), 'f' and
// the rest (a failure), 'e' (a clean end).
void say(int fd, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = write(fd, text.data() + done, text.size() - done);
    if (n <= 0) _exit(3);
    done += static_cast<std::size_t>(n);
  }
}

void fail(int fd, const std::string& text) {
  say(fd, "f" + text);
  _exit(2);
}

std::size_t state_of(int fd, Engine& engine, const std::vector<Reference>& possible) {
  std::string wrong;
  for (std::size_t i = 0; i < possible.size(); ++i) {
    const std::string differs = difference(engine, possible[i]);
    if (differs.empty()) return i;
    wrong += "\n  state " + std::to_string(i) + ": " + differs;
  }
  fail(fd, "no possible state was found:" + wrong);
  return 0;
}

void play(int fd, const std::string& path, const Turn& turn,
          const std::vector<Reference>& possible) {
  const auto engine = make_engine(turn.engine);
  Status status = engine->open(path, turn.shape);
  if (!status.ok()) fail(fd, "open: " + status.to_string());
  say(fd, "s" + std::to_string(state_of(fd, *engine, possible)));
  for (std::size_t i = 0; i < turn.steps.size(); ++i) {
    status = perform(*engine, path, turn.shape, turn.steps[i]);
    if (!status.ok()) fail(fd, "step " + std::to_string(i) + ": " + status.to_string());
    say(fd, "a");
    if (turn.end == End::kKillSelf && i == turn.end_at) raise(SIGKILL);
  }
  engine->close();
  say(fd, "e");
}

[[noreturn]] void be_child(int fd, const std::string& path, const Turn& turn,
                           const std::vector<Reference>& possible) {
  try {
    play(fd, path, turn, possible);
  } catch (const std::exception& e) {
    fail(fd, std::string("exception: ") + e.what());
  }
  _exit(0);
}

/// Reads all that the child says, and kills it in time.
std::string listen(int fd, pid_t child, const Turn& turn) {
  std::string said;
  std::size_t acknowledged = 0;
  char buffer[512];
  for (;;) {
    const ssize_t n = read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return said;
    said.append(buffer, static_cast<std::size_t>(n));
    acknowledged = said.size() < 2 ? 0 : said.size() - 2;
    if (turn.end == End::kKillAtAck && acknowledged > turn.end_at) kill(child, SIGKILL);
  }
}

TurnOutcome understand(const std::string& said, int wait_status, const Turn& turn) {
  TurnOutcome outcome;
  const std::size_t failed = said.find('f');
  if (failed != std::string::npos) {
    outcome.failure = said.substr(failed + 1);
    return outcome;
  }
  const bool killed = WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGKILL;
  const bool ended = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;
  if (said.size() < 2 || !(ended || (killed && turn.end != End::kClose))) {
    outcome.failure =
        "the process died, wait status " + std::to_string(wait_status) + ", said \"" + said + "\"";
    return outcome;
  }
  outcome.state = static_cast<std::size_t>(said[1] - '0');
  outcome.acknowledged = said.size() - 2 - (said.back() == 'e' ? 1 : 0);
  return outcome;
}

}  // namespace

TurnOutcome take_turn(const std::string& path, const Turn& turn,
                      const std::vector<Reference>& possible) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error(std::string("pipe: ") + std::strerror(errno));
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error(std::string("fork: ") + std::strerror(errno));
  if (child == 0) {
    close(ends[0]);
    be_child(ends[1], path, turn, possible);
  }
  close(ends[1]);
  const std::string said = listen(ends[0], child, turn);
  close(ends[0]);
  int wait_status = 0;
  waitpid(child, &wait_status, 0);
  return understand(said, wait_status, turn);
}

}  // namespace loam::test
