/// Where the bytes of secrets come from: files, variables, programs. The one place of config that
/// speaks to the system itself: a secret must not pass through buffers that nobody wipes.
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "config/secrets.h"

namespace loam::config {

namespace {

constexpr int kCommandWaitMs = 30'000;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { reset(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  void reset() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

std::string error_text() { return std::strerror(errno); }  // NOLINT(concurrency-mt-unsafe)

/// A string on the heap from the start, so that moving it leaves no copy behind.
SecretBytes empty_secret() {
  SecretBytes secret;
  secret.bytes.reserve(kSecretBytesMax + 1);
  return secret;
}

Status check_size(SecretBytes* secret, const std::string& what) {
  const std::size_t size = secret->bytes.size();
  if (size > 0 && size <= kSecretBytesMax) return {};
  wipe(&secret->bytes);
  return Status::invalid_argument(what + (size == 0 ? " is empty" : " holds more than 64 KiB"));
}

/// Reads to the end, or one byte more than is allowed. False: errno says why.
bool read_all(int fd, SecretBytes* secret) {
  std::string& bytes = secret->bytes;
  while (bytes.size() <= kSecretBytesMax) {
    const std::size_t before = bytes.size();
    bytes.resize(kSecretBytesMax + 1);
    const ssize_t got = ::read(fd, bytes.data() + before, bytes.size() - before);
    bytes.resize(before + static_cast<std::size_t>(got > 0 ? got : 0));
    if (got == 0) return true;
    if (got < 0 && errno != EINTR) return false;
  }
  return true;
}

Result<SecretBytes> read_file(const std::string& path) {
  const std::string what = "the secret file " + path;
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) {
    const std::string why = what + " cannot be opened: " + error_text();
    return errno == ENOENT ? Status::not_found(why) : Status(Code::kPermission, why);
  }
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return Status::io(what + ": " + error_text());
  if (!S_ISREG(facts.st_mode)) return Status::invalid_argument(what + " is not a regular file");
  SecretBytes secret = empty_secret();
  if (!read_all(file.get(), &secret)) {
    wipe(&secret.bytes);
    return Status::io(what + " cannot be read: " + error_text());
  }
  LOAM_TRY(check_size(&secret, what));
  return secret;
}

Result<SecretBytes> read_variable(const std::string& name, const Variables& variables) {
  const std::string what = "the environment variable " + name;
  std::optional<std::string> value = variables(name);
  if (!value) return Status::not_found(what + " is not set");
  SecretBytes secret = empty_secret();
  secret.bytes.append(*value, 0, kSecretBytesMax + 1);
  wipe(&*value);
  LOAM_TRY(check_size(&secret, what));
  return secret;
}

/// A started program whose standard output is read; killed if still there at the end.
class Program {
 public:
  ~Program() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    wait();
  }

  Status start(const std::vector<std::string>& command, int output) {
    std::vector<char*> arguments;
    std::vector<std::string> copies = command;
    for (std::string& argument : copies) arguments.push_back(argument.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, output, 1);
    const int failed =
        ::posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), ::environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (failed == 0) return {};
    pid_ = 0;
    errno = failed;
    return Status::not_found("the program " + command[0] + " cannot be started: " + error_text());
  }

  /// The exit status as waitpid tells it.
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    return status;
  }

 private:
  pid_t pid_ = 0;
};

/// Reads to the end of the program's output; it may take kCommandWaitMs between two pieces.
Status read_output(int fd, const std::string& what, SecretBytes* secret) {
  while (secret->bytes.size() <= kSecretBytesMax) {
    pollfd ready{fd, POLLIN, 0};
    const int found = ::poll(&ready, 1, kCommandWaitMs);
    if (found == 0) return Status::io(what + " has said nothing for 30 s");
    if (found < 0 && errno == EINTR) continue;
    const std::size_t before = secret->bytes.size();
    secret->bytes.resize(kSecretBytesMax + 1);
    const ssize_t got = ::read(fd, secret->bytes.data() + before, secret->bytes.size() - before);
    secret->bytes.resize(before + static_cast<std::size_t>(got > 0 ? got : 0));
    if (got == 0) return {};
    if (got < 0 && errno != EINTR) return Status::io(what + ": " + error_text());
  }
  return {};
}

Result<SecretBytes> run_command(const std::vector<std::string>& command) {
  const std::string what = "the program " + command[0];
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Status::io(what + ": " + error_text());
  const Descriptor output(ends[0]);
  Descriptor input(ends[1]);
  Program program;
  LOAM_TRY(program.start(command, input.get()));
  input.reset();
  SecretBytes secret = empty_secret();
  const Status read = read_output(output.get(), what, &secret);
  if (!read.ok()) {
    wipe(&secret.bytes);
    return read;
  }
  const std::string printed = "what " + what + " prints";
  // One that prints too much may wait for a reader: it is not waited for.
  if (secret.bytes.size() > kSecretBytesMax) return check_size(&secret, printed);
  const int status = program.wait();
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    LOAM_TRY(check_size(&secret, printed));
    return secret;
  }
  wipe(&secret.bytes);
  return Status::io(what + " failed: " +
                    (WIFEXITED(status) ? "exit code " + std::to_string(WEXITSTATUS(status))
                                       : "signal " + std::to_string(WTERMSIG(status))));
}

}  // namespace

Result<SecretBytes> resolve_secret(const SecretReference& reference, const SecretRules& rules) {
  switch (reference.source) {
    case SecretReference::Source::kFile: return read_file(reference.place);
    case SecretReference::Source::kEnvironment:
      return read_variable(reference.place, rules.variables);
    case SecretReference::Source::kCommand: break;
  }
  if (!rules.document_commands) {
    return Status(Code::kPermission,
                  "this program does not let a document run commands for secrets");
  }
  return run_command(reference.command);
}

void wipe(std::string* bytes) {
  bytes->resize(bytes->capacity());
  volatile char* p = bytes->data();
  for (std::size_t i = 0; i < bytes->size(); ++i) p[i] = 0;
  bytes->clear();
}

}  // namespace loam::config
